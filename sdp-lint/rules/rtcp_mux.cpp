#include <algorithm>
#include <array>

#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/registry.hpp"
#include "sdp-lint/rules/say.hpp"
#include "sdp-lint/rules/usage.hpp"

namespace portolan::lint {

namespace {

using sdp::Attribute;

/// RFC 5761 s4 (MUST NOT): on a shared port those look like RTCP, so the section cannot just be
/// given one.
bool can_share_port(const Section& section) {
    return std::none_of(section.codecs.begin(), section.codecs.end(), [](const sdp::Codec& codec) {
        return codec.payload_type && *codec.payload_type >= 64 && *codec.payload_type <= 95;
    });
}

/// MX001
void mux_only(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        const Attribute* const only = section.find(Attr::RtcpMuxOnly);
        if (only == nullptr || description.find_transport(section, Attr::RtcpMux) != nullptr) {
            continue;
        }
        Draft draft = reporter.report(Code::MX001, only->name, "there is no a=rtcp-mux beside it");
        if (!can_share_port(section)) continue;
        draft.fix("add a=rtcp-mux",
                  insert_line_after(description, description.line_of(*only), "a=rtcp-mux"));
    }
}

/// MX002, MX003
void rtcp_attribute(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        const auto media_port = section.media.port.value;
        section.each(Attr::Rtcp, [&](const Attribute& attribute) {
            if (sdp::trim(attribute.value).empty()) return;  // SY014
            sdp::Cursor cursor(attribute.value);
            const sdp::Number port = sdp::number_of(cursor.word());
            if (!sdp::is_digits(port.text) || !port.value || *port.value > sdp::kMaxPort) {
                reporter.report(Code::MX002, port.text,
                                quoted(port.text) + " is not a port number");
                return;
            }
            const std::string_view rest = sdp::trim(cursor.rest());
            if (!rest.empty()) {
                sdp::Cursor fields(rest);
                const std::string_view nettype = fields.word();
                const std::string_view addrtype = fields.word();
                const sdp::Address address = sdp::parse_address(fields.word());
                const bool is_other_family =
                    (addrtype == "IP4" && address.kind == sdp::AddressKind::IPv6) ||
                    (addrtype == "IP6" && address.kind == sdp::AddressKind::IPv4);
                if (sdp::count_words(rest) != 3 || !sdp::is_token(nettype) || is_other_family ||
                    address.kind == sdp::AddressKind::Malformed) {
                    reporter.report(
                        Code::MX002, rest,
                        quoted(rest) + " is not network type, address type and address");
                    return;
                }
            }
            if (section.has(Attr::RtcpMuxOnly) && media_port && *media_port != 0 &&
                *media_port != *port.value) {
                reporter
                    .report(Code::MX003, port.text,
                            "port " + std::string(port.text) + " for RTCP, but RTP has port " +
                                std::string(section.media.port.text))
                    .related(section.media.port.text, "the port of RTP");
            }
        });
    }
}

/// MX004
void reduced_size(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        const Attribute* const reduced = section.find(Attr::RtcpRsize);
        if (reduced == nullptr || !section.media.is_rtp || section.media.is_feedback ||
            section.is_rejected()) {
            continue;
        }
        reporter
            .report(Code::MX004, reduced->name,
                    quoted(section.media.proto) + " is no feedback profile")
            .related(section.media.proto, "the profile");
    }
}

/// MX005. Bundled sections are BU013's, which is an error in every profile.
void mux_missing(const Description& description, Reporter& reporter) {
    if (!is_webrtc(reporter.profile())) return;
    for (const Section& section : description.sections()) {
        if (!section.media.is_rtp || section.is_rejected() || is_bundle_only(section) ||
            description.is_bundled(section) || section.has(Attr::RtcpMux) ||
            section.has(Attr::RtcpMuxOnly)) {
            continue;
        }
        Draft draft = reporter.report(Code::MX005, description.head_of(section),
                                      "the section has no a=rtcp-mux line");
        if (!can_share_port(section)) continue;
        draft.fix("add a=rtcp-mux", append_line(description, section, "a=rtcp-mux"));
    }
}

}  // namespace

std::span<const Rule> rtcp_mux_rules() {
    static constexpr std::array kRules{
        Rule(Code::MX001, mux_only),
        Rule({Code::MX002, Code::MX003}, rtcp_attribute),
        Rule(Code::MX004, reduced_size),
        Rule(Code::MX005, mux_missing),
    };
    return kRules;
}

}  // namespace portolan::lint
