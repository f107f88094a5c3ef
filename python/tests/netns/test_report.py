"""`nat-probe report` behind the kernel's NATs, with one thing broken at a time: named, and no other."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from binaries import Json, Program

from .certificates import Authority, Identity
from .commands import run
from .conftest import WorldMaker
from .impaired_link import Impairment
from .namespace import Namespace
from .nat_kinds import BY_ID, NatKind
from .rulesets import Site, forward_verdict, guard, masquerade, table
from .report_caller import ADDRESS, NAME, Caller, firewall
from .servers import missing_tools, serve_command, wait_for_file
from .topology import PORT, SPARE, Internet, World
from .turn_relay import PASSWORD, USER, WEB_PORT, CoturnRelay, time_limited
from .web_page import WebPage

pytestmark = pytest.mark.root


def only_web_port(site: Site) -> str:
    """Everything but TCP to port 443 is dropped."""
    return table(site, masquerade(), guard(), forward_verdict(
        f"meta l4proto . th dport != {{ tcp . {WEB_PORT} }}", "drop"))


RelayHere = Callable[[World], contextlib.AbstractContextManager[list[Json]]]
SPARE_PORT = PORT + 7


def one_port_shut(site: Site) -> str:
    """UDP to the servers' first port is dropped."""
    return table(site, masquerade(), guard(), forward_verdict(f"udp dport {PORT}", "drop"))


ONE_PORT_SHUT = NatKind("one-port-shut", (one_port_shut,), BY_ID["udp-dropped"].expect)
ONLY_443 = NatKind("only-443", (only_web_port,), BY_ID["udp-dropped"].expect)


def test_healthy_network_is_called_healthy(make_world: WorldMaker, report: Caller,
                                           relay: CoturnRelay) -> None:
    """Nothing fails; mapping, filtering, relays and quality are named; and nothing stays behind."""
    seen = report(make_world(BY_ID["masquerade"]))
    assert seen.causes() == set()
    assert seen.outcome.exit_code == 0, seen.outcome.err
    assert seen.document["complete"] is True
    assert seen.headline.startswith("Calls will work: directly with most people")
    assert seen.finding("nat/mapping")["value"] == "endpoint-independent"
    assert seen.finding("nat/filtering")["value"] == "address-and-port-dependent"
    assert seen.finding("network/egress")["value"] == "open"
    assert seen.finding("peers/reach")["value"] == "89 % direct, 11 % relayed"
    for number in (1, 2, 3):
        for identifier in ("server/reachable", "relay/allocation", "relay/data", "relay/quality"):
            assert seen.finding(identifier, f"server-{number}")["verdict"] == "pass", identifier
        assert seen.finding("relay/ice", f"server-{number}")["verdict"] == "pass"
    assert seen.finding("relay/from-outside", "server-1")["verdict"] == "pass"
    assert seen.finding("ice/candidates")["value"] == \
        "1 host, 1 server-reflexive, relayed at 3 servers"
    assert seen.finding("ice/sdp")["value"] == "clean"
    steps = seen.finding("server/reachable", "server-3")["data"]["steps"]
    assert set(steps) == {"connect_us", "handshake_us", "ask_us", "allocate_us"}
    for section in seen.document["sections"]:
        for finding in section["findings"]:
            if section["id"] in ("call", "network", "ice"):
                assert len(finding.get("evidence_ids", [])) <= 3, finding["id"]
    assert PASSWORD not in seen.outcome.out
    # Issue figure: 6 s, most of it sampling.
    assert seen.document["duration_us"] < 6_000_000
    assert relay.allocations() == 0, relay.process.output()


def test_quick_takes_a_second_and_a_half(make_world: WorldMaker, report: Caller,
                                         relay: CoturnRelay) -> None:
    """Without media, and with everything else."""
    seen = report(make_world(BY_ID["masquerade"]), "--quick")
    assert seen.causes() == set()
    assert seen.document["duration_us"] < 1_500_000
    assert seen.finding("relay/allocation")["verdict"] == "pass"
    assert seen.finding("relay/quality")["reason"]["code"] == "left-out"


def test_varying_nat_needs_the_relay(make_world: WorldMaker, report: Caller,
                                     relay: CoturnRelay) -> None:
    """And --expect relay-only makes that no news."""
    world = make_world(BY_ID["masquerade-fully-random"])
    seen = report(world, "--quick")
    assert {identifier for identifier, _ in seen.causes()} == {"nat/mapping"}
    assert "mostly through your relay" in seen.headline
    expected = report(world, "--quick", "--expect", "relay-only", "--fail-on", "low")
    assert expected.causes() == set()
    assert expected.finding("call/expectation")["verdict"] == "pass"
    assert expected.outcome.exit_code == 0


