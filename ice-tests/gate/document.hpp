#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "reports/model/json.hpp"
#include "reports/model/json_reader.hpp"
#include "reports/model/result.hpp"

namespace portolan::gate {

/// A file as it is. Usage error "file".
Result<std::string> read_text(const std::string& path);

/// Refuses members that nobody knows, with their JSON pointer and the nearest name: a budget with a
/// slip of the pen is one that is never exceeded.
void refuse_unknown_members(const report::JsonReader& object, std::span<const std::string> known);

}  // namespace portolan::gate
