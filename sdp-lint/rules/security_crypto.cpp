// Security descriptions (RFC 4568): keys of SRTP in a=crypto, as SIP uses them.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "sdp-lint/rules/doubles.hpp"
#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/pair_checks.hpp"
#include "sdp-lint/rules/registry.hpp"

namespace portolan::lint {

namespace {

using sdp::Attribute;

constexpr std::size_t kMaxTagDigits = 9;  // RFC 4568 s9.1
constexpr std::string_view kInline = "inline:";

struct Suite {
    std::string_view name;
    std::size_t key_and_salt_bytes;
};

/// RFC 4568 s6.2, RFC 5669 s7, RFC 6188 s4, RFC 7714 s14.1
constexpr std::array<Suite, 12> kSuites{{{"AES_CM_128_HMAC_SHA1_80", 30},
                                         {"AES_CM_128_HMAC_SHA1_32", 30},
                                         {"F8_128_HMAC_SHA1_80", 30},
                                         {"SEED_CTR_128_HMAC_SHA1_80", 30},
                                         {"SEED_128_CCM_80", 28},
                                         {"SEED_128_GCM_96", 28},
                                         {"AES_192_CM_HMAC_SHA1_80", 38},
                                         {"AES_192_CM_HMAC_SHA1_32", 38},
                                         {"AES_256_CM_HMAC_SHA1_80", 46},
                                         {"AES_256_CM_HMAC_SHA1_32", 46},
                                         {"AEAD_AES_128_GCM", 28},
                                         {"AEAD_AES_256_GCM", 44}}};

const Suite* suite_of(std::string_view name) {
    const auto* const found = std::find_if(kSuites.begin(), kSuites.end(), [&](const Suite& suite) {
        return sdp::equal_in_any_case(suite.name, name);
    });
    return found == kSuites.end() ? nullptr : found;
}

/// An a=crypto line; what it lacks is empty.
struct Crypto {
    explicit Crypto(const Attribute& line) : attribute(&line) {
        std::size_t at = 0;
        for (const std::string_view word : sdp::words(line.value)) {
            if (at == 0) tag = word;
            if (at == 1) suite = word;
            if (at == 2) keys = word;
            ++at;
        }
    }

