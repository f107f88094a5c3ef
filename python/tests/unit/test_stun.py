"""The codec through Python."""

from __future__ import annotations

import gc
import os

import pytest

from portolan import Culprit, Error, TransportAddress
from portolan.stun import (AttributeType, Check, MessageClass, MessageView, MessageWriter, Method,
                           PasswordAlgorithm, Protocol, RawMessage, TransactionId, attribute_table,
                           demultiplex, describe_json, describe_text, error_table, long_term_key,
                           method_table, short_term_key, userhash, verify_fingerprint,
                           verify_message_integrity, verify_message_integrity_sha256)

# RFC 5769 s2.1 and s2.2
RFC5769_REQUEST = bytes.fromhex(
    "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e20746573"
    "7420636c69656e74002400046e0001ff80290008932ff9b151263b3600060009"
    "6576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249"
    "c1b571a280280004e57a3bcf")
RFC5769_RESPONSE_IPV4 = bytes.fromhex(
    "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563"
    "746f7220002000080001a147e112a643000800142b91f599fd9e90c38c7489f9"
    "2af9ba53f06be7d780280004c07d4c96")
PASSWORD = short_term_key("VOkJxbRl1RmTxUk/WvJxBt")
ID = TransactionId.with_cookie(bytes(range(12)))


def writer() -> MessageWriter:
    """Of a Binding request."""
    return MessageWriter(MessageClass.Request, Method.Binding, ID)


def test_rfc5769_sample_request_reads_and_verifies() -> None:
    """RFC 5769 s2.1."""
    message = MessageView.parse(RFC5769_REQUEST)
    assert (message.message_class, message.method) == (MessageClass.Request, Method.Binding)
    assert message.transaction_id.has_magic_cookie
    assert message.text(AttributeType.Software) == "STUN test client"
    assert message.u32(AttributeType.Priority) == 0x6E0001FF
    assert message.u64(AttributeType.IceControlled) == 0x932FF9B151263B36
    assert message.text(AttributeType.Username) == "evtj:h6vY"
    assert verify_message_integrity(message, PASSWORD) == Check.Valid
    assert verify_message_integrity(message, b"wrong") == Check.Invalid
    assert verify_message_integrity_sha256(message, PASSWORD) == Check.Absent
    assert verify_fingerprint(message) == Check.Valid
    assert [str(each.type) for each in message] == [
        "SOFTWARE", "PRIORITY", "ICE-CONTROLLED", "USERNAME", "MESSAGE-INTEGRITY", "FINGERPRINT"]


def test_rfc5769_sample_response_has_its_address() -> None:
    """RFC 5769 s2.2."""
    message = MessageView.parse(RFC5769_RESPONSE_IPV4)
    assert message.address(AttributeType.XorMappedAddress) == TransportAddress("192.0.2.1:32853")
    assert message.address(AttributeType.OtherAddress) is None
    assert not message.has(AttributeType.OtherAddress)


def test_message_keeps_its_bytes() -> None:
    """Neither the input's end nor its change reaches a message."""
    source = bytearray(RFC5769_REQUEST)
    message = MessageView.parse(memoryview(source))
    attributes = list(message)
    source[:] = bytes(len(source))
    del source
    gc.collect()
    assert message.bytes == RFC5769_REQUEST
    del message
    gc.collect()
    assert attributes[0].value == b"STUN test client"
    assert attributes[0].offset_bytes == 20


def test_written_message_reads_back() -> None:
    """Each adder against its getter, and both integrities."""
    key = long_term_key(PasswordAlgorithm.Sha256, "user", "example.org", "pass")
    address = TransportAddress("[2001:db8::1]:443")
    written = (writer().add_address(AttributeType.XorMappedAddress, address)
               .add_u16(AttributeType.ResponsePort, 4096).add_u32(AttributeType.Lifetime, 600)
               .add_u64(AttributeType.IceControlling, 2**63)
               .add_text(AttributeType.Realm, "example.org")
               .add_bytes(AttributeType.Data, b"\0\1\2").add_flag(AttributeType.UseCandidate)
               .add_change_request(True, False).add_error_code(438, "Stale Nonce")
               .add_unknown_attributes([0x7777]).add_message_integrity(key)
               .add_message_integrity_sha256(key).add_fingerprint())
    message = MessageView.parse(written.bytes)
    assert message.address(AttributeType.XorMappedAddress) == address
    assert message.u16(AttributeType.ResponsePort) == 4096
    assert message.u32(AttributeType.Lifetime) == 600
    assert message.u64(AttributeType.IceControlling) == 2**63
    assert message.text(AttributeType.Realm) == "example.org"
    data = message.find(AttributeType.Data)
    assert data is not None and data.value == b"\0\1\2"
    assert message.has(AttributeType.UseCandidate)
    assert message.u32(AttributeType.ChangeRequest) == 4
    assert message.error_code() == (438, "Stale Nonce")
    assert verify_message_integrity(message, key) == Check.Valid
    assert verify_message_integrity_sha256(message, key) == Check.Valid
    assert verify_fingerprint(message) == Check.Valid


@pytest.mark.parametrize("size", range(len(RFC5769_REQUEST)))
def test_truncation_is_a_peer_error(size: int) -> None:
    """With a code that stays and, in the message, where it happened."""
    with pytest.raises(Error) as caught:
        MessageView.parse(RFC5769_REQUEST[:size])
    assert caught.value.culprit is Culprit.Peer
    assert caught.value.full_code.startswith("peer.stun.")
    assert caught.value.message and caught.value.byte_offset is not None


