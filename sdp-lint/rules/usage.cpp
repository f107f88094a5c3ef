#include "sdp-lint/rules/usage.hpp"

#include <algorithm>
#include <optional>

namespace portolan::lint {

namespace {

std::optional<std::string_view> setup_of(const Description& description) {
    const sdp::Attribute* const setup = description.first_setup();
    if (setup == nullptr) return std::nullopt;
    return setup->value;
}

/// Messages through relays: the relay has a certificate that others vouch for. Between endpoints
/// fingerprints are wanted (RFC 4975 s14.4).
bool is_relayed_msrp(const Section& section) {
    if (!sdp::equal_in_any_case(section.media.proto, "TCP/TLS/MSRP")) return false;
    const sdp::Attribute* const path = section.find(Attr::Path);
    return path != nullptr && sdp::count_words(path->value) > 1;
}

}  // namespace

bool is_offer_like(const Description& description) {
    if (description.kind() != sdp::DescriptionKind::Unknown) {
        return description.kind() == sdp::DescriptionKind::Offer;
    }
    return setup_of(description) == "actpass";
}

bool is_answer_like(const Description& description) {
    if (description.kind() != sdp::DescriptionKind::Unknown) {
        return description.kind() == sdp::DescriptionKind::Answer;
    }
    const auto setup = setup_of(description);
    return setup == "active" || setup == "passive";
}

bool is_bundle_only(const Section& section) {
    return !section.is_session() && section.has(Attr::BundleOnly) && section.media.port.value == 0U;
}

bool needs_dtls(const Section& section, Profile profile) {
    if (section.is_rejected() || is_bundle_only(section)) return false;
    const sdp::MediaLine& media = section.media;
    if (media.is_dtls) return !is_relayed_msrp(section);
    return is_webrtc(profile) && (media.is_rtp || media.is_sctp);
}

bool needs_ice(const Description& description, const Section& section, Profile profile) {
    if (section.is_rejected() || is_bundle_only(section)) return false;
    if (is_webrtc(profile)) {
        return section.media.is_rtp || section.media.is_sctp || section.media.is_dtls;
    }
    return description.uses_ice();
}

bool has_escaped_line_ends(const Description& description) {
    if (description.lines().size() != 1) return false;
    const std::string_view text = description.text();
    return text.find("\\r\\n") != std::string_view::npos ||
           text.find("\\no=") != std::string_view::npos;
}

Wrapping wrapping_of(const Description& description) {
    if (has_escaped_line_ends(description)) return Wrapping::EscapedLineEnds;
    const auto lines = description.lines();
    const auto first = std::find_if(lines.begin(), lines.end(), [](const sdp::Line& line) {
        return !sdp::trim(line.text).empty();
    });
    if (first == lines.end()) return Wrapping::None;
    const auto rest = std::span(lines).subspan(static_cast<std::size_t>(first - lines.begin()));
    const auto all = [&](auto holds) {
        return rest.size() > 1 && std::all_of(rest.begin(), rest.end(), [&](const sdp::Line& line) {
                   return sdp::trim(line.text).empty() || holds(line.text);
               });
    };
    const std::string_view text = first->text;
    if (text.ends_with('>') && all([](std::string_view line) {
            return line.ends_with("<br>") || line.ends_with("<br/>") || line.ends_with("<br />");
        })) {
        return Wrapping::Html;
    }
    const std::size_t at = text.find("v=0");
    if (at == 0 || at == std::string_view::npos) return Wrapping::None;
    const std::string_view before = text.substr(0, at);
    if (sdp::trim(before).empty()) {
        return all([&](std::string_view line) { return line.starts_with(before); })
                   ? Wrapping::Indented
                   : Wrapping::None;
    }
    // Times differ from line to line, their lengths do not.
    return before.size() > 2 && all([&](std::string_view line) {
               return line.size() > at + 1 && line[at + 1] == '=';
           })
               ? Wrapping::Log
               : Wrapping::None;
}

bool is_recognisable(const Description& description) {
    if (wrapping_of(description) != Wrapping::None) return false;
    constexpr std::string_view kLetters = "vosiuepcbtrzkam";
    std::size_t known_count = 0;
    std::size_t line_count = 0;
    for (const sdp::Line& line : description.lines()) {
        if (sdp::trim(line.text).empty()) continue;
        ++line_count;
        if (line.type == 'v') return true;
        const std::string_view text = sdp::trim_left(line.text);
        if (text.size() >= 2 && text[1] == '=' && kLetters.find(text[0]) != kLetters.npos) {
            ++known_count;
        }
    }
    return known_count > 0 && 2 * known_count >= line_count;
}

}  // namespace portolan::lint
