"""A NAT and an RFC 5780 server in virtual time, for anything that speaks as a Machine."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import timedelta

from portolan import TransportAddress
from portolan.discovery import CloseSocket, Machine, OpenSocket, SendDatagram, TryStream
from portolan.stun import AttributeType, MessageClass, MessageView, MessageWriter, Method

HOPS = timedelta(milliseconds=20)  # one way
IPS, PORTS = ("203.0.113.1", "203.0.113.2"), (3478, 3479)
CHANGE_IP, CHANGE_PORT = 4, 2  # RFC 5780 s7.2

# What a mapping or a filter depends on: RFC 4787's three behaviours, by what they look at.
Key = Callable[[TransportAddress], object]
INDEPENDENT: Key = lambda remote: None  # noqa: E731
BY_ADDRESS: Key = lambda remote: remote.ip  # noqa: E731
BY_ADDRESS_AND_PORT: Key = lambda remote: remote  # noqa: E731


def reply(request: bytes, at: TransportAddress, seen: TransportAddress,
          ) -> tuple[TransportAddress, bytes]:
    """What an RFC 5780 server answers, and from where."""
    message = MessageView.parse(request)
    change = message.u32(AttributeType.ChangeRequest) or 0
    i, j = IPS.index(str(at.ip)), PORTS.index(at.port)
    source = TransportAddress(f"{IPS[i ^ bool(change & CHANGE_IP)]}:"
                              f"{PORTS[j ^ bool(change & CHANGE_PORT)]}")
    answer = MessageWriter(MessageClass.SuccessResponse, Method.Binding, message.transaction_id)
    answer.add_address(AttributeType.XorMappedAddress, seen)
    answer.add_address(AttributeType.ResponseOrigin, source)
    answer.add_address(AttributeType.OtherAddress, TransportAddress(f"{IPS[1 - i]}:{PORTS[1 - j]}"))
    return source, answer.bytes


class FakeNetwork:
    """Carries out the actions of one machine until it has finished."""

    def __init__(self, machine: Machine, mapping: Key, filtering: Key) -> None:
        self._machine, self._mapping, self._filtering = machine, mapping, filtering
        self._now = timedelta(0)
        self._events: list[tuple[timedelta, int, Callable[[], None]]] = []
        self._mappings: dict[tuple[int, object], TransportAddress] = {}
        self._open: set[tuple[int, object]] = set()
        self.sent_count = 0

    def run(self) -> timedelta:
        """The time it took."""
        self._machine.start(self._now)
        while not self._machine.finished():
            while actions := self._machine.take_actions():
                for action in actions:
                    self._carry_out(action)
            wakeup = self._machine.next_wakeup()
            if self._events and (wakeup is None or self._events[0][0] <= wakeup):
                self._now, _, event = heapq.heappop(self._events)
                event()
            elif wakeup is not None:
                self._now = max(self._now, wakeup)
                self._machine.on_time(self._now)
        return self._now

    def _carry_out(self, action: OpenSocket | SendDatagram | CloseSocket | TryStream) -> None:
        match action:
            case OpenSocket(id, _, _, port):
                local = TransportAddress(f"192.168.1.2:{port or 50000 + id}")
                self._machine.on_socket(id, local, self._now)
            case SendDatagram(socket, to, data):
                self._send(socket, to, data)

    def _send(self, socket: int, to: TransportAddress, data: bytes) -> None:
        self.sent_count += 1
        seen = self._mappings.setdefault(
            (socket, self._mapping(to)),
            TransportAddress(f"198.51.100.7:{20000 + 37 * len(self._mappings) ** 2 % 9973}"))
        self._open.add((socket, self._filtering(to)))
        source, answer = reply(data, to, seen)

        def arrive() -> None:
            if (socket, self._filtering(source)) in self._open:
                self._machine.on_datagram(socket, source, None, answer, self._now)
        heapq.heappush(self._events, (self._now + 2 * HOPS, self.sent_count, arrive))
