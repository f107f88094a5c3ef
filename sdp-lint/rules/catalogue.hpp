#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "sdp-lint/rules/codes.hpp"
#include "sdp-lint/sdp/document.hpp"

namespace portolan::lint {

/// In order: a greater value is worse.
enum class Severity : std::uint8_t { Off, Info, Warning, Error };

/// What the description is for; each rule has a severity in each.
enum class Profile : std::uint8_t { WebRtc, JsepStrict, Sip, Broadcast };
inline constexpr std::size_t kProfileCount = 4;

enum class FixSafety : std::uint8_t {
    None,
    Safe,    ///< means the same to a receiver that understood the text before
    Unsafe,  ///< guesses what was meant
};

/// What a rule looks at.
enum class Scope : std::uint8_t { Blob, Pair, Session, Munging };

enum class Browser : std::uint8_t { Chrome, Firefox, Safari };
inline constexpr std::size_t kBrowserCount = 3;

/// What a browser does with the defect. Unknown means not measured.
enum class BrowserVerdict : std::uint8_t { Unknown, Accepts, Ignores, Rejects };

/// What a browser makes of a defect may depend on the line: Chromium refuses a character in a ufrag
/// that it lets pass in a password.
/// Bundled: of a section that uses another one's transport, so that nobody reads its own. First: of
/// the first section.
enum class LinePart : std::uint8_t { Any, Session, Media, Bundled, First };
/// ... and on what it is told that the description is.
enum class ToldAs : std::uint8_t { Any, Offer, Answer };
struct BrowserRow {
    std::string_view when = {};  ///< ECMAScript, searched in the line; empty for any line
    LinePart in = LinePart::Any;
    ToldAs as = ToldAs::Any;
    /// Beginnings of lines, "a=mid:|a=setup:": only where none of the lines before it begins so, of
    /// those of the session and of its own section. Empty for wherever it is.
    std::string_view lacks = {};
    BrowserVerdict verdict = BrowserVerdict::Unknown;
    /// For Rejects only: what the browser says, with {words} for values; browser_message.cpp fills
    /// them in.
    std::string_view message = {};
};

/// One row of catalogue/GROUP.json. Titles, reasons and advice are for people; codes and names are
/// permanent.
struct CatalogueRow {
    Code code;
    std::string_view code_text;  ///< "IC003"
    std::string_view name;       ///< "ufrag-too-short"
    std::string_view group;      ///< "ice": the file's stem
    std::string_view title;
    std::string_view why;
    std::string_view advice;
    std::array<Severity, kProfileCount> severity;
    std::span<const std::string_view> references;  ///< "RFC 8839 s5.4"
    FixSafety fix;
    Scope scope;
    bool for_fragments;  ///< also runs on trickled candidates
    /// The first that matches holds; none means not measured.
    std::array<std::span<const BrowserRow>, kBrowserCount> browsers;
    std::string_view note;
};

/// In order of the codes.
std::span<const CatalogueRow> catalogue();
const CatalogueRow& row_of(Code code);
/// By code or by name, exactly.
std::optional<Code> find_code(std::string_view code_or_name);

/// How much of a line a BrowserRow::when is searched in.
inline constexpr std::size_t kMaxSearchedBytes = 512;

/// How many lines BrowserRow::lacks is looked for in.
inline constexpr std::size_t kMaxLinesBefore = 2048;

/// Where a finding is, as far as a browser's verdict depends on it.
struct FoundAt {
    std::string_view line;
    /// The lines before it, of the session and of its own section.
    std::span<const sdp::Line> session_before = {};
    std::span<const sdp::Line> section_before = {};
    LinePart part = LinePart::Session;  ///< never Any nor First
    bool is_in_first_section = false;
    ToldAs as = ToldAs::Any;  ///< Any when nobody said what the description is
};

/// What this browser, in the version that the rows were measured with, does with a finding there;
/// nullptr when nobody measured it.
const BrowserRow* browser_row(const CatalogueRow& row, Browser browser, const FoundAt& at);

std::string_view to_string(Code code);
/// error | warning | info | off
std::string_view to_string(Severity severity);
std::optional<Severity> parse_severity(std::string_view word);
/// webrtc | jsep-strict | sip | broadcast
std::string_view to_string(Profile profile);
std::optional<Profile> parse_profile(std::string_view word);
/// chrome | firefox | safari
std::string_view to_string(Browser browser);
std::optional<Browser> parse_browser(std::string_view word);
/// safe | unsafe | none
std::string_view to_string(FixSafety safety);
/// blob | pair | session | munging
std::string_view to_string(Scope scope);
/// unknown | accepts | ignores | rejects
std::string_view to_string(BrowserVerdict verdict);

}  // namespace portolan::lint
