"""The NATs and firewalls of the suite, as data: rules per router, addressing, expectation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import rulesets as rules
from .behaviour import ADF, ADM, APDF, APDM, EIF, EIM, PDM, Behaviour, blocked
from .rulesets import Site

Rules = Callable[[Site], str]


@dataclass(frozen=True)
class NatKind:
    """One way to be connected. `routers` are listed from the client outwards."""

    id: str
    routers: tuple[Rules, ...]
    expect: Behaviour
    lan: str = "private"
    host: Rules | None = None
    families: tuple[int, ...] = (4,)
    second_uplink: bool = False
    default_route: bool = True


def _nat(mapping: str, filtering: str, layers: str | None = None) -> Behaviour:
    return Behaviour("reachable", "address", mapping, filtering, layers=layers)


def _direct(filtering: str) -> Behaviour:
    return Behaviour("reachable", "none", EIM, filtering)


def _masquerade(site: Site) -> str:
    return rules.table(site, rules.masquerade(), rules.guard())


def _masquerade_and(extra: Callable[[Site], str]) -> Rules:
    return lambda site: rules.table(site, rules.masquerade(), rules.guard(), extra(site))


def _full_cone(site: Site) -> str:
    return rules.table(site, rules.masquerade(), rules.guard(), rules.publish(site))


def _nothing(_: Site) -> str:
    return ""


def _shifted(by_address: bool, by_port: bool) -> Rules:
    """A port-preserving NAT whose outside port depends on the destination's address and port."""
    def build(site: Site) -> str:
        matches = []
        if by_address:
            alternates = "{ " + ", ".join(site.alternate_servers) + " }"
            matches.append((f"{site.ip} daddr {alternates}", f"{site.ip} saddr {alternates}"))
        if by_port:
            matches.append((f"udp dport {site.alternate_port}", f"udp sport {site.alternate_port}"))
        toward, back = (" ".join(side) for side in zip(*matches))
        return rules.table(site, rules.masquerade(), rules.guard(),
                           rules.shift_ports(site, toward, back))
    return build


_BOTH = (4, 6)

