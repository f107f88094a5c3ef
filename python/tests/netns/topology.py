"""Client, routers and internet, joined by veth pairs; everything goes when its owner goes."""

from __future__ import annotations

import contextlib
import itertools
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .commands import CommandError, punctual
from .impaired_link import Impairment
from .namespace import Namespace
from .nat_kinds import NatKind
from .process import OwnedProcess
from .rulesets import Site
from .stun_message import Endpoint

PORT = 3478
ALTERNATE_PORT = 3479


@dataclass(frozen=True)
class ServerAddresses:
    """Two addresses of each family. Globally routable ones, so that address classes are as in life;
    the namespaces have no way out."""

    v4: tuple[str, str]
    v6: tuple[str, str]

    def pair(self, family: int) -> tuple[str, str]:
        """Primary and alternate."""
        return self.v6 if family == 6 else self.v4

    def endpoint(self, family: int) -> Endpoint:
        """Where to send the first request."""
        return self.pair(family)[0], PORT


COTURN = ServerAddresses(("5.5.5.10", "5.5.5.11"), ("2a00:5555::10", "2a00:5555::11"))
EMBEDDED = ServerAddresses(("5.5.5.20", "5.5.5.21"), ("2a00:5555::20", "2a00:5555::21"))
# For servers that live as long as a test.
SPARE = ServerAddresses(("5.5.5.30", "5.5.5.31"), ("2a00:5555::30", "2a00:5555::31"))
SPARE_BESIDE = ServerAddresses(("5.5.5.40", "5.5.5.41"), ("2a00:5555::40", "2a00:5555::41"))


class Internet(Namespace):
    """The namespace that holds the servers' addresses."""

    def __init__(self) -> None:
        super().__init__("internet")
        self._numbers = itertools.cycle(range(1, 255))  # one octet of an address
        self._taken: set[int] = set()
        self.sysctl("net.ipv4.ip_forward=1")
        self.sysctl("net.ipv6.conf.all.forwarding=1")
        for servers in (COTURN, EMBEDDED, SPARE, SPARE_BESIDE):
            self.ip(*(f"addr add {address}/32 dev lo" for address in servers.v4),
                    *(f"addr add {address}/128 dev lo nodad" for address in servers.v6))

    @contextlib.contextmanager
    def number(self) -> Iterator[int]:
        """Each world on this internet has its own addresses; the longest unused ones."""
        assert len(self._taken) < 254, "there are too many worlds at a time"
        number = next(each for each in self._numbers if each not in self._taken)
        self._taken.add(number)
        try:
            yield number
        finally:
            self._taken.remove(number)


@dataclass(frozen=True)
class Subnet:
    """The addresses of one link: .1 toward the internet, .2 toward the client."""

    stem: str
    bits: int

    def host(self, number: int) -> str:
        """An address without its prefix length."""
        return f"{self.stem}{number}"

    def net(self) -> str:
        """In CIDR form."""
        return f"{self.stem}{'' if ':' in self.stem else '0'}/{self.bits}"


def _subnet(family: int, use: str, number: int) -> Subnet:
    stems = {
        (4, "private"): "192.168.1.", (6, "private"): "fd00:1::",
        (4, "neighbour"): "192.168.2.", (6, "neighbour"): "fd00:2::",
        (4, "transfer"): f"100.64.{number}.", (6, "transfer"): f"fd00:64:{number:x}::",
        (4, "public"): f"5.6.{number}.", (6, "public"): f"2a00:5556:{number:x}::",
        (4, "uplink"): f"5.7.{number}.", (6, "uplink"): f"2a00:5557:{number:x}::",
        (4, "uplink2"): f"5.8.{number}.", (6, "uplink2"): f"2a00:5558:{number:x}::",
    }
    return Subnet(stems[family, use], 64 if family == 6 else 24)


