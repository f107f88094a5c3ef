"""The discovery state machine driven from Python, over a NAT in virtual time."""

from __future__ import annotations

import json
import os
import random
from datetime import timedelta

import pytest

from portolan import AddressFamily, Culprit, Error, IpAddress, TransportAddress
from portolan.discovery import (Config, Discovery, FaultReport, Filtering, LifetimeConfig,
                                LifetimeLadder, Mapping, NetworkFault, OpenSocket, Role,
                                SendDatagram, ServerTarget, StreamOutcome, StreamReport,
                                TransactionPacer, Translation, TryStream, UdpReachability,
                                VerdictKind, classic_name, default_lifetime_rungs, infer,
                                infer_lifetime, ledger_from_json, to_json)

from .fake_network import (BY_ADDRESS, BY_ADDRESS_AND_PORT, INDEPENDENT, IPS, PORTS, FakeNetwork,
                           Key, reply)

SERVER = TransportAddress(f"{IPS[0]}:{PORTS[0]}")
CLIENT = TransportAddress("192.168.1.2:5000")
MAPPINGS = {INDEPENDENT: Mapping.EndpointIndependent, BY_ADDRESS: Mapping.AddressDependent,
            BY_ADDRESS_AND_PORT: Mapping.AddressAndPortDependent}
FILTERINGS = {INDEPENDENT: Filtering.EndpointIndependent, BY_ADDRESS: Filtering.AddressDependent,
              BY_ADDRESS_AND_PORT: Filtering.AddressAndPortDependent}


def discovery() -> Discovery:
    """Against the one server of the fake network."""
    return Discovery(Config(servers=[ServerTarget("stun:fake", SERVER)], seed=7))


@pytest.mark.parametrize("mapping", MAPPINGS, ids=lambda key: str(MAPPINGS[key]))
@pytest.mark.parametrize("filtering", FILTERINGS, ids=lambda key: str(FILTERINGS[key]))
def test_nat_is_classified(mapping: Key, filtering: Key) -> None:
    """RFC 5780 s4.3 and s4.4: both behaviours, independently of each other."""
    machine = discovery()
    FakeNetwork(machine, mapping, filtering).run()
    outcome = machine.outcome()
    assert outcome.udp.value == UdpReachability.Reachable
    assert outcome.translation.value == Translation.Address
    assert outcome.mapping.value == MAPPINGS[mapping], outcome.mapping.sentence
    assert outcome.filtering.value == FILTERINGS[filtering], outcome.filtering.sentence
    assert outcome.mapping.known and outcome.mapping.evidence


def test_verdict_keeps_its_evidence() -> None:
    """Silence has an error bound; the transactions that a verdict rests on are in the ledger."""
    machine = discovery()
    took = FakeNetwork(machine, INDEPENDENT, BY_ADDRESS_AND_PORT).run()
    outcome, ledger = machine.outcome(), machine.ledger()
    assert timedelta(milliseconds=40) < took < timedelta(seconds=2)
    assert outcome.filtering.error_bound is not None and outcome.filtering.error_bound < 1e-3
    roles = {ledger.probes[each].role for each in outcome.mapping.evidence}
    assert Role.MapPP in roles
    assert outcome.rtt == timedelta(milliseconds=40)
    assert outcome.mapped is not None and str(outcome.mapped.ip) == "198.51.100.7"
    assert outcome.servers[0].has_other_address and outcome.servers[0].faults == []
    assert outcome.loss is not None and 0 == outcome.loss.unanswered < outcome.loss.sent
    assert not outcome.streams_work and outcome.route_note == ""


def test_ledger_survives_json() -> None:
    """A saved ledger is judged as the live one was, from a dict and from text."""
    machine = discovery()
    FakeNetwork(machine, INDEPENDENT, BY_ADDRESS_AND_PORT).run()
    saved = to_json(machine.ledger())
    for form in (saved, json.dumps(saved), json.dumps(saved).encode()):
        read = ledger_from_json(form)
        assert to_json(read) == saved
        assert infer(read).filtering.value == Filtering.AddressAndPortDependent


