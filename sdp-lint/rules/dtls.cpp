#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/registry.hpp"
#include "sdp-lint/rules/say.hpp"
#include "sdp-lint/rules/usage.hpp"

namespace portolan::lint {

namespace {

using sdp::Attribute;
using sdp::Fingerprint;

struct HashFunction {
    std::string_view name;
    std::uint32_t digest_bytes;
};

/// RFC 8122 s5, without those that must not be used.
constexpr std::array<HashFunction, 5> kHashFunctions{{
    {"sha-1", 20},
    {"sha-224", 28},
    {"sha-256", 32},
    {"sha-384", 48},
    {"sha-512", 64},
}};
/// RFC 8842 s4
constexpr std::size_t kMinTlsIdBytes = 20;
constexpr std::size_t kMaxTlsIdBytes = 255;

const HashFunction* find_hash(std::string_view name) {
    for (const HashFunction& hash : kHashFunctions) {
        if (sdp::equal_in_any_case(hash.name, name)) return &hash;
    }
    return nullptr;
}

bool is_weak_hash(std::string_view name) {
    return sdp::equal_in_any_case(name, "md5") || sdp::equal_in_any_case(name, "md2");
}

/// By the section whose transport they use: those that have to have a=setup.
using Carried = std::map<const Section*, std::vector<const Section*>>;

Carried carried_sections(const Description& description, Profile profile) {
    Carried out;
    for (const Section& section : description.sections()) {
        if (needs_dtls(section, profile))
            out[&description.transport_of(section)].push_back(&section);
    }
    return out;
}

/// In each of them, as Firefox wants it.
std::vector<ViewEdit> with_line_each(const Description& description,
                                     const std::vector<const Section*>& sections,
                                     std::string_view line) {
    std::vector<ViewEdit> edits;
    edits.reserve(sections.size());
    for (const Section* section : sections)
        edits.push_back(append_line(description, *section, line));
    return edits;
}

/// DT001, DT009
void required(const Description& description, Reporter& reporter) {
    Carried carried = carried_sections(description, reporter.profile());
    for (const Section& section : description.sections()) {
        if (!needs_dtls(section, reporter.profile())) continue;
        // What the tagged section of a bundle lacks is said of that one alone.
        const Section& tagged = description.transport_of(section);
        if (&tagged != &section && needs_dtls(tagged, reporter.profile())) continue;
        if (description.fingerprints_for(section).empty()) {
            reporter.report(Code::DT001, description.head_of(section),
                            "there is no a=fingerprint for this section");
        }
        if (description.find_transport(section, Attr::Setup) != nullptr) continue;
        Draft draft = reporter.report(Code::DT009, description.head_of(section),
                                      "there is no a=setup for this section");
        const std::vector<const Section*> alone{&section};
        const auto& lacking = &tagged == &section ? carried[&section] : alone;
        if (description.kind() == sdp::DescriptionKind::Offer) {
            draft.fix("add a=setup:actpass",
                      with_line_each(description, lacking, "a=setup:actpass"));
        } else if (description.kind() == sdp::DescriptionKind::Answer) {
            draft.fix("add a=setup:active", with_line_each(description, lacking, "a=setup:active"));
        }
    }
}

std::string with_colons(std::string_view digest) {
    std::string out;
    for (std::size_t i = 0; i < digest.size(); ++i) {
        if (i > 0 && i % 2 == 0) out += ':';
        out += digest[i];
    }
    return out;
}

bool is_repeated_octet(const Fingerprint& fingerprint) {
    const std::string_view digest = fingerprint.digest;
    if (fingerprint.digest_bytes < 16) return false;
    for (std::size_t i = 3; i < digest.size(); ++i) {
        if (sdp::to_lower(digest[i]) != sdp::to_lower(digest[i - 3])) return false;
    }
    return true;
}

void well_formed_digest(const Fingerprint& fingerprint, const HashFunction* hash,
                        Reporter& reporter) {
    const std::string_view digest = fingerprint.digest;
    if (std::any_of(digest.begin(), digest.end(), [](char c) { return c >= 'a' && c <= 'f'; })) {
        std::string upper(digest);
        for (char& c : upper) {
            if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
        }
        reporter.report(Code::DT005, digest, "the digits are in lower case")
            .fix("write upper case", replace(digest, std::move(upper)));
    }
    if (is_repeated_octet(fingerprint)) {
        reporter.report(Code::DT015, digest,
                        "all octets are " + quoted(digest.substr(0, 2)) + ": a placeholder");
    }
    if (hash == nullptr || fingerprint.digest_bytes == hash->digest_bytes) return;
    const auto* const other = std::find_if(
        kHashFunctions.begin(), kHashFunctions.end(), [&](const HashFunction& candidate) {
            return candidate.digest_bytes == fingerprint.digest_bytes;
        });
    const std::string octets = std::to_string(fingerprint.digest_bytes) + " octets";
    if (other != kHashFunctions.end()) {
        reporter
            .report(Code::DT003, fingerprint.hash,
                    octets + " are a hash by " + std::string(other->name) + ", not by " +
                        std::string(hash->name))
            .fix("write " + std::string(other->name),
                 replace(fingerprint.hash, std::string(other->name)));
    } else {
        reporter.report(Code::DT002, digest,
                        octets + " instead of the " + std::to_string(hash->digest_bytes) + " of " +
                            std::string(hash->name));
    }
}

/// DT002 to DT007, DT015, DT016
void fingerprints(const Description& description, Reporter& reporter) {
    for (const Fingerprint& fingerprint : description.fingerprints()) {
        const std::string_view value = fingerprint.attribute->value;
        if (sdp::trim(value).empty()) continue;  // SY014
        const std::string_view blanks =
            value.substr(0, value.size() - sdp::trim_left(value).size());
        if (!blanks.empty()) {
            reporter.report(Code::DT016, blanks, "a blank before the hash function")
                .fix("remove the blank", erase(blanks));
        }
        const HashFunction* const hash = find_hash(fingerprint.hash);
        if (is_weak_hash(fingerprint.hash)) {
            reporter.report(Code::DT007, fingerprint.hash,
                            quoted(fingerprint.hash) + " must not be used");
        } else if (hash == nullptr) {
            reporter.report(Code::DT004, fingerprint.hash,
                            quoted(fingerprint.hash) + " is no hash function of RFC 8122");
        }
        const std::string_view digest = fingerprint.digest;
        if (fingerprint.is_hex && fingerprint.has_colons) {
            well_formed_digest(fingerprint, hash, reporter);
            continue;
        }
        const bool only_colons_missing = fingerprint.is_hex && digest.size() % 2 == 0 &&
                                         digest.find(':') == std::string_view::npos;
        Draft draft = reporter.report(Code::DT006, digest,
                                      digest.empty()        ? "there is no fingerprint"
                                      : only_colons_missing ? "the colons are missing"
                                                            : "not pairs of hexadecimal digits "
                                                              "with colons between them");
        if (only_colons_missing) draft.fix("add the colons", replace(digest, with_colons(digest)));
    }
}

/// Distinct digests of each hash function, by name.
std::vector<std::pair<std::string_view, std::size_t>> digests_per_hash(
    std::span<const Fingerprint> fingerprints) {
    std::vector<std::pair<std::string_view, std::string_view>> all;
    for (const Fingerprint& fingerprint : fingerprints)
        all.emplace_back(fingerprint.hash, fingerprint.digest);
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    std::vector<std::pair<std::string_view, std::size_t>> counts;
    for (const auto& [hash, digest] : all) {
        if (counts.empty() || counts.back().first != hash) counts.emplace_back(hash, 0);
        ++counts.back().second;
    }
    return counts;
}

/// DT008, DT014
void fingerprint_sets(const Description& description, Reporter& reporter) {
    const auto check = [&](std::span<const Fingerprint> all) {
        if (all.empty()) return;
        if (std::all_of(all.begin(), all.end(), [](const Fingerprint& fingerprint) {
                return sdp::equal_in_any_case(fingerprint.hash, "sha-1");
            })) {
            reporter.report(Code::DT008, all.front().hash, "there is a SHA-1 fingerprint only");
        }
        if (all.size() < 3) return;
        const auto counts = digests_per_hash(all);
        const auto by_count = [](const auto& a, const auto& b) { return a.second < b.second; };
        const auto [fewest, most] = std::minmax_element(counts.begin(), counts.end(), by_count);
        if (fewest->second == most->second) return;
        reporter.report(Code::DT014, fewest->first,
                        std::to_string(most->second) + " fingerprints by " + quoted(most->first) +
                            ", but " + std::to_string(fewest->second) + " by " +
                            quoted(fewest->first));
    };
    check(description.session().fingerprints);
    for (const Section& section : description.sections())
        check(section.fingerprints);
}

/// DT010, DT011
void setup_values(const Description& description, Reporter& reporter) {
    const auto check = [&](const Section& section, bool is_dtls) {
        section.each(Attr::Setup, [&](const Attribute& attribute) {
            // Blanks around it are SY009 and SY017.
            const std::string_view value = sdp::trim(attribute.value);
            if (value.empty() || value == "active" || value == "passive" || value == "actpass") {
                return;
            }
            if (value != "holdconn") {
                reporter.report(Code::DT010, value, quoted(value) + " is no value of a=setup");
            } else if (is_dtls) {
                reporter.report(Code::DT011, value, "'holdconn' must not be used with DTLS");
            }
        });
    };
    bool any_dtls = false;
    for (const Section& section : description.sections()) {
        const bool is_dtls = needs_dtls(section, reporter.profile());
        any_dtls = any_dtls || is_dtls;
        check(section, is_dtls);
    }
    check(description.session(), any_dtls);
}

bool is_tls_id_char(char c) {
    return sdp::is_alnum(c) || c == '+' || c == '/' || c == '-' || c == '_';
}

/// DT012, DT013
void tls_ids(const Description& description, Reporter& reporter) {
    const auto check = [&](const Section& section) {
        section.each(Attr::TlsId, [&](const Attribute& attribute) {
            const std::string_view value = attribute.value;
            if (!value.empty() && (value.size() < kMinTlsIdBytes || value.size() > kMaxTlsIdBytes ||
                                   !sdp::all_of(value, is_tls_id_char))) {
                reporter.report(Code::DT012, value,
                                "a tls-id is 20 to 255 letters, digits, '+', '/', '-' or '_'");
            }
            if (section.is_session() || !description.is_bundled_untagged(section)) return;
            // In an initial offer each section has its own, but the tagged one not less.
            const Section& tagged = description.section(description.bundle_of(section)->tagged);
            if (!is_bundle_only(section) && !is_answer_like(description) &&
                (tagged.has(Attr::TlsId) || description.session().has(Attr::TlsId))) {
                return;
            }
            reporter.report(Code::DT013, attribute.name, "a=tls-id in a section that is not tagged")
                .fix("remove the line", erase_line(description, attribute));
        });
    };
    check(description.session());
    for (const Section& section : description.sections())
        check(section);
}

}  // namespace

std::span<const Rule> dtls_rules() {
    static constexpr std::array kRules{
        Rule({Code::DT001, Code::DT009}, required),
        Rule({Code::DT002, Code::DT003, Code::DT004, Code::DT005, Code::DT006, Code::DT007,
              Code::DT015, Code::DT016},
             fingerprints),
        Rule({Code::DT008, Code::DT014}, fingerprint_sets),
        Rule({Code::DT010, Code::DT011}, setup_values),
        Rule({Code::DT012, Code::DT013}, tls_ids),
    };
    return kRules;
}

}  // namespace portolan::lint
