#include "probe/transport/server_uri.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "reports/model/ascii.hpp"

namespace portolan::transport {
namespace {

// RFC 1035 s2.3.4
constexpr std::size_t kMaxHostBytes = 253;
constexpr std::size_t kMaxLabelBytes = 63;

struct SchemeRow {
    std::string_view name;
    ServerScheme scheme;
};
constexpr SchemeRow kSchemes[] = {
    {"stun", ServerScheme::Stun},
    {"stuns", ServerScheme::Stuns},
    {"turn", ServerScheme::Turn},
    {"turns", ServerScheme::Turns},
};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

Error wrong(std::string code, std::size_t offset, const std::string& message,
            std::string hint = {}) {
    return {.culprit = Culprit::Usage,
            .code = "uri." + std::move(code),
            .message = "server URI, byte " + std::to_string(offset) + ": " + message,
            .byte_offset = offset,
            .hint = std::move(hint)};
}

// The text from a position on. Everything that reads from it moves it forward.
struct Cursor {
    std::string_view text;
    std::size_t position = 0;

    [[nodiscard]] std::string_view rest() const { return text.substr(position); }
    [[nodiscard]] bool at_end() const { return position == text.size(); }
    bool skip(char c) {
        if (at_end() || text[position] != c) return false;
        ++position;
        return true;
    }
};

Result<void> read_scheme(Cursor& cursor, ServerUri& uri) {
    const std::size_t colon = cursor.text.find(':');
    const std::string name =
        report::lower_of(cursor.text.substr(0, std::min(colon, cursor.text.size())).substr(0, 16));
    const auto* row = std::ranges::find(kSchemes, std::string_view(name), &SchemeRow::name);
    if (colon == std::string_view::npos || row == std::end(kSchemes)) {
        return wrong("scheme", 0, "it has to start with stun:, stuns:, turn: or turns:",
                     "for example stun:stun.example.org:3478");
    }
    uri.scheme = row->scheme;
    uri.port = uri.is_secure() ? kStunsPort : kStunPort;
    uri.transport = uri.is_secure() ? ServerTransport::Tcp : ServerTransport::Udp;
    cursor.position = colon + 1;
    if (cursor.rest().starts_with("//")) {
        return wrong("slashes", cursor.position, "there is no \"//\" in these URIs",
                     "leave the slashes out (RFC 7064 s3.1, RFC 7065 s3.1)");
    }
    return {};
}

Result<void> read_ipv6(Cursor& cursor, ServerUri& uri) {
    const std::size_t start = cursor.position;
    const std::size_t close = cursor.text.find(']', start);
    if (close == std::string_view::npos) {
        return wrong("host", start - 1, "\"[\" without \"]\"");
    }
    const std::string_view inside = cursor.text.substr(start, close - start);
    if (const std::size_t percent = inside.find('%'); percent != std::string_view::npos) {
        return wrong("host", start + percent, "a zone is not allowed in an IPv6 address here",
                     "choose the interface with an option instead");
    }
    const auto ip = IpAddress::parse(inside);
    if (inside.find(':') == std::string_view::npos || !ip) {
        return wrong("host", start, "not an IPv6 address between the brackets");
    }
    uri.host = report::lower_of(inside);
    cursor.position = close + 1;
    return {};
}

Result<void> check_label(std::string_view label, std::size_t offset, bool is_last) {
    // One dot at the very end makes a name absolute.
    if (label.empty() && is_last) return {};
    if (label.empty()) return wrong("host", offset, "an empty label in the host name");
    if (label.size() > kMaxLabelBytes) {
        return wrong("host", offset, "a label of the host name is longer than 63 characters");
    }
    return {};
}

Result<void> check_labels(std::string_view host, std::size_t offset) {
    std::size_t start = 0;
    while (true) {
        const std::size_t dot = std::min(host.find('.', start), host.size());
        const bool is_last = dot == host.size();
        auto checked =
            check_label(host.substr(start, dot - start), offset + start, is_last && start != 0);
        if (!checked || is_last) return checked;
        start = dot + 1;
    }
}

// The two mistakes that would otherwise be reported as a wrong port.
Result<void> check_authority(const Cursor& cursor) {
    const std::string_view authority = cursor.rest().substr(0, cursor.rest().find('?'));
    if (const std::size_t at = authority.find('@'); at != std::string_view::npos) {
        return wrong("userinfo", cursor.position + at,
                     "user names and passwords do not belong into the URI",
                     "put them into the file of --ice-servers");
    }
    if (std::ranges::count(authority, ':') > 1) {
        return wrong("host", cursor.position, "more than one \":\" without brackets",
                     "write IPv6 addresses in brackets: stun:[2001:db8::1]:3478");
    }
    return {};
}

Result<void> read_name(Cursor& cursor, ServerUri& uri) {
    if (auto checked = check_authority(cursor); !checked) return checked;
    const std::size_t start = cursor.position;
    while (!cursor.at_end() && cursor.rest().front() != ':' && cursor.rest().front() != '?') {
        const char c = cursor.rest().front();
        const std::size_t here = cursor.position;
        if (c == '%' || static_cast<unsigned char>(c) >= 0x80) {
            return wrong("host", here, "only ASCII host names are understood",
                         "write international names in their xn-- form (RFC 5890)");
        }
        if (c == '/') return wrong("path", here, "these URIs have no path");
        if (c == '#') return wrong("fragment", here, "these URIs have no fragment");
        if (!is_letter(c) && !is_digit(c) && c != '-' && c != '.' && c != '_') {
            return wrong("host", here, "this character cannot be in a host name");
        }
        ++cursor.position;
    }
    const std::string_view host = cursor.text.substr(start, cursor.position - start);
    if (host.empty()) return wrong("host", start, "the host is missing");
    if (host.size() > kMaxHostBytes) {
        return wrong("host", start, "the host name is longer than 253 characters");
    }
    if (auto checked = check_labels(host, start); !checked) return checked;
    uri.host = report::lower_of(host);
    // A name whose last label is a number is an IPv4 address or nothing (RFC 3696 s2).
    const std::string_view last = host.substr(host.rfind('.') + 1);
    if (!last.empty() && std::ranges::all_of(last, is_digit) && !IpAddress::parse(host)) {
        return wrong("host", start, "not an IPv4 address");
    }
    return {};
}

Result<void> read_port(Cursor& cursor, ServerUri& uri) {
    const std::size_t start = cursor.position;
    std::uint32_t port = 0;
    while (!cursor.at_end() && is_digit(cursor.rest().front())) {
        port = std::min<std::uint32_t>(
            port * 10 + static_cast<std::uint32_t>(cursor.rest().front() - '0'), 1'000'000);
        ++cursor.position;
    }
    if (!cursor.at_end() && cursor.rest().front() != '?') {
        return wrong("port", cursor.position, "a port is digits only");
    }
    // RFC 3986 s3.2.3: an empty port is the default one.
    if (cursor.position == start) return {};
    if (port == 0 || port > 65535) {
        return wrong("port", start, "the port has to be between 1 and 65535");
    }
    uri.port = static_cast<std::uint16_t>(port);
    uri.port_given = true;
    return {};
}

Result<void> read_query(Cursor& cursor, ServerUri& uri) {
    constexpr std::string_view kTransport = "transport=";
    if (!uri.is_turn()) {
        return wrong("query", cursor.position - 1,
                     "stun: and stuns: URIs have no query (RFC 7064 s3.1)");
    }
    if (report::lower_of(cursor.rest().substr(0, kTransport.size())) != kTransport) {
        return wrong("query", cursor.position,
                     "only \"transport=udp\" and \"transport=tcp\" can follow \"?\"");
    }
    cursor.position += kTransport.size();
    const std::string value = report::lower_of(cursor.rest().substr(0, 4));
    if (value != "udp" && value != "tcp") {
        return wrong("transport", cursor.position, "the transport has to be udp or tcp");
    }
    uri.transport = value == "udp" ? ServerTransport::Udp : ServerTransport::Tcp;
    uri.transport_given = true;
    return {};
}

}  // namespace

Result<ServerUri> ServerUri::parse(std::string_view text) {
    ServerUri uri;
    Cursor cursor{text};
    if (auto read = read_scheme(cursor, uri); !read) return read.error();
    const bool is_literal = cursor.skip('[');
    if (auto read = is_literal ? read_ipv6(cursor, uri) : read_name(cursor, uri); !read) {
        return read.error();
    }
    if (cursor.skip(':')) {
        if (auto read = read_port(cursor, uri); !read) return read.error();
    }
    if (cursor.skip('?')) {
        if (auto read = read_query(cursor, uri); !read) return read.error();
    } else if (!cursor.at_end()) {
        return wrong("host", cursor.position, "only a port or \"?\" can follow the address");
    }
    return uri;
}

std::string ServerUri::to_string() const {
    std::string out(transport::to_string(scheme));
    const bool is_literal = host.find(':') != std::string::npos;
    out += is_literal ? ":[" + host + ']' : ':' + host;
    if (port_given) out += ':' + std::to_string(port);
    if (transport_given) out += "?transport=" + std::string(transport::to_string(transport));
    return out;
}

std::string_view to_string(ServerScheme scheme) {
    const auto* row = std::ranges::find(kSchemes, scheme, &SchemeRow::scheme);
    return row->name;
}

std::string_view to_string(ServerTransport transport) {
    return transport == ServerTransport::Udp ? "udp" : "tcp";
}

}  // namespace portolan::transport
