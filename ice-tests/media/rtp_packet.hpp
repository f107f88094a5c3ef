#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace portolan::media {

using Bytes = std::span<const std::byte>;

inline constexpr std::size_t kRtpHeaderBytes = 12;

/// The fixed header of RFC 3550 s5.1. Version 2; no padding, extension or CSRC when written.
struct RtpHeader {
    bool marker = false;
    std::uint8_t payload_type = 0;  ///< 0 to 127
    std::uint16_t sequence_number = 0;
    std::uint32_t timestamp = 0;
    std::uint32_t ssrc = 0;

    friend bool operator==(const RtpHeader&, const RtpHeader&) = default;
};

struct RtpPacket {
    RtpHeader header;
    Bytes payload;  ///< without CSRCs, extension and padding; refers to what was parsed
};

/// `out` must hold kRtpHeaderBytes.
void write_rtp_header(const RtpHeader& header, std::span<std::byte> out);

/// nullopt when it is no RTP packet: too short, another version, lengths that do not add up.
/// With RTP and RTCP on one transport, what is RTCP (RFC 5761 s4) is not RTP.
std::optional<RtpPacket> parse_rtp(Bytes datagram);

}  // namespace portolan::media