NAT_KINDS: tuple[NatKind, ...] = (
    NatKind("routed", (_nothing,), _direct(EIF), lan="public", families=_BOTH),
    NatKind("stateful-firewall",
            (lambda site: rules.table(site, rules.forward_filter()),),
            _direct(APDF), lan="public", families=_BOTH),
    NatKind("address-filtering-firewall",
            (lambda site: rules.table(site, rules.contacted(site),
                                      rules.forward_filter(rules.accept_contacted(site))),),
            _direct(ADF), lan="public", families=_BOTH),
    NatKind("masquerade", (_masquerade,), _nat(EIM, APDF), families=_BOTH),
    # Without a guard an unsolicited packet leaves a conntrack entry that takes the port.
    NatKind("masquerade-open-input",
            (lambda site: rules.table(site, rules.masquerade()),), _nat(EIM, APDF)),
    NatKind("masquerade-fully-random",
            (lambda site: rules.table(site, rules.masquerade("fully-random"), rules.guard()),),
            _nat(APDM, APDF), families=_BOTH),
    NatKind("address-dependent-mapping", (_shifted(True, False),), _nat(ADM, APDF)),
    NatKind("port-dependent-mapping", (_shifted(False, True),), _nat(PDM, APDF)),
    NatKind("full-cone", (_full_cone,), _nat(EIM, EIF), families=_BOTH),
    NatKind("address-restricted-cone",
            (lambda site: rules.table(site, rules.masquerade(), rules.guard(),
                                      rules.contacted(site), rules.publish_to_contacted(site)),),
            _nat(EIM, ADF)),
    NatKind("full-cone-host-firewall", (_full_cone,), _nat(EIM, APDF),
            host=lambda site: rules.table(site, rules.host_input())),
    NatKind("carrier-grade-nat", (_masquerade,), _nat(EIM, APDF, layers="carrier-grade"),
            lan="transfer"),
    NatKind("double-nat", (_masquerade, _masquerade), _nat(EIM, APDF, layers="no-sign")),
    NatKind("double-nat-random-carrier",
            (_masquerade,
             lambda site: rules.table(site, rules.masquerade("fully-random"), rules.guard())),
            _nat(APDM, APDF)),
    NatKind("two-uplinks", (_masquerade,),
            Behaviour("reachable", "address", None, APDF, pooling="multi-egress",
                      may_stay_open=True),
            second_uplink=True),
    NatKind("udp-dropped",
            (_masquerade_and(lambda _: rules.forward_verdict("meta l4proto udp", "drop")),),
            blocked("silent"), families=_BOTH),
    NatKind("only-tcp",
            (_masquerade_and(lambda _: rules.forward_verdict("meta l4proto != tcp", "drop")),),
            blocked("silent")),
    NatKind("udp-rejected-admin",
            (_masquerade_and(lambda site: rules.forward_verdict(
                "meta l4proto udp",
                "reject with icmpv6 type admin-prohibited" if site.family == 6 else
                "reject with icmp type admin-prohibited")),),
            blocked("prohibited"), families=_BOTH),
    NatKind("udp-rejected-port-unreachable",
            (_masquerade_and(lambda _: rules.forward_verdict(
                "meta l4proto udp", "reject with icmp type port-unreachable")),),
            blocked("prohibited")),
    NatKind("all-dropped",
            (_masquerade_and(lambda _: rules.forward_verdict("", "drop")),),
            blocked("no-answer"), families=_BOTH),
    NatKind("local-firewall", (_masquerade,), blocked("local-firewall"), families=_BOTH,
            host=lambda site: rules.table(site, rules.host_output("drop"))),
    NatKind("no-route", (_masquerade,), blocked("no-route"), families=_BOTH, default_route=False),
)

# Needs a server that speaks TLS, which those of the whole suite do not.
ONLY_TLS = NatKind("only-tls",
                   (_masquerade_and(lambda _: rules.forward_verdict(
                       f"meta l4proto . th dport != {{ tcp . {rules.TLS_PORT} }}", "drop")),),
                   blocked("silent"))

# Half open: what a server's other port or address shows makes the difference. Servers that are
# given to the whole suite are one network, so that the verdicts stay with them.
PORT_SHUT = NatKind("port-shut",
                    (_masquerade_and(lambda _: rules.forward_verdict("udp dport 3478", "drop")),),
                    blocked("some-ports"))
ONE_PORT_OPEN = NatKind(
    "one-port-open",
    (_masquerade_and(lambda _: rules.forward_verdict("udp dport != 3478", "drop")),),
    blocked("one-port-answers"))
ADDRESS_REFUSED = NatKind(
    "address-refused",
    (_masquerade_and(lambda site: rules.forward_verdict(
        f"meta l4proto udp {site.ip} daddr != {{ {', '.join(site.alternate_servers)} }}",
        "reject with icmp type admin-prohibited")),),
    blocked("reachable"))
ONE_PORT_POOL = NatKind(
    "one-port-pool",
    (lambda site: rules.table(site, rules.postrouting("meta l4proto udp masquerade to :1024"),
                              rules.guard()),),
    blocked("reachable"))

BY_ID = {kind.id: kind for kind in NAT_KINDS}
CASES = [(kind, family) for kind in NAT_KINDS for family in kind.families]


def lossy(kind: NatKind, percent: int) -> NatKind:
    """The same NAT, whose outermost router loses UDP packets in both directions."""
    outer = kind.routers[-1]
    def with_loss(site: Site) -> str:
        return outer(site) + f"table {site.ip} lossy {{\n{rules.random_loss(percent)}\n}}\n"
    return NatKind(f"{kind.id}-loss-{percent}", (*kind.routers[:-1], with_loss), kind.expect,
                   kind.lan, kind.host, kind.families, kind.second_uplink)
