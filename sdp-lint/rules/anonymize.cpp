#include "sdp-lint/rules/anonymize.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "sdp-lint/rules/anonymize_sweep.hpp"
#include "sdp-lint/rules/anonymize_within.hpp"

namespace portolan::lint {

namespace {

using sdp::Address;
using sdp::AddressKind;
using sdp::AddressScope;
using sdp::Attr;
using sdp::ByteRange;

/// splitmix64: only to make the replacements look unlike each other.
std::uint64_t next_word(std::uint64_t& state) {
    state += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
}

bool is_uuid(std::string_view text) {
    if (text.starts_with('{') && text.ends_with('}')) text = text.substr(1, text.size() - 2);
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !sdp::is_hex(text[i])) return false;
    }
    return true;
}

std::string dotted(std::uint32_t first, std::uint32_t second, std::uint32_t count) {
    return std::to_string(first) + "." + std::to_string(second) + "." +
           std::to_string((count >> 8U) & 0xFFU) + "." + std::to_string(count & 0xFFU);
}

std::string hex_group(std::uint32_t value) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string out;
    for (int shift = 12; shift >= 0; shift -= 4) {
        const char digit = kHex[(value >> static_cast<unsigned>(shift)) & 0xFU];
        if (!out.empty() || digit != '0' || shift == 0) out += digit;
    }
    return out;
}

/// Numbers, a few letters, and what browsers and libraries call sections: they name nobody.
bool is_usual_mid(std::string_view mid) {
    constexpr std::size_t kFewBytes = 3;
    constexpr std::array<std::string_view, 8> kNames{"audio", "video",       "data",    "text",
                                                     "image", "application", "message", "screen"};
    mid = mid.substr(0, mid.find_last_not_of("0123456789_-") + 1);
    return mid.size() <= kFewBytes || mid == "sdparta" ||
           std::find(kNames.begin(), kNames.end(), mid) != kNames.end();
}

}  // namespace

/// Collects the replacements of one description.
class AnonymizerPass {
  public:
    AnonymizerPass(Anonymizer& owner, const sdp::Description& description)
        : owner_(owner), d_(description) {}

    std::string run() {
        // Session information may name a person; "-" and " " say nothing already.
        for (const sdp::Line& line : d_.lines())
            take_line(line);
        for (const sdp::Attribute& attribute : d_.document().attributes())
            take_attribute(attribute);
        settle();
        sweep();
        settle();
        std::string out;
        std::size_t at = 0;
        for (const auto& [range, text] : edits_) {
            out += d_.text().substr(at, range.begin - at);
            out += text;
            at = range.end;
        }
        out += d_.text().substr(at);
        return out;
    }

  private:
    using Kind = Anonymizer::Kind;

    /// Puts the edits in order and drops those inside something already replaced.
    void settle() {
        std::stable_sort(edits_.begin(), edits_.end(), [](const auto& a, const auto& b) {
            return a.first.begin < b.first.begin;
        });
        std::uint32_t end = 0;
        std::erase_if(edits_, [&](const auto& edit) {
            if (edit.first.begin < end) return true;
            end = edit.first.end;
            return false;
        });
    }

    /// What the typed views did not show: in lines that are broken, and where nobody expects it.
    void sweep() {
        const std::size_t typed_count = edits_.size();
        const auto attributes = d_.document().attributes();
        std::size_t next_attribute = 0;
        const auto is_typed = [&](ByteRange range) {
            const auto typed_end = edits_.begin() + static_cast<std::ptrdiff_t>(typed_count);
            const auto next = std::partition_point(
                edits_.begin(), typed_end,
                [&](const auto& edit) { return edit.first.end <= range.begin; });
            return next != typed_end && next->first.begin < range.end;
        };
        for (std::uint32_t i = 0; i < d_.lines().size(); ++i) {
            const sdp::Line& line = d_.lines()[i];
            const sdp::Attribute* attribute = nullptr;
            if (next_attribute < attributes.size() && attributes[next_attribute].line == i) {
                attribute = &attributes[next_attribute++];
            }
            const LineTrust trust = trust_of(line, attribute);
            if (trust == LineTrust::Unread && attribute == nullptr && is_log_line(line)) {
                replace(line.text, Kind::Token);
                continue;
            }
            if (trust == LineTrust::Unread) replace_known(line.text);
            for (const Secret& secret : find_secrets(line.text, trust)) {
                if (is_typed(d_.document().range_of(secret.where))) continue;
                replace(secret.where, kind_of(secret));
            }
        }
    }

