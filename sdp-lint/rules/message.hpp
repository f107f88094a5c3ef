#pragma once

#include <string>
#include <string_view>

#include "sdp-lint/rules/say.hpp"

/// Sentences of findings.
namespace portolan::lint {

/// The parts, one after the other.
template <typename... Parts>
[[gnu::cold]] std::string text(const Parts&... parts) {
    std::string out;
    out.reserve((std::string_view(parts).size() + ...));
    (out.append(std::string_view(parts)), ...);
    return out;
}

}  // namespace portolan::lint
