#include "reports/redact/address_pseudonyms.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <optional>
#include <vector>

namespace portolan::redact {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// What the first bits say an address is, and where its pseudonyms come from. In order: the first
/// that fits counts.
struct Kind {
    std::string_view prefix;
    unsigned length_bits;
    /// Its own first bytes are kept as far as the pool has none; empty: the address stays.
    std::string_view pool;
};

// RFC 6890 s2.2.2, and RFC 6598 for 100.64/10.
constexpr std::array kIpv4Kinds{
    Kind{"0.0.0.0", 8, ""},
    Kind{"127.0.0.0", 8, ""},
    Kind{"224.0.0.0", 4, ""},
    Kind{"255.255.255.255", 32, ""},
    Kind{"192.0.2.0", 24, ""},
    Kind{"198.51.100.0", 24, ""},
    Kind{"203.0.113.0", 24, ""},
    Kind{"10.0.0.0", 8, "10.0.0.0"},
    Kind{"172.16.0.0", 12, "172.16.0.0"},
    Kind{"192.168.0.0", 16, "192.168.0.0"},
    Kind{"100.64.0.0", 10, "100.64.0.0"},
    Kind{"169.254.0.0", 16, "169.254.1.0"},
    Kind{"0.0.0.0", 0, "198.18.0.0"},
};

// RFC 6890 s2.2.3, and RFC 6052 for 64:ff9b::/96, whose last bytes are an IPv4 address.
constexpr std::array kIpv6Kinds{
    Kind{"::", 127, ""},         Kind{"ff00::", 8, ""},        Kind{"2001:db8::", 32, ""},
    Kind{"fc00::", 7, "fd00::"}, Kind{"fe80::", 10, "fe80::"}, Kind{"::", 0, "2001:db8::"},
};
constexpr std::array<std::string_view, 2> kEmbedding{"64:ff9b::", "::ffff:0:0"};
constexpr unsigned kEmbeddingBits = 96;

std::optional<Bytes> parsed(std::string_view text) {
    const std::string owned(text);
    Bytes bytes(16);
    if (text.find(':') != std::string_view::npos) {
        if (inet_pton(AF_INET6, owned.c_str(), bytes.data()) == 1) return bytes;
        return std::nullopt;
    }
    bytes.resize(4);
    if (inet_pton(AF_INET, owned.c_str(), bytes.data()) == 1) return bytes;
    return std::nullopt;
}

std::string printed(const Bytes& bytes) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
    return text.data();
}

bool has_prefix(const Bytes& address, std::string_view prefix, unsigned length_bits) {
    const auto wanted = parsed(prefix);
    for (unsigned bit = 0; bit < length_bits; ++bit) {
        const unsigned mask = 0x80U >> (bit % 8);
        if (((address[bit / 8] ^ (*wanted)[bit / 8]) & mask) != 0) return false;
    }
    return true;
}

template <std::size_t N>
const Kind& kind_of(const Bytes& address, const std::array<Kind, N>& kinds) {
    return *std::find_if(kinds.begin(), kinds.end() - 1, [&](const Kind& kind) {
        return has_prefix(address, kind.prefix, kind.length_bits);
    });
}

bool is_part(char c) {
    return std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == '.' || c == ':';
}

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

/// The longest front of the run that is an address. Behind it may be the end of the sentence, and
/// behind an IPv4 address a port.
std::size_t address_length(std::string_view run) {
    const std::size_t last = run.find_last_not_of(".:");
    if (last == std::string_view::npos) return 0;
    // "::" belongs to an address that ends in it.
    for (const std::size_t length : {run.size(), std::min(last + 3, run.size()), last + 1}) {
        if (parsed(run.substr(0, length))) return length;
    }
    const std::size_t colon = run.find(':');
    return colon != std::string_view::npos && parsed(run.substr(0, colon)) ? colon : 0;
}

}  // namespace

std::string AddressPseudonyms::replacement_of(const std::string& address) {
    const auto known = replacements_.find(address);
    if (known != replacements_.end()) return known->second;
    const Bytes bytes = *parsed(address);
    // Written in two ways it is still one address.
    const std::string canonical = printed(bytes);
    std::string out = canonical;
    for (const std::string_view prefix : kEmbedding) {
        if (bytes.size() != 16 || !has_prefix(bytes, prefix, kEmbeddingBits)) continue;
        const std::string inner = replacement_of(printed({bytes.end() - 4, bytes.end()}));
        Bytes replaced = bytes;
        std::ranges::copy(*parsed(inner), replaced.end() - 4);
        return replacements_[address] = printed(replaced);
    }
    if (canonical != address) return replacements_[address] = replacement_of(canonical);
    const Kind& kind = bytes.size() == 4 ? kind_of(bytes, kIpv4Kinds) : kind_of(bytes, kIpv6Kinds);
    if (!kind.pool.empty()) {
        Bytes next = *parsed(kind.pool);
        const std::uint32_t number = ++counts_[std::string(kind.pool)];
        // The pools have 16 bits at least; whoever has more addresses gets some twice.
        next[next.size() - 1] = static_cast<std::uint8_t>(next.back() + number % 256);
        next[next.size() - 2] =
            static_cast<std::uint8_t>(next[next.size() - 2] + number / 256 % 256);
        out = printed(next);
    }
    return replacements_[address] = out;
}

std::string AddressPseudonyms::replace_in(std::string_view text) {
    std::string out;
    std::size_t at = 0;
    while (at < text.size()) {
        if (!is_part(text[at]) || (at > 0 && is_word(text[at - 1]))) {
            out += text[at++];
            continue;
        }
        std::size_t end = at;
        while (end < text.size() && is_part(text[end]))
            ++end;
        const std::string_view run = text.substr(at, end - at);
        const bool inside_word = end < text.size() && is_word(text[end]);
        const std::size_t length = inside_word ? 0 : address_length(run);
        if (length > 0) {
            out += replacement_of(std::string(run.substr(0, length)));
            out += run.substr(length);
        } else {
            out += run;
        }
        at = end;
    }
    return out;
}

}  // namespace portolan::redact
