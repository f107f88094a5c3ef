#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "reports/model/json.hpp"

namespace portolan::report {

/// Reads a parsed document by shape. The first thing that is not as asked for is kept, as a usage
/// error "json.shape" naming its JSON pointer; from then on every read gives an empty value, so
/// that a decoder needs one check, at its end. Unknown keys are nobody's business here.
/// A reader refers to the document and to the error slot, and must outlive neither.
class JsonReader {
  public:
    JsonReader(const Json& value, std::optional<Error>& first_error)
        : value_(&value), first_error_(&first_error) {}

    bool ok() const { return !first_error_->has_value(); }
    /// JSON pointer (RFC 6901) of this value; "" is the whole document.
    const std::string& pointer() const { return pointer_; }
    const Json& raw() const { return *value_; }

    /// A member that must be there.
    JsonReader member(std::string_view key) const;
    /// A member that may be missing.
    std::optional<JsonReader> find(std::string_view key) const;
    /// Calls `visit` for each element of an array, until the first error.
    void each(const std::function<void(const JsonReader&)>& visit) const;

    std::string string() const;
    std::string non_empty_string() const;
    bool boolean() const;
    std::int64_t integer(std::int64_t min, std::int64_t max) const;
    std::uint64_t unsigned_integer(std::uint64_t max = UINT64_MAX) const;
    /// The value itself when it is an object, else an error and an empty object.
    Json object() const;

    /// A word of a closed list; `parse` is one of the parse_* functions, `allowed` is for the
    /// error.
    template <typename Parse>
    auto word(Parse parse, std::string_view allowed) const {
        const std::string text = string();
        auto parsed = parse(std::string_view(text));
        if (!parsed && ok()) fail("must be one of " + std::string(allowed));
        return parsed;
    }

    /// Records an error at this value, unless there is one already.
    void fail(const std::string& problem) const;

  private:
    const Json* value_;
    std::optional<Error>* first_error_;
    std::string pointer_;
};

}  // namespace portolan::report
