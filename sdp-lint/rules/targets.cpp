#include "sdp-lint/rules/registry.hpp"

namespace portolan::lint {

std::span<const Rule> target_rules() {
    return {};
}

}  // namespace portolan::lint
