#include "probe/stun/raw_message.hpp"

#include <algorithm>
#include <array>

#include "probe/stun/crypto.hpp"
#include "probe/stun/integrity.hpp"
#include "probe/stun/wire.hpp"

namespace portolan::stun {
namespace {

constexpr std::size_t kMaxCounted = 0xFFFC;
constexpr std::byte kNonZeroPadding{0xA5};

std::uint16_t type_of(MessageClass message_class, Method method, const TransactionId& id) {
    std::array<std::byte, kHeaderBytes> header{};
    const MessageWriter writer(header, message_class, method, id);
    return wire::load_u16(writer.bytes().data());
}

}  // namespace

RawMessage::RawMessage(MessageClass message_class, Method method, const TransactionId& id)
    : RawMessage(type_of(message_class, method, id), id) {}

RawMessage::RawMessage(std::uint16_t type, const TransactionId& id) : bytes_(kHeaderBytes) {
    wire::store_u16(bytes_.data(), type);
    std::copy(id.octets.begin(), id.octets.end(), bytes_.begin() + 4);
}

RawMessage& RawMessage::cookie(std::uint32_t value) {
    wire::store_u32(&bytes_[4], value);
    return *this;
}

RawMessage& RawMessage::length_field(std::uint16_t value) {
    length_field_ = value;
    return *this;
}

void RawMessage::put_length(std::size_t counted_bytes) {
    wire::store_u16(&bytes_[2], static_cast<std::uint16_t>(counted_bytes));
}

RawMessage& RawMessage::attribute(std::uint16_t type, Bytes value, AttributeOptions options) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + wire::kAttributeHeaderBytes);
    wire::store_u16(&bytes_[at], type);
    wire::store_u16(&bytes_[at + 2], options.claimed_length_bytes.value_or(
                                         static_cast<std::uint16_t>(value.size())));
    bytes_.insert(bytes_.end(), value.begin(), value.end());
    if (options.padding != Padding::Missing) {
        bytes_.resize(bytes_.size() + wire::padded(value.size()) - value.size(),
                      options.padding == Padding::Zero ? std::byte{0} : kNonZeroPadding);
    }
    put_length(bytes_.size() - kHeaderBytes);
    return *this;
}

RawMessage& RawMessage::attributes_of(const MessageView& message) {
    return append(message.bytes().subspan(kHeaderBytes));
}

RawMessage& RawMessage::append(Bytes bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    put_length(bytes_.size() - kHeaderBytes);
    return *this;
}

RawMessage& RawMessage::trailing(Bytes bytes) {
    trailing_.insert(trailing_.end(), bytes.begin(), bytes.end());
    return *this;
}

RawMessage& RawMessage::fill_to(std::size_t total_bytes, AttributeType type) {
    const std::size_t target = std::min(total_bytes, kHeaderBytes + kMaxCounted);
    if (target < bytes_.size() + wire::kAttributeHeaderBytes) return *this;
    const std::vector<std::byte> filler(target - bytes_.size() - wire::kAttributeHeaderBytes);
    return attribute(type, filler);
}

RawMessage& RawMessage::integrity(std::uint16_t type, Bytes key, std::size_t length_bytes,
                                  bool sha256, Fault fault) {
    const std::size_t covered = bytes_.size();
    attribute(type, std::vector<std::byte>(length_bytes), {});
    if (fault == Fault::UnadjustedLength) put_length(covered - kHeaderBytes);
    std::array<std::byte, kSha256Bytes> full{};
    // A failing HMAC leaves zeros: wrong, as a raw message may be.
    static_cast<void>(crypto::hmac(sha256 ? crypto::Hash::Sha256 : crypto::Hash::Sha1, key,
                                   {Bytes(bytes_).first(covered)}, full.data()));
    put_length(bytes_.size() - kHeaderBytes);
    const std::size_t count = std::min(length_bytes, sha256 ? kSha256Bytes : kSha1Bytes);
    std::byte* const value = &bytes_[covered] + wire::kAttributeHeaderBytes;
    std::copy_n(full.begin(), count, value);
    if (fault == Fault::FlippedBit && count > 0) value[count - 1] ^= std::byte{1};
    return *this;
}

RawMessage& RawMessage::message_integrity(Bytes key, Fault fault) {
    return integrity(static_cast<std::uint16_t>(AttributeType::MessageIntegrity), key, kSha1Bytes,
                     false, fault);
}

RawMessage& RawMessage::message_integrity_sha256(Bytes key, std::size_t length_bytes, Fault fault) {
    return integrity(static_cast<std::uint16_t>(AttributeType::MessageIntegritySha256), key,
                     length_bytes, true, fault);
}

RawMessage& RawMessage::fingerprint(Fault fault) {
    const std::size_t covered = bytes_.size();
    const std::array<std::byte, 4> dummy{};
    attribute(AttributeType::Fingerprint, dummy);
    if (fault == Fault::UnadjustedLength) put_length(covered - kHeaderBytes);
    std::uint32_t value = crypto::crc32({Bytes(bytes_).first(covered)});
    put_length(bytes_.size() - kHeaderBytes);
    if (fault != Fault::MissingXor) value ^= kFingerprintXor;
    if (fault == Fault::FlippedBit) value ^= 1;
    wire::store_u32(&bytes_[covered] + wire::kAttributeHeaderBytes, value);
    return *this;
}

RawMessage& RawMessage::overwrite(std::size_t offset_bytes, std::byte value) {
    overwrites_.push_back({offset_bytes, value});
    return *this;
}

RawMessage& RawMessage::truncate(std::size_t size_bytes) {
    truncate_to_ = size_bytes;
    return *this;
}

std::vector<std::byte> RawMessage::build() const {
    std::vector<std::byte> out = bytes_;
    if (length_field_) wire::store_u16(&out[2], *length_field_);
    out.insert(out.end(), trailing_.begin(), trailing_.end());
    for (const Overwrite& change : overwrites_) {
        if (change.offset_bytes < out.size()) out[change.offset_bytes] = change.value;
    }
    if (truncate_to_ && *truncate_to_ < out.size()) out.resize(*truncate_to_);
    return out;
}

}  // namespace portolan::stun
