"""STUN Binding messages, written from RFC 8489 alone: no code is shared with the product."""

from __future__ import annotations

import ipaddress
import os
import struct
from dataclasses import dataclass

MAGIC_COOKIE = 0x2112A442
BINDING_REQUEST = 0x0001
BINDING_SUCCESS = 0x0101
MAPPED_ADDRESS = 0x0001
CHANGE_REQUEST = 0x0003
XOR_MAPPED_ADDRESS = 0x0020
RESPONSE_ORIGIN = 0x802B
OTHER_ADDRESS = 0x802C
CHANGE_IP = 0x04
CHANGE_PORT = 0x02

Endpoint = tuple[str, int]


@dataclass(frozen=True)
class BindingResponse:
    """What a success response says."""

    mapped: Endpoint | None
    other: Endpoint | None
    origin: Endpoint | None


def binding_request(transaction_id: bytes, change: int = 0) -> bytes:
    """RFC 8489 s5; with CHANGE-REQUEST (RFC 5780 s7.2) when any flag is set."""
    body = struct.pack("!HHI", CHANGE_REQUEST, 4, change) if change else b""
    return struct.pack("!HHI", BINDING_REQUEST, len(body), MAGIC_COOKIE) + transaction_id + body


def new_transaction_id() -> bytes:
    """96 random bits."""
    return os.urandom(12)


def _address(value: bytes, mask: bytes) -> Endpoint:
    port = struct.unpack("!H", value[2:4])[0] ^ struct.unpack("!H", mask[:2])[0]
    raw = bytes(a ^ b for a, b in zip(value[4:], mask))
    return str(ipaddress.ip_address(raw)), port


def parse_response(packet: bytes, transaction_id: bytes) -> BindingResponse | None:
    """None unless it is the success response to this very request."""
    if len(packet) < 20 or packet[8:20] != transaction_id:
        return None
    kind, length, cookie = struct.unpack("!HHI", packet[:8])
    if kind != BINDING_SUCCESS or cookie != MAGIC_COOKIE or length != len(packet) - 20:
        return None
    plain, xor = bytes(16), packet[4:20]
    found: dict[int, Endpoint] = {}
    offset = 20
    while offset + 4 <= len(packet):
        code, size = struct.unpack("!HH", packet[offset : offset + 4])
        value = packet[offset + 4 : offset + 4 + size]
        if code in (MAPPED_ADDRESS, RESPONSE_ORIGIN, OTHER_ADDRESS) and size in (8, 20):
            found[code] = _address(value, plain)
        elif code == XOR_MAPPED_ADDRESS and size in (8, 20):
            found[code] = _address(value, xor)
        offset += 4 + (size + 3) // 4 * 4
    mapped = found.get(XOR_MAPPED_ADDRESS, found.get(MAPPED_ADDRESS))
    return BindingResponse(mapped, found.get(OTHER_ADDRESS), found.get(RESPONSE_ORIGIN))
