#pragma once

#include <span>
#include <string>

#include "reports/model/json_reader.hpp"

namespace portolan::gate {

/// Refuses members that nobody knows, with their JSON pointer and the nearest name: a budget with a
/// slip of the pen is one that is never exceeded.
void refuse_unknown_members(const report::JsonReader& object, std::span<const std::string> known);

}  // namespace portolan::gate