    /// Credentials that other lines have shown to be some, whatever this line is.
    void replace_known(std::string_view text) {
        for (std::size_t at = 0; at < text.size();) {
            std::size_t end = at;
            while (end < text.size() && sdp::is_ice_char(text[end]))
                ++end;
            const std::string_view word = text.substr(at, end - at);
            if (!word.empty() && owner_.credentials_.contains(std::string(word))) {
                replace(word, Kind::Token);
            }
            at = end + 1;
        }
    }

    /// A description within other text is not read: nothing of the line is left.
    static bool is_log_line(const sdp::Line& line) {
        return line.type == '\0' && is_around_description(line.text);
    }

    static LineTrust trust_of(const sdp::Line& line, const sdp::Attribute* attribute) {
        if (attribute == nullptr) {
            constexpr std::string_view kLetters = "vosiuepcbtrzkm";
            const bool is_known = kLetters.find(line.type) != std::string_view::npos;
            return line.type != '\0' && is_known ? LineTrust::Read : LineTrust::Unread;
        }
        switch (attribute->id) {
            case Attr::Unknown:
            // What they hold has fields of its own.
            case Attr::Acap:
            case Attr::Cpar:
            case Attr::Cparmin:
            case Attr::Cparmax:
            // With a field missing the others are not where they are looked for.
            case Attr::Candidate:
                return LineTrust::Unread;
            case Attr::Fingerprint:
            case Attr::ZrtpHash:
            case Attr::Crypto:
            case Attr::KeyMgmt:
                return LineTrust::Secretive;
            default:
                // Another line may hang on this one.
                return line.text.find('\r') != std::string_view::npos ? LineTrust::Unread
                                                                      : LineTrust::Read;
        }
    }

    /// Keys of a=crypto stand behind "inline:"; without it all behind the suite may be one.
    void take_keys(const sdp::Attribute& attribute) {
        constexpr std::string_view kInline = "inline:";
        std::string_view rest = attribute.value;
        bool any = false;
        for (std::size_t at = rest.find(kInline); at != rest.npos; at = rest.find(kInline)) {
            rest = sdp::trim_left(rest.substr(at + kInline.size()));
            const std::string_view key = rest.substr(0, rest.find_first_of("|; "));
            if (!key.empty()) replace(key, Kind::Token);
            rest.remove_prefix(key.size());
            any = true;
        }
        if (any) return;
        if (attribute.id == Attr::KeyMgmt) {
            if (!attribute.value.empty()) replace(attribute.value, Kind::Token);
            return;
        }
        std::size_t count = 0;
        for (const std::string_view word : sdp::words(attribute.value)) {
            if (++count > 2) replace(word, Kind::Token);
        }
    }

    static Kind kind_of(const Secret& secret) {
        switch (secret.kind) {
            case SecretKind::Address:
                return Kind::Address;
            case SecretKind::Hex:
                return Kind::Hex;
            case SecretKind::Host:
                return Kind::Host;
            case SecretKind::Foundation:
                return Kind::Foundation;
            default:
                return is_uuid(secret.where) ? Kind::Uuid : Kind::Token;
        }
    }

    void replace(std::string_view where, Kind kind) {
        if (where.empty()) return;
        edits_.emplace_back(d_.document().range_of(where), owner_.replacement(kind, where));
    }
    void replace_id(std::string_view where) {
        replace(where, is_uuid(where) ? Kind::Uuid : Kind::Token);
    }
    void replace_unless_dash(std::string_view where) {
        if (where != "-") replace(where, Kind::Token);
    }
    /// An address, with what may follow it ("/127"), or a host name.
    void replace_host(std::string_view where) {
        const std::string_view host = where.substr(0, where.find('/'));
        const Address address = sdp::parse_address(host);
        if (address.is_numeric()) {
            replace(host, Kind::Address);
        } else if (address.kind != AddressKind::Malformed) {
            replace(host, Kind::Host);
        }
    }
    /// Numeric addresses wherever they stand.
    void replace_addresses(std::string_view text) {
        for (const std::string_view word : sdp::words(text)) {
            const std::string_view host = word.substr(0, word.find('/'));
            if (sdp::parse_address(host).is_numeric()) replace(host, Kind::Address);
        }
    }

