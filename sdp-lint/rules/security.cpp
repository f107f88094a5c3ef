#include <algorithm>
#include <array>
#include <bitset>
#include <map>

#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/registry.hpp"
#include "sdp-lint/rules/sequence.hpp"

namespace portolan::lint {

namespace {

using sdp::AddressScope;
using sdp::Attribute;
using sdp::Candidate;

/// Calls visit for the session and each section.
template <typename Visit>
void each_part(const Description& description, Visit visit) {
    visit(description.session());
    for (const Section& section : description.sections())
        visit(section);
}

/// Whether DTLS makes the keys of everything that the part speaks of.
bool has_certificate(const Description& description, const Section& part) {
    if (!part.is_session()) return !description.fingerprints_for(part).empty();
    return std::all_of(
        description.sections().begin(), description.sections().end(), [&](const Section& section) {
            return section.is_rejected() || !description.fingerprints_for(section).empty();
        });
}

void check_crypto(const Description& description, Reporter& reporter) {
    each_part(description, [&](const Section& part) {
        if (!part.has(Attr::Crypto) && !part.has(Attr::KeyMgmt)) return;
        // Without DTLS there would be no keys at all.
        const bool can_go = has_certificate(description, part);
        for (const Attr id : {Attr::Crypto, Attr::KeyMgmt}) {
            part.each(id, [&](const Attribute& attribute) {
                auto draft = reporter.report(
                    Code::SX001, description.line_of(attribute).text,
                    text("a=", attribute.name, " carries keys that signalling can read"));
                if (can_go) draft.fix("remove the line", erase_line(description, attribute));
            });
        }
    });
}

void check_session_parameters(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        section.each(Attr::Crypto, [&](const Attribute& attribute) {
            for (const std::string_view word : sdp::words(attribute.value)) {
                if (word == "UNENCRYPTED_SRTP" || word == "UNENCRYPTED_SRTCP" ||
                    word == "UNAUTHENTICATED_SRTP") {
                    reporter.report(Code::SX006, word, text(word, " turns protection off"));
                }
            }
        });
    }
}

void check_candidates(const Description& description, Reporter& reporter) {
    for (const Candidate& candidate : description.candidates()) {
        if (candidate.address.scope == AddressScope::Private) {
            reporter.report(Code::SX002, candidate.address.text,
                            text(candidate.address.text, " is an address of a private network"));
        }
        const sdp::Address& related = candidate.related_address;
        if (related.scope != AddressScope::Private) continue;
        auto draft = reporter.report(Code::SX003, related.text,
                                     text(related.text, " is the address behind a NAT"));
        std::vector<ViewEdit> edits{
            replace(related.text, related.kind == sdp::AddressKind::IPv6 ? "::" : "0.0.0.0")};
        // RFC 8839 s5.1: a hidden address goes with port 9.
        if (candidate.related_port.value)
            edits.push_back(replace(candidate.related_port.text, "9"));
        draft.fix("hide the address", std::move(edits));
    }
}

void check_origin(const Description& description, Reporter& reporter) {
    const sdp::Origin* origin = description.origin();
    // A lite agent is a server whose address everybody may know.
    if (origin == nullptr || !origin->address.is_numeric() || description.is_ice_lite()) return;
    const sdp::Address& address = origin->address;
    if (address.scope == AddressScope::Unspecified || address.scope == AddressScope::Loopback)
        return;
    reporter
        .report(Code::SX004, address.text,
                text("o= says that the host has the address ", address.text))
        .fix("write a meaningless address",
             replace(address.text, address.kind == sdp::AddressKind::IPv6 ? "::" : "0.0.0.0"));
}

void check_keying(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        const sdp::MediaLine& media = section.media;
        if (!media.is_rtp || media.is_secure || media.is_dtls || section.is_rejected()) continue;
        // With a fingerprint only the protocol's name is wrong, which is ME006.
        if (!description.fingerprints_for(section).empty() || section.has(Attr::Crypto) ||
            description.find_effective(section, Attr::KeyMgmt) != nullptr) {
            continue;
        }
        reporter.report(Code::SX005, media.proto,
                        text(quoted(media.proto), " without keys: anyone can listen"));
    }
}

/// Of a password of 22 random ice-chars, fewer than this are different once in 10^11.
constexpr std::size_t kFewCharacters = 8;

std::size_t count_different(std::string_view text) {
    std::bitset<256> seen;
    for (const char c : text)
        seen.set(static_cast<unsigned char>(c));
    return seen.count();
}

/// Whether a word that everybody thinks of begins there.
bool begins_with_word(std::string_view text) {
    const auto is = [&](std::string_view word) { return sdp::starts_with_ignore_case(text, word); };
    switch (sdp::to_lower(text.front())) {
        case 'p':
            return is("password");
        case 's':
            return is("secret");
        case '1':
            return is("123456");
        case 'a':
            return is("abcdef");
        case 'q':
            return is("qwerty");
        case 'c':
            return is("changeme");
        default:
            return false;
    }
}

