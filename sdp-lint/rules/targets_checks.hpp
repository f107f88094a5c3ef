#pragma once

#include "sdp-lint/rules/rule.hpp"

/// The checks of the targets group that are about how libwebrtc counts mids, sources and tracks.
namespace portolan::lint {

/// QK018
void check_given_mids(const Description& description, Reporter& reporter);
/// QK019
void check_source_groups(const Description& description, Reporter& reporter);
/// QK020
void check_source_tracks(const Description& description, Reporter& reporter);

}  // namespace portolan::lint