    void take_line(const sdp::Line& line) {
        switch (line.type) {
            case 'o': {
                const sdp::Origin origin = sdp::parse_origin(line.value());
                replace_unless_dash(origin.username);
                replace(origin.session_id, Kind::Digits);
                replace_host(origin.address.text);
                break;
            }
            case 'c':
                replace_host(sdp::parse_connection(line.value()).address_text);
                break;
            case 's':
                if (!sdp::trim(line.value()).empty()) replace_unless_dash(line.value());
                break;
            case 'i':
            case 'u':
            case 'e':
            case 'p':
            case 'k':
                replace(line.value(), Kind::Token);
                break;
            default:
                break;
        }
    }

    void take_attribute(const sdp::Attribute& attribute) {
        switch (attribute.id) {
            case Attr::IceUfrag:
            case Attr::IcePwd:
                owner_.credentials_.emplace(sdp::trim(attribute.value));
                [[fallthrough]];
            case Attr::TlsId:
            case Attr::Identity:
            case Attr::Cname:
            case Attr::Label:
            case Attr::Tool:
            case Attr::Keywds:
            case Attr::Cat:
            case Attr::FileSelector:
            case Attr::FileIcon:
                replace(sdp::trim(attribute.value), Kind::Token);
                break;
            case Attr::Fingerprint:
                replace(sdp::parse_fingerprint(attribute).digest, Kind::Hex);
                break;
            case Attr::ZrtpHash: {
                // RFC 6189 s8.1: a version and a hash, which is that of one endpoint's Hello.
                sdp::Cursor cursor(attribute.value);
                cursor.word();
                replace(sdp::trim(cursor.rest()), Kind::Hex);
                break;
            }
            case Attr::Candidate:
                take_candidate(attribute);
                break;
            case Attr::Ssrc:
                take_ssrc(sdp::parse_ssrc(attribute));
                break;
            case Attr::SsrcGroup: {
                sdp::Cursor cursor(attribute.value);
                cursor.word();
                for (const std::string_view ssrc : sdp::words(cursor.rest()))
                    replace(ssrc, Kind::Digits);
                break;
            }
            case Attr::Mid:
                replace_mid(sdp::trim(attribute.value));
                break;
            case Attr::Group: {
                sdp::Cursor cursor(attribute.value);
                cursor.word();
                for (const std::string_view mid : sdp::words(cursor.rest()))
                    replace_mid(mid);
                break;
            }
            case Attr::Fmtp:
                take_parameters(attribute.value);
                break;
            case Attr::Msid:
                take_msid(attribute.value);
                break;
            case Attr::MsidSemantic: {
                sdp::Cursor cursor(attribute.value);
                cursor.word();
                for (const std::string_view id : sdp::words(cursor.rest())) {
                    if (id != "*") replace_id(id);
                }
                break;
            }
            case Attr::Crypto:
            case Attr::KeyMgmt:
                take_keys(attribute);
                break;
            case Attr::Rtcp: {
                // PORT IN IP4 ADDRESS (RFC 3605 s2.1)
                sdp::Cursor cursor(attribute.value);
                for (int word = 0; word < 3; ++word)
                    cursor.word();
                if (const std::string_view host = cursor.word(); !host.empty()) replace_host(host);
                break;
            }
            case Attr::Acap:
            case Attr::Cpar:
            case Attr::Cparmin:
            case Attr::Cparmax:
                if (const auto inner = attribute_within(attribute)) take_attribute(*inner);
                break;
            case Attr::Mfcap:
                take_parameters(attribute.value);
                break;
            case Attr::Ccap: {
                // NUMBER IN IP4 ADDRESS (RFC 8859 s5.34)
                sdp::Cursor cursor(attribute.value);
                for (int word = 0; word < 3; ++word)
                    cursor.word();
                if (const std::string_view host = cursor.word(); !host.empty()) replace_host(host);
                break;
            }
            case Attr::Icap: {
                // NUMBER and a title (RFC 8859 s5.34)
                sdp::Cursor cursor(attribute.value);
                cursor.word();
                replace(sdp::trim(cursor.rest()), Kind::Token);
                break;
            }
            case Attr::TsRefclk:
            case Attr::Mediaclk:
                for (const Secret& secret : find_clocks(attribute))
                    replace(secret.where, kind_of(secret));
                break;
            case Attr::Confid:
            case Attr::Userid:
                replace(sdp::trim(attribute.value), Kind::Digits);
                break;
            case Attr::FileTransferId:
                replace(sdp::trim(attribute.value), Kind::Token);
                break;
            default:
                take_other(attribute);
        }
    }

