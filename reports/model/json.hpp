#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "reports/model/result.hpp"

namespace portolan::report {

/// Objects are sorted by key, so the same value is always the same bytes.
using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

/// What a JSON document from outside may cost. The value count bounds memory: "[[],[],...]" takes
/// some forty times its own size.
struct JsonLimits {
    std::size_t max_bytes = std::size_t{64} << 20;
    std::size_t max_depth_count = 64;
    std::size_t max_value_count = 2'000'000;
};

/// Parses one whole document. Refuses, as usage errors "json.*" with the byte offset or the JSON
/// pointer in the message: bad syntax, invalid UTF-8, numbers outside double, duplicate keys, and
/// whatever exceeds the limits. The message never quotes the input, which may hold passwords.
Result<Json> parse_json(std::string_view text, const JsonLimits& limits = {});

/// Each maximal invalid sequence becomes U+FFFD.
std::string to_valid_utf8(std::string_view bytes);

/// A copy that can be dumped, and read back under the default limits: strings and keys valid UTF-8
/// (keys that collide thereby get a trailing "_"), numbers finite (else null), nesting below
/// `max_depth_count` (deeper parts become the string "[nested too deeply]").
OrderedJson sanitized(const Json& value, std::size_t max_depth_count);

}  // namespace portolan::report
