#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "ice-tests/media/rtp_packet.hpp"
#include "probe/transport/clock.hpp"

namespace portolan::media {

/// What the payload of a test packet says about itself, in front of a pattern that fills the rest:
/// magic "PTLN", CRC-32 over the whole RTP packet with that field zero, packet index and send time,
/// each in network order.
struct PayloadStamp {
    std::uint64_t packet_index = 0;  ///< of the stream, from 0
    transport::Time sent_at{};       ///< sender's clock
};

inline constexpr std::size_t kMinPayloadBytes = 24;

/// Fills the payload of `packet`, whose RTP header is there already. It must hold at least
/// kRtpHeaderBytes + kMinPayloadBytes.
void write_payload(const PayloadStamp& stamp, std::span<std::byte> packet);

/// nullopt when it is not whole: wrong magic, wrong checksum, too short.
std::optional<PayloadStamp> read_payload(Bytes packet);

/// CRC-32 of ITU-T V.42, 0xCBF43926 for "123456789".
std::uint32_t crc32(Bytes bytes, std::uint32_t crc = 0);

}  // namespace portolan::media
