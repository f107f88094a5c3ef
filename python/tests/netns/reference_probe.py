"""An independent RFC 5780 probe: slow, simple, one socket per question. The tests' own truth.

Every filtering test has a socket of its own, a reply counts only from the address it must come
from, and silence counts only if a plain request on the same socket was answered.
"""

from __future__ import annotations

import concurrent.futures
import errno
import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .stun_message import (CHANGE_IP, CHANGE_PORT, BindingResponse, Endpoint, binding_request,
                           new_transaction_id, parse_response)

SocketFactory = Callable[[int], socket.socket]
_IP_RECVERR, _IPV6_RECVERR = 11, 25
_COPIES_AT_S = (0.0, 0.1, 0.2)
# netns links answer within a millisecond; the rest is room for a busy machine.
_SILENCE_S = 0.7


class Unreachable(Exception):
    """UDP does not get there; the argument is the cause in the vocabulary's words."""


@dataclass
class Observation:
    """Verdicts in the words of the product's vocabulary; None where nothing was measured."""

    udp: str
    translation: str | None = None
    mapping: str | None = None
    filtering: str | None = None
    local: Endpoint | None = None
    mapped: list[Endpoint] = field(default_factory=list)

    @property
    def public_addresses(self) -> set[str]:
        """The addresses the servers saw."""
        return {address for address, _ in self.mapped}


