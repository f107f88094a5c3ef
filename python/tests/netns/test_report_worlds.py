"""`nat-probe report` in worlds where several things meet, or time is short: every sentence is true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from binaries import Json

from .certificates import Authority, Identity
from .conftest import WorldMaker
from .impaired_link import Impairment
from .nat64 import Nat64World
from .nat_kinds import BY_ID
from .report_caller import ADDRESS, NAME, Caller, firewall
from .servers import missing_tools
from .test_report import ONE_PORT_SHUT
from .topology import EMBEDDED, PORT, SPARE, SPARE_BESIDE, Internet, World
from .turn_relay import PASSWORD, USER, CoturnRelay

pytestmark = pytest.mark.root

OTHER_ADDRESS = SPARE_BESIDE.v4[0]
RELAY_PORTS = (60000, 60100)
NO_NAME_SERVICE = "chain names { type filter hook input priority filter; udp dport 53 drop\n }"


def entry(host: str, password: str = PASSWORD) -> Json:
    """One of iceServers, over UDP."""
    return {"urls": [f"turn:{host}:{PORT}"], "username": USER, "credential": password}


def ice_servers(directory: Path, *entries: Json) -> Path:
    """A file for --ice-servers."""
    path = directory / "several.json"
    path.write_text(json.dumps({"iceServers": list(entries)}))
    return path


@pytest.fixture
def other_relay(internet: Internet, identity: Identity, tmp_path: Path) -> Iterator[CoturnRelay]:
    """Another coturn, whose relays have ports of their own. So are its addresses: of two servers on
    one UDP port each would get some of the packets."""
    options = [f"min-port={RELAY_PORTS[0]}", f"max-port={RELAY_PORTS[1]}"]
    with CoturnRelay(internet, SPARE_BESIDE, tmp_path / "other", identity,
                     options=options) as server:
        yield server


@pytest.fixture
def nat64(internet: Internet, tmp_path: Path) -> Iterator[Nat64World]:
    """A client with IPv6 alone; its DNS64 knows the relay by name."""
    if missing_tools("tayga"):
        pytest.skip("needs tayga")
    with Nat64World(internet, tmp_path, names={NAME: (ADDRESS,)}) as world:
        yield world


def resolver_of(directory: Path, address: str | None = None) -> dict[str, str]:
    """What Caller binds: the resolver's file, as it is or with that server alone."""
    path = directory / "resolv.conf"
    if address is not None:
        path.write_text(f"nameserver {address}\n")
    return {"/etc/resolv.conf": str(path)}


def test_run_that_is_cut_off_says_so_and_what_was_not_tried(
        make_world: WorldMaker, report: Caller, relay: CoturnRelay) -> None:
    """Half a second of ten, far from the relay: no media has come through it."""
    seen = report(make_world(BY_ID["masquerade"], impairment=Impairment(delay_ms=30)),
                  "--budget", "700ms")
    assert seen.document["complete"] is False
    assert seen.outcome.exit_code == 3
    assert seen.headline.startswith("Calls will work")
    assert "(that packets pass through it was not tried)" in seen.headline
    assert seen.headline.endswith("The run was cut off before all was tried.")


def test_quick_run_reads_the_distance_several_times(make_world: WorldMaker, report: Caller,
                                                    relay: CoturnRelay) -> None:
    """Within its second and a half; few readings would be told."""
    seen = report(make_world(BY_ID["masquerade"], impairment=Impairment(delay_ms=15)), "--quick")
    assert seen.document["complete"] is True
    assert seen.document["duration_us"] < 1_500_000
    assert "reading" not in seen.headline
    for number in (1, 2, 3):
        data = seen.finding("server/reachable", f"server-{number}")["data"]
        assert data["rtt_reading_count"] == 5
        assert 30_000 <= data["rtt_us"] < 60_000


