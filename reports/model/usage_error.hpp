#pragma once

#include <string>
#include <utility>

#include "reports/model/result.hpp"

namespace portolan {

/// An error that the caller has to act on; the code without its first word, "usage".
inline Error usage_error(std::string code, std::string message, std::string hint = {}) {
    return {.culprit = Culprit::Usage,
            .code = std::move(code),
            .message = std::move(message),
            .hint = std::move(hint)};
}

}  // namespace portolan
