#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sdp-lint/sdp/address.hpp"
#include "sdp-lint/sdp/document.hpp"

/// What lines say, token by token. A token that is missing is an empty view at the place where it
/// would have been; a number that is none, or does not fit, is empty. Nothing here judges.
namespace portolan::sdp {

inline constexpr std::uint64_t kMaxPort = 65535;

/// A token that should be a number.
struct Number {
    std::string_view text;
    std::optional<std::uint64_t> value;
};

inline Number number_of(std::string_view text) {
    return {text, parse_number(text)};
}

enum class MediaKind : std::uint8_t { Audio, Video, Application, Text, Image, Message, Other };

/// "m=<media> <port>[/<count>] <proto> <fmt> ..." (RFC 8866 s5.14)
struct MediaLine {
    std::string_view media;
    Number port;
    bool has_port_count = false;
    Number port_count;
    std::string_view proto;
    std::string_view formats;                ///< all of them
    std::span<const std::string_view> fmts;  ///< one by one
    MediaKind kind = MediaKind::Other;
    bool is_rtp = false;       ///< some RTP profile
    bool is_feedback = false;  ///< AVPF or SAVPF (RFC 4585, RFC 5124)
    bool is_secure = false;    ///< SAVP or SAVPF (RFC 3711)
    bool is_dtls = false;      ///< DTLS or TLS carries it: UDP/TLS/..., UDP/DTLS/SCTP, TCP/DTLS/...
    bool is_sctp = false;      ///< a data channel association, also the old DTLS/SCTP
};

/// "o=" (RFC 8866 s5.2)
struct Origin {
    std::uint32_t line = 0;
    std::string_view username, session_id, session_version, nettype, addrtype;
    Address address;
    std::uint32_t field_count = 0;
};

/// "c=" (RFC 8866 s5.7)
struct Connection {
    std::uint32_t line = 0;
    std::int32_t section = kSession;
    std::string_view nettype, addrtype;
    std::string_view address_text;  ///< with TTL and count: "233.252.0.1/127/3"
    Address address;                ///< without
    std::string_view suffix;        ///< after the first '/', else empty
    std::uint32_t field_count = 0;
};

/// "b=<bwtype>:<bandwidth>" (RFC 8866 s5.8)
struct Bandwidth {
    std::uint32_t line = 0;
    std::int32_t section = kSession;
    std::string_view type;
    bool has_value = false;  ///< there is a colon
    Number value;
};

/// a=group (RFC 5888 s5)
struct Group {
    const Attribute* attribute = nullptr;
    std::string_view semantics;
    std::span<const std::string_view> mids;

    bool is_bundle() const { return semantics == "BUNDLE"; }
};

enum class CandidateType : std::uint8_t { Host, ServerReflexive, PeerReflexive, Relayed, Unknown };

/// "name value" behind the fixed part of a candidate.
struct CandidateExtension {
    std::string_view name;
    std::string_view value;
};

/// a=candidate (RFC 8839 s5.1)
struct Candidate {
    const Attribute* attribute = nullptr;
    std::string_view foundation;
    Number component;
    std::string_view transport;
    Number priority;
    Address address;
    Number port;
    std::string_view typ;  ///< the word "typ", or what stands there
    std::string_view type;
    CandidateType type_value = CandidateType::Unknown;
    std::string_view raddr;  ///< the word itself; empty when there is none
    Address related_address;
    std::string_view rport;
    Number related_port;
    std::string_view tcptype;  ///< its value
    bool has_tcptype = false;
    std::string_view ufrag;  ///< the value of the extension that browsers add
    std::span<const CandidateExtension> extensions;  ///< all, the named ones too
    std::uint32_t token_count = 0;
    bool is_udp = false;
    bool is_tcp = false;
};

/// a=fingerprint (RFC 8122 s5)
struct Fingerprint {
    const Attribute* attribute = nullptr;
    std::string_view hash;
    std::string_view digest;
    std::uint32_t digest_bytes = 0;  ///< pairs of hex digits, with or without colons
    bool has_colons = false;         ///< colons exactly between the pairs, or one pair only
    bool is_hex = false;             ///< nothing but hex digits and colons
};

/// a=rtpmap (RFC 8866 s6.6)
struct RtpMap {
    const Attribute* attribute = nullptr;
    Number format;
    std::string_view encoding;
    Number clock_rate_hz;
    bool has_parameters = false;
    Number parameters;  ///< channels, for audio
};

/// One of "a=1;b=2".
struct FormatParameter {
    std::string_view text;   ///< the whole, trimmed
    std::string_view name;   ///< empty when there is no '='
    std::string_view value;  ///< the whole when there is no '='
};

/// a=fmtp (RFC 8866 s6.15)
struct Fmtp {
    const Attribute* attribute = nullptr;
    Number format;
    std::string_view text;  ///< everything behind the format
    std::span<const FormatParameter> parameters;

    /// The first of that name, whatever its case.
    const FormatParameter* find(std::string_view name) const;
};

/// A payload type of an m= line of an RTP profile, with what belongs to it.
struct Codec {
    std::string_view fmt;  ///< in the m= line
    std::int32_t section = kSession;
    std::optional<std::uint64_t> payload_type;
    const RtpMap* rtpmap = nullptr;  ///< the first for it
    const Fmtp* fmtp = nullptr;      ///< the first for it
    /// From the rtpmap, else what RFC 3551 s6 assigns; empty and 0 if neither.
    std::string_view name;
    std::uint32_t clock_rate_hz = 0;
    std::uint32_t channels = 1;
    bool is_static_assignment = false;  ///< from RFC 3551, without rtpmap
    bool auxiliary = false;             ///< see is_auxiliary()

