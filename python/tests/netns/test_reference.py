"""The labels of the NAT kinds, checked with programs that share nothing with the product."""

from __future__ import annotations

import socket
import time

import pytest

from .behaviour import APDM, EIM
from .conftest import WorldMaker
from .impaired_link import Impairment
from .nat_kinds import BY_ID, CASES, NatKind
from .reference_probe import Observation, ReferenceProbe, exchange, one_socket_filtering
from .stun_message import binding_request, new_transaction_id
from .topology import ALTERNATE_PORT, PORT, ServerAddresses, World

CASE_IDS = [f"{kind.id}-v{family}" for kind, family in CASES]


def probe_in(world: World, servers: ServerAddresses, family: int) -> ReferenceProbe:
    """The reference probe on the world's client."""
    address_family = socket.AF_INET6 if family == 6 else socket.AF_INET
    return ReferenceProbe(lambda kind: world.client.socket(address_family, kind),
                          servers.endpoint(family))


@pytest.mark.parametrize("server", ["coturn", "embedded"], indirect=True)
@pytest.mark.parametrize(("kind", "family"), CASES, ids=CASE_IDS)
def test_kernel_behaves_as_labelled(kind: NatKind, family: int, server: ServerAddresses,
                                    make_world: WorldMaker) -> None:
    """Each kind does what its label says, as seen through either server."""
    world = make_world(kind, family)
    seen: Observation = probe_in(world, server, family).observe()
    expect = kind.expect
    assert seen.udp == expect.udp
    assert seen.translation == expect.translation
    assert seen.filtering == expect.filtering
    if expect.mapping is not None or expect.udp != "reachable":
        assert seen.mapping == expect.mapping
    assert len(seen.public_addresses) == {"multi-egress": 2}.get(
        expect.pooling or "", 1 if expect.udp == "reachable" else 0)


def test_one_socket_after_mapping_shows_a_false_full_cone(make_world: WorldMaker,
                                                          coturn: ServerAddresses) -> None:
    """Mapping opens what filtering then tests: the kernel lets it in."""
    world = make_world(BY_ID["masquerade"])
    other = (coturn.v4[1], ALTERNATE_PORT)
    mapping, passed = one_socket_filtering(probe_in(world, coturn, 4), coturn.endpoint(4), other,
                                           mapping_first=True)
    assert (mapping, passed) == (EIM, True)


def test_one_socket_after_filtering_shows_a_false_dependent_mapping(
        make_world: WorldMaker, coturn: ServerAddresses) -> None:
    """A router that takes unsolicited input remembers it, and the next mapping has to give way."""
    world = make_world(BY_ID["masquerade-open-input"])
    other = (coturn.v4[1], ALTERNATE_PORT)
    mapping, passed = one_socket_filtering(probe_in(world, coturn, 4), coturn.endpoint(4), other,
                                           mapping_first=False)
    assert mapping == APDM
    assert not passed


def test_impaired_link_delays_and_loses(make_world: WorldMaker, coturn: ServerAddresses) -> None:
    """A round trip takes both delays, and about as many packets are lost as were to be."""
    world = make_world(BY_ID["masquerade"], impairment=Impairment(delay_ms=15, loss_pct=20, seed=7))
    round_trips: list[float] = []
    count = 100
    with world.client.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sent: dict[bytes, float] = {}
        for _ in range(count):
            transaction_id = new_transaction_id()
            sent[transaction_id] = time.monotonic()
            sock.sendto(binding_request(transaction_id), coturn.endpoint(4))
        sock.settimeout(1.0)
        try:
            while True:
                packet = sock.recv(2048)
                round_trips.append(time.monotonic() - sent[packet[8:20]])
        except TimeoutError:
            pass
    assert min(round_trips) >= 0.030
    # 0.8 * 0.8 of them, within five standard deviations.
    assert 40 <= len(round_trips) <= 88


@pytest.mark.parametrize("point", [1, 2, 3],
                         ids=["port-changed", "address-changed", "both-changed"])
def test_second_host_on_the_same_port_moves_mappings(point: int, make_world: WorldMaker,
                                                     coturn: ServerAddresses) -> None:
    """Linux is endpoint-independent until another host holds the port toward one destination; then
    that mapping moves, and so do all later ones: the kernel prefers its latest choice."""
    world = make_world(BY_ID["masquerade"])
    neighbour = world.add_neighbour()
    primary, alternate = coturn.v4
    points = [(primary, PORT), (primary, ALTERNATE_PORT), (alternate, PORT),
              (alternate, ALTERNATE_PORT)]

    def take_port(port: int) -> None:
        with neighbour.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("0.0.0.0", port))
            assert exchange(sock, points[point]) is not None

    probe = ReferenceProbe(lambda kind: world.client.socket(socket.AF_INET, kind),
                           coturn.endpoint(4), after_first=take_port)
    seen = probe.observe().mapped
    before, after = seen[:point], seen[point:]
    assert len(set(before)) == 1
    assert len(set(after)) == 1
    assert before[0] != after[0]
