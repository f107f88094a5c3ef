"""One script of packets for two NATs, the kernel's and ours, and what both must agree on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

Endpoint = tuple[str, int]

# Two addresses and two ports, so that every kind of dependence on the destination shows.
A, B = "5.5.5.30", "5.5.5.31"
A1, A2, B1, B2 = (A, 7000), (A, 7001), (B, 7000), (B, 7001)
DESTINATIONS = (A1, A2, B1, B2)


@dataclass(frozen=True)
class Out:
    """Host number `host` sends from `port` to `to`. Seen: the NAT's outside port."""

    host: int
    port: int
    to: Endpoint


@dataclass(frozen=True)
class In:
    """`sender` sends to the NAT's outside port `port`, or to the one that step `reply_to` showed; over
    TCP a SYN. Seen: which host got it, if any, and how the router refused it, if it did."""

    sender: Endpoint
    port: int = 0
    reply_to: int = -1
    protocol: str = "udp"


@dataclass(frozen=True)
class Pause:
    """Nothing happens."""

    seconds: float


Step = Out | In | Pause


@dataclass(frozen=True)
class Seen:
    """What one step showed: the outside port of an `Out` (None: nothing came out); the host that an
    `In` reached (None: no host), and what came back from the router: "icmp 3/3", "tcp reset"."""

    port: int | None = None
    host: int | None = None
    refused: str | None = None


@dataclass(frozen=True)
class Row:
    """A script, the rules for the kernel and the preset for the engine."""

    id: str
    steps: tuple[Step, ...]
    preset: str
    rules: str
    guard: str = "drop"
    sysctls: tuple[str, ...] = ()
    parameters: dict[str, object] = field(default_factory=dict)
    port_range: tuple[int, int] = (1, 65535)


@dataclass(frozen=True)
class Ports:
    """What can be said of the outside ports of one inside port, random ones included."""

    kind: str
    own: tuple[bool, ...]
    in_range: bool


def _kind(own_port: int, ports: Sequence[int | None]) -> str:
    if None in ports:
        return "blocked"
    if all(port == own_port for port in ports):
        return "its own port"
    if len(set(ports)) == 1:
        return "another port, the same to all destinations"
    if own_port in ports:
        return "its own port to some destinations only"
    return "different ports"


def classify(row: Row, seen: Sequence[Seen]) -> dict[tuple[int, int], Ports]:
    """Per host and inside port."""
    groups: dict[tuple[int, int], list[int | None]] = {}
    for step, result in zip(row.steps, seen, strict=True):
        if isinstance(step, Out):
            groups.setdefault((step.host, step.port), []).append(result.port)
    low, high = row.port_range
    return {key: Ports(_kind(key[1], ports), tuple(port == key[1] for port in ports),
                       all(port is None or low <= port <= high for port in ports))
            for key, ports in groups.items()}


def fates(row: Row, seen: Sequence[Seen]) -> dict[int, str]:
    """Per step that sends inwards, who got it or how it was refused."""
    def fate(result: Seen) -> str:
        got = "nobody got it" if result.host is None else f"host {result.host} got it"
        return f"{got}, {result.refused or 'no answer'}"
    return {number: fate(result)
            for number, (step, result) in enumerate(zip(row.steps, seen, strict=True))
            if isinstance(step, In)}


def disagreements(row: Row, kernel: Sequence[Seen], engine: Sequence[Seen]) -> list[str]:
    """Every point in which the two NATs differ."""
    found = []
    ours, theirs = classify(row, engine), classify(row, kernel)
    for (host, port), expected in theirs.items():
        got = ours[host, port]
        if got != expected:
            found.append(f"host {host} port {port}: kernel {expected}, engine {got}")
    by_engine = fates(row, engine)
    for number, fate in fates(row, kernel).items():
        if by_engine[number] != fate:
            found.append(f"step {number} {row.steps[number]}: kernel: {fate}; "
                         f"engine: {by_engine[number]}")
    return found


def to_all(host: int, port: int) -> tuple[Step, ...]:
    """To every destination once."""
    return tuple(Out(host, port, destination) for destination in DESTINATIONS)
