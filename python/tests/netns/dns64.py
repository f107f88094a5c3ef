"""A DNS server of a few names that answers like a DNS64 (RFC 6147), on a thread."""

from __future__ import annotations

import ipaddress
import socket
import struct
import threading
from collections.abc import Mapping, Sequence
from typing import Self

from .namespace import Namespace

# RFC 7050 s8.2: whoever asks for this name's AAAA records learns the prefix.
IPV4ONLY: Mapping[str, Sequence[str]] = {"ipv4only.arpa": ("192.0.0.170", "192.0.0.171")}

_TYPE_A, _TYPE_AAAA, _CLASS_IN = 1, 28, 1
_RESPONSE, _NAME_ERROR = 0x8180, 3
_TTL_S = 60


def _read_question(query: bytes) -> tuple[str, int, int]:
    """Name, type and where the question ends (RFC 1035 s4.1.2)."""
    labels: list[str] = []
    at = 12
    while length := query[at]:
        labels.append(query[at + 1:at + 1 + length].decode("ascii").lower())
        at += 1 + length
    kind, _ = struct.unpack_from("!HH", query, at + 1)
    return ".".join(labels), kind, at + 5


class Dns64:
    """Answers A as it is written, and AAAA with the prefix before it (RFC 6052 s2.2, /96).

    Without a prefix it has no AAAA records at all: a plain DNS server."""

    def __init__(self, where: Namespace, address: str, prefix: str | None,
                 names: Mapping[str, Sequence[str]]) -> None:
        self.questions: list[tuple[str, int]] = []
        self._names = names
        self._prefix = None if prefix is None else int(ipaddress.IPv6Address(prefix))
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = where.socket(family, socket.SOCK_DGRAM)
        self._socket.bind((address, 53))
        # So that the thread sees within that time that it is to end.
        self._socket.settimeout(0.05)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _records(self, name: str, kind: int) -> list[bytes]:
        addresses = [ipaddress.IPv4Address(text) for text in self._names.get(name, ())]
        if kind == _TYPE_A:
            return [address.packed for address in addresses]
        if kind == _TYPE_AAAA and self._prefix is not None:
            return [(self._prefix | int(address)).to_bytes(16, "big") for address in addresses]
        return []

    def _answer(self, query: bytes) -> bytes:
        name, kind, end = _read_question(query)
        self.questions.append((name, kind))
        records = self._records(name, kind)
        flags = _RESPONSE | (0 if name in self._names else _NAME_ERROR)
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
            self._socket.sendto(self._answer(query), sender)

    def close(self) -> None:
        """Ends the thread."""
        self._closing.set()
        self._thread.join()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