bool is_weak_password(std::string_view password) {
    if (password.size() < 4) return false;
    if (count_different(password) < kFewCharacters) return true;
    for (; !password.empty(); password.remove_prefix(1)) {
        if (begins_with_word(password)) return true;
    }
    return false;
}

bool is_weak_ufrag(std::string_view ufrag) {
    constexpr std::array<std::string_view, 8> kWords{"test", "user",  "ufrag",    "abcd",
                                                     "1234", "admin", "username", "12345678"};
    // Shorter ones are IC003's.
    if (ufrag.size() < 4) return false;
    return count_different(ufrag) == 1 ||
           std::any_of(kWords.begin(), kWords.end(),
                       [&](std::string_view word) { return sdp::equal_in_any_case(ufrag, word); });
}

void check_credentials(const Description& description, Reporter& reporter) {
    // Browsers write the same ones into every section.
    std::string_view good_password;
    each_part(description, [&](const Section& part) {
        part.each(Attr::IceUfrag, [&](const Attribute& attribute) {
            if (!is_weak_ufrag(attribute.value)) return;
            reporter.report(Code::SX007, attribute.value,
                            text("the ufrag ", quoted(attribute.value), " is easy to guess"));
        });
        part.each(Attr::IcePwd, [&](const Attribute& attribute) {
            if (attribute.value == good_password) return;
            if (!is_weak_password(attribute.value)) {
                good_password = attribute.value;
                return;
            }
            reporter.report(Code::SX007, attribute.value, "the password is easy to guess");
        });
    });
}

void check_names(const Description& description, Reporter& reporter) {
    for (const sdp::Ssrc& ssrc : description.ssrcs()) {
        if (ssrc.name != "cname") continue;
        const std::size_t at = ssrc.value.find('@');
        const bool is_mail = at != std::string_view::npos && at > 0 && at + 1 < ssrc.value.size();
        if (!is_mail && !sdp::parse_address(ssrc.value).is_numeric()) continue;
        reporter.report(Code::SX008, ssrc.value,
                        text("the cname ", quoted(ssrc.value), " names a user or a host"));
    }
}

void check_cryptex(const Description& description, Reporter& reporter) {
    if (description.session().has(Attr::Cryptex)) return;
    for (const sdp::BundleGroup& group : description.bundle_groups()) {
        const Section* with = nullptr;
        const Section* without = nullptr;
        for (const std::int32_t index : group.sections) {
            const Section& section = description.section(index);
            if (!section.media.is_rtp || section.is_rejected()) continue;
            (section.has(Attr::Cryptex) ? with : without) = &section;
        }
        if (with == nullptr || without == nullptr) continue;
        reporter
            .report(Code::SX009, description.head_of(*without),
                    "a=cryptex is missing here and present in the same bundle")
            .related(description.line_of(*with->find(Attr::Cryptex)).text, "encrypts headers");
    }
}

void check_alpn(const Description& description, Reporter& reporter) {
    each_part(description, [&](const Section& part) {
        part.each(Attr::Unknown, [&](const Attribute& attribute) {
            if (!sdp::equal_in_any_case(attribute.name, "alpn")) return;
            reporter.report(Code::SX011, description.line_of(attribute).text,
                            "ALPN is negotiated by TLS, not in SDP");
        });
    });
}

/// SX010: a digest that both sides' descriptions have, though their sessions differ.
void check_shared_certificates(const Sequence& sequence, Reporter& reporter) {
    struct Use {
        std::size_t index;
        std::string_view where;
        bool reported = false;
    };
    const Session session(sequence);
    const auto is_other = [&](std::size_t a, std::size_t b) {
        const sdp::Origin* first = session.at(a).origin();
        const sdp::Origin* second = session.at(b).origin();
        return session.side_of(a) != session.side_of(b) && first != nullptr && second != nullptr &&
               first->session_id != second->session_id;
    };
    std::map<std::string_view, Use> uses;
    for (std::size_t i = 0; i < session.size(); ++i) {
        for (const sdp::Fingerprint& fingerprint : session.at(i).fingerprints()) {
            if (fingerprint.digest.empty()) continue;
            const auto [at, is_new] =
                uses.try_emplace(fingerprint.digest, Use{i, fingerprint.digest});
            if (is_new || at->second.reported || !is_other(at->second.index, i)) continue;
            at->second.reported = true;
            reporter
                .report(Code::SX010, fingerprint.digest, "another session has the same certificate")
                .related(at->second.where, "the same fingerprint");
        }
    }
}

}  // namespace

std::span<const Rule> security_rules() {
    static constexpr std::array kRules{
        Rule(Code::SX001, check_crypto),
        Rule({Code::SX002, Code::SX003}, check_candidates),
        Rule(Code::SX004, check_origin),
        Rule(Code::SX005, check_keying),
        Rule(Code::SX006, check_session_parameters),
        Rule(Code::SX007, check_credentials),
        Rule(Code::SX008, check_names),
        Rule(Code::SX009, check_cryptex),
        Rule(Code::SX010, check_shared_certificates),
        Rule(Code::SX011, check_alpn),
    };
    return kRules;
}

}  // namespace portolan::lint
