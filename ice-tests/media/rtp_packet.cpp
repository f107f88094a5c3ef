#include "ice-tests/media/rtp_packet.hpp"

namespace portolan::media {
namespace {

constexpr unsigned kVersion = 2;

std::uint32_t read_number(Bytes bytes) {
    std::uint32_t value = 0;
    for (const std::byte byte : bytes)
        value = value << 8U | std::to_integer<std::uint32_t>(byte);
    return value;
}

void write_number(std::uint32_t value, std::span<std::byte> out) {
    for (std::size_t i = out.size(); i-- > 0; value >>= 8U)
        out[i] = static_cast<std::byte>(value & 0xFFU);
}

}  // namespace

void write_rtp_header(const RtpHeader& header, std::span<std::byte> out) {
    out[0] = static_cast<std::byte>(kVersion << 6U);
    out[1] = static_cast<std::byte>((header.marker ? 0x80U : 0U) | (header.payload_type & 0x7FU));
    write_number(header.sequence_number, out.subspan(2, 2));
    write_number(header.timestamp, out.subspan(4, 4));
    write_number(header.ssrc, out.subspan(8, 4));
}

std::optional<RtpPacket> parse_rtp(Bytes datagram) {
    if (datagram.size() < kRtpHeaderBytes) return std::nullopt;
    const auto first = std::to_integer<unsigned>(datagram[0]);
    const auto second = std::to_integer<unsigned>(datagram[1]);
    if (first >> 6U != kVersion) return std::nullopt;
    // RFC 5761 s4: 192 to 223 in the second byte are RTCP packet types.
    if (second >= 192 && second <= 223) return std::nullopt;

    std::size_t start = kRtpHeaderBytes + std::size_t{4} * (first & 0x0FU);
    const bool has_extension = (first & 0x10U) != 0;
    if (has_extension) {
        if (datagram.size() < start + 4) return std::nullopt;
        start += 4 + std::size_t{4} * read_number(datagram.subspan(start + 2, 2));
    }
    if (datagram.size() < start) return std::nullopt;
    std::size_t length = datagram.size() - start;
    const bool has_padding = (first & 0x20U) != 0;
    if (has_padding) {
        const auto padding = length > 0 ? std::to_integer<std::size_t>(datagram.back()) : 0;
        if (padding == 0 || padding > length) return std::nullopt;
        length -= padding;
    }
    return RtpPacket{.header = {.marker = (second & 0x80U) != 0,
                                .payload_type = static_cast<std::uint8_t>(second & 0x7FU),
                                .sequence_number =
                                    static_cast<std::uint16_t>(read_number(datagram.subspan(2, 2))),
                                .timestamp = read_number(datagram.subspan(4, 4)),
                                .ssrc = read_number(datagram.subspan(8, 4))},
                     .payload = datagram.subspan(start, length)};
}

}  // namespace portolan::media
