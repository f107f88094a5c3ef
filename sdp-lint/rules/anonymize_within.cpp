#include "sdp-lint/rules/anonymize_within.hpp"

#include <algorithm>

#include "sdp-lint/sdp/address.hpp"
#include "sdp-lint/sdp/text.hpp"

namespace portolan::lint {

namespace {

using sdp::Attr;

/// "ntp.example.com:123", "[2001:db8::1]:123", "192.0.2.1"
void add_server(std::string_view text, std::vector<Secret>& out) {
    // "/traceable/" names nobody.
    if (text.empty() || text.front() == '/') return;
    std::string_view host = text;
    if (host.front() == '[') {
        host = host.substr(1, std::min(host.find(']'), host.size()) - 1);
    } else if (std::count(host.begin(), host.end(), ':') == 1) {
        host = host.substr(0, host.find(':'));
    }
    if (host.empty()) return;
    const bool is_address = sdp::parse_address(host).is_numeric();
    out.push_back({host, is_address ? SecretKind::Address : SecretKind::Host});
}

/// "IEEE1588-2008:39-A7-94-FF-FE-07-CB-D0:domain-name=studio"
void add_grandmaster(std::string_view text, std::vector<Secret>& out) {
    std::size_t at = 0;
    for (const std::string_view part : sdp::split(text, ':')) {
        if (at++ == 0 || part == "traceable") continue;
        const std::size_t equals = part.find('=');
        if (equals == part.npos) {
            if (at == 2) out.push_back({part, SecretKind::Hex});
        } else if (!sdp::is_digits(part.substr(equals + 1))) {
            out.push_back({part.substr(equals + 1), SecretKind::Token});
        }
    }
}

void add_reference(std::string_view value, std::vector<Secret>& out) {
    const std::size_t equals = value.find('=');
    if (equals == value.npos) return;
    const std::string name = sdp::lower_of(value.substr(0, equals));
    const std::string_view text = value.substr(equals + 1);
    if (name == "ntp") {
        add_server(text, out);
    } else if (name == "ptp") {
        add_grandmaster(text, out);
    } else if (name == "localmac") {
        out.push_back({text, SecretKind::Hex});
    } else if (!text.empty()) {
        out.push_back({text, SecretKind::Token});
    }
}

void add_media_clock(std::string_view word, std::vector<Secret>& out) {
    const std::size_t equals = word.find('=');
    if (equals == word.npos) return;
    const std::string name = sdp::lower_of(word.substr(0, equals));
    std::string_view text = word.substr(equals + 1);
    if (name == "ieee1722") {
        out.push_back({text, SecretKind::Hex});
    } else if (name == "id") {
        if (text.starts_with("src:")) text.remove_prefix(4);
        out.push_back({text, SecretKind::Token});
    }
}

}  // namespace

std::optional<sdp::Attribute> attribute_within(const sdp::Attribute& attribute) {
    std::string_view text = sdp::trim(attribute.value);
    switch (attribute.id) {
        case Attr::Acap: {
            sdp::Cursor cursor(text);
            cursor.word();
            text = sdp::trim(cursor.rest());
            break;
        }
        case Attr::Cpar:
        case Attr::Cparmin:
        case Attr::Cparmax:
            if (!text.starts_with("a=")) return std::nullopt;
            text.remove_prefix(2);
            break;
        default:
            return std::nullopt;
    }
    if (text.empty()) return std::nullopt;
    sdp::Attribute inner = attribute;
    const std::size_t colon = std::min(text.find(':'), text.size());
    inner.name = text.substr(0, colon);
    inner.has_value = colon < text.size();
    inner.value = text.substr(inner.has_value ? colon + 1 : colon);
    inner.id = sdp::find_attribute(inner.name);
    return inner;
}

bool holds_unknown(const sdp::Attribute& attribute) {
    const auto inner = attribute_within(attribute);
    return inner && inner->id == Attr::Unknown && inner->has_value;
}

std::vector<Secret> find_clocks(const sdp::Attribute& attribute) {
    std::vector<Secret> out;
    if (attribute.id == Attr::TsRefclk) add_reference(sdp::trim(attribute.value), out);
    if (attribute.id == Attr::Mediaclk) {
        for (const std::string_view word : sdp::words(attribute.value))
            add_media_clock(word, out);
    }
    return out;
}

bool is_around_description(std::string_view line) {
    const bool is_quoted = line.find('{') != line.npos && line.find('"') != line.npos;
    return is_quoted || line.find("\\n") != line.npos || line.find("\\r") != line.npos;
}

}  // namespace portolan::lint
