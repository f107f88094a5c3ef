#pragma once

#include <cstdint>

#include "nat-sim/network/interface.hpp"

namespace portolan::scenario {

/// The address of that number in the prefix, 0 for its base.
IpAddress address_at(const sim::Prefix& prefix, std::uint64_t number);
/// How many addresses it has; only for prefixes of at least that many host bits less than 64.
std::uint64_t size_of(const sim::Prefix& prefix);
bool overlap(const sim::Prefix& one, const sim::Prefix& other);

}  // namespace portolan::scenario
