"""The linux-* presets do what the kernel does, packet by packet: same ports where they are
determined, same kind of ports where they are random, same packets delivered."""

from __future__ import annotations

import operator
from pathlib import Path

import pytest

from . import engine_nat
from .kernel_nat import KernelNat
from .packet_script import (A1, A2, B1, B2, In, Out, Pause, Row, Seen, disagreements, to_all)
from .topology import Internet

# A second host wants the port that the first has; answers and strangers come in.
_TWO_HOSTS = (*to_all(0, 5000), *to_all(1, 5000), In(A1, reply_to=0), In(B2, reply_to=7),
              In(A1, reply_to=4), In(B1, port=5001))
_MASQUERADE = Row("masquerade", _TWO_HOSTS, "linux-masq", "masquerade")
# STUN server first; then the peer's packet, before one's own to the peer.
_PEER_FIRST = (Out(0, 5110, A1), In(B1, 5110), Out(0, 5110, B1), In(B1, reply_to=2),
               In(A1, reply_to=0))
# To a port that is in use toward another, and to one that is not. The kernel answers six at once and
# then one a second (icmp_ratelimit), which the engine does not imitate.
_STRANGERS = (Out(0, 5000, A1), In(A1, 5000), In(B1, 5000), In(B1, 5999), In(B2, 5999, protocol="tcp"),
              In(B1, 5000, protocol="tcp"))
_SHORT_TIMERS = ("net.netfilter.nf_conntrack_udp_timeout=2",
                 "net.netfilter.nf_conntrack_udp_timeout_stream=6")
_SAME_SHORT_TIMERS: dict[str, object] = {"timers": {"udp_unreplied_ms": 2000, "udp_stream_ms": 6000}}
_STREAM_TIMERS = ("net.netfilter.nf_conntrack_udp_timeout=3",
                  "net.netfilter.nf_conntrack_udp_timeout_stream=12")
_SAME_STREAM_TIMERS: dict[str, object] = {
    "timers": {"udp_unreplied_ms": 3000, "udp_stream_ms": 12000}}

ROWS = (
    _MASQUERADE,
    Row("snat-persistent", _TWO_HOSTS, "linux-snat-persistent", "masquerade persistent"),
    Row("filtering", (Out(0, 5000, A1), In(A1, 5000), In(A2, 5000), In(B1, 5000),
                      Out(0, 5000, B1), In(B1, 5000), In(B2, 5000)),
        "linux-masq", "masquerade"),
    # Toward one destination the port is taken: another there, one's own toward the others.
    Row("conflict-toward-one", (Out(1, 5000, B1), Out(0, 5000, A1), Out(0, 5000, B1),
                                Out(0, 5000, B2), In(A1, reply_to=1), In(B1, reply_to=0),
                                In(B1, reply_to=2)),
        "linux-masq", "masquerade"),
    Row("low-ports", (Out(1, 600, A1), Out(0, 600, A1), Out(0, 600, B1)),
        "linux-masq", "masquerade"),
    Row("range", (*to_all(0, 5000), *to_all(1, 5000)), "linux-masq-range",
        "meta l4proto udp masquerade to :20000-20007", port_range=(20000, 20007)),
    Row("random", (*to_all(0, 5000), In(A1, reply_to=0), In(B1, reply_to=0)), "linux-random",
        "masquerade random"),
    Row("fully-random", (*to_all(0, 5000), In(A1, reply_to=0), In(B1, reply_to=0)),
        "linux-fully-random", "masquerade fully-random"),
    Row("peer-first-input-accept", _PEER_FIRST, "linux-masq-open", "masquerade", guard="accept"),
    Row("peer-first-input-drop", _PEER_FIRST, "linux-masq", "masquerade"),
    Row("peer-first-input-reject", _PEER_FIRST, "linux-masq-reject", "masquerade",
        guard="reject"),
    Row("refusal-drop", _STRANGERS, "linux-masq", "masquerade"),
    Row("refusal-reject", _STRANGERS, "linux-masq-reject", "masquerade", guard="reject"),
    Row("refusal-none", _STRANGERS, "linux-masq-open", "masquerade", guard="accept"),
    Row("unreplied-timer", (Out(0, 5000, A1), Pause(1.0), In(A1, 5000), Out(0, 5001, A1),
                            Pause(3.0), In(A1, 5001)),
        "linux-masq", "masquerade", sysctls=_SHORT_TIMERS, parameters=_SAME_SHORT_TIMERS),
    # Answered at once, and idle from then on: no stream. Still busy after two seconds: one.
    Row("answered-at-once-is-no-stream", (Out(0, 5000, A1), In(A1, reply_to=0), Pause(5.0),
                                          In(A1, reply_to=0)),
        "linux-masq", "masquerade", sysctls=_STREAM_TIMERS, parameters=_SAME_STREAM_TIMERS),
    Row("busy-after-two-seconds-is-a-stream", (Out(0, 5000, A1), In(A1, reply_to=0), Pause(2.5),
                                               Out(0, 5000, A1), Pause(5.0), In(A1, reply_to=0)),
        "linux-masq", "masquerade", sysctls=_STREAM_TIMERS, parameters=_SAME_STREAM_TIMERS),
)


