"""Which way packets leave this host, and servers that are not outside: nat-probe says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from binaries import Json, Program, ReportReader

from .conftest import WorldMaker
from .nat_kinds import BY_ID
from .servers import Embedded
from .topology import Internet, ServerAddresses, World

OPEN = 3


@pytest.fixture
def tunnelled(internet: Internet, make_world: WorldMaker) -> World:
    """A client behind a NAT, with a second way out that is not translated."""
    world = make_world(BY_ID["masquerade"])
    world.client.link("vpn0", internet, "vpnpeer")
    world.client.ip("addr add 10.8.0.2/24 dev vpn0")
    internet.ip("addr add 10.8.0.1/24 dev vpnpeer")
    internet.sysctl("net.ipv4.conf.vpnpeer.arp_ignore=1")
    return world


def sections(document: Json) -> dict[str, Json]:
    """By their ids."""
    return {str(section["id"]): section for section in document["sections"]}


def test_all_interfaces_leave_by_the_interface_that_is_named(
        tunnelled: World, embedded: ServerAddresses, nat_probe: Program) -> None:
    """A tunnel takes all by its route; what is said of the other interface left by that one."""
    tunnelled.client.ip("route add 0.0.0.0/1 via 10.8.0.1 dev vpn0")
    outcome = nat_probe.inside(tunnelled.client.prefix)(
        "--stun", f"stun:{embedded.v4[0]}", "--family", "4", "--all-interfaces",
        "--format", "json")
    found = sections(outcome.json())
    assert found["ipv4/vpn0"]["subject"]["mapped"].startswith("10.8.0.2:")
    assert found["ipv4/wan"]["subject"]["local"].startswith("192.168.1.2:")
    assert found["ipv4/wan"]["subject"]["mapped"].startswith("5.7."), found["ipv4/wan"]


def test_interface_without_a_route_is_said_to_have_none(
        tunnelled: World, embedded: ServerAddresses, nat_probe: Program) -> None:
    """And the server is not suspected alone."""
    ask = nat_probe.inside(tunnelled.client.prefix)
    server = ["--stun", f"stun:{embedded.v4[0]}", "--family", "4", "--format", "json"]
    document = ask(*server, "--interface", "vpn0").json()
    assert f"has no route to {embedded.v4[0]} by vpn0" in document["headline"]
    assert "no route to" not in ask(*server, "--interface", "wan").json()["headline"]


def test_two_routes_of_this_host_are_not_laid_to_the_network(
        tunnelled: World, embedded: ServerAddresses, nat_probe: Program) -> None:
    """A VPN for a part of the Internet, with the server's other address in it."""
    outside = "5.9.200.77"  # what the VPN's gateway makes of this host's address
    tunnelled.client.ip(f"route add {embedded.v4[1]}/32 via 10.8.0.1 dev vpn0",
                        f"addr add {outside}/32 dev vpn0")
    tunnelled.client.nft("table ip vpn { chain out { type nat hook postrouting priority 100; "
                         f'oifname "vpn0" snat to {outside}; }}; }}')
    tunnelled.internet.ip(f"route add {outside}/32 dev vpnpeer")
    document = nat_probe.inside(tunnelled.client.prefix)(
        "--stun", f"stun:{embedded.v4[0]}", "--family", "4", "--format", "json").json()
    assert ReportReader(document).finding(4, "mapping").reason == "local-address-varies"
    assert "this computer's own routing table" in document["headline"]


@pytest.mark.parametrize(("addresses", "words"), [
    (("192.168.1.1", "192.168.1.3"), "this machine's own network"),
    (("100.64.9.8", "100.64.9.9"), "the provider's own network"),
])
def test_server_inside_leaves_the_run_open(
        addresses: tuple[str, str], words: str, make_world: WorldMaker, nat_probe: Program,
        ice_test: Path, tmp_path: Path) -> None:
    """Nothing is promised of the way to others, and the exit code says so."""
    world = make_world(BY_ID["masquerade"])
    servers = ServerAddresses(addresses, ("fd00:9::8", "fd00:9::9"))
    world.routers[0].ip(*(f"addr add {address}/32 dev lo" for address in servers.v4
                          if address != "192.168.1.1"),
                        *(f"addr add {address}/128 dev lo nodad" for address in servers.v6))
    with Embedded(world.routers[0], servers, tmp_path, ice_test):
        outcome = nat_probe.inside(world.client.prefix)(
            "--stun", f"stun:{addresses[0]}", "--family", "4", "--format", "json")
    assert outcome.exit_code == OPEN, outcome.out
    assert words in outcome.json()["headline"]
    assert "directly" not in outcome.json()["headline"]
