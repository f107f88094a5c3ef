#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "probe/stun/message.hpp"
#include "reports/model/result.hpp"

// What stands between a transport and a STUN message: telling protocols apart on one port, TURN's
// ChannelData, and finding message boundaries in a byte stream.
namespace portolan::stun {

/// RFC 7983 s7, by the first octet.
enum class Protocol : std::uint8_t { Stun, Zrtp, Dtls, TurnChannel, Rtp, Unknown };

/// Unknown for an empty datagram and for octets of no protocol, which RFC 7983 s7 says to drop.
Protocol demultiplex(Bytes datagram);
/// "stun", "zrtp", "dtls", "turn-channel", "rtp", "unknown".
std::string_view to_string(Protocol protocol);

inline constexpr std::size_t kChannelHeaderBytes = 4;
inline constexpr std::uint16_t kMinChannel = 0x4000;  // RFC 8656 s12, table 2
inline constexpr std::uint16_t kMaxChannel = 0x4FFF;

/// What RFC 5766 allowed, before RFC 7983 needed the octets from 0x50 on for others.
inline constexpr std::uint16_t kMaxRfc5766Channel = 0x7FFF;

constexpr bool is_channel_number(std::uint16_t number, std::uint16_t max = kMaxChannel) {
    return number >= kMinChannel && number <= max;
}

/// RFC 8656 s12.4. Views the bytes it was parsed from.
struct ChannelData {
    std::uint16_t channel = 0;
    Bytes data;
    std::size_t trailing_bytes = 0;  ///< behind the data: padding, or more than that

    /// Errors: peer.stun.channel_short, peer.stun.channel_number (not from 0x4000 to `max_channel`:
    /// discarded by RFC 8656 s12.6), peer.stun.channel_overrun. Bytes after the data are accepted
    /// because RFC 8656 s12.5 allows padding over UDP.
    static Result<ChannelData> parse(Bytes datagram, std::uint16_t max_channel = kMaxChannel);
};

/// RFC 8656 s12.5: padding is a MUST on streams and a MAY in datagrams.
enum class ChannelPadding : std::uint8_t { Stream, Datagram };

/// Writes into `buffer` and returns what was written; empty when it does not fit. Any channel
/// number is written, also those that a peer has to discard.
Bytes write_channel_data(std::span<std::byte> buffer, std::uint16_t channel, Bytes data,
                         ChannelPadding padding);

struct Frame {
    Protocol protocol = Protocol::Unknown;  ///< Stun or TurnChannel
    Bytes bytes;                            ///< ChannelData without the stream's padding
};

/// Cuts a TCP or TLS stream into STUN messages (RFC 8489 s6.2.2) and ChannelData (RFC 8656 s12.5).
/// Holds at most one incomplete frame; complete ones are returned where they lie. A frame's content
/// is not looked at, except for its length.
class StreamReader {
  public:
    /// The longest message that 16 bits of length can describe.
    static constexpr std::size_t kMaxFrameBytes = kHeaderBytes + 0xFFFC;

    explicit StreamReader(std::size_t max_frame_bytes = kMaxFrameBytes)
        : max_frame_bytes_(max_frame_bytes) {}

    /// Takes bytes from the front of `input` and returns the next frame, or nullopt when all input
    /// is used up without completing one. The frame is valid until the next call and as long as the
    /// input's bytes are. Call until nullopt:
    ///
    ///     while (true) {
    ///         auto frame = reader.next(input);
    ///         if (!frame) return close(frame.error());
    ///         if (!*frame) break;
    ///         handle(**frame);
    ///     }
    ///
    /// Errors: peer.stun.stream_not_stun, peer.stun.length_unaligned, peer.stun.frame_too_long. The
    /// byte offset counts from the start of the stream. An error is final: nothing tells where the
    /// next frame would start, so every later call returns the same error.
    Result<std::optional<Frame>> next(Bytes& input);

    [[nodiscard]] std::size_t buffered_bytes() const { return partial_.size(); }

  private:
    struct Extent {
        std::size_t frame_bytes = 0;
        std::size_t stream_bytes = 0;  // with padding
    };
    Result<Extent> measure(Bytes header) const;
    Error fail(Error error);

    std::size_t max_frame_bytes_;
    std::size_t consumed_bytes_ = 0;  // up to the start of the current frame
    bool deliver_clears_ = false;
    std::vector<std::byte> partial_;
    std::optional<Error> failure_;
};

}  // namespace portolan::stun
