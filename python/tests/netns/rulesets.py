"""nftables rules as text. Interfaces are called lan* toward the client and wan* away from it."""

from __future__ import annotations

from dataclasses import dataclass

TABLE = "portolan"
TLS_PORT = 5349  # RFC 8489 s8.1


@dataclass(frozen=True)
class Site:
    """What rules may need to know about the place where they are loaded."""

    family: int
    client: str
    alternate_servers: tuple[str, ...]
    alternate_port: int

    @property
    def ip(self) -> str:
        """nftables' word for the family, of tables and of header fields."""
        return "ip6" if self.family == 6 else "ip"


def table(site: Site, *parts: str) -> str:
    """One table of the site's family."""
    return f"table {site.ip} {TABLE} {{\n" + "\n".join(parts) + "\n}\n"


def _chain(name: str, hook: str, priority: int, *rules: str, policy: str = "accept",
           kind: str = "filter") -> str:
    body = "\n".join(f"        {rule}" for rule in rules)
    return (f"    chain {name} {{\n        type {kind} hook {hook} priority {priority}; "
            f"policy {policy};\n{body}\n    }}")


_ESTABLISHED = "ct state established,related accept"
_ICMP = "meta l4proto { icmp, ipv6-icmp } accept"


def guard(verdict: str = "drop") -> str:
    """The router takes nothing unsolicited: what it refuses must leave no conntrack entry."""
    return _chain("guard", "input", 0, _ESTABLISHED, 'iifname "lan*" accept', 'iifname "lo" accept',
                  _ICMP, verdict, policy="drop")


def postrouting(statement: str) -> str:
    """A source NAT statement for what leaves toward the internet."""
    return _chain("translate", "postrouting", 100, f'oifname "wan*" {statement}', kind="nat")


def masquerade(flags: str = "") -> str:
    """Source NAT to the address of the outgoing interface."""
    return postrouting(f"masquerade {flags}".rstrip())


def publish(site: Site, condition: str = "") -> str:
    """Every UDP port of the outside leads to the same port of the client."""
    return _chain("publish", "prerouting", -100,
                  f'iifname "wan*" {condition} udp dport 1024-65535 dnat to {site.client}',
                  kind="nat")


def contacted(site: Site, priority: int = 0) -> str:
    """Remembers, per client port, the remote addresses it has sent to."""
    kind = "ipv6_addr" if site.family == 6 else "ipv4_addr"
    return (f"    set contacted {{\n        type {kind} . inet_service\n        flags dynamic\n"
            "        size 65535\n        timeout 5m\n    }\n"
            + _chain("remember", "postrouting", priority,
                     f'oifname "wan*" meta l4proto udp update @contacted '
                     f'{{ {site.ip} daddr . udp sport }}'))


def publish_to_contacted(site: Site) -> str:
    """As `publish`, but only for addresses the port has sent to: RFC 4787's address-dependent."""
    return publish(site, f"{site.ip} saddr . udp dport @contacted")


def forward_filter(*extra: str) -> str:
    """A stateful firewall: out goes everything, in comes what belongs to it, and `extra`."""
    return _chain("stateful", "forward", 0, _ESTABLISHED, 'iifname "lan*" accept', *extra,
                  policy="drop")


def accept_contacted(site: Site) -> str:
    """A rule for `forward_filter`."""
    return f"{site.ip} saddr . udp dport @contacted accept"


def forward_verdict(match: str, verdict: str) -> str:
    """One rule for what the client sends."""
    return _chain("blocked", "forward", 0, f'iifname "lan*" {match} {verdict}')


def shift_ports(site: Site, toward: str, back: str) -> str:
    """Flips one bit of the outside port for the remote endpoints that `toward` and `back` match.

    Before conntrack on the way in and after it on the way out, so that the kernel's NAT stays as it
    is while the mapping becomes a function of the destination.
    """
    return "\n".join((
        _chain("shift_out", "postrouting", 300,
               f'oifname "wan*" {toward} udp sport set udp sport ^ 0x0100'),
        _chain("shift_in", "prerouting", -350,
               f'iifname "wan*" {back} udp dport set udp dport ^ 0x0100')))


def host_output(verdict: str) -> str:
    """The client's own firewall refuses to send UDP."""
    return _chain("host_output", "output", 0, f"meta l4proto udp {verdict}")


def host_input() -> str:
    """The client's own firewall takes nothing unsolicited."""
    return _chain("host_input", "input", 0, _ESTABLISHED, 'iifname "lo" accept', _ICMP,
                  policy="drop")


def random_loss(percent: int) -> str:
    """Drops UDP at random in both directions."""
    return _chain("lossy", "forward", -10,
                  f"meta l4proto udp numgen random mod 100 < {percent} drop")