@pytest.mark.parametrize("row", ROWS, ids=operator.attrgetter("id"))
def test_engine_does_what_the_kernel_does(row: Row, internet: Internet,
                                          nat_script: Path) -> None:
    """One script, two NATs; random ports by their kind, for several seeds of the engine."""
    with KernelNat(internet, row) as kernel:
        expected = kernel.play()
    for seed in range(1, 6):
        assert disagreements(row, expected, engine_nat.play(nat_script, row, seed)) == []


# What the wrong preset does differently must show, in ports and in deliveries.
WRONG: dict[str, tuple[str, dict[str, object]]] = {
    "masquerade": ("linux-random", {}),
    "range": ("linux-masq", {}),
    "random": ("linux-masq", {}),
    "filtering": ("linux-masq", {"filtering": {"udp": "endpoint-independent"}}),
    "conflict-toward-one": ("linux-masq", {"conflict": {"on_conflict": "drop"}}),
    "peer-first-input-accept": ("linux-masq", {}),
    "peer-first-input-drop": ("linux-masq-open", {}),
    "refusal-drop": ("linux-masq-reject", {}),
    "refusal-reject": ("linux-masq", {}),
    "refusal-none": ("linux-masq-open", {"unsolicited": {"tcp_answer": "port-unreachable"}}),
    "unreplied-timer": ("linux-masq", {}),
    "answered-at-once-is-no-stream": ("linux-masq", {"timers": {
        "udp_unreplied_ms": 3000, "udp_stream_ms": 12000, "udp_stream_after_ms": 0}}),
    "busy-after-two-seconds-is-a-stream": ("linux-masq", {"timers": {
        "udp_unreplied_ms": 3000, "udp_stream_ms": 12000, "udp_stream_after_ms": 9000}}),
}


@pytest.mark.parametrize("row", [row for row in ROWS if row.id in WRONG], ids=operator.attrgetter("id"))
def test_a_deliberate_mismatch_is_noticed(row: Row, internet: Internet, nat_script: Path) -> None:
    """The comparison can fail: with another preset or parameter it does."""
    preset, parameters = WRONG[row.id]
    with KernelNat(internet, row) as kernel:
        expected = kernel.play()
    assert disagreements(row, expected,
                         engine_nat.play(nat_script, row, preset=preset, parameters=parameters))


def test_kinds_of_ports_are_told_apart() -> None:
    """Random ports agree by kind; another kind, another range or another delivery does not."""
    steps = (Out(0, 5000, A1), Out(0, 5000, B1), In(A1, reply_to=0))
    row = Row("any", steps, "linux-masq", "", port_range=(1024, 65535))

    def seen(first: int, second: int, host: int | None, refused: str | None = None) -> list[Seen]:
        return [Seen(port=first), Seen(port=second), Seen(host=host, refused=refused)]

    sticky = seen(7000, 7000, 0)
    assert disagreements(row, sticky, seen(8000, 8000, 0)) == []
    assert disagreements(row, sticky, seen(5000, 5000, 0))
    assert disagreements(row, sticky, seen(8000, 8001, 0))
    assert disagreements(row, sticky, seen(80, 80, 0))
    assert disagreements(row, sticky, seen(8000, 8000, None))
    assert disagreements(row, seen(8000, 8000, None), seen(8000, 8000, None, "icmp 3/3"))
    assert disagreements(row, seen(5000, 7000, 0), seen(7000, 5000, 0))
