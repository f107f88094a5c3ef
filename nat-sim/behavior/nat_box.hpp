#pragma once

#include "nat-sim/behavior/nat.hpp"

namespace portolan::nat {

/// The name that simulator adapters use. `Nat` hides its engine and is C++17-clean already.
using NatBox = Nat;

}  // namespace portolan::nat
