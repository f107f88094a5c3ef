#include "probe/stun/framing.hpp"

#include <algorithm>

#include "probe/stun/wire.hpp"

namespace portolan::stun {
namespace {

// Enough of a frame to know its length: both headers carry it in their third and fourth byte.
constexpr std::size_t kLengthKnownAt = 4;

std::string not_stun_message(unsigned octet) {
    std::string text = "a frame on a STUN stream cannot start with octet " + std::to_string(octet);
    // 20 to 63 are the content types of TLS and DTLS (RFC 7983 s7): almost always a client that
    // speaks TLS to a plain TCP port, or the reverse.
    if (octet >= 20 && octet <= 63) text += "; it looks like TLS";
    return text;
}

}  // namespace

Protocol demultiplex(Bytes datagram) {
    if (datagram.empty()) return Protocol::Unknown;
    const unsigned octet = wire::u8(datagram[0]);
    if (octet <= 3) return Protocol::Stun;
    if (octet >= 16 && octet <= 19) return Protocol::Zrtp;
    if (octet >= 20 && octet <= 63) return Protocol::Dtls;
    if (octet >= 64 && octet <= 79) return Protocol::TurnChannel;
    if (octet >= 128 && octet <= 191) return Protocol::Rtp;
    return Protocol::Unknown;
}

std::string_view to_string(Protocol protocol) {
    switch (protocol) {
        case Protocol::Stun:
            return "stun";
        case Protocol::Zrtp:
            return "zrtp";
        case Protocol::Dtls:
            return "dtls";
        case Protocol::TurnChannel:
            return "turn-channel";
        case Protocol::Rtp:
            return "rtp";
        case Protocol::Unknown:
            return "unknown";
    }
    return "unknown";
}

Result<ChannelData> ChannelData::parse(Bytes datagram, std::uint16_t max_channel) {
    if (datagram.size() < kChannelHeaderBytes) {
        return Error{Culprit::Peer, "stun.channel_short",
                     "a ChannelData message has at least 4 bytes", datagram.size()};
    }
    const std::uint16_t channel = wire::load_u16(datagram.data());
    if (!is_channel_number(channel, max_channel)) {
        return Error{Culprit::Peer, "stun.channel_number",
                     "channel numbers are 0x4000 to " +
                         std::string(max_channel == kMaxChannel ? "0x4FFF" : "0x7FFF") +
                         ", this is " + std::to_string(channel),
                     0};
    }
    const std::size_t length = wire::load_u16(&datagram[2]);
    const std::size_t left = datagram.size() - kChannelHeaderBytes;
    if (length > left) {
        return Error{Culprit::Peer, "stun.channel_overrun",
                     "ChannelData claims " + std::to_string(length) + " bytes and has " +
                         std::to_string(left),
                     2};
    }
    return ChannelData{channel, datagram.subspan(kChannelHeaderBytes, length), left - length};
}

Bytes write_channel_data(std::span<std::byte> buffer, std::uint16_t channel, Bytes data,
                         ChannelPadding padding) {
    const std::size_t unpadded = kChannelHeaderBytes + data.size();
    const std::size_t total = padding == ChannelPadding::Stream ? wire::padded(unpadded) : unpadded;
    if (data.size() > 0xFFFF || total > buffer.size()) return {};
    wire::store_u16(buffer.data(), channel);
    wire::store_u16(&buffer[2], static_cast<std::uint16_t>(data.size()));
    std::copy(data.begin(), data.end(), buffer.begin() + kChannelHeaderBytes);
    std::fill(&buffer[0] + unpadded, &buffer[0] + total, std::byte{0});
    return buffer.first(total);
}

Result<StreamReader::Extent> StreamReader::measure(Bytes header) const {
    const unsigned octet = wire::u8(header[0]);
    const std::size_t length = wire::load_u16(&header[2]);
    Extent extent;
    if (octet <= 3) {
        if (length % 4 != 0) {
            return Error{
                Culprit::Peer, "stun.length_unaligned",
                "the message length " + std::to_string(length) + " is not a multiple of four",
                consumed_bytes_ + 2};
        }
        extent = {kHeaderBytes + length, kHeaderBytes + length};
    } else if (octet >= 0x40 && octet <= 0x7F) {
        // Numbers from 0x5000 are reserved and their messages discarded (RFC 8656 s12.6), but they
        // are framed the same way, as RFC 5766 peers use them: the receiver can skip them.
        const std::size_t unpadded = kChannelHeaderBytes + length;
        extent = {unpadded, wire::padded(unpadded)};
    } else {
        return Error{Culprit::Peer, "stun.stream_not_stun", not_stun_message(octet),
                     consumed_bytes_};
    }
    if (extent.stream_bytes > max_frame_bytes_) {
        return Error{Culprit::Peer, "stun.frame_too_long",
                     "a frame of " + std::to_string(extent.stream_bytes) +
                         " bytes is longer than the " + std::to_string(max_frame_bytes_) +
                         " allowed here",
                     consumed_bytes_ + 2};
    }
    return extent;
}

Error StreamReader::fail(Error error) {
    partial_ = {};
    failure_ = std::move(error);
    return *failure_;
}

Result<std::optional<Frame>> StreamReader::next(Bytes& input) {
    if (failure_) return *failure_;
    if (deliver_clears_) {
        partial_.clear();
        deliver_clears_ = false;
    }
    const auto take = [&](std::size_t want) {
        const std::size_t count = std::min(want, input.size());
        partial_.insert(partial_.end(), input.begin(),
                        input.begin() + static_cast<std::ptrdiff_t>(count));
        input = input.subspan(count);
    };
    if (!partial_.empty() && partial_.size() < kLengthKnownAt) {
        take(kLengthKnownAt - partial_.size());
    }
    const Bytes known = partial_.empty() ? input : Bytes(partial_);
    if (known.empty()) return std::optional<Frame>{};
    if (known.size() < kLengthKnownAt) {
        if (partial_.empty()) take(input.size());
        return std::optional<Frame>{};
    }
    const auto extent = measure(known);
    if (!extent) return fail(extent.error());
    const Protocol protocol = wire::u8(known[0]) <= 3 ? Protocol::Stun : Protocol::TurnChannel;

    if (partial_.empty() && input.size() >= extent->stream_bytes) {
        const Frame frame{protocol, input.first(extent->frame_bytes)};
        input = input.subspan(extent->stream_bytes);
        consumed_bytes_ += extent->stream_bytes;
        return std::optional<Frame>(frame);
    }
    take(extent->stream_bytes - partial_.size());
    if (partial_.size() < extent->stream_bytes) return std::optional<Frame>{};
    consumed_bytes_ += extent->stream_bytes;
    deliver_clears_ = true;
    return std::optional<Frame>(Frame{protocol, Bytes(partial_).first(extent->frame_bytes)});
}

}  // namespace portolan::stun
