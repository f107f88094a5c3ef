#pragma once

#include "sdp-lint/rules/rule.hpp"

/// The checks of the video group that are about H264 and about repair.
namespace portolan::lint {

/// VI001 to VI009
void check_h264(const Description& description, Reporter& reporter);
/// VI014 to VI020; rtx also of audio
void check_repair(const Description& description, Reporter& reporter);

}  // namespace portolan::lint