@pytest.mark.parametrize(("document", "code"), [
    ("{", "json.syntax"), ({}, "ledger.malformed"), ([], "ledger.malformed")])
def test_wrong_ledger_is_refused(document: object, code: str) -> None:
    """With the package's own exception."""
    with pytest.raises(Error) as caught:
        ledger_from_json(document)
    assert caught.value.culprit is Culprit.Usage
    assert caught.value.code.split(".")[0] == code.split(".")[0]


def test_same_seed_sends_the_same_bytes() -> None:
    """Runs repeat; another seed has other transaction ids."""
    def requests(seed: int) -> list[bytes]:
        machine = Discovery(Config(servers=[ServerTarget("s", SERVER)], seed=seed))
        FakeNetwork(machine, INDEPENDENT, INDEPENDENT).run()
        return [probe.request for probe in machine.ledger().probes]
    assert requests(1) == requests(1) != requests(2)


def test_random_source_is_used() -> None:
    """RFC 8489 s5: transaction ids from the operating system for real runs."""
    asked: list[int] = []

    def source(size: int) -> bytes:
        asked.append(size)
        return os.urandom(size)
    config = Config(servers=[ServerTarget("s", SERVER)], random=source)
    assert config.random is not None and len(config.random(5)) == 5
    FakeNetwork(Discovery(config), INDEPENDENT, INDEPENDENT).run()
    assert len(asked) > 3
    config.random = lambda size: b""
    with pytest.raises(ValueError, match="as many bytes"):
        FakeNetwork(Discovery(config), INDEPENDENT, INDEPENDENT).run()


def over_silent_udp(stun_over_tcp: bool) -> Discovery:
    """A finished run against a host that takes TCP connections and answers nothing over UDP."""
    machine = Discovery(Config(servers=[ServerTarget("s", SERVER, tcp=SERVER)]))
    now = timedelta(0)
    machine.start(now)
    while not machine.finished():
        while actions := machine.take_actions():
            for action in actions:
                if isinstance(action, OpenSocket):
                    machine.on_socket(action.id, CLIENT, now)
                elif isinstance(action, TryStream):
                    machine.on_stream(action.id, StreamReport(StreamOutcome.Connected), now)
                    if not stun_over_tcp:
                        continue
                    _, answer = reply(action.request, SERVER, CLIENT)
                    machine.on_stream(
                        action.id, StreamReport(StreamOutcome.Connected, reply=answer), now)
        wakeup = machine.next_wakeup()
        if wakeup is not None:
            now = max(now, wakeup)
            machine.on_time(now)
    assert now <= timedelta(seconds=1)
    assert machine.outcome().mapping.verdict != VerdictKind.Pass
    return machine


def test_silent_network_is_blocked_udp() -> None:
    """The silent address answers STUN over TCP: only UDP is missing."""
    machine = over_silent_udp(stun_over_tcp=True)
    assert machine.outcome().udp.value == UdpReachability.Silent
    stream, = machine.ledger().streams
    assert stream.answers_stun() and stream.request
    assert stream.report is not None and stream.report.reply


def test_open_tcp_port_alone_is_no_blocked_udp() -> None:
    """The counterpart: it shows a host, and no STUN."""
    machine = over_silent_udp(stun_over_tcp=False)
    assert machine.outcome().udp.value is None
    assert machine.outcome().udp.reason == "server-silent"
    assert not machine.ledger().streams[0].answers_stun()


def test_oversized_replies_are_no_silence() -> None:
    """A datagram too long to be read is recorded, with the request that it answers."""
    machine = discovery()
    machine.start(timedelta(0))
    opened = [action for action in machine.take_actions() if isinstance(action, OpenSocket)]
    for action in opened:
        machine.on_socket(action.id, CLIENT, timedelta(0))
    sent = next(action for action in machine.take_actions() if isinstance(action, SendDatagram))
    _, answer = reply(sent.bytes, SERVER, CLIENT)
    machine.on_oversized(sent.socket, SERVER, answer[:64], 60000, timedelta(milliseconds=40))
    machine.cancel(timedelta(milliseconds=50))
    stray, = machine.ledger().strays
    assert "60000 bytes" in stray.what and stray.answers >= 0
    assert machine.outcome().udp.reason == "replies-do-not-match"


