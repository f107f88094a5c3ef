#include "sdp-lint/rules/registry.hpp"

namespace portolan::lint {

std::span<const Rule> munging_rules() {
    return {};
}

}  // namespace portolan::lint
