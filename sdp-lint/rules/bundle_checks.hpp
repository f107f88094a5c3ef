#pragma once

#include "sdp-lint/rules/rule.hpp"

/// The checks of the bundle group that are about the one RTP session of a bundle.
namespace portolan::lint {

/// BU008, BU009, BU015
void bundle_conflicts(const Description& description, Reporter& reporter);
/// BU013, BU014
void bundle_requirements(const Description& description, Reporter& reporter);

}  // namespace portolan::lint