class World(contextlib.AbstractContextManager["World"]):
    """One client behind the NATs of `plan`, one kind per address family, on a shared internet."""

    def __init__(self, internet: Internet, plan: dict[int, NatKind],
                 impairment: Impairment | None = None) -> None:
        self.internet = internet
        self.plan = plan
        self._impairment = impairment
        self._resources = contextlib.ExitStack()
        self._number = self._resources.enter_context(internet.number())
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(self._resources.close)
            self._build()
            on_failure.pop_all()

    def close(self) -> None:
        """Removes the client and its routers; the internet stays."""
        self._resources.close()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _own(self, role: str) -> Namespace:
        return self._resources.enter_context(Namespace(role))

    def _build(self) -> None:
        depth = {len(kind.routers) for kind in self.plan.values()}
        assert len(depth) == 1, "the kinds of one world have the same number of routers"
        self.client = self._own("client")
        self.routers = [self._own(f"router{n}") for n in range(1, depth.pop() + 1)]
        self._connect()
        for family, kind in self.plan.items():
            self._address(family, kind)
            self._load_rules(family, kind)

    def _connect(self) -> None:
        hops: list[Namespace] = [self.client, *self.routers]
        for inner, outer in zip(hops, hops[1:]):
            inner.link("wan", outer, "lan")
        if self._impairment is None:
            hops[-1].link("wan", self.internet, f"world{self._number}")
        else:
            self._impaired_link(hops[-1], self._impairment)
        if any(kind.second_uplink for kind in self.plan.values()):
            hops[-1].link("wan2", self.internet, f"second{self._number}")
        for router in self.routers:
            router.sysctl("net.ipv4.ip_forward=1")
            router.sysctl("net.ipv6.conf.all.forwarding=1")

    def _impaired_link(self, router: Namespace, impairment: Impairment) -> None:
        """The uplink as two TUN devices with a process between them."""
        directory = Path(self._resources.enter_context(tempfile.TemporaryDirectory()))
        ready = directory / "ready"
        device = f"world{self._number}"
        process = self._resources.enter_context(OwnedProcess(
            [*punctual([sys.executable]), str(Path(__file__).with_name("impaired_link.py")),
             "--namespace-a", router.name, "--device-a", "wan",
             "--namespace-b", self.internet.name, "--device-b", device,
             "--ready-file", str(ready), *impairment.arguments()], directory / "log"))
        deadline = time.monotonic() + 10
        while not ready.exists():
            if process.exit_code is not None or time.monotonic() > deadline:
                raise CommandError(f"impaired link: {process.output()}")
            time.sleep(0.002)
        router.ip("link set wan up")
        self.internet.ip(f"link set {device} up")

    def _links(self, family: int, kind: NatKind) -> list[Subnet]:
        """From the client outwards."""
        transfers = ["transfer"] * (len(kind.routers) - 1)
        uses = [kind.lan, *transfers, "uplink"]
        return [_subnet(family, use, self._number) for use in uses]

    def _address(self, family: int, kind: NatKind) -> None:
        hops: list[Namespace] = [self.client, *self.routers, self.internet]
        links = self._links(family, kind)
        for position, link in enumerate(links):
            inner, outer = hops[position], hops[position + 1]
            last = outer is self.internet
            inner.ip(f"addr add {link.host(2)}/{link.bits} dev wan" + _nodad(family))
            outer.ip(f"addr add {link.host(1)}/{link.bits} dev "
                     + (f"world{self._number}" if last else "lan") + _nodad(family))
            if position > 0 or kind.default_route:
                inner.ip(f"route add default via {link.host(1)}")
        if kind.lan == "public":
            self.internet.ip(f"route add {links[0].net()} via {links[-1].host(2)}")
        if kind.second_uplink:
            self._second_uplink(family)

    def _second_uplink(self, family: int) -> None:
        """Only the alternate addresses are reached over it."""
        link = _subnet(family, "uplink2", self._number)
        self.routers[-1].ip(f"addr add {link.host(2)}/{link.bits} dev wan2" + _nodad(family))
        self.internet.ip(f"addr add {link.host(1)}/{link.bits} dev second{self._number}"
                         + _nodad(family))
        for servers in (COTURN, EMBEDDED, SPARE, SPARE_BESIDE):
            self.routers[-1].ip(
                f"route add {servers.pair(family)[1]} via {link.host(1)}")

    def _load_rules(self, family: int, kind: NatKind) -> None:
        links = self._links(family, kind)
        alternates = tuple(servers.pair(family)[1] for servers in (COTURN, EMBEDDED))
        for position, router in enumerate(self.routers):
            site = Site(family, links[position].host(2), alternates, ALTERNATE_PORT)
            if text := kind.routers[position](site):
                router.nft(text)
        if kind.host is not None:
            site = Site(family, links[0].host(2), alternates, ALTERNATE_PORT)
            self.client.nft(kind.host(site))

    def client_address(self, family: int) -> str:
        """The client's own."""
        return self._links(family, self.plan[family])[0].host(2)

    def outside_address(self, family: int) -> str:
        """That of the outermost router toward the internet."""
        return self._links(family, self.plan[family])[-1].host(2)

    def add_neighbour(self) -> Namespace:
        """A second IPv4 host behind the first router."""
        link = _subnet(4, "neighbour", self._number)
        neighbour = self._own("neighbour")
        neighbour.link("wan", self.routers[0], "lan2")
        neighbour.ip(f"addr add {link.host(2)}/{link.bits} dev wan")
        self.routers[0].ip(f"addr add {link.host(1)}/{link.bits} dev lan2")
        neighbour.ip(f"route add default via {link.host(1)}")
        return neighbour


def _nodad(family: int) -> str:
    return " nodad" if family == 6 else ""