def test_wrong_password(make_world: WorldMaker, report: Caller, relay: CoturnRelay) -> None:
    """401 after a correct challenge, over every transport."""
    servers = report.servers(password="jabberwocky")
    seen = report(make_world(BY_ID["masquerade"]), servers=servers)
    assert seen.causes() == {("relay/allocation", "wrong-credentials")}
    assert "does not accept user name and password" in seen.headline
    assert seen.outcome.exit_code == 1
    assert "jabberwocky" not in seen.outcome.out


def test_expired_credential(make_world: WorldMaker, report: Caller, internet: Internet,
                            identity: Identity, tmp_path: Path) -> None:
    """Told from a wrong one by its own user name, which is not in the report."""
    user, password = time_limited(int(time.time()) - 3600)
    with CoturnRelay(internet, SPARE, tmp_path / "coturn", identity, has_shared_secret=True):
        world = make_world(BY_ID["masquerade"])
        seen = report(world, servers=report.servers(user=user, password=password))
        assert seen.causes() == {("relay/allocation", "credential-expired")}
        assert user not in seen.outcome.out
        assert password not in seen.outcome.out
        fresh, key = time_limited(int(time.time()) + 3600)
        good = report(world, "--quick", servers=report.servers(user=fresh, password=key))
        assert good.causes() == set()
        assert fresh not in good.outcome.out


def test_credential_that_ends_soon(make_world: WorldMaker, report: Caller, internet: Internet,
                                   identity: Identity, tmp_path: Path) -> None:
    """Accepted, and gone before a call is over."""
    user, password = time_limited(int(time.time()) + 60)
    with CoturnRelay(internet, SPARE, tmp_path / "coturn", identity, has_shared_secret=True):
        seen = report(make_world(BY_ID["masquerade"]), "--quick",
                      servers=report.servers(user=user, password=password))
    assert seen.causes() == {("relay/credential", "ends-soon")}
    assert "credential ends in" in seen.headline
    assert seen.outcome.exit_code == 0
    assert user not in seen.outcome.out


def test_quota_that_the_report_itself_uses_up(make_world: WorldMaker, report: Caller,
                                              internet: Internet, identity: Identity,
                                              tmp_path: Path) -> None:
    """486 beside one's own allocation says nothing of the transport."""
    with CoturnRelay(internet, SPARE, tmp_path / "coturn", identity, options=("user-quota=1",)):
        seen = report(make_world(BY_ID["masquerade"]), "--quick")
    assert seen.causes() == set()
    codes = [finding["reason"]["code"] for part in seen.document["sections"]
             for finding in part["findings"]
             if finding["id"] == "relay/allocation" and finding["verdict"] == "inconclusive"]
    assert codes == ["quota-of-this-report"] * 2
    assert "no relay works over TCP" not in seen.outcome.out


def test_relay_with_a_private_address(make_world: WorldMaker, report: Caller, internet: Internet,
                                      identity: Identity, tmp_path: Path) -> None:
    """A server on the internet that takes its address inside for the one outside."""
    with CoturnRelay(internet, SPARE, tmp_path / "coturn", identity,
                     options=("external-ip=10.9.9.9",)):
        seen = report(make_world(BY_ID["masquerade"]), "--quick")
    assert seen.causes() == {("relay/allocation", "address-out-of-reach")}
    assert "10.9.9.9" in seen.headline
    assert "external-ip" in seen.finding("relay/allocation")["advice"][0]


def test_relay_on_loopback_elsewhere(make_world: WorldMaker, report: Caller, internet: Internet,
                                     identity: Identity, tmp_path: Path) -> None:
    """Nothing is sent to this computer's own loopback, and no firewall is blamed."""
    with CoturnRelay(internet, SPARE, tmp_path / "coturn", identity,
                     options=("external-ip=127.0.0.1", "allow-loopback-peers")):
        seen = report(make_world(BY_ID["masquerade"]))
    assert seen.causes() == {("relay/allocation", "address-out-of-reach")}
    outside = seen.finding("relay/from-outside", "server-1")
    assert outside["reason"]["code"] == "address-out-of-reach", outside
    assert seen.finding("network/egress")["value"] == "open"
    assert all("from_outside" not in part.get("data", {}) for part in seen.document["evidence"])
    assert "firewall closes" not in seen.outcome.out


