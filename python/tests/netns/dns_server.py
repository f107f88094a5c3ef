"""A DNS server of a few names, on a thread."""

from __future__ import annotations

import ipaddress
import socket
import struct
import threading
from collections.abc import Mapping, Sequence
from typing import Self

from .namespace import Namespace

TYPE_A, TYPE_AAAA, TYPE_SRV, TYPE_NAPTR = 1, 28, 33, 35
_CLASS_IN = 1
_RESPONSE, _NAME_ERROR = 0x8180, 3
_TTL_S = 60

# What stands in a zone: name and type, and the data of each record.
Zone = Mapping[tuple[str, int], Sequence[bytes]]


def _name(text: str) -> bytes:
    labels = [label.encode("ascii") for label in text.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def _text(text: str) -> bytes:
    return bytes([len(text)]) + text.encode("ascii")


def address(text: str) -> bytes:
    """The data of an A or AAAA record."""
    return ipaddress.ip_address(text).packed


def srv(priority: int, weight: int, port: int, target: str) -> bytes:
    """The data of an SRV record (RFC 2782)."""
    return struct.pack("!HHH", priority, weight, port) + _name(target)


def naptr(order: int, preference: int, flags: str, service: str, replacement: str) -> bytes:
    """The data of an NAPTR record without a regular expression (RFC 3403 s4.1)."""
    return (struct.pack("!HH", order, preference) + _text(flags) + _text(service) + _text("")
            + _name(replacement))


def _read_question(query: bytes) -> tuple[str, int, int]:
    """Name, type and where the question ends (RFC 1035 s4.1.2)."""
    labels: list[str] = []
    at = 12
    while length := query[at]:
        labels.append(query[at + 1:at + 1 + length].decode("ascii").lower())
        at += 1 + length
    kind, _ = struct.unpack_from("!HH", query, at + 1)
    return ".".join(labels), kind, at + 5


class DnsServer:
    """Answers from a zone; what is `silent` gets no answer at all."""

    def __init__(self, where: Namespace, listen: str, zone: Zone,
                 silent: frozenset[int] = frozenset()) -> None:
        self.questions: list[tuple[str, int]] = []
        self._zone = zone
        self._silent = silent
        family = socket.AF_INET6 if ":" in listen else socket.AF_INET
        self._socket = where.socket(family, socket.SOCK_DGRAM)
        self._socket.bind((listen, 53))
        # So that the thread sees within that time that it is to end.
        self._socket.settimeout(0.05)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def exists(self, name: str) -> bool:
        """Whether the zone knows the name, with whatever records."""
        return any(known == name for known, _ in self._zone)

    def records(self, name: str, kind: int) -> Sequence[bytes]:
        """The data of every record of the type."""
        return self._zone.get((name, kind), ())

    def _answer(self, query: bytes) -> bytes | None:
        name, kind, end = _read_question(query)
        self.questions.append((name, kind))
        if kind in self._silent:
            return None
        records = self.records(name, kind)
        flags = _RESPONSE | (0 if self.exists(name) else _NAME_ERROR)
        header = query[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0)
        # 0xc00c points back to the name in the question.
        answers = (struct.pack("!HHHIH", 0xC00C, kind, _CLASS_IN, _TTL_S, len(data)) + data
                   for data in records)
        return header + query[12:end] + b"".join(answers)

    def _serve(self) -> None:
        while not self._closing.is_set():
            try:
                query, sender = self._socket.recvfrom(4096)
            except TimeoutError:
                continue
            if answer := self._answer(query):
                self._socket.sendto(answer, sender)

    def close(self) -> None:
        """Ends the thread."""
        self._closing.set()
        self._thread.join()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
