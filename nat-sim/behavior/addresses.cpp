#include "nat-sim/behavior/addresses.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

namespace portolan::nat {
namespace {

std::optional<Ipv4> read_dotted(std::string_view text) {
    Ipv4 address;
    for (int part = 0; part < 4; ++part) {
        const auto dot = text.find('.');
        const auto digits = text.substr(0, dot);
        if ((dot == std::string_view::npos) != (part == 3)) return std::nullopt;
        if (digits.empty() || digits.size() > 3 || (digits.size() > 1 && digits[0] == '0')) {
            return std::nullopt;
        }
        unsigned value = 0;
        const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (end.ptr != digits.data() + digits.size() || value > 255) return std::nullopt;
        address.value = address.value << 8 | value;
        if (part < 3) text.remove_prefix(dot + 1);
    }
    return address;
}

/// RFC 4291 s2.2, all three forms.
std::optional<Ipv6> read_colons(std::string_view text) {
    std::array<std::uint16_t, 8> fields{};
    std::size_t count = 0;
    std::optional<std::size_t> gap;
    if (text.substr(0, 2) == "::") {
        gap = 0;
        text.remove_prefix(2);
    }
    while (!text.empty()) {
        const auto colon = text.find(':');
        const auto word = text.substr(0, colon);
        if (colon == std::string_view::npos && word.find('.') != std::string_view::npos) {
            const auto tail = read_dotted(word);
            if (!tail || count > 6) return std::nullopt;
            fields[count++] = static_cast<std::uint16_t>(tail->value >> 16);
            fields[count++] = static_cast<std::uint16_t>(tail->value);
            break;
        }
        unsigned value = 0;
        const auto end = std::from_chars(word.data(), word.data() + word.size(), value, 16);
        if (word.empty() || word.size() > 4 || count == 8 || end.ptr != word.data() + word.size()) {
            return std::nullopt;
        }
        fields[count++] = static_cast<std::uint16_t>(value);
        if (colon == std::string_view::npos) break;
        text.remove_prefix(colon + 1);
        if (text.empty()) return std::nullopt;
        if (text[0] != ':') continue;
        if (gap) return std::nullopt;
        gap = count;
        text.remove_prefix(1);
    }
    if (gap ? count > 7 : count != 8) return std::nullopt;
    Ipv6 address;
    for (std::size_t n = 0; n < count; ++n) {
        const std::size_t at = gap && n >= *gap ? 8 - count + n : n;
        address.bytes[2 * at] = static_cast<std::uint8_t>(fields[n] >> 8);
        address.bytes[2 * at + 1] = static_cast<std::uint8_t>(fields[n]);
    }
    return address;
}

}  // namespace

bool Ipv4Prefix::contains(Ipv4 other) const {
    if (length_bits == 0) return true;
    return ((address.value ^ other.value) >> (32 - length_bits)) == 0;
}

bool Ipv6Prefix::contains(const Ipv6& other) const {
    const std::size_t whole = length_bits / 8;
    if (std::memcmp(address.bytes.data(), other.bytes.data(), whole) != 0) return false;
    const unsigned rest = length_bits % 8;
    if (rest == 0) return true;
    return ((address.bytes[whole] ^ other.bytes[whole]) >> (8 - rest)) == 0;
}

Result<Ipv4> parse_ipv4(std::string_view text) {
    if (const auto address = read_dotted(text)) return *address;
    return Error{Culprit::Usage, "nat.address", "\"" + std::string(text) + "\" is no IPv4 address"};
}

Result<Ipv6> parse_ipv6(std::string_view text) {
    if (const auto address = read_colons(text)) return *address;
    return Error{Culprit::Usage, "nat.address", "\"" + std::string(text) + "\" is no IPv6 address"};
}

std::string to_string(Ipv4 address) {
    std::string text;
    for (int shift = 24; shift >= 0; shift -= 8) {
        text += std::to_string(address.value >> shift & 0xFF);
        if (shift != 0) text += '.';
    }
    return text;
}

/// RFC 5952 s4: no leading zeros, lower case, the longest run of two or more zero fields is "::".
std::string to_string(const Ipv6& address) {
    const auto field = [&](std::size_t n) {
        return static_cast<unsigned>(address.bytes[2 * n] << 8 | address.bytes[2 * n + 1]);
    };
    std::size_t run_at = 8;
    std::size_t run = 1;
    for (std::size_t at = 0; at < 8; ++at) {
        std::size_t end = at;
        while (end < 8 && field(end) == 0)
            ++end;
        if (end - at > run) {
            run_at = at;
            run = end - at;
        }
    }
    std::string text;
    for (std::size_t n = 0; n < 8;) {
        if (n == run_at) {
            text += "::";
            n += run;
            continue;
        }
        if (!text.empty() && text.back() != ':') text += ':';
        std::array<char, 8> hex{};
        const auto end = std::to_chars(hex.data(), hex.data() + hex.size(), field(n), 16);
        text.append(hex.data(), end.ptr);
        ++n;
    }
    return text;
}

}  // namespace portolan::nat
