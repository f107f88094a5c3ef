#include "ice-tests/precall/sdp_check.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "sdp-lint/rules/catalogue.hpp"
#include "sdp-lint/rules/linter.hpp"
#include "sdp-lint/sdp/description.hpp"

namespace portolan::precall {
namespace {

// Which addresses this host has is the network's matter, and said elsewhere.
constexpr std::string_view kAboutAddresses[] = {"candidate-unusable", "only-private-candidates"};

bool is_about_addresses(lint::Code code) {
    return std::ranges::find(kAboutAddresses, lint::row_of(code).name) != std::end(kAboutAddresses);
}

}  // namespace

void SdpCheck::add(const SdpCheck& other) {
    description_count += other.description_count;
    complaints.insert(complaints.end(), other.complaints.begin(), other.complaints.end());
}

SdpCheck check_sdp(const std::vector<std::string>& session) {
    SdpCheck out{.description_count = session.size()};
    std::vector<sdp::Description> descriptions;
    std::vector<const sdp::Description*> views;
    descriptions.reserve(session.size());
    for (std::size_t i = 0; i < session.size(); ++i) {
        descriptions.emplace_back(
            session[i], i % 2 == 0 ? sdp::DescriptionKind::Offer : sdp::DescriptionKind::Answer);
        views.push_back(&descriptions.back());
    }
    const lint::Linter linter(lint::Profile::Sip);
    for (const lint::Finding& finding : linter.lint_session(views)) {
        const bool counts = finding.severity == lint::Severity::Error ||
                            finding.severity == lint::Severity::Warning;
        if (!counts || is_about_addresses(finding.code)) continue;
        const char* where =
            finding.place.description % 2 == 0 ? " in the offer: " : " in the answer: ";
        out.complaints.push_back(std::string(lint::row_of(finding.code).code_text) + where +
                                 finding.message);
    }
    return out;
}

}  // namespace portolan::precall