    void replace_mid(std::string_view mid) {
        if (!is_usual_mid(mid)) replace(mid, Kind::Token);
    }

    /// Private parameters may have anything in them; the others are those of codecs.
    void take_parameters(std::string_view value) {
        replace_addresses(value);
        sdp::Cursor cursor(value);
        cursor.word();
        for (const std::string_view parameter : sdp::split(cursor.rest(), ';')) {
            const std::string_view text = sdp::trim(parameter);
            const std::size_t equals = text.find('=');
            if (equals == std::string_view::npos || !sdp::starts_with_ignore_case(text, "x-"))
                continue;
            const std::string_view secret = text.substr(equals + 1);
            if (!sdp::parse_address(secret).is_numeric()) replace(secret, Kind::Token);
        }
    }

    void take_other(const sdp::Attribute& attribute) {
        const std::string_view value = attribute.value;
        replace_addresses(value);
        if (sdp::equal_in_any_case(attribute.name, "dcmap")) {
            constexpr std::string_view kLabel = "label=\"";
            const std::size_t at = value.find(kLabel);
            if (at == std::string_view::npos) return;
            const std::string_view label = value.substr(at + kLabel.size());
            replace(label.substr(0, label.find('"')), Kind::Token);
            return;
        }
        for (const std::string_view word : sdp::words(value)) {
            // What is asked of a server: "turn:192.0.2.1?user=alice".
            const std::size_t query = word.find('?');
            if (query != std::string_view::npos && word.substr(0, query).find(':') != word.npos)
                replace(word.substr(query + 1), Kind::Token);
            // RFC 4975 s14.1: nobody must be able to guess the session's part of a URI.
            const std::size_t scheme = word.find("://");
            if (scheme == std::string_view::npos || !sdp::starts_with_ignore_case(word, "msrp"))
                continue;
            const std::size_t slash = word.find('/', scheme + 3);
            if (slash == std::string_view::npos) continue;
            const std::string_view session = word.substr(slash + 1);
            replace(session.substr(0, session.find(';')), Kind::Token);
        }
    }

    void take_candidate(const sdp::Attribute& attribute) {
        std::vector<sdp::CandidateExtension> extensions;
        const sdp::Candidate candidate = sdp::parse_candidate(attribute, extensions);
        // Browsers make the foundation from the address.
        replace(candidate.foundation, Kind::Foundation);
        replace_host(candidate.address.text);
        for (const sdp::CandidateExtension& extension : extensions) {
            if (extension.name == "raddr") replace_host(extension.value);
            if (extension.name == "ufrag") replace(extension.value, Kind::Token);
        }
    }

    void take_ssrc(const sdp::Ssrc& ssrc) {
        replace(ssrc.id.text, Kind::Digits);
        if (ssrc.name == "msid") {
            take_msid(ssrc.value);
        } else if (ssrc.name == "cname") {
            replace(ssrc.value, Kind::Token);
        } else {
            replace_id(ssrc.value);
        }
    }

    void take_msid(std::string_view value) {
        for (const std::string_view id : sdp::words(value)) {
            if (id != "-") replace_id(id);
        }
    }

    Anonymizer& owner_;
    const sdp::Description& d_;
    std::vector<std::pair<ByteRange, std::string>> edits_;
};

