#include "sdp-lint/rules/linter.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "sdp-lint/rules/fixes.hpp"
#include "sdp-lint/rules/fuzz/checks.hpp"

// Any bytes under every profile: findings lie in the text, the same text has the same findings, and
// what has been fixed is left alone by a second run.
namespace portolan::lint {
namespace {

using fuzz::require;

constexpr std::array kProfiles{Profile::WebRtc, Profile::JsepStrict, Profile::Sip,
                               Profile::Broadcast};
constexpr std::array kKinds{sdp::DescriptionKind::Unknown, sdp::DescriptionKind::Offer,
                            sdp::DescriptionKind::Answer};

const Linter& linter_of(Profile profile) {
    static const std::array<Linter, kProfileCount> kLinters{
        Linter(kProfiles[0]), Linter(kProfiles[1]), Linter(kProfiles[2]), Linter(kProfiles[3])};
    return kLinters[static_cast<std::size_t>(profile)];
}

void check_lint(std::string_view text, Profile profile, sdp::DescriptionKind kind) {
    const sdp::Description description(text, kind);
    const std::array<const sdp::Description*, 1> all{&description};
    const auto findings = linter_of(profile).lint(description);
    fuzz::check_findings(findings, all);
    const auto again = linter_of(profile).lint(description);
    require(again.size() == findings.size());
    for (std::size_t i = 0; i < findings.size(); ++i)
        require(again[i].code == findings[i].code && again[i].place == findings[i].place);
}

void check_fixes(std::string_view text, FixLevel level) {
    const Linter& linter = linter_of(Profile::WebRtc);
    const auto once = fix_all(linter, {{.text = std::string(text)}}, level);
    require(once.texts.size() == 1);
    const auto twice = fix_all(linter, once.texts, level);
    require(twice.texts.front().text == once.texts.front().text);
}

}  // namespace
}  // namespace portolan::lint

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace portolan::lint;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    // The input itself chooses, so that one run stays short.
    const std::size_t choice = size == 0 ? 0 : data[size / 2];
    for (const Profile profile : kProfiles)
        check_lint(text, profile, kKinds[choice % kKinds.size()]);
    check_fixes(text, FixLevel::Safe);
    check_fixes(text, FixLevel::SafeAndUnsafe);
    return 0;
}
