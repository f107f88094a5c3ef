"""What a router answers to packets that it does not let in, as the sender's side sees it."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from types import TracebackType

from .namespace import Namespace
from .packet_script import Endpoint

# How long an answer may take on a busy machine. Silence is told from it by nothing else.
_PATIENCE_S = 0.4
_PROTOCOLS = {"udp": socket.IPPROTO_UDP, "tcp": socket.IPPROTO_TCP}
_IPV4_BYTES = 20
_ICMP_BYTES = 8
_UNREACHABLE = 3
_RST = 0x04


class Refusals(contextlib.AbstractContextManager["Refusals"]):
    """Sees the ICMP errors and RSTs that come to a namespace."""

    def __init__(self, where: Namespace) -> None:
        self._stack = contextlib.ExitStack()
        self._sockets = [
            self._stack.enter_context(where.socket(socket.AF_INET, socket.SOCK_RAW, protocol))
            for protocol in (socket.IPPROTO_ICMP, socket.IPPROTO_TCP)]
        for made in self._sockets:
            made.setblocking(False)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._stack.close()

    def forget(self) -> None:
        """What has come so far."""
        for made in self._sockets:
            while _read(made) is not None:
                pass

    def of(self, protocol: str, sender: Endpoint, to: Endpoint) -> str | None:
        """How a packet from `sender` was refused: "icmp 3/3", "tcp reset"; None: it was not."""
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            for made in self._sockets:
                while (packet := _read(made)) is not None:
                    if word := _refusal_in(packet, protocol, sender, to):
                        return word
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            select.select(self._sockets, [], [], left)


def _read(made: socket.socket) -> bytes | None:
    try:
        return made.recv(2048)
    except BlockingIOError:
        return None


def _endpoints(packet: bytes) -> tuple[Endpoint, Endpoint]:
    """Source and destination; no packet here has IP options."""
    def endpoint(address_at: int, port_at: int) -> Endpoint:
        return (socket.inet_ntoa(packet[address_at:address_at + 4]),
                int.from_bytes(packet[port_at:port_at + 2], "big"))
    return endpoint(12, _IPV4_BYTES), endpoint(16, _IPV4_BYTES + 2)


def _refusal_in(packet: bytes, protocol: str, sender: Endpoint, to: Endpoint) -> str | None:
    if len(packet) < _IPV4_BYTES + _ICMP_BYTES:
        return None
    if packet[9] == socket.IPPROTO_TCP:
        is_reset = packet[_IPV4_BYTES + 13] & _RST and _endpoints(packet) == (to, sender)
        return "tcp reset" if is_reset and protocol == "tcp" else None
    kind, code = packet[_IPV4_BYTES], packet[_IPV4_BYTES + 1]
    quoted = packet[_IPV4_BYTES + _ICMP_BYTES:]
    if kind != _UNREACHABLE or len(quoted) < _IPV4_BYTES + 4:
        return None
    is_ours = quoted[9] == _PROTOCOLS[protocol] and _endpoints(quoted) == (sender, to)
    return f"icmp {kind}/{code}" if is_ours else None