    const Attribute* attribute;
    std::string_view tag;
    std::string_view suite;
    std::string_view keys;
};

std::vector<Crypto> cryptos_of(const Section& section) {
    std::vector<Crypto> out;
    section.each(Attr::Crypto, [&](const Attribute& attribute) { out.emplace_back(attribute); });
    return out;
}

/// Of what stands behind a key: [lifetime] and [MKI:length].
std::string problem_of_info(std::string_view info) {
    constexpr std::uint64_t kMaxExponent = 48;  // RFC 4568 s6.1: packets of SRTP
    constexpr std::uint64_t kMaxMkiBytes = 128;
    bool is_first = true;
    for (const std::string_view part : sdp::split(info, '|')) {
        const bool is_key = std::exchange(is_first, false);
        if (is_key) continue;
        const std::size_t colon = part.find(':');
        if (colon != part.npos) {
            const auto length = sdp::parse_number(part.substr(colon + 1));
            if (sdp::is_digits(part.substr(0, colon)) && length && *length >= 1 &&
                *length <= kMaxMkiBytes) {
                continue;
            }
            return text(quoted(part), " is no MKI with its length from 1 to 128");
        }
        const bool is_power = part.starts_with("2^");
        const auto value = sdp::parse_number(is_power ? part.substr(2) : part);
        if (value && (is_power ? *value <= kMaxExponent : *value > 0)) continue;
        return text(quoted(part), " is no lifetime of up to 2^48 packets");
    }
    return "";
}

bool has_mki(std::string_view key) {
    const std::size_t bar = key.find('|');
    return bar != key.npos && key.find(':', bar) != key.npos;
}

/// Of a parameter of the session; those that begin with a dash may be overlooked.
std::string problem_of_parameter(std::string_view word) {
    constexpr std::uint64_t kMaxRate = 24;
    constexpr std::uint64_t kMinWindow = 64;
    const auto number_of = [&](std::string_view name) {
        return sdp::parse_number(word.substr(name.size()));
    };
    if (word.starts_with("KDR=")) {
        const auto rate = number_of("KDR=");
        return rate && *rate <= kMaxRate ? "" : text(quoted(word), " is not from 0 to 24");
    }
    if (word.starts_with("WSH=")) {
        const auto window = number_of("WSH=");
        return window && *window >= kMinWindow ? "" : text(quoted(word), " is less than 64");
    }
    if (word.starts_with("FEC_ORDER=")) {
        const bool is_known = word == "FEC_ORDER=FEC_SRTP" || word == "FEC_ORDER=SRTP_FEC";
        return is_known ? "" : text(quoted(word), " is neither FEC_SRTP nor SRTP_FEC");
    }
    const bool is_known = word.starts_with('-') || word.starts_with("FEC_KEY=") ||
                          word == "UNENCRYPTED_SRTP" || word == "UNENCRYPTED_SRTCP" ||
                          word == "UNAUTHENTICATED_SRTP";
    return is_known ? "" : text(quoted(word), " is no parameter that is registered");
}

/// SX012: why the line cannot be read; empty when it can. It never holds a key.
std::string problem_of(const Crypto& crypto) {
    if (crypto.keys.empty()) return "tag, suite and keys stand in a=crypto";
    if (!sdp::is_digits(crypto.tag) || crypto.tag.size() > kMaxTagDigits)
        return text(quoted(crypto.tag), " is no tag of up to 9 digits");
    for (const std::string_view key : sdp::split(crypto.keys, ';')) {
        if (!sdp::starts_with_ignore_case(key, kInline))
            return text("keys of SRTP begin with inline:, not with ",
                        quoted(key.substr(0, std::min(key.find(':'), key.size()))));
        if (std::string problem = problem_of_info(key.substr(kInline.size())); !problem.empty())
            return problem;
        if (crypto.keys.find(';') != crypto.keys.npos && !has_mki(key))
            return "several keys are told apart by MKIs, which one lacks";
    }
    std::size_t at = 0;
    for (const std::string_view word : sdp::words(crypto.attribute->value)) {
        if (at++ < 3) continue;
        if (std::string problem = problem_of_parameter(word); !problem.empty()) return problem;
    }
    return "";
}

/// How many bytes the characters of base64 stand for, with or without the padding that many leave
/// out; none where other characters are among them.
std::optional<std::size_t> base64_bytes(std::string_view encoded) {
    while (!encoded.empty() && encoded.back() == '=')
        encoded.remove_suffix(1);
    const bool is_base64 =
        sdp::all_of(encoded, [](char c) { return sdp::is_alnum(c) || c == '+' || c == '/'; });
    if (!is_base64) return std::nullopt;
    return encoded.size() * 6 / 8;
}

/// SX014
void check_keys(const Crypto& crypto, const Suite& suite, Reporter& reporter) {
    for (const std::string_view key : sdp::split(crypto.keys, ';')) {
        const std::string_view info = key.substr(kInline.size());
        const std::string_view encoded = info.substr(0, std::min(info.find('|'), info.size()));
        const auto bytes = base64_bytes(encoded);
        if (bytes == suite.key_and_salt_bytes) continue;
        // Neither the key nor a part of it: findings are copied into reports.
        reporter.report(Code::SX014, crypto.suite,
                        bytes ? text("key and salt of ", suite.name, " have ",
                                     std::to_string(suite.key_and_salt_bytes),
                                     " bytes, and here are ", std::to_string(*bytes))
                              : text("the key for ", suite.name, " is not base64"));
    }
}

void check_section(const Section& section, Reporter& reporter) {
    const std::vector<Crypto> cryptos = cryptos_of(section);
    std::vector<const Crypto*> tagged;
    for (const Crypto& crypto : cryptos) {
        if (sdp::trim(crypto.attribute->value).empty()) continue;  // SY014
        if (const std::string problem = problem_of(crypto); !problem.empty()) {
            reporter.report(Code::SX012, crypto.tag, problem);
            continue;
        }
        tagged.push_back(&crypto);
        const Suite* const suite = suite_of(crypto.suite);
        if (suite == nullptr) {
            reporter.report(Code::SX013, crypto.suite,
                            text(quoted(crypto.suite), " is no registered crypto suite"));
            continue;
        }
        check_keys(crypto, *suite, reporter);
    }
    find_doubles(
        tagged, [](const Crypto* crypto) { return crypto->tag; },
        [&](const Crypto* first, const Crypto* again) {
            reporter
                .report(Code::SX015, again->tag,
                        text("another a=crypto line of the section has the tag ", again->tag))
                .related(first->tag, "the first one");
        });
}

/// A master key with its salt, as it is written, and the line that has it.
struct InlineKey {
    std::string_view key;
    std::string_view tag;
};

/// Of the sections that are in use, where they can be read.
std::vector<InlineKey> keys_of(const Description& description) {
    std::vector<InlineKey> out;
    for (const Section& section : description.sections()) {
        if (section.is_rejected()) continue;
        for (const Crypto& crypto : cryptos_of(section)) {
            if (!problem_of(crypto).empty()) continue;
            for (const std::string_view each : sdp::split(crypto.keys, ';')) {
                std::string_view key = each.substr(kInline.size());
                key = key.substr(0, std::min(key.find('|'), key.size()));
                while (key.ends_with('='))
                    key.remove_suffix(1);
                if (!key.empty()) out.push_back({key, crypto.tag});
            }
        }
    }
    return out;
}

/// SX017. Neither the key nor a part of it is told: findings are copied into reports.
void check_repeated_keys(const Description& description, Reporter& reporter) {
    find_doubles(
        keys_of(description), [](const InlineKey& each) { return each.key; },
        [&](const InlineKey& first, const InlineKey& again) {
            reporter.report(Code::SX017, again.tag, "another a=crypto line has the same key")
                .related(first.tag, "the first one");
        });
}

/// SX012 to SX015
void check_cryptos(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections())
        check_section(section, reporter);
}

/// SX016
void check_secure_profile(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        const sdp::MediaLine& media = section.media;
        if (!media.is_rtp || !media.is_secure || media.is_dtls || section.is_rejected()) continue;
        const bool has_keys = section.has(Attr::Crypto) ||
                              !description.fingerprints_for(section).empty() ||
                              description.find_effective(section, Attr::KeyMgmt) != nullptr ||
                              description.find_effective(section, Attr::ZrtpHash) != nullptr;
        if (has_keys) continue;
        reporter.report(Code::SX016, media.proto,
                        text(quoted(media.proto), " and neither a=crypto nor a=fingerprint"));
    }
}

}  // namespace

