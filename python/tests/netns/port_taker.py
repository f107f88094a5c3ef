"""A second host behind the same NAT that happens to use the client's source ports."""

from __future__ import annotations

import select
import socket
import struct
import threading
import time

from .namespace import Namespace
from .stun_message import Endpoint, binding_request, new_transaction_id

_ETH_P_IP = 0x0800
_SO_RCVBUF_BYTES = 1 << 20


class PortTaker:
    """Watches the router's LAN side; every port the client uses in the first `window_s` seconds is
    at once used by the neighbour toward `target`, before the client gets there itself."""

    def __init__(self, router: Namespace, neighbour: Namespace, target: Endpoint,
                 window_s: float) -> None:
        self._neighbour = neighbour
        self._target = target
        self._window_s = window_s
        self._held: list[socket.socket] = []
        self.ports: list[int] = []
        self._wake, self._woken = socket.socketpair()
        self._sniffer = router.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_IP))
        self._sniffer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SO_RCVBUF_BYTES)
        self._sniffer.bind(("lan", _ETH_P_IP))
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> PortTaker:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._wake.send(b"x")
        self._thread.join()
        for sock in (*self._held, self._sniffer, self._wake, self._woken):
            sock.close()

    def _watch(self) -> None:
        first: float | None = None
        while True:
            readable, _, _ = select.select([self._sniffer, self._woken], [], [])
            if self._woken in readable:
                return
            packet, origin = self._sniffer.recvfrom(2048)
            if origin[2] == socket.PACKET_OUTGOING or packet[9] != socket.IPPROTO_UDP:
                continue
            first = first or time.monotonic()
            header = (packet[0] & 0x0F) * 4
            port = struct.unpack("!H", packet[header : header + 2])[0]
            if time.monotonic() - first < self._window_s and port not in self.ports:
                self.ports.append(port)
                self._take(port)

    def _take(self, port: int) -> None:
        sock = self._neighbour.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("0.0.0.0", port))
        sock.sendto(binding_request(new_transaction_id()), self._target)
        self._held.append(sock)
