"""nat-probe against servers that answer badly: no crash, no hang, and nothing learnt from lies."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
import time

import pytest

from binaries import Outcome, Program, ReportReader
from hostile_server import Behaviour, HostileServer, binding_response

LIE = ("9.9.9.9", 9)


def _lie(request: bytes, source: tuple[str, int]) -> bytes:
    return binding_response(request, source, mapped=LIE, transaction_id=os.urandom(12))


def _with(change: bytes) -> Behaviour:
    """A correct response overwritten from its first octet with `change`."""
    def reply(request: bytes, source: tuple[str, int]) -> list[tuple[float, bytes]]:
        right = binding_response(request, source)
        return [(0, change + right[len(change):])]
    return reply


def _attribute_longer_than_message(request: bytes,
                                   source: tuple[str, int]) -> list[tuple[float, bytes]]:
    right = binding_response(request, source)
    return [(0, right[:22] + b"\xff\xff" + right[24:])]


# None of these is a response to the request.
USELESS: dict[str, Behaviour] = {
    "empty": lambda q, s: [(0, b"")],
    "garbage": lambda q, s: [(0, os.urandom(n)) for n in (1, 19, 20, 21, 100, 1400)],
    "truncated": lambda q, s: [(0, binding_response(q, s)[:n]) for n in (1, 12, 19, 20, 23, 27)],
    "oversized": lambda q, s: [(0, binding_response(q, s) + bytes(60000))],
    "length-lies": _with(struct.pack("!HH", 0x0101, 0xFFFC)),
    "attribute-length-lies": _attribute_longer_than_message,
    "wrong-transaction": lambda q, s: [(0, _lie(q, s))],
    "wrong-cookie": _with(struct.pack("!HHI", 0x0101, 12, 0xDEADBEEF)),
    "wrong-method": _with(struct.pack("!H", 0x0103)),
    "echo": lambda q, s: [(0, q)],
    "no-mapped-address": lambda q, s: [(0, struct.pack("!HHI", 0x0101, 0, 0x2112A442) + q[8:20])],
}

# These are, among noise: the verdict must be that of the right response alone.
NOISY: dict[str, Behaviour] = {
    "duplicates": lambda q, s: [(0, binding_response(q, s))] * 20,
    "lie-first": lambda q, s: [(0, _lie(q, s)), (0.005, binding_response(q, s))],
    "garbage-first": lambda q, s: [(0, os.urandom(40)), (0.005, binding_response(q, s))],
    "truncated-first": lambda q, s: [(0, binding_response(q, s)[:25]),
                                     (0.005, binding_response(q, s))],
    "late": lambda q, s: [(0.15, binding_response(q, s))],
    "flood": lambda q, s: [(0, os.urandom(200))] * 500 + [(0.01, binding_response(q, s))],
}


def probe(nat_probe: Program, server: HostileServer) -> tuple[Outcome, ReportReader]:
    """One server, IPv4, in bounded time."""
    started = time.monotonic()
    outcome = nat_probe("--stun", server.uri, "--family", "4", "--format", "json", timeout_s=25)
    assert time.monotonic() - started < 20
    assert outcome.exit_code in (0, 1, 3), outcome.err
    assert server.request_count > 0
    return outcome, ReportReader(outcome.json())


@pytest.mark.parametrize("name", USELESS)
def test_useless_replies_teach_nothing(nat_probe: Program, name: str) -> None:
    """No mapping comes out of what is no response, and the run is not a success."""
    with HostileServer(USELESS[name]) as server:
        outcome, report = probe(nat_probe, server)
    assert outcome.exit_code != 0
    assert report.value(4, "mapping") is None
    assert report.value(4, "translation") is None
    assert "9.9.9.9" not in str(report.document["sections"])


class MuteListener:
    """TCP beside a silent UDP port: takes connections and says nothing, or what a test wants."""

    def __init__(self, port: int, answer: bytes = b"") -> None:
        self._listener = socket.create_server(("127.0.0.1", port))
        self._answer = answer
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> MuteListener:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        taken: list[socket.socket] = []
        with contextlib.ExitStack() as open_ones:
            while True:
                try:
                    connection, _ = self._listener.accept()
                except OSError:
                    return
                taken.append(open_ones.enter_context(connection))
                if self._answer:
                    connection.sendall(self._answer)


@pytest.mark.parametrize("answer", [
    b"", b"HTTP/1.1 400 Bad Request\r\n\r\n" * 3,
    # STUN, but of another transaction.
    struct.pack("!HHI", 0x0101, 0, 0x2112A442) + bytes(12),
], ids=["mute", "http", "other-transaction"])
def test_open_tcp_port_does_not_make_silence_a_blocked_udp(nat_probe: Program,
                                                           answer: bytes) -> None:
    """It shows a host, and no STUN server: the silence may be the server's own."""
    with HostileServer(lambda q, s: []) as server:
        port = int(server.uri.rpartition(":")[2])
        with MuteListener(port, answer):
            outcome, report = probe(nat_probe, server)
    assert outcome.exit_code == 3
    assert report.told(4, "udp") == "server-silent"
    assert "answers over TCP" in outcome.json()["headline"]
    assert "UDP is blocked" not in outcome.out


@pytest.mark.parametrize("name", NOISY)
def test_noise_changes_nothing(nat_probe: Program, name: str) -> None:
    """The right response counts, once, however much else arrives."""
    with HostileServer(NOISY[name]) as server:
        _, report = probe(nat_probe, server)
    assert report.value(4, "udp") == "reachable"
    assert report.value(4, "translation") == "none"
    # One plain server has one address: that is too little to know more.
    assert report.value(4, "mapping") is None
    assert report.value(4, "filtering") is None
