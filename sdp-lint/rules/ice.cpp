#include <array>
#include <vector>

#include "sdp-lint/rules/doubles.hpp"
#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/ice_checks.hpp"
#include "sdp-lint/rules/registry.hpp"
#include "sdp-lint/rules/say.hpp"
#include "sdp-lint/rules/usage.hpp"

namespace portolan::lint {

namespace {

using sdp::Attribute;

/// RFC 8839 s5.4
constexpr std::size_t kMinUfragBytes = 4;
constexpr std::size_t kMinPwdBytes = 22;
constexpr std::size_t kMaxCredentialBytes = 256;
constexpr std::size_t kMaxSentUfragBytes = 32;

/// IC001, IC002
void credentials_present(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        if (!needs_ice(description, section, reporter.profile())) continue;
        // What the tagged section of a bundle lacks is said of that one alone.
        const Section& tagged = description.transport_of(section);
        if (&tagged != &section && needs_ice(description, tagged, reporter.profile())) continue;
        if (description.find_transport(section, Attr::IceUfrag) == nullptr) {
            reporter.report(Code::IC001, description.head_of(section),
                            "there is no a=ice-ufrag for this section");
        }
        if (description.find_transport(section, Attr::IcePwd) == nullptr) {
            reporter.report(Code::IC002, description.head_of(section),
                            "there is no a=ice-pwd for this section");
        }
    }
}

void credential(const Attribute& attribute, Reporter& reporter) {
    const std::string_view value = attribute.value;
    if (value.empty()) return;  // SY014
    const bool is_ufrag = attribute.id == Attr::IceUfrag;
    const std::size_t least = is_ufrag ? kMinUfragBytes : kMinPwdBytes;
    const auto length = [&] { return std::to_string(value.size()); };
    if (value.size() < least || value.size() > kMaxCredentialBytes) {
        reporter.report(is_ufrag ? Code::IC003 : Code::IC005, value,
                        "the " + std::string(is_ufrag ? "fragment" : "password") + " has " +
                            length() + " characters instead of " + std::to_string(least) +
                            " to 256");
    } else if (is_ufrag && value.size() > kMaxSentUfragBytes) {
        reporter.report(Code::IC004, value,
                        "the fragment has " + length() + " characters; no more than 32 are sent");
    }
    if (!sdp::all_of(value, sdp::is_ice_char)) {
        reporter.report(Code::IC006, value,
                        quoted(value) + " has characters other than letters, digits, '+' and '/'");
    }
}

/// IC003, IC004, IC005, IC006
void credentials(const Description& description, Reporter& reporter) {
    const auto check = [&](const Section& section) {
        const auto one = [&](const Attribute& attribute) { credential(attribute, reporter); };
        section.each(Attr::IceUfrag, one);
        section.each(Attr::IcePwd, one);
    };
    check(description.session());
    for (const Section& section : description.sections())
        check(section);
}

/// IC007
void shared_fragments(const Description& description, Reporter& reporter) {
    struct Credentials {
        const Attribute* ufrag;
        const Attribute* pwd;
    };
    std::vector<Credentials> all;
    all.reserve(description.sections().size());
    for (const Section& section : description.sections()) {
        if (section.is_rejected()) continue;
        const Attribute* const ufrag = description.find_effective(section, Attr::IceUfrag);
        const Attribute* const pwd = description.find_effective(section, Attr::IcePwd);
        if (ufrag != nullptr && pwd != nullptr) all.push_back({ufrag, pwd});
    }
    find_doubles(
        all, [](const Credentials& credentials) { return credentials.ufrag->value; },
        [&](const Credentials& first, const Credentials& again) {
            if (first.pwd->value == again.pwd->value) return;
            reporter
                .report(Code::IC007, again.pwd->value,
                        "fragment " + quoted(again.ufrag->value) + " has another password before")
                .related(first.pwd->value, "the other password");
        });
}

void options_line(const Description& description, const Attribute& attribute, Reporter& reporter) {
    if (sdp::trim(attribute.value).empty()) {
        reporter.report(Code::IC036, attribute.value, "a=ice-options names no option")
            .fix("remove the line", erase_line(description, attribute));
        return;
    }
    for (const std::string_view option : sdp::words(attribute.value)) {
        if (sdp::all_of(option, sdp::is_ice_char)) continue;
        Draft draft = reporter.report(Code::IC036, option,
                                      quoted(option) + " is not letters, digits, '+' and '/'");
        if (sdp::count_words(attribute.value) == 1) {
            draft.fix("remove the line", erase_line(description, attribute));
        } else if (option.data() != attribute.value.data()) {
            draft.fix("remove the option",
                      erase(std::string_view(option.data() - 1, option.size() + 1)));
        } else {
            draft.fix("remove the option",
                      erase(std::string_view(option.data(), option.size() + 1)));
        }
    }
}

/// IC036
void options(const Description& description, Reporter& reporter) {
    const auto check = [&](const Section& section) {
        section.each(Attr::IceOptions, [&](const Attribute& attribute) {
            options_line(description, attribute, reporter);
        });
    };
    check(description.session());
    for (const Section& section : description.sections())
        check(section);
}

/// IC039: RFC 8839 s5.2 (MUST NOT in any other case).
void remote_candidates(const Description& description, Reporter& reporter) {
    if (description.kind() != sdp::DescriptionKind::Answer) return;
    for (const Section& section : description.sections()) {
        section.each(Attr::RemoteCandidates, [&](const Attribute& attribute) {
            reporter.report(Code::IC039, attribute.name, "an answer has no a=remote-candidates")
                .fix("remove the line", erase_line(description, attribute));
        });
    }
}

}  // namespace

std::span<const Rule> ice_rules() {
    static constexpr std::array kRules{
        Rule({Code::IC001, Code::IC002}, credentials_present),
        Rule({Code::IC003, Code::IC004, Code::IC005, Code::IC006}, credentials),
        Rule(Code::IC007, shared_fragments),
        Rule({Code::IC008, Code::IC009, Code::IC010, Code::IC011, Code::IC012, Code::IC014,
              Code::IC015, Code::IC016, Code::IC017, Code::IC042, Code::IC043},
             candidate_fields),
        Rule({Code::IC018, Code::IC019, Code::IC020}, related_addresses),
        Rule({Code::IC021, Code::IC022, Code::IC023, Code::IC024}, tcp_types),
        Rule({Code::IC025, Code::IC026, Code::IC031}, candidate_addresses),
        Rule({Code::IC027, Code::IC028, Code::IC029, Code::IC030}, candidate_sets),
        Rule({Code::IC013, Code::IC032, Code::IC038}, candidate_places),
        Rule({Code::IC033, Code::IC034, Code::IC035}, reachability),
        Rule(Code::IC036, options),
        Rule(Code::IC037, default_destination_known),
        Rule(Code::IC039, remote_candidates),
        Rule(Code::IC040, candidate_generation),
        Rule(Code::IC041, fragment_form),
    };
    return kRules;
}

}  // namespace portolan::lint
