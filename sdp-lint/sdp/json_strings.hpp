#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/result.hpp"

namespace portolan::sdp {

/// A JSON string with the place that each of its bytes has in the input: what a JSON library does
/// not keep, and fixes need.
struct LocatedString {
    std::string text;
    std::vector<std::uint32_t> origin;  ///< of each byte, and of the end
};

/// A member of an object whose value is a string, or a number as it is written.
struct StringMember {
    std::string key;
    LocatedString value;
    bool is_number = false;
};

/// An object's strings and numbers, when the object ends. `path` are the keys of the objects around
/// it.
using ObjectVisit =
    std::function<void(const std::vector<std::string>& path, std::vector<StringMember>& members)>;

/// Walks through one JSON document and calls `visit` for each object, in the order in which their
/// first string members stand. Usage error "input.json" with the byte offset for what is no JSON.
/// `place` maps offsets of `json` to those of the input; empty when they are the same.
Result<void> walk_json(std::string_view json, const std::vector<std::uint32_t>& place,
                       const ObjectVisit& visit);

}  // namespace portolan::sdp
