// What becomes of ICE and DTLS when a session is negotiated again.
#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/renegotiation_checks.hpp"
#include "sdp-lint/rules/sequence.hpp"

namespace portolan::lint {

namespace {

using sdp::Attribute;

/// RE006: the half that stayed.
void check_half_restart(const Description& before, const Section& section_before,
                        const Description& now, const Section& section, Reporter& reporter) {
    const Attribute* ufrag = now.find_transport(section, Attr::IceUfrag);
    const Attribute* pwd = now.find_transport(section, Attr::IcePwd);
    const Attribute* old_ufrag = before.find_transport(section_before, Attr::IceUfrag);
    const bool pwd_stayed = ufrag->value != old_ufrag->value;
    reporter
        .report(Code::RE006, pwd_stayed ? pwd->value : ufrag->value,
                pwd_stayed ? "ice-ufrag changed and ice-pwd stayed"
                           : "ice-pwd changed and ice-ufrag stayed")
        .related(before.line_of(*old_ufrag).text, "the credentials before");
}

/// Whether ICE is restarted for the section by its side's next description.
Credentials credentials_of(const Description* before, const Description& now,
                           const Section& section) {
    if (before == nullptr) return Credentials::Unknown;
    const Section* old_section = same_transport(*before, now, section);
    if (old_section == nullptr) return Credentials::Unknown;
    return compare_credentials(*before, *old_section, now, section);
}

/// RE008: for an answer. `offer_before` is what the offerer had said before the offer.
void check_answered_restart(const Description& offer, const Description* offer_before,
                            const Description& before, const Description& now,
                            const Section& section, Reporter& reporter) {
    const auto index = static_cast<std::size_t>(section.index);
    if (index >= offer.sections().size()) return;
    if (credentials_of(offer_before, offer, offer.sections()[index]) != Credentials::Kept) return;
    const Attribute* ufrag = now.find_transport(section, Attr::IceUfrag);
    const Section* old_section = same_transport(before, now, section);
    reporter
        .report(Code::RE008, ufrag->value, "new ICE credentials, and the offer asks for no restart")
        .related(before.find_transport(*old_section, Attr::IceUfrag)->value,
                 "the credentials before");
}

/// RE013: for an answer that kept its credentials.
void check_ignored_restart(const Description& offer, const Description* offer_before,
                           const Description& now, const Section& section, Reporter& reporter) {
    const auto index = static_cast<std::size_t>(section.index);
    if (index >= offer.sections().size()) return;
    const Section& offered = offer.sections()[index];
    if (credentials_of(offer_before, offer, offered) != Credentials::Restarted) return;
    const Attribute* ufrag = now.find_transport(section, Attr::IceUfrag);
    reporter
        .report(Code::RE013, ufrag->value,
                "the ICE credentials of before, and the offer restarts ICE")
        .related(offer.find_transport(offered, Attr::IceUfrag)->value, "the restart");
}

/// Credentials of its own that a section of a bundle got, beside those of the bundle. To take over
/// the bundle's is no restart.
bool restarts_alone(const Description& before, const Description& now, const Section& section) {
    if (!now.is_bundled_untagged(section)) return false;
    const Section* old_section = same_stream(before, now, section);
    if (old_section == nullptr) return false;
    const auto ufrag = section.value(Attr::IceUfrag);
    const auto pwd = section.value(Attr::IcePwd);
    const auto old_ufrag = old_section->value(Attr::IceUfrag);
    const auto old_pwd = old_section->value(Attr::IcePwd);
    if (!ufrag || !pwd || !old_ufrag || !old_pwd) return false;
    const std::int32_t tagged = now.bundle_of(section)->tagged;
    if (tagged == sdp::kSession || now.section(tagged).value(Attr::IceUfrag) == ufrag) return false;
    return *ufrag != *old_ufrag && *pwd != *old_pwd;
}

}  // namespace

void check_restarts(const Sequence& sequence, Reporter& reporter) {
    const Session session(sequence);
    for (std::size_t i = 2; i < session.size(); ++i) {
        const Description* before = session.previous_of_same_side(i);
        if (before == nullptr) continue;
        const Description& now = session.at(i);
        const Section* kept = nullptr;
        const Section* restarted = nullptr;
        for (const Section& section : now.sections()) {
            if (restarted == nullptr && restarts_alone(*before, now, section)) restarted = &section;
            switch (credentials_of(before, now, section)) {
                case Credentials::Unknown:
                    break;
                case Credentials::Kept:
                    if (kept == nullptr) kept = &section;
                    if (!session.is_offer(i)) {
                        check_ignored_restart(session.at(i - 1),
                                              session.previous_of_same_side(i - 1), now, section,
                                              reporter);
                    }
                    break;
                case Credentials::HalfRestarted:
                    check_half_restart(*before, *same_transport(*before, now, section), now,
                                       section, reporter);
                    break;
                case Credentials::Restarted:
                    if (restarted == nullptr) restarted = &section;
                    if (!session.is_offer(i)) {
                        check_answered_restart(session.at(i - 1),
                                               session.previous_of_same_side(i - 1), *before, now,
                                               section, reporter);
                    }
                    break;
            }
        }
        if (!session.is_offer(i) || kept == nullptr || restarted == nullptr) continue;
        reporter
            .report(Code::RE007, now.head_of(*kept), "ICE restarts in other sections and not here")
            .related(now.head_of(*restarted), "restarts here");
    }
}

namespace {

/// What an agent says of itself, and may change in a restart only.
constexpr std::array kRestartOnly{Attr::IceLite, Attr::IceOptions, Attr::IcePacing};

/// The value with its words in an order of their own; nothing without the attribute.
std::optional<std::string> words_of(const Attribute* attribute) {
    if (attribute == nullptr) return std::nullopt;
    std::vector<std::string_view> words;
    for (const std::string_view word : sdp::words(attribute->value))
        words.push_back(word);
    std::sort(words.begin(), words.end());
    std::string out;
    for (const std::string_view word : words)
        out += (out.empty() ? "" : " ") + std::string(word);
    return out;
}

}  // namespace

void check_ice_parameters(const Sequence& sequence, Reporter& reporter) {
    const Session session(sequence);
    for (std::size_t i = 2; i < session.size(); ++i) {
        const Description* before = session.previous_of_same_side(i);
        if (before == nullptr) continue;
        const Description& now = session.at(i);
        std::array<bool, kRestartOnly.size()> said{};
        for (const Section& section : now.sections()) {
            if (credentials_of(before, now, section) != Credentials::Kept) continue;
            const Section* old_section = same_transport(*before, now, section);
            for (std::size_t at = 0; at < kRestartOnly.size(); ++at) {
                const Attribute* old_attribute =
                    before->find_transport(*old_section, kRestartOnly.at(at));
                const Attribute* attribute = now.find_transport(section, kRestartOnly.at(at));
                if (said.at(at) || words_of(old_attribute) == words_of(attribute)) continue;
                // Once: what an agent can do is the same in all its sections.
                said.at(at) = true;
                reporter
                    .report(
                        Code::RE014,
                        attribute != nullptr ? now.line_of(*attribute).text : now.head_of(section),
                        text(row_of(kRestartOnly.at(at)).name,
                             attribute == nullptr       ? " is gone"
                             : old_attribute == nullptr ? " is new"
                                                        : " changed",
                             ", and ICE does not restart"))
                    .related(old_attribute != nullptr ? before->line_of(*old_attribute).text
                                                      : before->head_of(*old_section),
                             "what was said before");
            }
        }
    }
}

namespace {

/// The certificates that apply, in an order of their own.
std::vector<std::string> certificates_of(const Description& description, const Section& section) {
    std::vector<std::string> out;
    for (const sdp::Fingerprint& fingerprint : description.fingerprints_for(section)) {
        out.push_back(sdp::lower_of(text(fingerprint.hash, " ", fingerprint.digest)));
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

std::string_view tls_id_of(const Description& description, const Section& section) {
    const Attribute* attribute = description.find_transport(section, Attr::TlsId);
    return attribute == nullptr ? std::string_view{} : attribute->value;
}

/// Where the side's DTLS identity differs from before, or nothing.
std::optional<std::string_view> identity_change(const Description& before,
                                                const Section& section_before,
                                                const Description& now, const Section& section) {
    const auto old_certificates = certificates_of(before, section_before);
    const auto certificates = certificates_of(now, section);
    if (!old_certificates.empty() && !certificates.empty() && old_certificates != certificates)
        return now.fingerprints_for(section).front().digest;
    const std::string_view old_id = tls_id_of(before, section_before);
    const std::string_view id = tls_id_of(now, section);
    if (!old_id.empty() && !id.empty() && old_id != id) return id;
    return std::nullopt;
}

}  // namespace

void check_certificates(const Sequence& sequence, Reporter& reporter) {
    each_section_again(
        sequence, same_transport,
        [&](const auto& before, const auto& old_section, const auto& now, const auto& section) {
            if (!section.media.is_dtls ||
                compare_credentials(before, old_section, now, section) != Credentials::Kept) {
                return;
            }
            const auto place = identity_change(before, old_section, now, section);
            if (!place) return;
            reporter
                .report(Code::RE009, *place,
                        "a new DTLS identity with the ICE credentials of before")
                .related(before.head_of(old_section), "the section before");
        });
}

namespace {

/// Who is the DTLS client of a section, as its last answer said.
struct Role {
    bool is_known = false;
    Side client = 0;
    std::string_view where;
};

/// Whether the side begins a new association in the section.
bool begins_anew(const Description* before, const Description& now, const Section& section) {
    if (before == nullptr) return true;
    const Section* old_section = same_transport(*before, now, section);
    if (old_section == nullptr) return true;
    return compare_credentials(*before, *old_section, now, section) != Credentials::Kept ||
           identity_change(*before, *old_section, now, section).has_value();
}

}  // namespace

void check_dtls_roles(const Sequence& sequence, Reporter& reporter) {
    const Session session(sequence);
    std::vector<Role> roles;
    for (std::size_t i = 1; i < session.size(); i += 2) {
        const Description& offer = session.at(i - 1);
        const Description& answer = session.at(i);
        const std::size_t count = std::min(offer.sections().size(), answer.sections().size());
        if (roles.size() < count) roles.resize(count);
        for (std::size_t at = 0; at < count; ++at) {
            const Section& section = answer.sections()[at];
            if (answer.is_bundled_untagged(section)) continue;
            const Attribute* setup = answer.find_transport(section, Attr::Setup);
            Role role;
            if (setup != nullptr && (setup->value == "active" || setup->value == "passive") &&
                !section.is_rejected()) {
                const Side answerer = session.side_of(i);
                role = {true, setup->value == "active" ? answerer : static_cast<Side>(1 - answerer),
                        setup->value};
            }
            const bool is_new =
                begins_anew(session.previous_of_same_side(i - 1), offer, offer.sections()[at]) ||
                begins_anew(session.previous_of_same_side(i), answer, section);
            if (role.is_known && roles[at].is_known && !is_new && role.client != roles[at].client) {
                reporter
                    .report(Code::RE010, role.where,
                            text("with ", role.where,
                                 " client and server of the DTLS connection change places"))
                    .related(roles[at].where, "the role that was negotiated");
                continue;
            }
            roles[at] = role;
        }
    }
}

void check_rtcp_mux(const Sequence& sequence, Reporter& reporter) {
    const Session session(sequence);
    for (std::size_t i = 2; i < session.size(); ++i) {
        const Description& now = session.at(i);
        const Description* answer = session.previous_answer(i);
        if (answer == nullptr) continue;
        for (const Section& section : now.sections()) {
            const Section* negotiated = same_transport(*answer, now, section);
            if (negotiated == nullptr || !section.media.is_rtp) continue;
            const bool was_on = answer->find_transport(*negotiated, Attr::RtcpMux) != nullptr;
            const bool is_on = now.find_transport(section, Attr::RtcpMux) != nullptr;
            if (was_on == is_on) continue;
            reporter
                .report(Code::RE011, now.head_of(section),
                        was_on ? "rtcp-mux was negotiated and is gone"
                               : "rtcp-mux was not negotiated and is added")
                .related(answer->head_of(*negotiated), "the section as it was negotiated");
        }
    }
}

}  // namespace portolan::lint