def test_one_port_of_a_server_is_blocked(make_world: WorldMaker, report: Caller,
                                         relay: CoturnRelay) -> None:
    """Its other port answers over UDP: UDP is not blocked, in any part of the report."""
    seen = report(make_world(ONE_PORT_SHUT))
    assert seen.finding("network/egress")["value"] == "some-ports"
    assert seen.headline.startswith("Calls will work through your relay over TCP")
    assert "network blocks UDP" not in seen.headline


def test_dead_uplink_beside_one_that_works(make_world: WorldMaker, report: Caller,
                                           internet: Internet, relay: CoturnRelay) -> None:
    """The preferred way out is dead, and the relay is not to blame."""
    world = make_world(BY_ID["masquerade"])
    world.client.link("dead0", internet, "deadpeer")
    world.client.ip("addr add 10.8.0.2/24 dev dead0", "route del default",
                    "route add default via 10.8.0.1 dev dead0",
                    "route add default via 192.168.1.1 dev wan metric 100")
    seen = report(world, "--all-interfaces")
    assert "preferred way out (interface dead0) is dead" in seen.headline
    assert "answer by interface wan" in seen.headline
    assert ("network/egress", "preferred-way-dead") in seen.causes()
    assert "server runs" not in seen.outcome.out
    assert seen.headline.startswith("It is open")
    assert seen.outcome.exit_code == 3
    seen = report(world)
    assert "another way out (interface wan) is there, and was not tried" in seen.headline


@pytest.mark.parametrize("kind", [BY_ID[name] for name in (
    "udp-dropped", "udp-rejected-admin", "udp-rejected-port-unreachable")], ids=lambda kind: str(kind.id))
def test_udp_blocked(make_world: WorldMaker, report: Caller, relay: CoturnRelay,
                     kind: NatKind) -> None:
    """The relay over TCP saves the call; the server over UDP is not blamed."""
    world = make_world(kind)
    seen = report(world)
    assert ("network/egress", "udp-blocked") in seen.causes()
    assert {identifier for identifier, _ in seen.causes()} <= {"network/egress", "udp/reachability"}
    assert seen.headline.startswith("Calls will work, but only through your relay over TCP")
    assert seen.finding("server/reachable", "server-1")["reason"]["code"] == "network-blocks"
    quality = seen.finding("relay/quality", "server-2")
    assert quality["verdict"] == "pass", quality
    rejected = "rejects it" in seen.finding("network/egress")["reason"]["sentence"]
    assert rejected == kind.id.startswith("udp-rejected")
    assert not (rejected and "alone that does not answer" in seen.outcome.out)
    assert seen.outcome.exit_code == 0, "a warning: the relay saves the call"
    expected = report(world, "--quick", "--expect", "no-udp", "--fail-on", "low")
    assert expected.causes() == set()
    assert expected.outcome.exit_code == 0


def test_unmet_expectation_is_a_finding(make_world: WorldMaker, report: Caller,
                                        relay: CoturnRelay) -> None:
    """UDP that gets out of a network that is said to block it."""
    seen = report(make_world(BY_ID["masquerade"]), "--quick", "--expect", "no-udp")
    assert seen.causes() == {("call/expectation", "differs")}


def test_only_the_web_port_is_open(make_world: WorldMaker, report: Caller,
                                   relay: CoturnRelay) -> None:
    """TLS on 443 is the only way."""
    seen = report(make_world(ONLY_443))
    assert ("network/egress", "only-443") in seen.causes()
    assert {identifier for identifier, _ in seen.causes()} <= {"network/egress", "udp/reachability"}
    assert "over TLS" in seen.headline
    assert f"TCP to port 443 gets out, and neither UDP nor TCP to port {PORT} does" in seen.headline
    assert seen.finding("relay/allocation", "server-3")["verdict"] == "pass"
    assert "no TCP connection within" in seen.finding(
        "server/reachable", "server-2")["reason"]["sentence"]
    assert "ETIMEDOUT" not in seen.outcome.out
    assert "no connection over TCP or TLS was made" not in seen.outcome.out
    udp = seen.finding("udp/reachability")["reason"]["sentence"]
    assert f"{ADDRESS}:{WEB_PORT} answers over TLS" in udp
    assert seen.outcome.exit_code == 0


