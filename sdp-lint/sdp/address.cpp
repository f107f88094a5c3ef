#include "sdp-lint/sdp/address.hpp"

#include <algorithm>

#include "sdp-lint/sdp/text.hpp"

namespace portolan::sdp {

namespace {

bool read_ipv4(std::string_view text, std::uint8_t* octets) {
    std::size_t count = 0;
    for (const std::string_view part : split(text, '.')) {
        // RFC 3986 s3.2.2: dec-octet has no leading zeros, which some readers take for octal.
        if (count == 4 || part.empty() || part.size() > 3 || !is_digits(part)) return false;
        if (part.size() > 1 && part.front() == '0') return false;
        const auto value = parse_number(part);
        if (!value || *value > 255) return false;
        octets[count++] = static_cast<std::uint8_t>(*value);
    }
    return count == 4;
}

bool read_ipv6(std::string_view text, std::array<std::uint8_t, 16>& octets) {
    std::array<std::uint8_t, 16> head{};
    std::size_t head_count = 0;
    std::size_t gap_at = 16;
    bool has_gap = false;
    std::size_t at = 0;
    if (text.starts_with("::")) {
        has_gap = true;
        gap_at = 0;
        at = 2;
        if (text.size() == 2) {
            octets.fill(0);
            return true;
        }
    }
    while (true) {
        const std::string_view rest = text.substr(at);
        const std::size_t length = std::min(rest.find(':'), rest.size());
        const std::string_view part = rest.substr(0, length);
        if (length == rest.size() && part.find('.') != std::string_view::npos) {
            if (head_count > 12 || !read_ipv4(part, head.data() + head_count)) return false;
            head_count += 4;
            break;
        }
        if (part.empty() || part.size() > 4 || head_count > 14) return false;
        const auto value = parse_hex(part);
        if (!value) return false;
        head[head_count++] = static_cast<std::uint8_t>(*value >> 8U);
        head[head_count++] = static_cast<std::uint8_t>(*value & 0xFFU);
        at += length;
        if (at == text.size()) break;
        ++at;  // the colon
        if (at == text.size()) return false;
        if (text[at] == ':') {
            if (has_gap) return false;
            has_gap = true;
            gap_at = head_count;
            ++at;
            if (at == text.size()) break;
        }
    }
    if (has_gap ? head_count > 14 : head_count != 16) return false;
    octets.fill(0);
    if (!has_gap) {
        octets = head;
        return true;
    }
    const std::size_t tail_count = head_count - gap_at;
    std::copy_n(head.begin(), gap_at, octets.begin());
    std::copy_n(head.begin() + static_cast<std::ptrdiff_t>(gap_at), tail_count,
                octets.end() - static_cast<std::ptrdiff_t>(tail_count));
    return true;
}

AddressScope scope_of_ipv4(const std::uint8_t* o) {
    if (o[0] == 0)
        return o[1] == 0 && o[2] == 0 && o[3] == 0 ? AddressScope::Unspecified
                                                   : AddressScope::Reserved;
    if (o[0] == 127) return AddressScope::Loopback;
    if (o[0] == 169 && o[1] == 254) return AddressScope::LinkLocal;
    if (o[0] == 10 || (o[0] == 172 && (o[1] & 0xF0U) == 16) || (o[0] == 192 && o[1] == 168) ||
        (o[0] == 100 && (o[1] & 0xC0U) == 64)) {
        return AddressScope::Private;
    }
    if ((o[0] == 192 && o[1] == 0 && o[2] == 2) || (o[0] == 198 && o[1] == 51 && o[2] == 100) ||
        (o[0] == 203 && o[1] == 0 && o[2] == 113) || (o[0] == 233 && o[1] == 252 && o[2] == 0)) {
        return o[0] == 233 ? AddressScope::Multicast : AddressScope::Documentation;
    }
    if ((o[0] & 0xF0U) == 224) return AddressScope::Multicast;
    if ((o[0] & 0xF0U) == 240) return AddressScope::Reserved;
    return AddressScope::Global;
}

AddressScope scope_of_ipv6(const std::array<std::uint8_t, 16>& o) {
    const bool zero_to_14 = std::all_of(o.begin(), o.begin() + 15, [](auto b) { return b == 0; });
    if (zero_to_14 && o[15] == 0) return AddressScope::Unspecified;
    if (zero_to_14 && o[15] == 1) return AddressScope::Loopback;
    const bool is_mapped = std::all_of(o.begin(), o.begin() + 10, [](auto b) { return b == 0; }) &&
                           o[10] == 0xFF && o[11] == 0xFF;
    if (is_mapped) return scope_of_ipv4(o.data() + 12);
    if (o[0] == 0xFE && (o[1] & 0xC0U) == 0x80) return AddressScope::LinkLocal;
    if ((o[0] & 0xFEU) == 0xFC) return AddressScope::Private;
    if (o[0] == 0xFF) return AddressScope::Multicast;
    if (o[0] == 0x20 && o[1] == 0x01 && o[2] == 0x0D && o[3] == 0xB8) {
        return AddressScope::Documentation;
    }
    return AddressScope::Global;
}

/// RFC 1123 s2.1 as far as characters and lengths go; underscores, which exist, too.
bool is_host_name(std::string_view text) {
    if (text.empty() || text.size() > 253) return false;
    if (text.back() == '.') text.remove_suffix(1);
    for (const std::string_view label : split(text, '.')) {
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') {
            return false;
        }
        if (!all_of(label, [](char c) { return is_alnum(c) || c == '-' || c == '_'; })) {
            return false;
        }
    }
    // All digits and dots is an IPv4 address gone wrong.
    return std::any_of(text.begin(), text.end(), is_alpha);
}

}  // namespace

Address parse_address(std::string_view text) {
    Address address;
    address.text = text;
    if (text.find(':') != std::string_view::npos) {
        if (read_ipv6(text, address.octets)) {
            address.kind = AddressKind::IPv6;
            address.scope = scope_of_ipv6(address.octets);
        }
        return address;
    }
    if (read_ipv4(text, address.octets.data())) {
        address.kind = AddressKind::IPv4;
        address.scope = scope_of_ipv4(address.octets.data());
        return address;
    }
    if (!is_host_name(text)) return address;
    const bool is_local =
        text.size() > 6 && equal_in_any_case(text.substr(text.size() - 6), ".local");
    address.kind = is_local ? AddressKind::MulticastDns : AddressKind::Name;
    return address;
}

}  // namespace portolan::sdp
