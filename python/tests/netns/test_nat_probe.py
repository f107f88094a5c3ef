"""nat-probe tells the truth about every NAT kind, through coturn and through the own server."""

from __future__ import annotations

import time

import pytest

from binaries import Outcome, Program, ReportReader

from .conftest import WorldMaker
from .impaired_link import Impairment
from .nat_kinds import BY_ID, CASES, NatKind, lossy
from .port_taker import PortTaker
from .test_reference import CASE_IDS
from .topology import ALTERNATE_PORT, PORT, Internet, ServerAddresses, World

BOTH_SERVERS = pytest.mark.parametrize("server", ["coturn", "embedded"], indirect=True)
# Generous: two cores are shared with whatever else runs; the benchmark holds the real bounds.
BLOCKED_WITHIN_S = 3.0


def uri(address: str, port: int) -> str:
    """As the command line takes it (RFC 7064)."""
    return f"stun:[{address}]:{port}" if ":" in address else f"stun:{address}:{port}"


def probe(program: Program, world: World, server: ServerAddresses, family: int,
          *options: str) -> Outcome:
    """Runs nat-probe on the world's client."""
    return program.inside(world.client.prefix)(
        "--stun", uri(*server.endpoint(family)), "--family", str(family), "--format", "json",
        *options)


def read(outcome: Outcome, exit_code: int) -> ReportReader:
    """A report is written for every verdict, also for bad news."""
    assert outcome.exit_code == exit_code, outcome.err
    document = outcome.json()
    assert document["complete"]
    return ReportReader(document)


# By what is said of UDP: relays are needed where it is blocked, and silence of everything is open.
EXIT_CODES = {"reachable": 0, "no-answer": 3}
BLOCKED = 1


@BOTH_SERVERS
@pytest.mark.parametrize(("kind", "family"), CASES, ids=CASE_IDS)
def test_verdicts_are_right(kind: NatKind, family: int, server: ServerAddresses,
                            make_world: WorldMaker, nat_probe: Program) -> None:
    """Reachability, translation, mapping and filtering, each by itself (RFC 4787, RFC 5780)."""
    expect = kind.expect
    exit_code = 3 if expect.may_stay_open else EXIT_CODES.get(expect.udp, BLOCKED)
    report = read(probe(nat_probe, make_world(kind, family), server, family), exit_code)
    assert report.told(family, "udp") == expect.udp
    for subject, value in (("translation", expect.translation), ("mapping", expect.mapping),
                           ("filtering", expect.filtering), ("pooling", expect.pooling),
                           ("layers", expect.layers)):
        if expect.may_stay_open and subject in ("mapping", "filtering"):
            assert report.value(family, subject) in (value, None), subject
        elif value is not None:
            assert report.value(family, subject) == value, subject


@pytest.mark.parametrize("name", ["udp-dropped", "udp-rejected-admin", "local-firewall"])
def test_blocked_udp_is_said_quickly(name: str, make_world: WorldMaker, coturn: ServerAddresses,
                                     nat_probe: Program) -> None:
    """TCP answering beside it makes silence a statement; ICMP and EPERM need no silence at all."""
    world = make_world(BY_ID[name])
    started = time.monotonic()
    probe(nat_probe, world, coturn, 4)
    assert time.monotonic() - started < BLOCKED_WITHIN_S


def test_families_are_judged_apart(internet: Internet, coturn: ServerAddresses,
                                   nat_probe: Program) -> None:
    """IPv4 blocked and IPv6 behind a stateful firewall, in one run."""
    with World(internet, {4: BY_ID["udp-dropped"], 6: BY_ID["stateful-firewall"]}) as world:
        report = read(nat_probe.inside(world.client.prefix)(
            "--stun", uri(*coturn.endpoint(4)), "--stun", uri(*coturn.endpoint(6)),
            "--family", "both", "--format", "json"), BLOCKED)
    assert report.value(4, "udp") == "silent"
    assert report.value(6, "udp") == "reachable"
    assert report.value(6, "translation") == "none"
    assert report.value(6, "filtering") == "address-and-port-dependent"


@pytest.mark.parametrize("name", ["masquerade", "full-cone", "masquerade-fully-random"])
def test_loss_never_makes_a_wrong_verdict(name: str, make_world: WorldMaker,
                                          coturn: ServerAddresses, nat_probe: Program) -> None:
    """At 5 % loss each way a verdict may stay open, but not turn into another."""
    world = make_world(lossy(BY_ID[name], 5))
    for _ in range(5):
        outcome = probe(nat_probe, world, coturn, 4)
        assert outcome.exit_code in (0, 1, 3), outcome.err
        report = ReportReader(outcome.json())
        for subject in ("mapping", "filtering"):
            expected = getattr(BY_ID[name].expect, subject)
            assert report.value(4, subject) in (expected, None)


def test_silent_port_of_a_living_host_is_closed(make_world: WorldMaker, coturn: ServerAddresses,
                                                nat_probe: Program) -> None:
    """The server's own port unreachable is not the firewall's: the report is whole, and says
    nothing of the network."""
    world = make_world(BY_ID["masquerade"])
    outcome = nat_probe.inside(world.client.prefix)(
        "--stun", uri(coturn.v4[0], 9), "--family", "4", "--format", "json")
    assert read(outcome, 2).told(4, "udp") == "server-port-closed"
    assert "no server that was named can be asked" in outcome.err


@pytest.mark.parametrize("point", [1, 2, 3],
                         ids=["port-changed", "address-changed", "both-changed"])
def test_port_collision_is_not_taken_for_a_dependent_mapping(
        point: int, make_world: WorldMaker, coturn: ServerAddresses, nat_probe: Program) -> None:
    """Another host on the same port makes Linux masquerade look dependent to that socket."""
    world = make_world(BY_ID["masquerade"], impairment=Impairment(delay_ms=20))
    primary, alternate = coturn.v4
    target = [(primary, PORT), (primary, ALTERNATE_PORT), (alternate, PORT),
              (alternate, ALTERNATE_PORT)][point]
    with PortTaker(world.routers[0], world.add_neighbour(), target, window_s=0.015) as taker:
        report = ReportReader(probe(nat_probe, world, coturn, 4).json())
        assert taker.ports
    assert report.value(4, "mapping") in ("endpoint-independent", None)
    assert report.value(4, "collision") == "observed"


@pytest.mark.parametrize(("name", "impairment"), [
    ("masquerade", Impairment(delay_ms=150, jitter_ms=40)),
    ("full-cone", Impairment(delay_ms=150, jitter_ms=40)),
    ("full-cone", Impairment(delay_ms=10, jitter_ms=20, duplicate_pct=50)),
    ("masquerade-fully-random", Impairment(delay_ms=5, jitter_ms=30)),
], ids=["slow-apdf", "slow-eif", "duplicated-eif", "reordered-apdm"])
def test_bad_links_do_not_change_verdicts(name: str, impairment: Impairment,
                                          make_world: WorldMaker, coturn: ServerAddresses,
                                          nat_probe: Program) -> None:
    """Delay, jitter, reordering and duplicates are no behaviour of the NAT."""
    world = make_world(BY_ID[name], impairment=impairment)
    report = read(probe(nat_probe, world, coturn, 4), 0)
    assert report.value(4, "mapping") == BY_ID[name].expect.mapping
    assert report.value(4, "filtering") == BY_ID[name].expect.filtering
