#include "sdp-lint/rules/registry.hpp"

namespace portolan::lint {

std::span<const Rule> security_rules() {
    return {};
}

}  // namespace portolan::lint