def test_silent_name_service_is_named_in_a_quick_run(
        make_world: WorldMaker, report: Caller, relay: CoturnRelay, internet: Internet,
        tmp_path: Path) -> None:
    """As in a whole one; half a second is too short to tell."""
    world = make_world(BY_ID["masquerade"])
    servers, bind = report.servers(host=NAME), resolver_of(tmp_path, SPARE.v4[1])
    with firewall(internet, NO_NAME_SERVICE):
        for options in ((), ("--quick",)):
            seen = report(world, *options, servers=servers, bind=bind)
            assert seen.causes() == {("network/names", "name-service-fails")}
            assert "the name service (DNS) does not answer. Repair the name service" in \
                seen.headline
            assert seen.outcome.exit_code == 1
            assert not options or seen.document["duration_us"] < 1_500_000
        short = report(world, "--quick", "--budget", "500ms", servers=servers, bind=bind)
    assert short.causes() == set()
    assert short.headline == \
        "It is not known yet whether calls will work: the run was cut off before that."
    assert short.outcome.exit_code == 3


def test_lost_packet_to_a_name_server_is_no_silence(
        make_world: WorldMaker, report: Caller, relay: CoturnRelay, nat64: Nat64World,
        internet: Internet, tmp_path: Path) -> None:
    """The C library would ask again after five seconds."""
    nat64.router.nft("table inet lossy { chain names { type filter hook input priority filter - 1; "
                     "udp dport 53 limit rate over 1/day burst 1 packets accept\n"
                     "udp dport 53 drop\n }\n }\n")
    seen = report(nat64, "--quick", servers=report.servers(host=NAME), family="6",
                  bind=resolver_of(tmp_path))
    assert seen.finding("network/names")["verdict"] == "pass"


def test_port_that_answers_is_not_denied(make_world: WorldMaker, report: Caller,
                                         relay: CoturnRelay) -> None:
    """What is not known of the mapping is the first port's matter."""
    seen = report(make_world(ONE_PORT_SHUT))
    for identifier in ("nat/mapping", "nat/filtering", "nat/port-allocation"):
        assert f"{ADDRESS}:{PORT} gave none; " in seen.finding(identifier)["reason"]["sentence"]
    assert "o server said what address it sees" not in seen.outcome.out


def test_nat64_leads_to_the_relay_from_outside_too(
        report: Caller, relay: CoturnRelay, nat64: Nat64World, tmp_path: Path) -> None:
    """The relay's address is one of IPv4: what is sent to it goes by the prefix."""
    seen = report(nat64, servers=report.servers(host=NAME), family="both",
                  bind=resolver_of(tmp_path))
    assert seen.causes() == set()
    assert seen.finding("relay/from-outside")["verdict"] == "pass"
    assert seen.finding("network/egress")["value"] == "open"
    assert seen.headline.startswith("Calls will work: directly with most people")
    assert seen.outcome.exit_code == 0


def test_server_that_an_ipv6_only_network_knows_by_its_ipv4_address(
        report: Caller, relay: CoturnRelay, nat64: Nat64World, tmp_path: Path) -> None:
    """Names are translated, addresses are not: no cable is missing, and calls are open."""
    seen = report(nat64, family="both", bind=resolver_of(tmp_path))
    assert seen.headline.startswith("Your relay cannot be used, and whether calls work without it "
                                    "is open: of the relay, this computer has no route to it")
    assert "Name the server by its DNS name" in seen.headline
    assert "Connect this computer" not in seen.outcome.out
    assert seen.outcome.exit_code == 1


@pytest.mark.parametrize("is_first", [True, False], ids=["first", "second"])
def test_wrong_password_for_one_of_two_relays(
        make_world: WorldMaker, report: Caller, relay: CoturnRelay, other_relay: CoturnRelay,
        tmp_path: Path, is_first: bool) -> None:
    """The first sentence names the other one."""
    entries = [entry(OTHER_ADDRESS, "jabberwocky"), entry(ADDRESS)]
    seen = report(make_world(BY_ID["masquerade"]),
                  servers=ice_servers(tmp_path, *(entries if is_first else entries[::-1])))
    assert f"through your relay {ADDRESS}, " in seen.headline
    assert seen.causes() == {("relay/allocation", "wrong-credentials")}
    assert seen.outcome.exit_code == 0


