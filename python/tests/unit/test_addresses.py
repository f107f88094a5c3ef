"""Addresses: text and back, order, classes."""

from __future__ import annotations

import pytest

from portolan import AddressClass, AddressFamily, Culprit, Error, IpAddress, TransportAddress


@pytest.mark.parametrize("text", ["0.0.0.0", "192.0.2.1", "::", "2001:db8::1", "64:ff9b::102:304"])
def test_ip_address_text_round_trip(text: str) -> None:
    """The canonical form is what comes back."""
    address = IpAddress(text)
    assert str(address) == text and IpAddress.parse(text) == address
    assert eval(repr(address)) == address and hash(eval(repr(address))) == hash(address)
    assert len(address.octets) == (16 if address.family == AddressFamily.IPv6 else 4)


@pytest.mark.parametrize("text", ["192.0.2.1:3478", "[2001:db8::1]:65535", "0.0.0.0:0"])
def test_transport_address_text_round_trip(text: str) -> None:
    """Brackets around IPv6."""
    address = TransportAddress(text)
    assert str(address) == text
    assert TransportAddress(address.ip, address.port) == address
    assert eval(repr(address)) == address


@pytest.mark.parametrize("text", ["", "192.0.2", "192.0.2.1", "192.0.2.1:65536", "host:1", "::1:5",
                                  "[::1]", "192.0.2.1:-1", "\0"])
def test_malformed_address_is_a_usage_error(text: str) -> None:
    """parse() says None, the constructor raises."""
    assert TransportAddress.parse(text) is None
    with pytest.raises(Error) as caught:
        TransportAddress(text)
    assert caught.value.full_code == "usage.address.malformed"
    assert caught.value.culprit is Culprit.Usage


@pytest.mark.parametrize(("text", "expected"), [
    ("8.8.8.8", AddressClass.Global), ("10.0.0.1", AddressClass.Private),
    ("100.64.0.1", AddressClass.SharedCgn), ("127.0.0.1", AddressClass.Loopback),
    ("fe80::1", AddressClass.LinkLocal), ("64:ff9b::1", AddressClass.Nat64WellKnown),
    ("192.0.2.1", AddressClass.Documentation), ("ff02::1", AddressClass.Multicast),
    ("::", AddressClass.Unspecified), ("240.0.0.1", AddressClass.Reserved)])
def test_address_class(text: str, expected: AddressClass) -> None:
    """RFC 6890 and RFC 6598."""
    assert IpAddress(text).address_class == expected


def test_addresses_have_an_order() -> None:
    """So that lists of them can be sorted."""
    low, high = TransportAddress("192.0.2.1:1"), TransportAddress("192.0.2.1:2")
    assert sorted([high, low]) == [low, high] and low != high
    assert low != "192.0.2.1:1"
    assert IpAddress.any(AddressFamily.IPv6).is_unspecified
    assert str(AddressFamily.IPv4) == "ipv4" and str(AddressClass.SharedCgn) == "shared-cgn"
