#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace portolan {

/// Who has to act on an error. The first word of every error code.
enum class Culprit {
    Usage,        ///< the caller: wrong flag, malformed URI, unreadable file
    Environment,  ///< this machine: no route, no permission, missing file descriptor
    Peer,         ///< the other side: malformed, refused, silent
    Internal,     ///< a defect of ours
};

/// Our own failure to do something, as opposed to a verdict about somebody else, which is data.
/// The message says what, where and what to do, in one sentence, and never contains a secret.
struct Error {
    Culprit culprit = Culprit::Internal;
    std::string code;  ///< permanent, dotted, lower case, without the culprit: "stun.truncated"
    std::string message;
    std::optional<std::size_t> byte_offset = {};  ///< where in the input, when there is an input
    std::string hint = {};  ///< what to do about it, one sentence; empty when the message says it
};

/// A value or an Error, with the interface of C++23's std::expected that the project needs.
template <typename T>
class [[nodiscard]] Result {
  public:
    using value_type = T;

    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    /// Undefined unless has_value().
    T& value() & { return *std::get_if<0>(&state_); }
    const T& value() const& { return *std::get_if<0>(&state_); }
    T&& value() && { return std::move(*std::get_if<0>(&state_)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    /// Undefined if has_value().
    Error& error() & { return *std::get_if<1>(&state_); }
    const Error& error() const& { return *std::get_if<1>(&state_); }
    Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

    T value_or(T fallback) const& { return has_value() ? value() : std::move(fallback); }

  private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    [[nodiscard]] bool has_value() const noexcept { return !error_; }
    explicit operator bool() const noexcept { return has_value(); }
    const Error& error() const { return *error_; }

  private:
    std::optional<Error> error_;
};

inline std::string_view to_string(Culprit culprit) {
    switch (culprit) {
        case Culprit::Usage:
            return "usage";
        case Culprit::Environment:
            return "environment";
        case Culprit::Peer:
            return "peer";
        case Culprit::Internal:
            return "internal";
    }
    return "internal";
}

/// "usage.unknown-option": the culprit and the code as documents and scripts name the error.
inline std::string full_code(const Error& error) {
    return std::string(to_string(error.culprit)) + "." + error.code;
}

}  // namespace portolan