def test_nearer_of_two_relays_is_dead(make_world: WorldMaker, report: Caller, relay: CoturnRelay,
                                      internet: Internet, tmp_path: Path) -> None:
    """Calls work through the other."""
    world, host = make_world(BY_ID["masquerade"]), EMBEDDED.v4[1]
    servers = ice_servers(tmp_path, entry(host), entry(ADDRESS))
    with firewall(internet, "chain dead { type filter hook input priority filter; "
                            f"ip daddr {host} drop\n }}"):
        for options in ((), ("--quick",)):
            seen = report(world, *options, servers=servers)
            assert f"through your relay {ADDRESS}, " in seen.headline
            assert seen.causes() == {("server/reachable", "silent")}
            assert seen.outcome.exit_code == 0


def test_nearer_of_two_relays_carries_nothing(
        make_world: WorldMaker, report: Caller, relay: CoturnRelay, other_relay: CoturnRelay,
        internet: Internet, tmp_path: Path) -> None:
    """It is granted, and its ports are shut: calls work through the other, and the exit code says so."""
    with firewall(internet, "chain shut { type filter hook input priority filter; "
                            f"udp dport {RELAY_PORTS[0]}-{RELAY_PORTS[1]} drop\n }}"):
        seen = report(make_world(BY_ID["masquerade"]),
                      servers=ice_servers(tmp_path, entry(OTHER_ADDRESS), entry(ADDRESS)))
    assert f"through your relay {ADDRESS}, " in seen.headline
    assert ("relay/data", "nothing-relayed") in seen.causes()
    assert seen.finding("relay/data")["severity"] == "medium"
    assert seen.outcome.exit_code == 0


def refusing(world: World, udp: str) -> World:
    """Its router refuses TCP in the servers' name, and does that with UDP."""
    world.routers[0].nft("table inet refusing { chain out { type filter hook forward priority 10;\n"
                         'iifname "lan" meta l4proto tcp reject with tcp reset\n'
                         f'iifname "lan" meta l4proto udp {udp}\n }}\n }}\n')
    return world


def test_router_that_refuses_in_the_servers_name(make_world: WorldMaker, report: Caller,
                                                 relay: CoturnRelay) -> None:
    """As where a proxy is the only way out: nothing shows that packets get out, or that TCP works."""
    seen = report(refusing(make_world(BY_ID["masquerade"]), "drop"))
    assert "connections to the server are refused, by it or by a firewall in its name" in \
        seen.headline
    assert "ackets get out" not in seen.outcome.out
    for number in (2, 3):
        sentence = seen.finding("server/reachable", f"server-{number}")["reason"]["sentence"]
        assert "nothing listens there, or a firewall refuses in its name" in sentence
    assert seen.outcome.exit_code == 1
    seen = report(refusing(make_world(BY_ID["masquerade"]), "reject with icmpx admin-prohibited"))
    assert seen.finding("network/egress")["reason"]["code"] == "udp-blocked"
    assert "TCP works" not in seen.finding("network/egress")["reason"]["sentence"]


def test_certificate_of_another_name_beside_udp_that_works(
        make_world: WorldMaker, report: Caller, internet: Internet, authority: Authority,
        tmp_path: Path) -> None:
    """Calls work; whoever needs TLS learns why it does not."""
    identity = authority.issue("DNS:elsewhere.example")
    with CoturnRelay(internet, SPARE, tmp_path / "coturn", identity):
        seen = report(make_world(BY_ID["masquerade"]))
    assert seen.causes() == {("server/reachable", "certificate-wrong-name")}
    assert seen.headline.startswith("Calls will work: directly with most people")
    assert seen.outcome.exit_code == 0


def test_loss_on_the_way_up_alone(make_world: WorldMaker, report: Caller, relay: CoturnRelay) -> None:
    """One packet in sixteen; none of it is laid to the way down."""
    world = make_world(BY_ID["masquerade"])
    world.routers[0].nft("table inet lossy { chain up { type filter hook forward priority 10; "
                         'iifname "lan" meta l4proto udp numgen inc mod 16 < 1 drop\n }\n }\n')
    seen = report(world)
    sentence = seen.finding("relay/quality")["reason"]["sentence"]
    assert ", down 0 %" in sentence
    assert "over TCP through the same server nothing was lost" in sentence
    assert "Expect gaps in the sound" in seen.headline