def test_only_the_web_port_is_settled_in_a_quick_run(make_world: WorldMaker, report: Caller,
                                                     relay: CoturnRelay) -> None:
    """The classification has nothing to add, and no time for it: that leaves nothing open."""
    seen = report(make_world(ONLY_443), "--quick", "--expect", "no-udp")
    assert seen.causes() == set()
    assert seen.finding("call/expectation")["verdict"] == "pass"
    assert seen.document["complete"] is True
    assert seen.outcome.exit_code == 0


def test_one_silent_stun_server_is_no_blocked_network(
        make_world: WorldMaker, report: Caller, relay: CoturnRelay, internet: Internet,
        tmp_path: Path) -> None:
    """Its host drops UDP, and it answers STUN over TCP: the network, or that server alone."""
    path = tmp_path / "stun.json"
    path.write_text(json.dumps({"iceServers": [{"urls": f"stun:{ADDRESS}:{PORT}"}]}))
    with firewall(internet, "chain i { type filter hook input priority 0; meta l4proto udp drop; }"):
        seen = report(make_world(BY_ID["masquerade"]), servers=path)
    assert seen.headline.startswith("It is open whether calls will work: this network blocks UDP, "
                                    "unless it is ")
    assert seen.finding("call/works")["verdict"] == "inconclusive"
    assert seen.outcome.exit_code == 3


def test_router_that_rejects_is_no_closed_port(make_world: WorldMaker, report: Caller,
                                               relay: CoturnRelay) -> None:
    """ICMP port unreachable from a router on the way: the server is there, and is not to start."""
    seen = report(make_world(BY_ID["udp-rejected-port-unreachable"]), "--quick",
                  servers=report.servers(transports=("udp",)))
    broken = seen.finding("server/reachable")
    assert broken["reason"]["code"] in ("prohibited", "network-blocks"), broken
    assert "nothing listens there" not in seen.outcome.out
    assert "Start the server" not in seen.outcome.out


def self_signed(directory: Path) -> Identity:
    """A certificate for the right address that nobody has issued."""
    made = Identity(directory / "own.crt", directory / "own.key")
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=own", "-addext", f"subjectAltName=IP:{ADDRESS}",
         "-keyout", str(made.key), "-out", str(made.certificate)])
    return made


@pytest.mark.parametrize("flaw", ["expired", "self-signed", "wrong-name"])
def test_certificate(make_world: WorldMaker, report: Caller, internet: Internet,
                     authority: Authority, tmp_path: Path, flaw: str) -> None:
    """The way over TLS is lost, and why is said; the others work."""
    if flaw == "self-signed":
        identity = self_signed(tmp_path)
    elif flaw == "expired":
        identity = authority.issue(f"IP:{ADDRESS}", days=-1)
    else:
        identity = authority.issue("DNS:elsewhere.example")
    with CoturnRelay(internet, SPARE, tmp_path / "coturn", identity):
        seen = report(make_world(BY_ID["masquerade"]))
    assert seen.causes() == {("server/reachable", f"certificate-{flaw}")}
    broken = seen.finding("server/reachable", "server-3")
    assert broken["data"]["failed_step"] == "handshake"
    assert broken["advice"]
    assert seen.headline.startswith("Calls will work")


RELAY_PORTS = "udp dport 49152-65535"


def test_relay_range_firewalled(make_world: WorldMaker, report: Caller, relay: CoturnRelay,
                                internet: Internet) -> None:
    """Allocations are granted, and nothing that is sent to them arrives."""
    with firewall(internet, f"chain i {{ type filter hook input priority 0; {RELAY_PORTS} drop; }}"):
        seen = report(make_world(BY_ID["masquerade"]))
    assert seen.causes() == {("relay/from-outside", "relay-closed"),
                             ("relay/data", "nothing-relayed")}
    assert "cannot be used" in seen.headline
    # libnice fails too, for the reason that our own client met.
    for number in (1, 2, 3):
        assert seen.finding("relay/ice", f"server-{number}")["reason"]["code"] == "nothing-relayed"


def test_relay_range_closed_to_the_outside(make_world: WorldMaker, report: Caller,
                                           relay: CoturnRelay, internet: Internet) -> None:
    """From relay to relay on the server itself data passes: a stranger's packet shows it."""
    with firewall(internet, 'chain i { type filter hook input priority 0; iifname != "lo" '
                            f"{RELAY_PORTS} drop; }}"):
        seen = report(make_world(BY_ID["masquerade"]))
    assert seen.causes() == {("relay/from-outside", "relay-closed")}


