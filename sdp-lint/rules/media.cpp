#include <algorithm>
#include <array>

#include "sdp-lint/rules/doubles.hpp"
#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/registry.hpp"
#include "sdp-lint/rules/say.hpp"
#include "sdp-lint/rules/usage.hpp"

namespace portolan::lint {

namespace {

using sdp::Attribute;

constexpr std::uint64_t kMaxPayloadType = 127;

/// The IANA registry "proto" (RFC 8866 s8.2.3).
constexpr std::array<std::string_view, 47> kProtocols{
    "RTP/AVP",
    "RTP/AVPF",
    "RTP/SAVP",
    "RTP/SAVPF",
    "udp",
    "vat",
    "rtp",
    "udptl",
    "UDPTL",
    "TCP",
    "TCP/RTP/AVP",
    "TCP/RTP/AVPF",
    "TCP/RTP/SAVP",
    "TCP/RTP/SAVPF",
    "TCP/TLS",
    "TCP/TLS/RTP/AVP",
    "TCP/TLS/RTP/AVPF",
    "TCP/DTLS/RTP/SAVP",
    "TCP/DTLS/RTP/SAVPF",
    "UDP/TLS/RTP/SAVP",
    "UDP/TLS/RTP/SAVPF",
    "UDP/DTLS/SCTP",
    "TCP/DTLS/SCTP",
    "UDP/TLS/UDPTL",
    "PSTN",
    "TCP/BFCP",
    "TCP/TLS/BFCP",
    "TCP/DTLS/BFCP",
    "UDP/BFCP",
    "UDP/TLS/BFCP",
    "TCP/WS/BFCP",
    "TCP/WSS/BFCP",
    "TCP/MSRP",
    "TCP/TLS/MSRP",
    "TCP/MRCPv2",
    "TCP/TLS/MRCPv2",
    "DCCP",
    "DCCP/RTP/AVP",
    "DCCP/RTP/AVPF",
    "DCCP/RTP/SAVP",
    "DCCP/RTP/SAVPF",
    "DCCP/TLS/RTP/SAVP",
    "DCCP/TLS/RTP/SAVPF",
    "FLUTE/UDP",
    "FEC/UDP",
    "UDP/FEC",
    "UDP/MBMS-REPAIR",
};
/// Of multicast services, with the RTP profile behind it.
constexpr std::string_view kMulticastFec = "UDP/MBMS-FEC/RTP/";
/// Of old drafts: SC005's.
constexpr std::array<std::string_view, 2> kDraftProtocols{"DTLS/SCTP", "SCTP/DTLS"};

bool is_registered(std::string_view proto) {
    return std::find(kProtocols.begin(), kProtocols.end(), proto) != kProtocols.end() ||
           proto.starts_with(kMulticastFec);
}

/// ME013
void protocol(const sdp::MediaLine& media, Reporter& reporter) {
    const std::string_view proto = media.proto;
    const bool is_draft =
        std::find(kDraftProtocols.begin(), kDraftProtocols.end(), proto) != kDraftProtocols.end();
    // With a field too many or too few this is none of it.
    if (proto.empty() || !sdp::is_digits(media.port.text) || is_registered(proto) || is_draft)
        return;
    const auto* const meant =
        std::find_if(kProtocols.begin(), kProtocols.end(),
                     [&](std::string_view each) { return sdp::equal_in_any_case(each, proto); });
    if (meant == kProtocols.end()) {
        reporter.report(Code::ME013, proto, quoted(proto) + " is no registered protocol");
        return;
    }
    reporter
        .report(Code::ME013, proto, quoted(proto) + " is not " + quoted(*meant) + ": case matters")
        .fix("write " + std::string(*meant), replace(proto, std::string(*meant)));
}

/// ME001 to ME005, ME013
void fields(const Description& description, Reporter& reporter) {
    const bool is_browser = reporter.profile() == Profile::WebRtc;
    for (const Section& section : description.sections()) {
        const sdp::MediaLine& media = section.media;
        const std::string_view line = description.media_line(section).value();
        if (media.media.empty() || media.port.text.empty() || media.proto.empty() ||
            media.fmts.empty()) {
            const std::string_view missing = media.media.empty()       ? "media type"
                                             : media.port.text.empty() ? "port"
                                             : media.proto.empty()     ? "protocol"
                                                                       : "format";
            reporter.report(Code::ME001, sdp::end_of(line),
                            "the m= line has no " + std::string(missing));
        }
        if (!media.port.text.empty()) {
            if (!sdp::is_digits(media.port.text)) {
                reporter.report(Code::ME002, media.port.text,
                                quoted(media.port.text) + " is not a port number");
            } else if (!media.port.value || *media.port.value > sdp::kMaxPort) {
                reporter.report(Code::ME003, media.port.text,
                                quoted(media.port.text) + " is above 65535");
            }
        }
        if (media.has_port_count) {
            const std::string_view count =
                sdp::span_of(sdp::end_of(media.port.text), media.port_count.text);
            reporter.report(Code::ME004, count, "the section asks for several ports")
                .fix("remove the count", erase(count));
        }
        protocol(media, reporter);
        if (!media.media.empty() && media.kind == sdp::MediaKind::Other) {
            reporter.report(Code::ME005, media.media,
                            quoted(media.media) + " is no registered media type");
        } else if (is_browser && !media.media.empty() && media.kind != sdp::MediaKind::Audio &&
                   media.kind != sdp::MediaKind::Video &&
                   media.kind != sdp::MediaKind::Application) {
            reporter.report(Code::ME005, media.media,
                            "browsers have no use for " + quoted(media.media));
        }
    }
}

/// ME006
void profile_without_dtls(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        const bool is_heard_or_seen = section.media.kind == sdp::MediaKind::Audio ||
                                      section.media.kind == sdp::MediaKind::Video;
        const bool is_meant =
            section.media.is_rtp || (is_heard_or_seen && is_registered(section.media.proto));
        if (!is_meant || section.media.is_dtls || section.is_rejected() ||
            description.fingerprints_for(section).empty()) {
            continue;
        }
        Draft draft = reporter.report(
            Code::ME006, section.media.proto,
            quoted(section.media.proto) + " has no DTLS, but there is a fingerprint");
        draft.related(description.fingerprints_for(section).front().attribute->name,
                      "the fingerprint");
        // RFC 8829 s5.1.2 (MUST): an answer repeats the offer's.
        if (is_offer_like(description)) {
            draft.fix("write UDP/TLS/RTP/SAVPF", replace(section.media.proto, "UDP/TLS/RTP/SAVPF"));
        }
    }
}

/// Whether some format may be listed twice: a payload type is, or there is a format that is none.
bool may_have_doubles(const Section& section) {
    return section.codecs.size() != section.media.fmts.size() ||
           std::any_of(section.codecs.begin(), section.codecs.end(), [](const sdp::Codec& codec) {
               return !codec.payload_type || *codec.payload_type > kMaxPayloadType;
           });
}

/// ME007, ME008, ME009
void formats(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        const sdp::MediaLine& media = section.media;
        if (may_have_doubles(section)) {
            find_doubles(
                media.fmts, [](std::string_view fmt) { return fmt; },
                [&](std::string_view first, std::string_view again) {
                    // With the blank before it.
                    const std::string_view with_blank{again.data() - 1, again.size() + 1};
                    reporter.report(Code::ME007, again, quoted(again) + " is listed twice")
                        .related(first, "the first time")
                        .fix("remove it", erase(with_blank));
                });
        }
        if (!media.is_rtp) continue;
        const bool has_mux = description.find_transport(section, Attr::RtcpMux) != nullptr;
        for (const std::string_view fmt : media.fmts) {
            const auto value = sdp::parse_number(fmt);
            if (!value || *value > kMaxPayloadType) {
                reporter.report(Code::ME008, fmt,
                                quoted(fmt) + " is no payload type, which is 0 to 127");
            } else if (has_mux && *value >= 64 && *value <= 95) {
                // RFC 5761 s4 (MUST NOT)
                reporter.report(Code::ME009, fmt,
                                "payload type " + std::string(fmt) +
                                    " looks like an RTCP packet on a shared port");
            }
        }
    }
}

