"""nat-probe on a host that has IPv6 only, behind a NAT64 made of tayga and the kernel's NAT."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from binaries import Outcome, Program, ReportReader

from .behaviour import APDF, APDM, EIM
from .nat64 import Nat64World
from .servers import missing_tools
from .topology import Internet, ServerAddresses

OK, RELAY, COULD_NOT = 0, 1, 2
WELL_KNOWN = "64:ff9b::"  # RFC 6052 s2.1
NETWORK_SPECIFIC = "2a00:6464::"
NAME = "stun.test"

WorldMaker = Callable[..., Nat64World]


@pytest.fixture
def make_nat64(internet: Internet, embedded: ServerAddresses, tmp_path: Path
               ) -> Iterator[WorldMaker]:
    """Builds one that is gone after the test; its DNS knows the server by name."""
    if missing_tools("tayga"):
        pytest.skip("needs tayga")
    made: list[Nat64World] = []

    def make(prefix: str = WELL_KNOWN, with_dns64: bool = True, flags: str = "") -> Nat64World:
        made.append(Nat64World(internet, tmp_path, prefix, {NAME: (embedded.v4[0],)}, with_dns64,
                               flags))
        return made[-1]

    yield make
    for world in made:
        world.close()


def probe(nat_probe: Program, world: Nat64World, host: str, *options: str) -> Outcome:
    """On the client, with both families, as somebody would who knows nothing of all this."""
    return nat_probe.inside(world.prefix_of_client)("--stun", f"stun:{host}", "--format", "json",
                                                    *options)


def assert_nat64(outcome: Outcome, mapping: str = EIM) -> None:
    """Everything is known of the NAT64, nothing is said against IPv4 or the server."""
    assert outcome.exit_code == OK, outcome.err
    report = ReportReader(outcome.json())
    assert report.value(6, "udp") == "reachable"
    assert report.value(6, "translation") == "nat64"
    assert report.value(6, "mapping") == mapping
    assert report.value(6, "filtering") == APDF
    assert report.finding(4, "udp").verdict == "not_tested"
    audits = [finding for section in outcome.json()["sections"]
              for finding in section["findings"] if finding["id"] == "server/audit"]
    assert [audit["verdict"] for audit in audits] == ["pass"]


@pytest.mark.parametrize("prefix", [WELL_KNOWN, NETWORK_SPECIFIC],
                         ids=["well-known", "network-specific"])
@pytest.mark.parametrize("by", ["address", "name", "mapped-address"])
def test_nat64_is_found_however_the_server_is_named(
        by: str, prefix: str, make_nat64: WorldMaker, embedded: ServerAddresses,
        nat_probe: Program) -> None:
    """RFC 7050: the prefix is asked for; a DNS64 (RFC 6147) has already put it before names."""
    world = make_nat64(prefix)
    host = {"address": embedded.v4[0], "name": NAME,
            "mapped-address": f"[{prefix}{embedded.v4[0]}]"}[by]
    assert_nat64(probe(nat_probe, world, host))
    assert ("ipv4only.arpa", 28) in world.dns.questions


def test_bad_mapping_of_a_nat64_is_seen(make_nat64: WorldMaker, nat_probe: Program) -> None:
    """RFC 4787 s4.1, through the prefix: four destinations, four ports."""
    assert_nat64(probe(nat_probe, make_nat64(flags="fully-random"), NAME), APDM)


def test_without_dns64_nothing_is_invented(make_nat64: WorldMaker, embedded: ServerAddresses,
                                           nat_probe: Program) -> None:
    """An IPv4 server, no IPv4 here and no prefix to reach it by: said so, in bounded time."""
    outcome = probe(nat_probe, make_nat64(with_dns64=False), embedded.v4[0])
    assert outcome.exit_code == RELAY, outcome.err
    report = ReportReader(outcome.json())
    assert report.told(4, "udp") == "no-route"
    assert report.told(6, "udp") == "no-server-address"


def test_real_ipv6_server_beside_a_nat64_is_judged_as_it_is(
        make_nat64: WorldMaker, embedded: ServerAddresses, nat_probe: Program) -> None:
    """One server behind the prefix and one that has IPv6: neither is called faulty, and what is
    measured at one of them is not compared with what the other sees."""
    world = make_nat64()
    outcome = probe(nat_probe, world, f"[{WELL_KNOWN}{embedded.v4[0]}]",
                    "--stun", f"stun:[{embedded.v6[0]}]")
    report = ReportReader(outcome.json())
    assert report.value(6, "translation") == "nat64"
    assert report.value(6, "mapping") == EIM


def test_audit_does_not_blame_the_server_for_a_nat64(
        make_nat64: WorldMaker, nat_probe: Program) -> None:
    """Every address in its answers is an IPv4 one: that is the NAT64's doing."""
    outcome = nat_probe.inside(make_nat64().prefix_of_client)(
        "audit-server", f"stun:{NAME}", "--format", "json")
    assert outcome.exit_code == COULD_NOT and outcome.out == ""
    assert f"{NAME} is reached through a NAT64" in outcome.err
