#pragma once

#include <vector>

#include "sdp-lint/rules/edits.hpp"

/// Edits of payload types and their parameters.
namespace portolan::lint {

/// Takes the payload type off the m= line, with all lines that are about it. Nothing when it is the
/// only one of the section.
std::vector<ViewEdit> remove_format(const sdp::Description& description,
                                    const sdp::Section& section, const sdp::Codec& codec);

/// Takes a parameter and its separator out of a=fmtp, or the line with its last one.
ViewEdit remove_parameter(const sdp::Description& description, const sdp::Fmtp& fmtp,
                          const sdp::FormatParameter& parameter);

}  // namespace portolan::lint
