#pragma once

#include <cstddef>
#include <span>

namespace portolan::transport {

using Bytes = std::span<const std::byte>;

}  // namespace portolan::transport