    bool is(std::string_view encoding) const { return equal_in_any_case(name, encoding); }
    /// rtx, red, ulpfec, flexfec, telephone-event, CN: no media of its own.
    bool is_auxiliary() const { return auxiliary; }
    const FormatParameter* parameter(std::string_view wanted) const {
        return fmtp != nullptr ? fmtp->find(wanted) : nullptr;
    }
};

/// a=rtcp-fb (RFC 4585 s4.2)
struct RtcpFeedback {
    const Attribute* attribute = nullptr;
    std::string_view format;  ///< a payload type, or "*"
    std::optional<std::uint64_t> payload_type;
    std::string_view type;       ///< "nack"
    std::string_view parameter;  ///< everything behind it: "pli"; empty for none

    bool is_wildcard() const { return format == "*"; }
};

enum class StreamDirection : std::uint8_t { None, SendReceive, SendOnly, ReceiveOnly, Inactive };

/// a=extmap (RFC 8285 s8)
struct Extmap {
    const Attribute* attribute = nullptr;
    std::int32_t section = kSession;
    Number id;
    bool has_direction = false;
    std::string_view direction;
    std::string_view uri;
    std::string_view attributes;  ///< behind the URI; empty for none
};

/// a=ssrc (RFC 5576 s4.1)
struct Ssrc {
    const Attribute* attribute = nullptr;
    Number id;
    std::string_view name;  ///< "cname"
    bool has_value = false;
    std::string_view value;
};

/// a=ssrc-group (RFC 5576 s4.2)
struct SsrcGroup {
    const Attribute* attribute = nullptr;
    std::string_view semantics;
    std::span<const std::string_view> ssrcs;
};

/// a=msid (RFC 8830 s2)
struct Msid {
    const Attribute* attribute = nullptr;
    std::string_view id;
    std::string_view appdata;  ///< empty for none
    std::uint32_t field_count = 0;
};

/// a=rid (RFC 8851 s10)
struct Rid {
    const Attribute* attribute = nullptr;
    std::string_view id;
    std::string_view direction;      ///< "send", "recv", or what stands there
    std::string_view restrictions;   ///< the whole rest: "pt=96,97;max-width=1280"
    std::string_view payload_types;  ///< the value of pt=; empty for none
};

/// One rid-id of a=simulcast, in order.
struct SimulcastStream {
    std::string_view rid;        ///< without '~'
    bool paused = false;         ///< has a '~'
    bool is_send = false;        ///< which of the two lists
    std::uint32_t position = 0;  ///< which stream of its list; alternatives share it
};

/// a=simulcast (RFC 8853 s5.1)
struct Simulcast {
    const Attribute* attribute = nullptr;
    std::span<const SimulcastStream> streams;
    std::string_view send;  ///< the list behind "send"; empty for none
    std::string_view recv;
    bool is_well_formed = false;  ///< one or two of "send LIST", "recv LIST", and nothing else

    std::uint32_t stream_count(bool of_send) const;
};

/// Whether Codec::is_auxiliary() holds for codecs of that name.
bool is_auxiliary_encoding(std::string_view encoding);

/// What RFC 3551 s6 assigns.
struct StaticPayloadType {
    std::uint8_t payload_type;
    std::string_view encoding;
    std::uint32_t clock_rate_hz;
    std::uint32_t channels;
};
/// nullptr for one that is not assigned.
const StaticPayloadType* static_payload_type(std::uint64_t payload_type);

/// None for an attribute that is no direction.
constexpr StreamDirection direction_from(Attr attribute) {
    switch (attribute) {
        case Attr::Sendrecv:
            return StreamDirection::SendReceive;
        case Attr::Sendonly:
            return StreamDirection::SendOnly;
        case Attr::Recvonly:
            return StreamDirection::ReceiveOnly;
        case Attr::Inactive:
            return StreamDirection::Inactive;
        default:
            return StreamDirection::None;
    }
}
/// "sendrecv"; empty for None.
std::string_view to_string(StreamDirection direction);

/// Only behind m= ... of a section: the protocol's properties.
void classify_proto(MediaLine& media);
MediaKind media_kind(std::string_view media);

// One line's worth. Lists that a view refers to are appended to `tokens` and the like; the builder
// lets the view refer to them when they will not move any more.
MediaLine parse_media_line(std::string_view value, std::vector<std::string_view>& tokens);
Origin parse_origin(std::string_view value);
Connection parse_connection(std::string_view value);
Bandwidth parse_bandwidth(std::string_view value);
Group parse_group(const Attribute& attribute, std::vector<std::string_view>& tokens);
Candidate parse_candidate(const Attribute& attribute, std::vector<CandidateExtension>& extensions);
Fingerprint parse_fingerprint(const Attribute& attribute);
RtpMap parse_rtpmap(const Attribute& attribute);
Fmtp parse_fmtp(const Attribute& attribute, std::vector<FormatParameter>& parameters);
RtcpFeedback parse_rtcp_feedback(const Attribute& attribute);
Extmap parse_extmap(const Attribute& attribute);
Ssrc parse_ssrc(const Attribute& attribute);
SsrcGroup parse_ssrc_group(const Attribute& attribute, std::vector<std::string_view>& tokens);
Msid parse_msid(const Attribute& attribute);
Rid parse_rid(const Attribute& attribute);
Simulcast parse_simulcast(const Attribute& attribute, std::vector<SimulcastStream>& streams);

}  // namespace portolan::sdp