def _icmp_cause(sock: socket.socket, server: str) -> str | None:
    """The cause in the socket's error queue, if there is one."""
    try:
        _, ancillary, _, _ = sock.recvmsg(2048, 512, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return None
    for level, _, data in ancillary:
        code_of_port_unreachable = 3 if level == socket.IPPROTO_IP else 4
        prohibited = (9, 10, 13) if level == socket.IPPROTO_IP else (1, 5, 6)
        code = data[6]
        raw = data[20:24] if level == socket.IPPROTO_IP else data[24:40]
        offender = socket.inet_ntop(sock.family, raw)
        if code in prohibited or (code == code_of_port_unreachable and offender != server):
            return "prohibited"
        return "port-closed" if code == code_of_port_unreachable else "no-route"
    return None


def exchange(sock: socket.socket, server: Endpoint, change: int = 0,
             expected_source: Endpoint | None = None) -> BindingResponse | None:
    """Three copies of one request; the response from `expected_source` (default: the server)."""
    source = expected_source or server
    transaction_id = new_transaction_id()
    packet = binding_request(transaction_id, change)
    start = time.monotonic()
    due = list(_COPIES_AT_S)
    while (elapsed := time.monotonic() - start) < _SILENCE_S:
        if due and elapsed >= due[0]:
            due.pop(0)
            try:
                sock.sendto(packet, server)
            except PermissionError:
                raise Unreachable("local-firewall") from None
            except OSError as error:
                if error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
                    raise Unreachable("no-route") from None
                if error.errno not in (errno.ECONNREFUSED, errno.EACCES):
                    raise
        wait = (due[0] if due else _SILENCE_S) - (time.monotonic() - start)
        readable, _, _ = select.select([sock], [], [], max(0.0, wait))
        if not readable:
            continue
        if cause := _icmp_cause(sock, server[0]):
            raise Unreachable(cause)
        try:
            data, sender = sock.recvfrom(2048)
        except OSError:
            continue
        response = parse_response(data, transaction_id)
        if response is not None and sender[:2] == source:
            return response
    return None


class ReferenceProbe:
    """Asks one RFC 5780 server over one address family."""

    def __init__(self, open_socket: SocketFactory, server: Endpoint, local_port: int = 0,
                 after_first: Callable[[int], None] | None = None) -> None:
        self._open = open_socket
        self._server = server
        self._family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
        self._local_port = local_port
        self._after_first = after_first

    def udp_socket(self, port: int = 0) -> socket.socket:
        """Fresh, bound, reporting ICMP errors."""
        sock = self._open(socket.SOCK_DGRAM)
        level, option = ((socket.IPPROTO_IPV6, _IPV6_RECVERR) if self._family == socket.AF_INET6
                         else (socket.IPPROTO_IP, _IP_RECVERR))
        sock.setsockopt(level, option, 1)
        sock.bind(("::" if self._family == socket.AF_INET6 else "0.0.0.0", port))
        return sock

    def observe(self) -> Observation:
        """Everything, in turn."""
        try:
            with self.udp_socket(self._local_port) as sock:
                first = exchange(sock, self._server)
                if first is None:
                    return Observation("silent" if self._tcp_answers() else "no-answer")
                local = self._local_endpoint(sock)
                if self._after_first is not None:
                    self._after_first(local[1])
                mapped = self._four_mappings(sock, first)
            other = first.other
            filtering = self._filtering(other) if other else None
        except Unreachable as cause:
            return Observation(str(cause))
        return Observation("reachable", "none" if mapped[0] == local else "address",
                           classify_mapping(mapped), filtering, local, mapped)

    def _four_mappings(self, sock: socket.socket, first: BindingResponse) -> list[Endpoint]:
        """As seen by primary:primary, primary:alternate, alternate:primary, alternate:alternate."""
        assert first.mapped is not None
        seen = [first.mapped]
        if first.other is None:
            return seen
        (address, port), (other_address, other_port) = self._server, first.other
        for server in ((address, other_port), (other_address, port), (other_address, other_port)):
            response = exchange(sock, server)
            if response is not None and response.mapped is not None:
                seen.append(response.mapped)
        return seen

    def _filtering(self, other: Endpoint) -> str | None:
        """Two sockets that have never spoken to the alternate address or port, at the same time."""
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            from_other = pool.submit(self._passes, CHANGE_IP | CHANGE_PORT, other)
            from_port = pool.submit(self._passes, CHANGE_PORT, (self._server[0], other[1]))
        if from_other.result():
            return "endpoint-independent"
        return "address-dependent" if from_port.result() else "address-and-port-dependent"

    def _passes(self, change: int, source: Endpoint) -> bool:
        with self.udp_socket() as sock:
            if exchange(sock, self._server) is None:
                raise Unreachable("silent")
            return exchange(sock, self._server, change, source) is not None

    def _local_endpoint(self, sock: socket.socket) -> Endpoint:
        """The address the kernel would send from, and the socket's port."""
        with self._open(socket.SOCK_DGRAM) as guide:
            guide.connect(self._server)
            return guide.getsockname()[0], sock.getsockname()[1]

    def _tcp_answers(self) -> bool:
        with self._open(socket.SOCK_STREAM) as sock:
            sock.settimeout(_SILENCE_S)
            try:
                sock.connect(self._server)
            except OSError:
                return False
            return True


def classify_mapping(seen: list[Endpoint]) -> str | None:
    """RFC 4787 s4.1 from four vantage points (RFC 5780 s4.3 has three and misses the last case)."""
    if len(seen) < 4:
        return None
    primary, port_changed, address_changed, both_changed = seen
    if len(set(seen)) == 1:
        return "endpoint-independent"
    if primary == port_changed and address_changed == both_changed:
        return "address-dependent"
    if primary == address_changed and port_changed == both_changed:
        return "port-dependent"
    return "address-and-port-dependent"


def one_socket_filtering(probe: ReferenceProbe, server: Endpoint, other: Endpoint,
                         mapping_first: bool) -> tuple[str | None, bool]:
    """What a careless probe sees on one socket: its mapping verdict, and whether all came in."""
    with probe.udp_socket() as sock:
        points = [server, (server[0], other[1]), (other[0], server[1]), other]

        def mapping() -> str | None:
            replies = [exchange(sock, point) for point in points]
            return classify_mapping([r.mapped for r in replies if r and r.mapped])

        def filtering() -> bool:
            exchange(sock, server)
            return exchange(sock, server, CHANGE_IP | CHANGE_PORT, other) is not None

        if mapping_first:
            verdict = mapping()
            return verdict, filtering()
        passed = filtering()
        return mapping(), passed
