#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/result.hpp"
#include "sdp-lint/sdp/description.hpp"

namespace portolan::sdp {

/// What people have when they say "my SDP".
enum class InputForm : std::uint8_t {
    Plain,            ///< lines, as RFC 8866 has them
    Fragment,         ///< trickled candidates: lines without a session (RFC 8840 s9)
    Json,             ///< {"type", "sdp"}, RTCIceCandidate, or a list of these
    Escaped,          ///< one line with \r\n written out, as logs and source code have it
    WebrtcInternals,  ///< a dump of chrome://webrtc-internals, of either kind
};

/// plain | fragment | json | escaped | webrtc-internals
std::string_view to_string(InputForm form);

/// One description taken out of its wrapping.
struct Unwrapped {
    std::string text;
    DescriptionKind kind = DescriptionKind::Unknown;
    DescriptionForm form = DescriptionForm::Whole;
    std::string label;  ///< "12-1 setLocalDescription offer"; empty when there is nothing to say
    /// Which peer connection of a dump; 0 for the first and where there are none.
    std::uint32_t connection = 0;
    bool is_local = false;  ///< of a dump: set as local description
    /// Of an RTCIceCandidate: its sdpMid.
    std::optional<std::string> mid = {};
    bool is_candidate = false;  ///< an RTCIceCandidate of JSON
    /// Offset in the input of each byte of the text, and of its end. Empty: the text is the input.
    std::vector<std::uint32_t> origin;
    /// How often JSON's escapes were undone, to put text back.
    std::uint32_t escape_depth = 0;
};

struct UnwrappedInput {
    InputForm form = InputForm::Plain;
    std::vector<Unwrapped> descriptions;  ///< in the order of the input
};

/// A dump and its thousands of log entries are read; a description is a few kilobytes.
inline constexpr std::size_t kMaxInputBytes = std::size_t{64} << 20U;

/// Finds the descriptions in whatever this is. Everything that is not clearly wrapped is plain, and
/// so for the linter to judge. Usage errors: "input.too-long", "input.json" (it begins as JSON, but
/// is none; with the byte), "input.no-description" (JSON without a description or candidate),
/// "input.compressed" (gzip, as Chromium saves dumps), "input.type" (a description whose type is
/// none of RTCSdpType). A rollback has no description to judge (RFC 8829 s4.1.10.2) and is passed
/// over: of nothing else, none is found.
Result<UnwrappedInput> unwrap(std::string_view input);

/// `text` as it would stand in a JSON string, escaped `depth` times.
std::string escape_json(std::string_view text, std::uint32_t depth);

}  // namespace portolan::sdp
