#pragma once

#include "sdp-lint/rules/rule.hpp"

/// The checks of the codec group that are about lines beside a=rtpmap.
namespace portolan::lint {

/// CO003, CO008, CO009, CO010
void check_format_parameters(const Description& description, Reporter& reporter);
/// CO011
void check_packet_times(const Description& description, Reporter& reporter);
/// CO014
void check_image_attributes(const Description& description, Reporter& reporter);

}  // namespace portolan::lint
