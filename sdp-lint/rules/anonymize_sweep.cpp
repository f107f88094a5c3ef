#include "sdp-lint/rules/anonymize_sweep.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "sdp-lint/sdp/address.hpp"
#include "sdp-lint/sdp/text.hpp"

namespace portolan::lint {

namespace {

using sdp::is_alnum;
using sdp::is_digit;
using sdp::is_hex;

/// How many bytes at the front are a dotted IPv4 address; 0 for none.
std::size_t ipv4_length(std::string_view text) {
    std::size_t at = 0;
    for (int part = 0; part < 4; ++part) {
        if (part > 0) {
            if (at >= text.size() || text[at] != '.') return 0;
            ++at;
        }
        unsigned value = 0;
        std::size_t digit_count = 0;
        while (digit_count < 3 && at < text.size() && is_digit(text[at])) {
            const unsigned next = value * 10 + static_cast<unsigned>(text[at] - '0');
            if (next > 255) break;
            value = next;
            ++at;
            ++digit_count;
        }
        if (digit_count == 0) return 0;
    }
    return at;
}

/// The same of an IPv6 address (RFC 4291 s2.2), the longest that it could be.
std::size_t ipv6_length(std::string_view text) {
    constexpr std::size_t kMaxBytes = 45;
    std::size_t end = 0;
    std::size_t colon_count = 0;
    while (end < std::min(text.size(), kMaxBytes) &&
           (is_hex(text[end]) || text[end] == ':' || text[end] == '.')) {
        colon_count += text[end] == ':' ? 1U : 0U;
        ++end;
    }
    if (colon_count < 2) return 0;
    // No group has five digits, so that most starts fail here.
    const std::size_t first_colon = text.find(':');
    if (first_colon > 4) return 0;
    for (; end >= 3; --end) {
        const std::string_view front = text.substr(0, end);
        if (front.back() == '.' || (front.back() == ':' && !front.ends_with("::"))) continue;
        if (end < text.size() && is_hex(text[end]) && is_hex(front.back())) continue;
        if (sdp::parse_address(front).kind == sdp::AddressKind::IPv6) return end;
    }
    return 0;
}

/// Pairs of hexadecimal digits with colons between them: more than an address or a clock's name
/// has.
std::size_t fingerprint_length(std::string_view text) {
    constexpr std::size_t kMinPairs = 9;
    std::size_t pair_count = 0;
    std::size_t at = 0;
    while (at + 2 <= text.size() && is_hex(text[at]) && is_hex(text[at + 1])) {
        at += 2;
        ++pair_count;
        if (at >= text.size() || text[at] != ':') break;
        ++at;
    }
    if (pair_count < kMinPairs) return 0;
    return text[at - 1] == ':' ? at - 1 : at;
}

/// The name of the interface behind an IPv6 address (RFC 4007 s11.2), without the percent sign.
std::string_view zone_after(std::string_view text) {
    if (text.empty() || text.front() != '%') return {};
    text.remove_prefix(1);
    const auto end = std::find_if(text.begin(), text.end(), [](char c) {
        return !is_alnum(c) && c != '-' && c != '.' && c != '_' && c != '~';
    });
    return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

void find_addresses(std::string_view line, std::vector<Secret>& out) {
    for (std::size_t at = 0; at < line.size();) {
        const std::string_view rest = line.substr(at);
        if (!is_hex(rest.front()) && rest.front() != ':') {
            ++at;
            continue;
        }
        if (const std::size_t length = fingerprint_length(rest); length > 0) {
            out.push_back({rest.substr(0, length), SecretKind::Hex});
            at += length;
        } else if (const std::size_t six = ipv6_length(rest); six > 0) {
            out.push_back({rest.substr(0, six), SecretKind::Address});
            at += six;
            const std::string_view zone = zone_after(line.substr(at));
            if (!zone.empty()) out.push_back({zone, SecretKind::Token});
            at += zone.empty() ? 0 : zone.size() + 1;
        } else if (const std::size_t four = ipv4_length(rest); four > 0) {
            out.push_back({rest.substr(0, four), SecretKind::Address});
            at += four;
        } else {
            ++at;
        }
    }
}

bool is_host_char(char c) {
    return is_alnum(c) || c == '-' || c == '.' || c == '_';
}

/// Names of multicast DNS: browsers use them in the place of addresses.
void find_local_names(std::string_view line, std::vector<Secret>& out) {
    constexpr std::string_view kDomain = ".local";
    std::size_t done = 0;
    for (std::size_t at = line.find(kDomain); at != std::string_view::npos;
         at = line.find(kDomain, at + 1)) {
        std::size_t begin = at;
        while (begin > done && is_host_char(line[begin - 1]))
            --begin;
        done = at + kDomain.size();
        if (begin < at) out.push_back({line.substr(begin, done - begin), SecretKind::Host});
    }
}

void add_host(std::string_view host, std::vector<Secret>& out) {
    if (!host.empty() && !sdp::parse_address(host).is_numeric()) {
        out.push_back({host, SecretKind::Host});
    }
}

/// "user", "user:password"
void add_user(std::string_view user, std::vector<Secret>& out) {
    for (const std::string_view part : sdp::split(user, ':')) {
        if (!part.empty()) out.push_back({part, SecretKind::Token});
    }
}

/// RFC 3986 s3.2: [userinfo@]host, behind "//" or with a user.
void find_authorities(std::string_view line, std::vector<Secret>& out) {
    constexpr std::string_view kBefore = " \t/<\"=;,[(@";
    for (std::size_t at = line.find('@'); at != std::string_view::npos;
         at = line.find('@', at + 1)) {
        std::size_t begin = at;
        while (begin > 0 && kBefore.find(line[begin - 1]) == std::string_view::npos)
            --begin;
        std::string_view user = line.substr(begin, at - begin);
        // Elsewhere than in a URI, what a colon follows is a name: "cname:alice@laptop".
        const bool is_in_uri = begin >= 2 && line.substr(begin - 2, 2) == "//";
        if (!is_in_uri) user = user.substr(user.rfind(':') + 1);
        add_user(user, out);
        std::size_t end = at + 1;
        while (end < line.size() && is_host_char(line[end]))
            ++end;
        add_host(line.substr(at + 1, end - at - 1), out);
    }
    for (std::size_t at = line.find("://"); at != std::string_view::npos;
         at = line.find("://", at + 3)) {
        const std::string_view rest = line.substr(at + 3);
        std::size_t end = 0;
        while (end < rest.size() && is_host_char(rest[end]))
            ++end;
        const bool has_user = rest.substr(0, rest.find_first_of(" \t/")).find('@') != rest.npos;
        if (!has_user) add_host(rest.substr(0, end), out);
    }
}

/// Every word behind the name of the hash function, which may have lost its blank.
void add_fingerprint(std::string_view value, std::vector<Secret>& out) {
    bool is_first = true;
    for (std::string_view word : sdp::words(value)) {
        if (is_first && (sdp::starts_with_ignore_case(word, "sha") ||
                         sdp::starts_with_ignore_case(word, "md"))) {
            std::size_t name = word.find_first_of("0123456789");
            for (int i = 0; i < 3 && name < word.size() && is_digit(word[name]); ++i)
                ++name;
            word = word.substr(std::min(name, word.size()));
        }
        is_first = false;
        if (!word.empty()) out.push_back({word, SecretKind::Hex});
    }
}

void add_words(std::string_view value, std::vector<Secret>& out) {
    for (const std::string_view word : sdp::words(value)) {
        if (!sdp::parse_address(word).is_numeric()) out.push_back({word, SecretKind::Token});
    }
}

/// "1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^20": the tag and the suite say nothing.
void add_keys(std::string_view value, std::vector<Secret>& out) {
    const std::string lower = sdp::lower_of(value);
    constexpr std::string_view kInline = "inline:";
    std::size_t at = lower.find(kInline);
    if (at == std::string::npos) {
        for (const std::string_view word : sdp::words(value)) {
            if (!sdp::is_digits(word) && word.find('_') == std::string_view::npos) {
                out.push_back({word, SecretKind::Token});
            }
        }
        return;
    }
    while (at != std::string::npos) {
        const std::size_t begin = at + kInline.size();
        const std::size_t end = std::min(value.find_first_of("|;, \t", begin), value.size());
        out.push_back({value.substr(begin, end - begin), SecretKind::Token});
        at = lower.find(kInline, end);
    }
}

struct SecretName {
    std::string_view name;
    void (*add)(std::string_view value, std::vector<Secret>& out);
};
constexpr std::array kSecretNames{
    SecretName{"fingerprint", add_fingerprint},
    SecretName{"ufrag", add_words},
    SecretName{"pwd", add_words},
    SecretName{"password", add_words},
    SecretName{"crypto", add_keys},
    SecretName{"key-mgmt", add_keys},
    SecretName{"inline", add_keys},
    SecretName{"cname", add_words},
    SecretName{"tls-id", add_words},
    SecretName{"identity", add_words},
    SecretName{"msid", add_words},
    // Parts of the same, for names with a slip in them.
    SecretName{"finger", add_fingerprint},
    SecretName{"print", add_fingerprint},
    SecretName{"sha-", add_fingerprint},
    SecretName{"frag", add_words},
    SecretName{"ufra", add_words},
    SecretName{"-pw", add_words},
    SecretName{"ice-", add_words},
};

/// The first of them wins: what follows is its value.
void find_named(std::string_view line, const std::string& lower, std::vector<Secret>& out) {
    for (const SecretName& row : kSecretNames) {
        const std::size_t at = lower.find(row.name);
        if (at == std::string::npos) continue;
        if (lower.find("ice-options") == at) return;
        std::string_view value = line.substr(at + row.name.size());
        // Part of the value.
        if (row.name == "inline" || row.name == "sha-") value = line.substr(at);
        const std::size_t begin = value.find_first_not_of(" \t:=");
        if (begin == std::string_view::npos) return;
        value.remove_prefix(begin);
        // One field among others there.
        if (lower.find("candidate") != std::string::npos) value = sdp::Cursor(value).word();
        row.add(value, out);
        return;
    }
}

/// The fields of a candidate by what they look like: its foundation, made from the address, and
/// hosts by name.
void find_candidate(std::string_view line, const std::string& lower, std::vector<Secret>& out) {
    constexpr std::string_view kName = "candidate";
    const std::size_t at = lower.find(kName);
    if (at == std::string::npos || lower.find("candidates", at) == at) return;
    std::string_view value = line.substr(at + kName.size());
    value.remove_prefix(std::min(value.find_first_not_of(" \t:="), value.size()));
    bool is_first = true;
    for (const std::string_view word : sdp::words(value)) {
        if (is_first) out.push_back({word, SecretKind::Foundation});
        is_first = false;
        const bool is_name = word.find('.') != std::string_view::npos &&
                             std::any_of(word.begin(), word.end(), sdp::is_alpha) &&
                             sdp::all_of(word, is_host_char);
        if (is_name) add_host(word, out);
    }
}

/// Letters and digits mixed, and too long for a name: passwords have 22 at least (RFC 8839 s5.4).
void find_keys(std::string_view line, std::vector<Secret>& out) {
    constexpr std::size_t kMinBytes = 20;
    for (std::size_t at = 0; at < line.size();) {
        std::size_t end = at;
        bool has_digit = false;
        bool has_letter = false;
        while (end < line.size() && sdp::is_ice_char(line[end])) {
            has_digit = has_digit || is_digit(line[end]);
            has_letter = has_letter || sdp::is_alpha(line[end]);
            ++end;
        }
        if (end - at >= kMinBytes && has_digit && has_letter) {
            out.push_back({line.substr(at, end - at), SecretKind::Token});
        }
        at = end + 1;
    }
}

}  // namespace

std::vector<Secret> find_secrets(std::string_view line, LineTrust trust) {
    std::vector<Secret> out;
    if (trust != LineTrust::Read) {
        const std::string lower = sdp::lower_of(line);
        find_named(line, lower, out);
        if (trust == LineTrust::Unread) {
            find_candidate(line, lower, out);
            find_keys(line, out);
        }
    }
    find_addresses(line, out);
    find_local_names(line, out);
    // URIs of header extensions are the same for everybody.
    if (line.find("extmap") == std::string_view::npos) find_authorities(line, out);
    return out;
}

}  // namespace portolan::lint
