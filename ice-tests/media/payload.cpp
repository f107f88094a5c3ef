#include "ice-tests/media/payload.hpp"

#include <array>

namespace portolan::media {
namespace {

constexpr std::uint32_t kMagic = 0x50544C4E;  // "PTLN"

// Offsets in the payload.
constexpr std::size_t kMagicAt = 0;
constexpr std::size_t kChecksumAt = 4;
constexpr std::size_t kIndexAt = 8;
constexpr std::size_t kTimeAt = 16;

/// Eight octets at a time: the n-th table is for an octet that n more follow.
constexpr std::size_t kStrideBytes = 8;
constexpr auto make_tables() {
    std::array<std::array<std::uint32_t, 256>, kStrideBytes> tables{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit)
            value = (value & 1U) != 0 ? 0xEDB88320U ^ value >> 1U : value >> 1U;
        tables[0][i] = value;
    }
    for (std::size_t n = 1; n < kStrideBytes; ++n) {
        for (std::size_t i = 0; i < 256; ++i) {
            const std::uint32_t before = tables[n - 1][i];
            tables[n][i] = tables[0][before & 0xFFU] ^ before >> 8U;
        }
    }
    return tables;
}
constexpr auto kTables = make_tables();

std::uint64_t read_number(Bytes bytes) {
    std::uint64_t value = 0;
    for (const std::byte byte : bytes)
        value = value << 8U | std::to_integer<std::uint64_t>(byte);
    return value;
}

void write_number(std::uint64_t value, std::span<std::byte> out) {
    for (std::size_t i = out.size(); i-- > 0; value >>= 8U)
        out[i] = static_cast<std::byte>(value & 0xFFU);
}

// Of the packet with its checksum field taken as zero.
std::uint32_t packet_checksum(Bytes packet) {
    constexpr std::size_t kField = kRtpHeaderBytes + kChecksumAt;
    constexpr std::array<std::byte, 4> kZero{};
    std::uint32_t crc = crc32(packet.first(kField));
    crc = crc32(kZero, crc);
    return crc32(packet.subspan(kField + 4), crc);
}

}  // namespace

std::uint32_t crc32(Bytes bytes, std::uint32_t crc) {
    crc = ~crc;
    for (; bytes.size() >= kStrideBytes; bytes = bytes.subspan(kStrideBytes)) {
        std::uint32_t next = 0;
        for (std::size_t i = 0; i < kStrideBytes; ++i) {
            auto octet = std::to_integer<std::uint32_t>(bytes[i]);
            if (i < sizeof crc) octet ^= crc >> (8U * i) & 0xFFU;
            next ^= kTables[kStrideBytes - 1 - i][octet];
        }
        crc = next;
    }
    for (const std::byte byte : bytes)
        crc = kTables[0][(crc ^ std::to_integer<std::uint32_t>(byte)) & 0xFFU] ^ crc >> 8U;
    return ~crc;
}

void write_payload(const PayloadStamp& stamp, std::span<std::byte> packet) {
    const auto payload = packet.subspan(kRtpHeaderBytes);
    write_number(kMagic, payload.subspan(kMagicAt, 4));
    write_number(stamp.packet_index, payload.subspan(kIndexAt, 8));
    write_number(static_cast<std::uint64_t>(stamp.sent_at.count()), payload.subspan(kTimeAt, 8));
    for (std::size_t i = kMinPayloadBytes; i < payload.size(); ++i)
        payload[i] = static_cast<std::byte>(i & 0xFFU);
    write_number(packet_checksum(packet), payload.subspan(kChecksumAt, 4));
}

std::optional<PayloadStamp> read_payload(Bytes packet) {
    if (packet.size() < kRtpHeaderBytes + kMinPayloadBytes) return std::nullopt;
    const Bytes payload = packet.subspan(kRtpHeaderBytes);
    if (read_number(payload.subspan(kMagicAt, 4)) != kMagic) return std::nullopt;
    if (read_number(payload.subspan(kChecksumAt, 4)) != packet_checksum(packet)) {
        return std::nullopt;
    }
    return PayloadStamp{.packet_index = read_number(payload.subspan(kIndexAt, 8)),
                        .sent_at = transport::Time(
                            static_cast<std::int64_t>(read_number(payload.subspan(kTimeAt, 8))))};
}

}  // namespace portolan::media
