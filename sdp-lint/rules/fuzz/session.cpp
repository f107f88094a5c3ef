#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sdp-lint/rules/fuzz/checks.hpp"
#include "sdp-lint/rules/linter.hpp"
#include "sdp-lint/rules/negotiation.hpp"

// Several descriptions, parted by lines "@@": as a session, as what was munged, and negotiated.
namespace portolan::lint {
namespace {

constexpr std::size_t kMaxDescriptions = 6;

std::vector<std::string_view> parts_of(std::string_view text) {
    std::vector<std::string_view> parts;
    while (parts.size() + 1 < kMaxDescriptions) {
        const std::size_t at = text.find("\n@@\n");
        if (at == std::string_view::npos) break;
        parts.push_back(text.substr(0, at + 1));
        text.remove_prefix(at + 4);
    }
    parts.push_back(text);
    return parts;
}

void check_session(const Linter& linter, const std::vector<sdp::Description>& descriptions) {
    std::vector<const sdp::Description*> all;
    all.reserve(descriptions.size());
    for (const sdp::Description& description : descriptions)
        all.push_back(&description);
    fuzz::check_findings(linter.lint_session(all), all);
    if (all.size() < 2) return;
    const std::vector<const sdp::Description*> two{all[0], all[1]};
    fuzz::check_findings(linter.lint_munging(*two[0], *two[1]), two);
    const Negotiation negotiation = negotiate({*two[0], *two[1]});
    fuzz::require(negotiation.sections.size() <=
                  std::max(two[0]->sections().size(), two[1]->sections().size()));
    static_cast<void>(describe(negotiation));
}

}  // namespace
}  // namespace portolan::lint

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace portolan;
    static const lint::Linter kWebRtc(lint::Profile::WebRtc);
    static const lint::Linter kStrict(lint::Profile::JsepStrict);
    std::vector<sdp::Description> descriptions;
    for (const std::string_view part :
         lint::parts_of({reinterpret_cast<const char*>(data), size})) {
        descriptions.emplace_back(part, descriptions.size() % 2 == 0
                                            ? sdp::DescriptionKind::Offer
                                            : sdp::DescriptionKind::Answer);
    }
    lint::check_session(kWebRtc, descriptions);
    lint::check_session(kStrict, descriptions);
    return 0;
}