/// ME010
void directions(const Description& description, Reporter& reporter) {
    const auto check = [&](const Section& section) {
        constexpr std::array kDirections{Attr::Sendrecv, Attr::Sendonly, Attr::Recvonly,
                                         Attr::Inactive};
        std::size_t kind_count = 0;
        for (const Attr direction : kDirections)
            kind_count +=
                (section.has(direction) ? 1U : 0U) + (section.repeats(direction) ? 1U : 0U);
        if (kind_count < 2) return;
        const Attribute* first = nullptr;
        for (const Attribute& attribute : section.attributes) {
            if (attribute.id != Attr::Sendrecv && attribute.id != Attr::Sendonly &&
                attribute.id != Attr::Recvonly && attribute.id != Attr::Inactive) {
                continue;
            }
            if (first == nullptr) {
                first = &attribute;
                continue;
            }
            reporter
                .report(Code::ME010, attribute.name,
                        quoted(attribute.name) + " comes after " + quoted(first->name))
                .related(first->name, "the first direction")
                .fix("remove the line", erase_line(description, attribute));
        }
    };
    check(description.session());
    for (const Section& section : description.sections())
        check(section);
}

/// ME011
void second_mid(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        const Attribute* const first = section.find(Attr::Mid);
        section.each(Attr::Mid, [&](const Attribute& attribute) {
            if (&attribute == first) return;
            // The same line twice is ME012.
            if (attribute.value == first->value) return;
            reporter
                .report(Code::ME011, attribute.value,
                        "a second mid; the section is called " + quoted(first->value))
                .related(first->value, "the first mid")
                .fix("remove the line", erase_line(description, attribute));
        });
    }
}

