"""UDP that is shut in one place and open in another: nat-probe says which, and no more."""

from __future__ import annotations

import time

import pytest

from binaries import Json, Outcome, Program, ReportReader

from .conftest import WorldMaker
from .nat_kinds import ADDRESS_REFUSED, BY_ID, ONE_PORT_OPEN, ONE_PORT_POOL, PORT_SHUT, NatKind
from .topology import PORT, ServerAddresses, World

FINDINGS, OPEN = 1, 3
BOTH_SERVERS = pytest.mark.parametrize("server", ["coturn", "embedded"], indirect=True)


def probe(nat_probe: Program, world: World, server: ServerAddresses, *options: str) -> Outcome:
    """Runs nat-probe on the client, over IPv4."""
    return nat_probe.inside(world.client.prefix)(
        "--stun", f"stun:{server.v4[0]}:{PORT}", "--family", "4", "--format", "json", *options)


def summary(document: Json, subject: str) -> str:
    """The sentence of a finding."""
    return next(str(finding["summary"]) for finding in document["sections"][0]["findings"]
                if str(finding["id"]).endswith(subject))


@BOTH_SERVERS
@pytest.mark.parametrize(("kind", "exit_code", "words"), [
    (PORT_SHUT, FINDINGS, "port 3478 is blocked, port 3479 answers"),
    (ONE_PORT_OPEN, OPEN, "port 3479 of neither"),
    (ADDRESS_REFUSED, OPEN, "but not {server}:3478"),
], ids=lambda value: value.id if isinstance(value, NatKind) else "")
def test_what_is_shut_is_said_and_not_more(
        kind: NatKind, exit_code: int, words: str, server: ServerAddresses,
        make_world: WorldMaker, nat_probe: Program) -> None:
    """One port, all ports but one, one address; and explain comes to the same."""
    outcome = probe(nat_probe, make_world(kind), server)
    assert outcome.exit_code == exit_code, outcome.out
    document = outcome.json()
    assert ReportReader(document).told(4, "udp") == kind.expect.udp
    assert words.format(server=server.v4[0]) in summary(document, "udp/reachability")
    assert "UDP is blocked" not in document["headline"]


def test_closed_port_beside_silent_servers_proves_that_udp_gets_out(
        make_world: WorldMaker, coturn: ServerAddresses, embedded: ServerAddresses,
        nat_probe: Program) -> None:
    """Two silent servers that answer over TCP, and one whose host says that the port is closed."""
    world = make_world(PORT_SHUT)
    outcome = probe(nat_probe, world, coturn, "--stun", f"stun:{embedded.v4[0]}:{PORT}",
                    "--stun", f"stun:{embedded.v4[1]}:9")
    report = ReportReader(outcome.json())
    assert report.value(4, "udp") in ("some-ports", None)
    assert "UDP is blocked" not in outcome.json()["headline"]


def test_nat_without_free_ports_is_said_soon(make_world: WorldMaker, coturn: ServerAddresses,
                                             nat_probe: Program) -> None:
    """The first socket takes the one port there is."""
    started = time.monotonic()
    outcome = probe(nat_probe, make_world(ONE_PORT_POOL), coturn)
    assert time.monotonic() - started < 6
    assert outcome.exit_code == OPEN, outcome.err
    assert outcome.json()["complete"]
    assert ReportReader(outcome.json()).finding(4, "filtering").reason == "sockets-unanswered"


def test_hairpinning_needs_a_nat(make_world: WorldMaker, coturn: ServerAddresses,
                                 nat_probe: Program) -> None:
    """--invasive without one, and behind one that does not turn packets around."""
    for name, reason in (("routed", "no-nat"), ("masquerade", "hairpin-silent")):
        outcome = probe(nat_probe, make_world(BY_ID[name]), coturn, "--invasive")
        assert ReportReader(outcome.json()).finding(4, "hairpinning").reason == reason


def test_tcp_control_leaves_from_the_address_under_test(
        make_world: WorldMaker, coturn: ServerAddresses, nat_probe: Program) -> None:
    """An address that nobody routes back to is no blocked UDP."""
    world = make_world(BY_ID["masquerade"])
    world.client.ip("addr add 172.30.99.2/24 dev wan")
    outcome = probe(nat_probe, world, coturn, "--all-interfaces")
    findings = [finding for section in outcome.json()["sections"]
                for finding in section["findings"] if finding["id"] == "udp/reachability"]
    assert len(findings) >= 2
    assert all(finding["verdict"] != "fail" for finding in findings), findings
