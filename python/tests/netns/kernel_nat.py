"""Plays a packet script through the real kernel: nftables in network namespaces."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from types import TracebackType

from . import rulesets as rules
from .behaviour import APDF, EIM, Behaviour
from .namespace import Namespace
from .nat_kinds import NatKind
from .packet_script import DESTINATIONS, Endpoint, In, Out, Pause, Row, Seen
from .refusals import Refusals
from .rulesets import Site
from .topology import Internet, World

# How long a packet that must arrive may take on a busy machine.
_PATIENCE_S = 5.0


def _kind(row: Row) -> NatKind:
    def build(site: Site) -> str:
        parts = [rules.postrouting(row.rules)]
        if row.guard != "accept":
            parts.append(rules.guard(row.guard))
        return rules.table(site, *parts)
    return NatKind(row.id, (build,), Behaviour("reachable", "address", EIM, APDF))


class KernelNat(contextlib.AbstractContextManager["KernelNat"]):
    """Two hosts behind one router with the row's rules, and the servers outside."""

    def __init__(self, internet: Internet, row: Row) -> None:
        self._row = row
        self._stack = contextlib.ExitStack()
        self._world = self._stack.enter_context(World(internet, {4: _kind(row)}))
        for assignment in row.sysctls:
            self._world.routers[0].sysctl(assignment)
        self._hosts: list[Namespace] = [self._world.client, self._world.add_neighbour()]
        self._sockets: dict[tuple[int, int], socket.socket] = {}
        self._servers: dict[Endpoint, socket.socket] = {}
        for endpoint in DESTINATIONS:
            self._servers[endpoint] = self._bind(internet, endpoint)
        self._refusals = self._stack.enter_context(Refusals(internet))
        self._outside = self._world.outside_address(4)
        self._tag = 0

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._stack.close()

    def play(self) -> list[Seen]:
        """One result per step."""
        seen: list[Seen] = []
        for step in self._row.steps:
            match step:
                case Out():
                    seen.append(Seen(port=self._send_out(step)))
                case In():
                    port = step.port or seen[step.reply_to].port
                    assert port is not None, "a reply to a packet that never came out"
                    seen.append(self._send_in(step, port))
                case Pause():
                    time.sleep(step.seconds)
                    seen.append(Seen())
        return seen

    def _bind(self, where: Namespace, endpoint: Endpoint) -> socket.socket:
        made = self._stack.enter_context(where.socket(socket.AF_INET, socket.SOCK_DGRAM))
        made.bind(endpoint)
        made.setblocking(False)
        return made

    def _socket(self, host: int, port: int) -> socket.socket:
        if (host, port) not in self._sockets:
            self._sockets[host, port] = self._bind(self._hosts[host], ("0.0.0.0", port))
        return self._sockets[host, port]

    def _next_tag(self) -> bytes:
        self._tag += 1
        return f"packet {self._tag}".encode()

    def _send_out(self, step: Out) -> int | None:
        tag = self._next_tag()
        self._socket(step.host, step.port).sendto(tag, step.to)
        server = self._servers[step.to]
        source = _receive(server, tag, _PATIENCE_S)
        return source[1] if source else None

    def _send_in(self, step: In, port: int) -> Seen:
        """Whether it arrives is known when it does, or when a later packet has: a third socket of
        each host, which the server may answer, carries one that comes behind it."""
        tag = self._next_tag()
        sender, to = step.sender, (self._outside, port)
        control = [self._open_control(host, sender) for host in range(len(self._hosts))]
        self._refusals.forget()
        if step.protocol == "tcp":
            self._send_syn(sender, to)
        else:
            self._servers[sender].sendto(tag, to)
        for inside, outside_port in control:
            after = self._next_tag()
            self._servers[sender].sendto(after, (self._outside, outside_port))
            assert _receive(inside, after, _PATIENCE_S), "the control did not arrive"
        got_by = next((host for (host, _), made in self._sockets.items()
                       if _receive(made, tag, 0)), None)
        refused = None if got_by is not None else self._refusals.of(step.protocol, sender, to)
        return Seen(host=got_by, refused=refused)

    def _send_syn(self, sender: Endpoint, to: Endpoint) -> None:
        """One, since the socket is closed before it would send another."""
        with self._world.internet.socket(socket.AF_INET, socket.SOCK_STREAM) as made:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(sender)
            made.setblocking(False)
            made.connect_ex(to)

    def _open_control(self, host: int, server: Endpoint) -> tuple[socket.socket, int]:
        made = self._socket(host, 30000 + self._tag)
        tag = self._next_tag()
        made.sendto(tag, server)
        source = _receive(self._servers[server], tag, _PATIENCE_S)
        assert source, "the control did not get out"
        return made, source[1]


def _receive(made: socket.socket, tag: bytes, wait_s: float) -> Endpoint | None:
    """The sender of the datagram `tag`; older ones are passed over."""
    deadline = time.monotonic() + wait_s
    while True:
        try:
            data, source = made.recvfrom(2048)
        except BlockingIOError:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            select.select([made], [], [], left)
            continue
        if data == tag:
            return source[0], source[1]
