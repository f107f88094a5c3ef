#pragma once

#include <optional>
#include <string>

#include "probe/transport/bytes.hpp"

namespace portolan::turn {

/// What is wrong with data that arrived instead of what was sent: "byte 12 of 12 is 0x41, and 0x40
/// was sent". Bytes count from 1. Nothing where it is the same, or has so little in common with it
/// that it is something else: less than half of the bytes.
std::optional<std::string> how_mangled(transport::Bytes sent, transport::Bytes came);

}  // namespace portolan::turn
