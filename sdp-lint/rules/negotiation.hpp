#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sdp-lint/rules/rule.hpp"

namespace portolan::lint {

/// A codec that both sides listed; each sends with the payload type that the other wrote.
struct NegotiatedCodec {
    std::string_view name;  ///< as answered
    std::uint32_t clock_rate_hz = 0;
    std::uint32_t channels = 1;
    std::uint8_t offer_payload_type = 0;
    std::uint8_t answer_payload_type = 0;
};

enum class DtlsRole : std::uint8_t { Unknown, Client, Server };
enum class IceRole : std::uint8_t { Controlling, Controlled };

/// What an m= section came to.
struct NegotiatedSection {
    std::int32_t index = 0;
    std::string_view media;
    std::string_view mid;
    bool rejected = false;
    std::string_view rejected_by;         ///< "offer" or "answer"; empty when it is not
    std::vector<NegotiatedCodec> codecs;  ///< in order of the answer: the first is preferred
    bool is_rtp = true;
    std::string_view protocol;  ///< of the answer: "TCP/MSRP"
    /// Of what is not RTP: the formats that both list ("t38"), in order of the answer.
    std::vector<std::string_view> formats;
    /// As the offerer sees it: SendOnly when only the offerer sends.
    sdp::StreamDirection direction = sdp::StreamDirection::Inactive;
    DtlsRole offerer_dtls = DtlsRole::Unknown;
    std::optional<std::int32_t> bundled_with;  ///< the section whose transport it uses
    bool rtcp_mux = false;
    std::vector<std::string_view> header_extensions;  ///< URIs that both listed
    /// The rids of each stream that the offerer sends, "h" or alternatives "h,m" of which one is
    /// sent at a time (RFC 8853 s5.1); "~" before a rid that begins paused.
    std::vector<std::string> simulcast_send;
    std::vector<std::string> simulcast_recv;  ///< ... and of those that it receives
    std::optional<std::uint64_t> sctp_port;   ///< of the answerer
    /// The largest message that the offerer may send (RFC 8841 s6.1: 64 KiB unless said; 0: any).
    std::optional<std::uint64_t> max_message_size_bytes;
};

/// What an offer and its answer agreed on, as far as they are legible.
struct Negotiation {
    std::optional<IceRole> offerer_ice = {};  ///< nothing where one of them has no ICE
    std::vector<NegotiatedSection> sections;
};

/// Views refer to the pair's texts.
Negotiation negotiate(const Pair& pair);

/// Offers and their answers of one session, in order: one for each pair. ICE roles stay with the
/// sides until a restart, whoever offers (RFC 8445 s6.1.1).
std::vector<Negotiation> negotiate_all(const Sequence& sequence);

/// client | server | unknown
std::string_view to_string(DtlsRole role);
/// controlling | controlled
std::string_view to_string(IceRole role);
/// none where there is no role
std::string_view to_string(std::optional<IceRole> role);

/// For people, one line or two a section.
std::string describe(const Negotiation& negotiation);

}  // namespace portolan::lint
