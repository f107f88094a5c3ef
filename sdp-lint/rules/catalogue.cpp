#include "sdp-lint/rules/catalogue.hpp"

#include <algorithm>
#include <regex>

#include "reports/model/words.hpp"

namespace portolan::lint {

namespace {

using report::Word;

constexpr std::array<Word<Severity>, 4> kSeverities{{{Severity::Off, "off"},
                                                     {Severity::Info, "info"},
                                                     {Severity::Warning, "warning"},
                                                     {Severity::Error, "error"}}};
constexpr std::array<Word<Profile>, kProfileCount> kProfiles{{{Profile::WebRtc, "webrtc"},
                                                              {Profile::JsepStrict, "jsep-strict"},
                                                              {Profile::Sip, "sip"},
                                                              {Profile::Broadcast, "broadcast"}}};
constexpr std::array<Word<Browser>, kBrowserCount> kBrowsers{
    {{Browser::Chrome, "chrome"}, {Browser::Firefox, "firefox"}, {Browser::Safari, "safari"}}};
constexpr std::array<Word<FixSafety>, 3> kSafeties{
    {{FixSafety::None, "none"}, {FixSafety::Safe, "safe"}, {FixSafety::Unsafe, "unsafe"}}};
constexpr std::array<Word<Scope>, 4> kScopes{{{Scope::Blob, "blob"},
                                              {Scope::Pair, "pair"},
                                              {Scope::Session, "session"},
                                              {Scope::Munging, "munging"}}};
constexpr std::array<Word<BrowserVerdict>, 4> kVerdicts{{{BrowserVerdict::Unknown, "unknown"},
                                                         {BrowserVerdict::Accepts, "accepts"},
                                                         {BrowserVerdict::Ignores, "ignores"},
                                                         {BrowserVerdict::Rejects, "rejects"}}};

}  // namespace

const CatalogueRow& row_of(Code code) {
    return catalogue()[static_cast<std::size_t>(code)];
}

std::optional<Code> find_code(std::string_view code_or_name) {
    const auto rows = catalogue();
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const CatalogueRow& row) {
        return row.code_text == code_or_name || row.name == code_or_name;
    });
    if (found == rows.end()) return std::nullopt;
    return found->code;
}

namespace {

bool begins_with_any(const sdp::Line& line, std::string_view beginnings) {
    while (!beginnings.empty()) {
        const std::size_t bar = std::min(beginnings.find('|'), beginnings.size());
        if (line.text.starts_with(beginnings.substr(0, bar))) return true;
        beginnings.remove_prefix(std::min(bar + 1, beginnings.size()));
    }
    return false;
}

bool is_lacking(std::string_view beginnings, const FoundAt& at) {
    const auto begins = [&](const sdp::Line& line) { return begins_with_any(line, beginnings); };
    return std::none_of(at.session_before.begin(), at.session_before.end(), begins) &&
           std::none_of(at.section_before.begin(), at.section_before.end(), begins);
}

bool holds_for(const BrowserRow& row, const FoundAt& at) {
    // What is said of sections holds for those of a bundle too.
    const bool is_part = row.in == LinePart::Any || row.in == at.part ||
                         (row.in == LinePart::Media && at.part == LinePart::Bundled) ||
                         (row.in == LinePart::First && at.is_in_first_section);
    // A description of which nobody said what it is, is judged as the offer that it may be.
    const ToldAs as = at.as == ToldAs::Any ? ToldAs::Offer : at.as;
    return is_part && (row.as == ToldAs::Any || row.as == as);
}

}  // namespace

const BrowserRow* browser_row(const CatalogueRow& row, Browser browser, const FoundAt& at) {
    const std::string_view line = at.line.substr(0, kMaxSearchedBytes);
    for (const BrowserRow& candidate : row.browsers[static_cast<std::size_t>(browser)]) {
        if (!holds_for(candidate, at)) continue;
        if (!candidate.lacks.empty()) {
            // Of more lines than anybody writes nothing is foretold.
            if (at.session_before.size() + at.section_before.size() > kMaxLinesBefore)
                return nullptr;
            if (!is_lacking(candidate.lacks, at)) continue;
        }
        if (candidate.when.empty()) return &candidate;
        const std::regex when(candidate.when.begin(), candidate.when.end());
        if (std::regex_search(line.begin(), line.end(), when)) return &candidate;
    }
    return nullptr;
}

std::string_view to_string(Code code) {
    return row_of(code).code_text;
}
std::string_view to_string(Severity severity) {
    return report::word_of(kSeverities, severity);
}
std::optional<Severity> parse_severity(std::string_view word) {
    return report::value_of(kSeverities, word);
}
std::string_view to_string(Profile profile) {
    return report::word_of(kProfiles, profile);
}
std::optional<Profile> parse_profile(std::string_view word) {
    return report::value_of(kProfiles, word);
}
std::string_view to_string(Browser browser) {
    return report::word_of(kBrowsers, browser);
}
std::optional<Browser> parse_browser(std::string_view word) {
    return report::value_of(kBrowsers, word);
}
std::string_view to_string(FixSafety safety) {
    return report::word_of(kSafeties, safety);
}
std::string_view to_string(Scope scope) {
    return report::word_of(kScopes, scope);
}
std::string_view to_string(BrowserVerdict verdict) {
    return report::word_of(kVerdicts, verdict);
}

}  // namespace portolan::lint