std::span<const Rule> security_crypto_rules() {
    static constexpr std::array kRules{
        Rule({Code::SX012, Code::SX013, Code::SX014, Code::SX015}, check_cryptos),
        Rule(Code::SX016, check_secure_profile),
        Rule(Code::SX017, check_repeated_keys),
    };
    return kRules;
}

void check_answered_keys(const Pair& pair, Reporter& reporter) {
    each_accepted(pair, [&](const Section& offered, const Section& answered) {
        const std::vector<Crypto> offers = cryptos_of(offered);
        const std::vector<Crypto> answers = cryptos_of(answered);
        if (offers.empty()) {
            for (const Crypto& crypto : answers) {
                reporter.report(Code::OA036, crypto.tag, "no a=crypto was offered");
            }
            return;
        }
        if (answers.empty()) {
            // With DTLS beside it, those are the keys that were taken.
            if (!pair.answer.fingerprints_for(answered).empty() &&
                !pair.offer.fingerprints_for(offered).empty()) {
                return;
            }
            reporter
                .report(Code::OA036, pair.answer.head_of(answered),
                        "the answer takes none of the keys that were offered")
                .related(offers.front().tag, "offered here");
            return;
        }
        if (answers.size() > 1) {
            reporter
                .report(Code::OA036, answers[1].tag, "an answer takes exactly one a=crypto line")
                .related(answers[0].tag, "the first one");
        }
        const Crypto& taken = answers.front();
        const bool is_offered =
            std::any_of(offers.begin(), offers.end(), [&](const Crypto& crypto) {
                return crypto.tag == taken.tag && sdp::equal_in_any_case(crypto.suite, taken.suite);
            });
        if (is_offered) return;
        reporter
            .report(Code::OA036, taken.tag,
                    text("no offered a=crypto line has the tag ", quoted(taken.tag), " and suite ",
                         quoted(taken.suite)))
            .related(offers.front().tag, "the first that was offered");
    });
}

void check_shared_keys(const Pair& pair, Reporter& reporter) {
    std::vector<InlineKey> offered = keys_of(pair.offer);
    std::stable_sort(offered.begin(), offered.end(),
                     [](const InlineKey& a, const InlineKey& b) { return a.key < b.key; });
    for (const InlineKey& answered : keys_of(pair.answer)) {
        const auto same = std::lower_bound(
            offered.begin(), offered.end(), answered.key,
            [](const InlineKey& each, std::string_view key) { return each.key < key; });
        if (same == offered.end() || same->key != answered.key) continue;
        reporter
            .report(Code::OA038, answered.tag, "the a=crypto line has a key that was in the offer")
            .related(same->tag, "the offered line");
    }
}

}  // namespace portolan::lint