def test_dead_server(make_world: WorldMaker, report: Caller) -> None:
    """Its host refuses, over every transport."""
    seen = report(make_world(BY_ID["masquerade"]))
    assert seen.causes() == {("server/reachable", "port-closed")}
    assert seen.headline.startswith("Your relay cannot be used, and whether calls work without it "
                                    "is open: packets get out of")
    assert "Start the server" in seen.headline
    assert seen.finding("network/egress")["verdict"] == "inconclusive"
    assert seen.finding("call/works")["verdict"] == "inconclusive"
    assert seen.outcome.exit_code == 1


@pytest.fixture
def relay_here(ice_test: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RelayHere:
    """Starts a TURN server on the loopback interface of a world's client."""
    monkeypatch.setenv("PORTOLAN_TURN_PASSWORD", PASSWORD)

    @contextlib.contextmanager
    def start(world: World) -> Iterator[list[Json]]:
        ready = tmp_path / "ready-here"
        command = serve_command(ice_test, ["127.0.0.1", "127.0.0.2"], PORT, SPARE_PORT, ready,
                                ["--turn", "--user", USER, "--show-credentials"])
        with world.client.start(command, tmp_path / "log-here") as process:
            wait_for_file(ready, process)
            servers: list[Json] = json.loads(ready.read_text())["iceServers"]
            yield servers
    return start


def test_relay_on_this_computer_does_not_outvote_those_that_are_dead(
        make_world: WorldMaker, report: Caller, relay_here: RelayHere, tmp_path: Path) -> None:
    """It works, and shows nothing of the way to others: of these the dead server speaks."""
    world = make_world(BY_ID["masquerade"])
    with relay_here(world) as servers:
        path = tmp_path / "both.json"
        path.write_text(json.dumps({"iceServers": [
            *servers, *json.loads(report.servers().read_text())["iceServers"]]}))
        seen = report(world, servers=path)
    assert seen.causes() == {("server/reachable", "port-closed")}
    assert seen.headline.startswith("Your relay elsewhere cannot be used, and whether calls work "
                                    "without it is open: packets get out of")
    assert "The relay on this computer works" in seen.headline
    assert seen.finding("call/works")["verdict"] == "inconclusive"
    assert seen.finding("network/egress")["verdict"] == "inconclusive"
    assert seen.finding("peers/reach")["verdict"] == "not_tested"
    assert seen.outcome.exit_code == 1  # the dead relay's own finding


def test_relay_on_this_computer_and_a_server_elsewhere(
        make_world: WorldMaker, report: Caller, relay_here: RelayHere, relay: CoturnRelay,
        tmp_path: Path) -> None:
    """The NAT is measured with the server elsewhere; the relay's reach is open."""
    world = make_world(BY_ID["masquerade"])
    with relay_here(world) as servers:
        path = tmp_path / "both.json"
        path.write_text(json.dumps({"iceServers": [*servers, {"urls": f"stun:{ADDRESS}:{PORT}"}]}))
        seen = report(world, servers=path)
    assert seen.causes() == set()
    assert seen.headline == (
        "Calls will work with about 89 % of people; whether your relay serves the others is open: "
        "it is on this computer, and whether others can reach it was not measured.")
    assert seen.finding("nat/mapping")["value"] == "endpoint-independent"
    assert seen.finding("ice/candidates")["value"].startswith("1 host, 1 server-reflexive")
    assert seen.finding("call/works")["reason"]["code"] == "only-this-computer"
    assert seen.outcome.exit_code == 3


@pytest.mark.parametrize("kind", ["prohibit", "unreachable", "blackhole"])
def test_route_that_forbids_the_servers(make_world: WorldMaker, report: Caller, relay: CoturnRelay,
                                        kind: str) -> None:
    """This computer has other routes: the server that cannot be reached is the failure."""
    world = make_world(BY_ID["masquerade"])
    world.client.ip(f"route add {kind} {ADDRESS}/32")
    seen = report(world)
    assert {identifier for identifier, _ in seen.causes()} == {"server/reachable"}
    assert seen.headline == (
        "Your relay cannot be used, and whether calls work without it is open: no server could be "
        "asked, for this computer does not send to it: a route forbids it, or it is a broadcast "
        "address. Correct the routing table, or the address, and run this again.")
    assert seen.finding("server/reachable")["reason"]["code"] == "route-forbids"
    assert "routing table" in seen.finding("server/reachable")["advice"][0]
    assert seen.finding("call/works")["verdict"] == "inconclusive"
    assert seen.outcome.exit_code == 1


def test_relay_over_tcp_alone_says_nothing_of_udp(make_world: WorldMaker, report: Caller,
                                                  relay: CoturnRelay) -> None:
    """No server was asked over UDP: that it does not get out is not said."""
    seen = report(make_world(BY_ID["masquerade"]), "--quick",
                  servers=report.servers(transports=("tcp",)))
    assert seen.causes() == set()
    assert seen.finding("network/egress")["verdict"] == "not_tested"
    assert "does not get out" not in seen.outcome.out


def test_silence_blames_nobody_alone(make_world: WorldMaker, report: Caller,
                                     relay: CoturnRelay) -> None:
    """A network that drops everything looks like a server that is off: both are said."""
    seen = report(make_world(BY_ID["all-dropped"]))
    assert {identifier for identifier, _ in seen.causes()} == {"server/reachable"}
    assert seen.finding("network/egress")["reason"]["code"] == "nothing-answers"
    assert "either this network lets nothing out, or the server is down" in seen.headline
    assert seen.finding("call/works")["verdict"] == "inconclusive"


def test_slow_server(make_world: WorldMaker, report: Caller, relay: CoturnRelay) -> None:
    """200 ms there and back."""
    seen = report(make_world(BY_ID["masquerade"], impairment=Impairment(delay_ms=100)))
    assert seen.causes() == {("relay/quality", "delay-high")}
    assert 200_000 <= seen.finding("relay/quality")["data"]["rtt_p50_us"] < 230_000
    assert "to interrupt each other" in seen.headline


def test_diff_tells_true_changes_and_no_others(make_world: WorldMaker, report: Caller,
                                               relay: CoturnRelay, nat_report: Program,
                                               tmp_path: Path) -> None:
    """The same network twice; then 40 ms more each way, 5 % loss each way, and another mapping."""
    same = make_world(BY_ID["masquerade"])
    worlds = {"before": same, "again": same,
              "slower": make_world(BY_ID["masquerade"], impairment=Impairment(delay_ms=40)),
              "lossy": make_world(BY_ID["masquerade"], impairment=Impairment(loss_pct=5)),
              "varying": make_world(BY_ID["masquerade-fully-random"])}
    for name, world in worlds.items():
        (tmp_path / f"{name}.json").write_text(report(world).outcome.out)

    def told(after: str) -> set[tuple[str, str]]:
        outcome = nat_report("diff", str(tmp_path / "before.json"),
                             str(tmp_path / f"{after}.json"), "--format", "json")
        return {(finding["id"], finding["value"])
                for finding in outcome.json()["sections"][0]["findings"]}
    assert told("again") == set()
    slower = told("slower")
    assert {identifier for identifier, _ in slower} <= {"relay/quality", "udp/reachability"}
    assert any(identifier == "relay/quality" and value.startswith("round trip ")
               for identifier, value in slower), slower
    assert ("relay/quality", "pass \u2192 fail") in told("lossy")
    assert ("nat/mapping", "pass \u2192 fail") in told("varying")


def test_lossy_network(make_world: WorldMaker, report: Caller, relay: CoturnRelay) -> None:
    """5 % each way: nearly 10 % of what goes there and back, and each way is told."""
    seen = report(make_world(BY_ID["masquerade"], impairment=Impairment(loss_pct=5)))
    assert seen.causes() == {("relay/quality", "loss-high")}
    quality = seen.finding("relay/quality", "server-1")
    lost, sent = quality["data"]["lost_count"], quality["data"]["expected_count"]
    share = 1 - 0.95 ** 2
    # Five standard deviations: by chance once in a million runs.
    assert abs(lost - share * sent) < 5 * (sent * share * (1 - share)) ** 0.5
    assert quality["data"]["loss_low_pct"] < 100 * lost / sent < quality["data"]["loss_high_pct"]
    assert "over TCP through the same server nothing was lost" in quality["reason"]["sentence"]
    assert "up " in quality["reason"]["sentence"]
    assert "Expect gaps in the sound" in seen.headline


def test_jittery_network(make_world: WorldMaker, report: Caller, relay: CoturnRelay) -> None:
    """Up to 30 ms more each way."""
    seen = report(make_world(BY_ID["masquerade"], impairment=Impairment(jitter_ms=30)))
    assert seen.causes() == {("relay/quality", "jitter-high")}
    assert "uneven sound" in seen.headline


def test_dns_that_fails(make_world: WorldMaker, report: Caller, relay: CoturnRelay,
                        tmp_path: Path) -> None:
    """The name service is named, and no server."""
    (tmp_path / "resolv.conf").write_text(f"nameserver {SPARE.v4[1]}\n")
    seen = report(make_world(BY_ID["masquerade"]), servers=report.servers(host=NAME),
                  bind={"/etc/resolv.conf": str(tmp_path / "resolv.conf")})
    assert seen.causes() == {("network/names", "name-service-fails")}
    assert seen.headline.startswith("Your relay cannot be used, and whether calls work without it "
                                    "is open: no server could be asked, for the name service (DNS)")
    assert seen.outcome.exit_code == 1
    assert seen.finding("server/reachable")["verdict"] == "not_tested"


def test_ipv6_that_leads_nowhere(internet: Internet, report: Caller, relay: CoturnRelay,
                                 tmp_path: Path) -> None:
    """The servers have addresses of both families; IPv4 saves the call."""
    hosts = tmp_path / "hosts"
    hosts.write_text(f"{ADDRESS} {NAME}\n{SPARE.v6[0]} {NAME}\n")
    with World(internet, {4: BY_ID["masquerade"], 6: BY_ID["all-dropped"]}) as world:
        seen = report(world, servers=report.servers(host=NAME), family="both",
                      bind={"/etc/hosts": str(hosts)})
    assert seen.causes() == {("network/ipv6", "leads-nowhere")}
    assert seen.headline.startswith("Calls will work: directly with most people")


def test_silent_ipv6_does_not_cut_a_quick_run_off(internet: Internet, report: Caller,
                                                  relay: CoturnRelay, tmp_path: Path) -> None:
    """Servers that are named by their addresses; all that can be seen over IPv6 is silence."""
    path = tmp_path / "both.json"
    path.write_text(json.dumps({"iceServers": [{
        "urls": [f"turn:{ADDRESS}:{PORT}", f"turn:[{SPARE.v6[0]}]:{PORT}"],
        "username": USER, "credential": PASSWORD}]}))
    with World(internet, {4: BY_ID["masquerade"], 6: BY_ID["all-dropped"]}) as world:
        seen = report(world, "--quick", servers=path, family="both")
    assert seen.document["complete"] is True
    assert seen.outcome.exit_code == 0
    sentence = seen.finding("network/ipv6")["reason"]["sentence"]
    assert "while others that are named answer over IPv4" in sentence


def test_server_that_does_not_listen_on_ipv6(internet: Internet, report: Caller,
                                             relay: CoturnRelay, tmp_path: Path) -> None:
    """Its host refuses over IPv6 alone: that is no silence, and not said of IPv4."""
    hosts = tmp_path / "hosts"
    hosts.write_text(f"{ADDRESS} {NAME}\n{SPARE.v6[0]} {NAME}\n")
    closed = (f"chain i {{ type filter hook input priority 0; ip6 daddr {SPARE.v6[0]} "
              "meta l4proto udp reject with icmpv6 type port-unreachable; }")
    with firewall(internet, closed), \
            World(internet, {4: BY_ID["masquerade"], 6: BY_ID["masquerade"]}) as world:
        seen = report(world, "--quick", servers=report.servers(host=NAME, transports=("udp",)),
                      family="both", bind={"/etc/hosts": str(hosts)})
    ipv6 = seen.finding("network/ipv6")
    assert ipv6["reason"]["code"] == "refused", ipv6
    assert "nor over IPv4" not in seen.outcome.out
    assert "while the same server answers over IPv4" in ipv6["reason"]["sentence"]
    assert "IPv6 address" in ipv6["advice"][0]


def test_no_network(make_world: WorldMaker, report: Caller, relay: CoturnRelay) -> None:
    """Without a route nothing can be asked, and nobody is blamed but that."""
    seen = report(make_world(BY_ID["no-route"]))
    assert ("network/egress", "no-network") in seen.causes()
    assert {identifier for identifier, _ in seen.causes()} <= {"network/egress", "udp/reachability"}
    assert seen.headline == "Calls will not work: this computer is not connected to a network."
    assert seen.took_s < 5


def test_two_uplinks(make_world: WorldMaker, report: Caller, relay: CoturnRelay) -> None:
    """The server's other address is reached over another uplink, with another public address."""
    seen = report(make_world(BY_ID["two-uplinks"]))
    assert seen.causes() == {("nat/pooling", "multi-egress")}
    assert seen.headline.startswith("Calls will work")
    for number in (1, 2, 3):
        assert seen.finding("relay/allocation", f"server-{number}")["verdict"] == "pass"


CHECK_ADDRESS = SPARE.v4[1]
CHECK_URL = f"http://{CHECK_ADDRESS}/204"


def test_page_that_is_reached(make_world: WorldMaker, report: Caller, relay: CoturnRelay,
                              internet: Internet) -> None:
    """No login page, and clocks that agree; and nobody asks for a page that was not named."""
    world = make_world(BY_ID["masquerade"])
    with WebPage(internet, CHECK_ADDRESS, 80) as page:
        unasked = report(world, "--quick")
        assert unasked.finding("network/captive-portal")["reason"]["code"] == "not-asked"
        assert page.requests == []
        seen = report(world, "--quick", "--check-url", CHECK_URL)
        assert len(page.requests) == 1
    assert seen.causes() == set()
    assert seen.finding("network/captive-portal")["value"] == "none"
    assert seen.finding("network/clock")["verdict"] == "pass"


def test_clock_that_differs(make_world: WorldMaker, report: Caller, relay: CoturnRelay,
                            internet: Internet) -> None:
    """Two hours: named with its direction, whoever is wrong."""
    with WebPage(internet, CHECK_ADDRESS, 80, skew_s=7200):
        seen = report(make_world(BY_ID["masquerade"]), "--quick", "--check-url", CHECK_URL)
    assert seen.causes() == {("network/clock", "clock-differs")}
    assert "behind" in seen.finding("network/clock")["reason"]["sentence"]


def behind_login(lan: str) -> str:
    """Nothing gets out but requests for web pages, which end at the login page."""
    return f"""table ip login {{
  chain d {{ type nat hook prerouting priority dstnat;
    iifname "{lan}" tcp dport 80 dnat to {CHECK_ADDRESS}:8080; }}
  chain f {{ type filter hook forward priority filter;
    iifname "{lan}" ct status dnat accept
    iifname "{lan}" drop; }}
}}
"""


@pytest.mark.parametrize("status", [302, 511])
def test_login_page(make_world: WorldMaker, report: Caller, relay: CoturnRelay,
                    internet: Internet, status: int) -> None:
    """Before the login nothing else gets out: that is the first sentence."""
    world = make_world(BY_ID["masquerade"])
    world.routers[0].nft(behind_login("lan"))
    location = "http://login.example/?session=secret" if status == 302 else ""
    with WebPage(internet, CHECK_ADDRESS, 8080, status, location=location):
        seen = report(world, "--budget", "5s", "--check-url", CHECK_URL)
    assert ("network/captive-portal", "captive-portal") in seen.causes()
    assert seen.headline == \
        "Calls do not work yet: this network wants a login first (captive portal)."
    assert "session=secret" not in seen.outcome.out


@contextlib.contextmanager
def mapping_router(router: Namespace, directory: Path) -> Iterator[None]:
    """Debian's miniupnpd on a router of a world."""
    if missing_tools("miniupnpd"):
        pytest.skip("needs miniupnpd")
    config = directory / "miniupnpd.conf"
    config.write_text("\n".join((
        "ext_ifname=wan", "listening_ip=lan", "enable_natpmp=yes", "enable_upnp=yes", "port=0",
        "uuid=00000000-0000-0000-0000-000000000001",
        "allow 1024-65535 0.0.0.0/0 1024-65535", "")))
    process = router.start(["miniupnpd", "-f", str(config), "-d", "-P", str(directory / "pid")],
                           directory / "miniupnpd.log", directory)
    try:
        wait_for_file(directory / "pid", process)
        yield
    finally:
        process.stop()


def test_router_that_maps_ports(make_world: WorldMaker, report: Caller, relay: CoturnRelay,
                                tmp_path: Path) -> None:
    """All three protocols are found with --invasive, and nobody is asked without."""
    world = make_world(BY_ID["masquerade"])
    with mapping_router(world.routers[0], tmp_path):
        seen = report(world, "--invasive", "--budget", "6s")
        unasked = report(world, "--quick")
    assert {identifier for identifier, _ in seen.causes()} <= {"nat/hairpinning"}
    assert seen.finding("network/port-mapping")["value"] == "UPnP IGD, NAT-PMP, PCP"
    assert unasked.finding("network/port-mapping")["reason"]["code"] == "not-invasive"


def test_router_that_maps_none(make_world: WorldMaker, report: Caller, relay: CoturnRelay) -> None:
    """Silence and refusals are none. Hairpinning is tested then, too."""
    seen = report(make_world(BY_ID["masquerade"]), "--invasive", "--budget", "6s")
    assert seen.finding("nat/hairpinning")["verdict"] != "not_tested"
    assert seen.finding("network/port-mapping")["value"] == "none"