def test_overflow_is_an_error() -> None:
    """A message that lacks what it was asked to carry does not leave."""
    small = MessageWriter(MessageClass.Request, Method.Binding, ID, max_bytes=24)
    with pytest.raises(Error, match="stun.overflow"):
        small.add_u32(AttributeType.Lifetime, 1)
    assert small.overflowed
    with pytest.raises(Error, match="stun.overflow"):
        writer().add_message_integrity_sha256(b"key", 17)
    with pytest.raises(ValueError, match="max_bytes"):
        MessageWriter(MessageClass.Request, Method.Binding, ID, max_bytes=19)


def test_types_without_a_name_pass() -> None:
    """An unknown comprehension-required attribute (RFC 8489 s6.3.1)."""
    message = MessageView.parse(writer().add_flag(AttributeType(0x7777)).bytes)
    assert message.unknown_comprehension_required() == [0x7777]
    (attribute,) = message
    assert int(attribute.type) == 0x7777 and str(attribute.type) == "0x7777"


def test_text_from_a_peer_is_always_text() -> None:
    """What is not UTF-8 is replaced; the bytes stay available."""
    message = MessageView.parse(writer().add_bytes(AttributeType.Software, b"a\xff").bytes)
    assert message.text(AttributeType.Software) == "a\ufffd"


@pytest.mark.parametrize("value", ["text", 5, None, [1]])
def test_bytes_are_bytes(value: object) -> None:
    """A str is never taken for a datagram."""
    with pytest.raises(TypeError):
        MessageView.parse(value)  # type: ignore[arg-type]


def test_transaction_id_has_one_size() -> None:
    """16 bytes, or 12 behind the cookie."""
    assert ID.octets == bytes.fromhex("2112a442") + bytes(range(12))
    assert {ID: 1}[TransactionId(ID.octets)] == 1
    assert eval(repr(ID)) == ID
    for wrong in (b"", bytes(15), bytes(17)):
        with pytest.raises(ValueError, match="needs 16 bytes"):
            TransactionId(wrong)


def test_keys_and_userhash() -> None:
    """RFC 8489 s9.2.2 and s14.4: sizes, and that each part counts."""
    md5 = long_term_key(PasswordAlgorithm.Md5, "user", "realm", "pass")
    assert md5 == bytes.fromhex("8493fbc53ba582fb4c044c456bdc40eb")
    assert len(userhash("user", "realm")) == 32
    assert userhash("user", "realm") != userhash("user", "other")


def test_raw_message_is_wrong_where_told() -> None:
    """And right everywhere else."""
    key = b"key"
    right = RawMessage(MessageClass.Request, Method.Binding, ID).message_integrity(key)
    assert verify_message_integrity(MessageView.parse(right.build()), key) == Check.Valid
    flipped = RawMessage(MessageClass.Request, Method.Binding, ID).message_integrity(
        key, RawMessage.Fault.FlippedBit)
    assert verify_message_integrity(MessageView.parse(flipped.build()), key) == Check.Invalid
    for wrong in (right.overwrite(0, 0xC0).build(), right.truncate(21).build(),
                  RawMessage(1, ID).length_field(3).build(),
                  RawMessage(1, ID).attribute(6, b"abc", claimed_length_bytes=99).build(),
                  RawMessage(1, ID).attribute(
                      6, b"abc", padding=RawMessage.Padding.Missing).build()):
        with pytest.raises(Error):
            MessageView.parse(wrong)


def test_descriptions_take_anything() -> None:
    """They never fail, and show no secret."""
    assert "XOR-MAPPED-ADDRESS" in describe_text(RFC5769_RESPONSE_IPV4)
    described = describe_json(RFC5769_RESPONSE_IPV4)
    assert described["attributes"][1]["value"] == {
        "address": "192.0.2.1", "family": "ipv4", "port": 32853}
    secret = writer().add_text(AttributeType(0x0007), "hunter2").bytes
    assert "hunter2" not in describe_text(secret) + str(describe_json(secret))
    assert "hunter2" in describe_text(secret, show_secrets=True)
    for _ in range(200):
        noise = os.urandom(40)
        assert describe_text(noise) and describe_json(noise)["size_bytes"] == 40


def test_tables_are_complete() -> None:
    """Every enumerator has a row, and every row its RFC."""
    rows = attribute_table()
    assert {row.type for row in rows} == set(AttributeType.__members__.values())
    assert all(row.source.rfc and row.min_bytes <= row.max_bytes for row in rows)
    by_type = {row.type: row for row in rows}
    assert by_type[AttributeType.Lifetime].unit == "s"
    assert by_type[AttributeType.Software].comprehension_required is False
    assert by_type[AttributeType.Password].secret
    methods = {row.method: row.classes for row in method_table()}
    assert methods[Method.Send] == [MessageClass.Indication]
    assert {row.code: row.reason for row in error_table()}[401] == "Unauthenticated"


def test_protocols_are_told_apart() -> None:
    """RFC 7983 s7."""
    assert demultiplex(RFC5769_REQUEST) == Protocol.Stun
    assert demultiplex(b"\x40\x00") == Protocol.TurnChannel
    assert demultiplex(b"") == Protocol.Unknown
