"""A STUN server on loopback whose answers are whatever a test wants them to be."""

from __future__ import annotations

import heapq
import itertools
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable

MAGIC_COOKIE = 0x2112A442
Endpoint = tuple[str, int]
# What to send back, and how many seconds later.
Reply = tuple[float, bytes]
Behaviour = Callable[[bytes, Endpoint], Iterable[Reply]]


def binding_response(request: bytes, source: Endpoint, *, transaction_id: bytes | None = None,
                     mapped: Endpoint | None = None) -> bytes:
    """A success response with XOR-MAPPED-ADDRESS (RFC 8489 s14.2), right unless told otherwise."""
    address, port = mapped or source
    value = struct.pack("!BBH", 0, 1, port ^ (MAGIC_COOKIE >> 16)) + bytes(
        a ^ b for a, b in zip(socket.inet_aton(address), struct.pack("!I", MAGIC_COOKIE)))
    body = struct.pack("!HH", 0x0020, len(value)) + value
    return struct.pack("!HHI", 0x0101, len(body), MAGIC_COOKIE) + (
        transaction_id or request[8:20]) + body


class HostileServer:
    """Answers each request by calling `behaviour`, on a thread of its own."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.request_count = 0

    @property
    def uri(self) -> str:
        """As the command line takes it."""
        return "stun:127.0.0.1:%d" % self._socket.getsockname()[1]

    def __enter__(self) -> HostileServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._wake.send(b"x")
        self._thread.join()
        for sock in (self._socket, self._wake, self._woken):
            sock.close()

    def _serve(self) -> None:
        order = itertools.count()
        due: list[tuple[float, int, bytes, Endpoint]] = []
        while True:
            wait = max(0.0, due[0][0] - time.monotonic()) if due else None
            readable, _, _ = select.select([self._socket, self._woken], [], [], wait)
            if self._woken in readable:
                return
            if self._socket in readable:
                request, source = self._socket.recvfrom(65535)
                self.request_count += 1
                for delay, reply in self._behaviour(request, source):
                    heapq.heappush(due, (time.monotonic() + delay, next(order), reply, source))
            while due and due[0][0] <= time.monotonic():
                _, _, reply, destination = heapq.heappop(due)
                try:
                    self._socket.sendto(reply, destination)
                except ConnectionRefusedError:
                    pass
