#pragma once

#include "sdp-lint/rules/rule.hpp"

/// What a description and its sections are for, as far as rules ask it.
namespace portolan::lint {

inline bool is_webrtc(Profile profile) {
    return profile == Profile::WebRtc || profile == Profile::JsepStrict;
}

/// Known to be an offer, or taken for one because it leaves the DTLS role open (RFC 8842 s5.2).
bool is_offer_like(const Description& description);
/// Known to be an answer, or taken for one because it chooses a DTLS role.
bool is_answer_like(const Description& description);

/// bundle-only with port 0 (RFC 9143 s6): it has no transport of its own.
bool is_bundle_only(const Section& section);
/// Whether the section's transport is or should be secured by DTLS. In the profiles of WebRTC all
/// media and data are. Not for sections that are bundle-only.
bool needs_dtls(const Section& section, Profile profile);
/// Whether the section takes part in ICE. In the profiles of WebRTC all media and data do. Not for
/// sections that are bundle-only.
bool needs_ice(const Description& description, const Section& section, Profile profile);
/// Whether this is a session description at all: enough to judge what it lacks. Text that is not
/// gets SY015 and nothing about missing lines.
bool is_recognisable(const Description& description);

/// What was copied along with a description.
enum class Wrapping : std::uint8_t {
    None,
    EscapedLineEnds,  ///< one line with \r\n written out
    Html,             ///< <br> behind each line
    Indented,         ///< the same blanks before each line
    Log,              ///< as many characters before each line
};
Wrapping wrapping_of(const Description& description);

/// One line with \r\n or \n written out.
bool has_escaped_line_ends(const Description& description);

}  // namespace portolan::lint
