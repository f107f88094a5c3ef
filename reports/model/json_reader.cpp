#include "reports/model/json_reader.hpp"

#include <cmath>
#include <optional>
#include <utility>

namespace portolan::report {
namespace {

const Json& null_value() {
    static const Json kNull;
    return kNull;
}

/// A number with a zero fraction is an integer in JSON Schema (2020-12 validation, s6.1.1): 1.0
/// is 1. Beyond 2^53 a double stands for several whole numbers.
std::optional<std::int64_t> whole_number(const Json& value) {
    constexpr double kLargestExact = 9007199254740992.0;
    if (!value.is_number_float()) return std::nullopt;
    const auto number = value.get<double>();
    if (std::trunc(number) != number || std::abs(number) > kLargestExact) return std::nullopt;
    return static_cast<std::int64_t>(number);
}

/// RFC 6901 s3: `~` and `/` inside a key.
std::string escaped_key(std::string_view key) {
    std::string escaped;
    for (const char c : key) {
        if (c == '~') {
            escaped += "~0";
        } else if (c == '/') {
            escaped += "~1";
        } else {
            escaped += c;
        }
    }
    return escaped;
}

}  // namespace

void JsonReader::fail(const std::string& problem) const {
    if (!ok()) return;
    *first_error_ = Error{Culprit::Usage, "json.shape",
                          (pointer_.empty() ? "the document" : pointer_) + ": " + problem};
}

JsonReader JsonReader::member(std::string_view key) const {
    if (auto found = find(key)) return *found;
    fail(value_->is_object() ? "must have \"" + std::string(key) + "\"" : "must be an object");
    JsonReader nothing(null_value(), *first_error_);
    nothing.pointer_ = pointer_ + "/" + escaped_key(key);
    return nothing;
}

std::optional<JsonReader> JsonReader::find(std::string_view key) const {
    if (!ok()) return std::nullopt;
    if (!value_->is_object()) {
        fail("must be an object");
        return std::nullopt;
    }
    const auto found = value_->find(key);
    if (found == value_->end()) return std::nullopt;
    JsonReader child(*found, *first_error_);
    child.pointer_ = pointer_ + "/" + escaped_key(key);
    return child;
}

void JsonReader::each(const std::function<void(const JsonReader&)>& visit) const {
    if (!ok()) return;
    if (!value_->is_array()) {
        fail("must be an array");
        return;
    }
    std::size_t index = 0;
    for (const Json& element : *value_) {
        JsonReader child(element, *first_error_);
        child.pointer_ = pointer_ + "/" + std::to_string(index++);
        visit(child);
        if (!ok()) return;
    }
}

std::string JsonReader::string() const {
    if (!ok()) return {};
    if (const auto* text = value_->get_ptr<const std::string*>()) return *text;
    fail("must be a string");
    return {};
}

std::string JsonReader::non_empty_string() const {
    std::string text = string();
    if (text.empty()) fail("must not be empty");
    return text;
}

bool JsonReader::boolean() const {
    if (!ok()) return false;
    if (const auto* flag = value_->get_ptr<const bool*>()) return *flag;
    fail("must be true or false");
    return false;
}

std::int64_t JsonReader::integer(std::int64_t min, std::int64_t max) const {
    if (!ok()) return 0;
    if (value_->is_number_unsigned()) {
        const auto number = value_->get<std::uint64_t>();
        if (std::cmp_greater_equal(number, min) && std::cmp_less_equal(number, max)) {
            return static_cast<std::int64_t>(number);
        }
    } else if (value_->is_number_integer()) {
        const auto number = value_->get<std::int64_t>();
        if (number >= min && number <= max) return number;
    } else if (const auto number = whole_number(*value_)) {
        if (*number >= min && *number <= max) return *number;
    }
    fail("must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return 0;
}

std::uint64_t JsonReader::unsigned_integer(std::uint64_t max) const {
    if (!ok()) return 0;
    if (value_->is_number_unsigned()) {
        const auto number = value_->get<std::uint64_t>();
        if (number <= max) return number;
    } else if (const auto number = whole_number(*value_); number && *number >= 0) {
        if (std::cmp_less_equal(*number, max)) return static_cast<std::uint64_t>(*number);
    }
    fail("must be a whole number from 0 to " + std::to_string(max));
    return 0;
}

Json JsonReader::object() const {
    if (!ok()) return Json::object();
    if (value_->is_object()) return *value_;
    fail("must be an object");
    return Json::object();
}

}  // namespace portolan::report