std::string Anonymizer::anonymize_mid(std::string_view mid) {
    return is_usual_mid(mid) ? std::string(mid) : replacement(Kind::Token, mid);
}

std::string Anonymizer::anonymize(const sdp::Description& description) {
    return AnonymizerPass(*this, description).run();
}

const std::string& Anonymizer::replacement(Kind kind, std::string_view text) {
    auto [entry, added] = known_.try_emplace({kind, std::string(text)});
    if (added) entry->second = make(kind, text);
    return entry->second;
}

std::string Anonymizer::make(Kind kind, std::string_view text) {
    constexpr std::string_view kLetters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    constexpr std::string_view kHex = "0123456789ABCDEF";
    switch (kind) {
        case Kind::Address:
            return make_address(text);
        case Kind::Foundation:
            return std::to_string(++counts_[kind]);
        case Kind::Host:
            if (sdp::parse_address(text).kind == AddressKind::MulticastDns) {
                const std::string_view stem = text.substr(0, text.size() - 6);
                return make(is_uuid(stem) ? Kind::Uuid : Kind::Token, stem) + ".local";
            }
            return "host" + std::to_string(++counts_[kind]) + ".example";
        default:
            break;
    }
    // Letter for letter within its class: what was malformed stays malformed the same way.
    std::string out;
    for (const char c : text) {
        const std::uint64_t random = next_word(state_);
        if (sdp::is_digit(c) && kind == Kind::Digits) {
            // A number keeps its length and, for lack of a greater first digit, its range.
            const auto limit = static_cast<std::uint64_t>(c - '0');
            const std::uint64_t digit =
                out.empty() ? (limit <= 1 ? limit : 1 + random % limit) : random % 10;
            out += static_cast<char>('0' + digit);
        } else if ((kind == Kind::Hex || kind == Kind::Uuid) && sdp::is_hex(c)) {
            const bool lower = c >= 'a' && c <= 'f';
            const char hex = kHex[random % 16];
            out += kind == Kind::Uuid || lower ? sdp::to_lower(hex) : hex;
        } else if (kind == Kind::Token && sdp::is_alnum(c)) {
            out += kLetters[random % kLetters.size()];
        } else {
            out += c;
        }
    }
    if (kind == Kind::Uuid) {
        // Version and variant stay what they were (RFC 9562 s4.1, s4.2).
        const std::size_t shift = text.starts_with('{') ? 1 : 0;
        for (const std::size_t at : {shift + 14, shift + 19})
            if (at < text.size()) out[at] = text[at];
    }
    return out;
}

std::string Anonymizer::make_address(std::string_view text) {
    const Address address = sdp::parse_address(text);
    if (address.scope == AddressScope::Unspecified || address.scope == AddressScope::Loopback) {
        return std::string(text);
    }
    const bool is_v4 = address.kind == AddressKind::IPv4;
    // What becomes a documentation address is counted together, so that no two become the same.
    const bool has_pool = address.scope == AddressScope::Private ||
                          address.scope == AddressScope::LinkLocal ||
                          address.scope == AddressScope::Multicast ||
                          (is_v4 && address.scope == AddressScope::Reserved);
    const AddressScope pool = has_pool ? address.scope : AddressScope::Global;
    const int row = static_cast<int>(pool) * 2 + (is_v4 ? 1 : 0);
    const std::uint32_t count = ++address_counts_[row];
    if (is_v4) {
        switch (address.scope) {
            case AddressScope::Private:
                return dotted(10, 0, count);
            case AddressScope::LinkLocal:
                return dotted(169, 254, count + 256);
            case AddressScope::Multicast:
                return "233.252.0." + std::to_string(count & 0xFFU);
            case AddressScope::Reserved:
                return dotted(240, 0, count);
            default:
                return (count < 255 ? "203.0.113." : "198.51.100.") + std::to_string(count % 255);
        }
    }
    switch (address.scope) {
        case AddressScope::Private:
            return "fd00::" + hex_group(count);
        case AddressScope::LinkLocal:
            return "fe80::" + hex_group(count);
        case AddressScope::Multicast:
            return "ff0e::db8:0:" + hex_group(count);
        default:
            return "2001:db8::" + hex_group(count);
    }
}

}  // namespace portolan::lint