bool may_stand_once(const sdp::AttributeRow& row) {
    switch (row.attribute) {
        case Attr::Sendrecv:
        case Attr::Sendonly:
        case Attr::Recvonly:
        case Attr::Inactive:
        case Attr::Simulcast:
        // RFC 8839 s5.2 writes one line for each component.
        case Attr::RemoteCandidates:
            return false;
        default:
            return row.occurs == sdp::Occurs::Once;
    }
}

/// ME012
void attributes_once(const Description& description, Reporter& reporter) {
    static const sdp::AttributeSet kOnce = sdp::attributes_that(may_stand_once);
    const auto check = [&](const Section& section) {
        const sdp::AttributeSet wrong = section.repeated() & kOnce;
        if (wrong.none()) return;
        for (const Attribute& attribute : section.attributes) {
            if (!wrong.test(static_cast<std::size_t>(attribute.id))) continue;
            if (attribute.id == Attr::Mid && attribute.value != section.value(Attr::Mid)) continue;
            const Attribute* const earlier = section.find(attribute.id);
            if (earlier == &attribute) continue;
            reporter
                .report(Code::ME012, attribute.name,
                        "a second " + quoted(attribute.name) + " in one section")
                .related(earlier->name, "the first one")
                .fix("remove the line", erase_line(description, attribute));
        }
    };
    check(description.session());
    for (const Section& section : description.sections())
        check(section);
}

}  // namespace

std::span<const Rule> media_rules() {
    static constexpr std::array kRules{
        Rule({Code::ME001, Code::ME002, Code::ME003, Code::ME004, Code::ME005, Code::ME013},
             fields),
        Rule(Code::ME006, profile_without_dtls),
        Rule({Code::ME007, Code::ME008, Code::ME009}, formats),
        Rule(Code::ME010, directions),
        Rule(Code::ME011, second_mid),
        Rule(Code::ME012, attributes_once),
    };
    return kRules;
}

}  // namespace portolan::lint
