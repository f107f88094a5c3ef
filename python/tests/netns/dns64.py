"""A DNS server that answers like a DNS64 (RFC 6147)."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence

from .dns_server import TYPE_A, TYPE_AAAA, DnsServer
from .namespace import Namespace

# RFC 7050 s8.2: whoever asks for this name's AAAA records learns the prefix.
IPV4ONLY: Mapping[str, Sequence[str]] = {"ipv4only.arpa": ("192.0.0.170", "192.0.0.171")}


class Dns64(DnsServer):
    """Answers A as it is written, and AAAA with the prefix before it (RFC 6052 s2.2, /96).

    Without a prefix it has no AAAA records at all: a plain DNS server."""

    def __init__(self, where: Namespace, listen: str, prefix: str | None,
                 names: Mapping[str, Sequence[str]]) -> None:
        self._names = names
        self._prefix = None if prefix is None else int(ipaddress.IPv6Address(prefix))
        super().__init__(where, listen, {})

    def exists(self, name: str) -> bool:
        return name in self._names

    def records(self, name: str, kind: int) -> Sequence[bytes]:
        addresses = [ipaddress.IPv4Address(text) for text in self._names.get(name, ())]
        if kind == TYPE_A:
            return [address.packed for address in addresses]
        if kind == TYPE_AAAA and self._prefix is not None:
            return [(self._prefix | int(address)).to_bytes(16, "big") for address in addresses]
        return []