def test_calls_out_of_order_are_refused() -> None:
    """start() comes first, and once; a server of another family is nobody's server."""
    machine = discovery()
    with pytest.raises(Error, match="not-started"):
        machine.on_time(timedelta(0))
    machine.start(timedelta(0))
    with pytest.raises(Error, match="started"):
        machine.start(timedelta(0))
    with pytest.raises(Error, match="family"):
        Discovery(Config(family=AddressFamily.IPv6, servers=[ServerTarget("s", SERVER)]))
    with pytest.raises(TypeError, match="no_such"):
        Config(no_such=1)  # type: ignore[call-arg]


@pytest.mark.parametrize("seed", range(50))
def test_arbitrary_events_do_no_harm(seed: int) -> None:
    """Unknown sockets, forged bytes and faults in any order: it ends within its budget."""
    choice = random.Random(seed)
    machine: Discovery | LifetimeLadder = discovery() if seed % 2 else LifetimeLadder(
        LifetimeConfig(server=SERVER, rungs=[timedelta(seconds=1)]))
    now = timedelta(0)
    machine.start(now)
    for _ in range(300):
        now += timedelta(milliseconds=choice.randrange(0, 50))
        number, address = choice.randrange(-1, 9), TransportAddress(choice.choice(IPS) + ":3478")
        sent = [each.request for each in machine.ledger().probes] or [b""]
        data = bytearray(choice.choice(sent))
        if data and choice.random() < 0.7:
            data[0] = 1
        fault = FaultReport(choice.choice(list(NetworkFault.__members__.values())),
                            IpAddress("192.0.2.9"), "test")
        choice.choice([
            lambda: machine.on_datagram(number, address, None, data, now),
            lambda: machine.on_socket(number, address, now),
            lambda: machine.on_socket_failed(number, fault, now),
            lambda: machine.on_fault(number, address, fault, now),
            lambda: machine.on_stream(number, StreamReport(StreamOutcome.Refused), now),
            lambda: machine.on_time(now), machine.take_actions])()
    machine.cancel(now)
    assert machine.finished()
    infer(machine.ledger())
    infer_lifetime(machine.ledger())


def test_lifetime_without_answers_is_not_known() -> None:
    """A ladder that heard nothing measured nothing."""
    machine = LifetimeLadder(LifetimeConfig(server_name="s", server=SERVER))
    machine.start(timedelta(0))
    machine.cancel(timedelta(seconds=1))
    judged = infer_lifetime(machine.ledger())
    assert judged.value is None and judged.reason and not judged.known
    assert default_lifetime_rungs() == sorted(default_lifetime_rungs())
    with pytest.raises(Error, match="ascending"):
        LifetimeLadder(LifetimeConfig(server=SERVER, rungs=[timedelta(seconds=2)] * 2))


def test_pacer_is_shared() -> None:
    """RFC 5780 s5: not more than ten new transactions a second, whoever starts them."""
    pacer = TransactionPacer(10)
    assert pacer.try_take(timedelta(0), 10)
    assert not pacer.try_take(timedelta(milliseconds=500), 1)
    assert pacer.ready_at(timedelta(milliseconds=500), 1) >= timedelta(seconds=1)
    with pytest.raises(ValueError, match="per_second"):
        TransactionPacer(9)
    for wrong in (-1, 0, 11):
        with pytest.raises(ValueError, match="count"):
            pacer.ready_at(timedelta(0), wrong)


@pytest.mark.parametrize("text", ["", "forty", None, 0.04, 40, timedelta.max])
def test_times_are_timedeltas(text: object) -> None:
    """Units are in the type; out of range is refused, not wrapped."""
    with pytest.raises(TypeError):
        discovery().start(text)  # type: ignore[arg-type]


def test_words_are_those_of_reports() -> None:
    """str() of an enumerator."""
    assert str(Mapping.AddressAndPortDependent) == "address-and-port-dependent"
    assert str(Translation.None_) == "none"
    assert classic_name(Translation.Address, Mapping.EndpointIndependent,
                        Filtering.EndpointIndependent) == "full cone"
