#include "sdp-lint/rules/registry.hpp"

namespace portolan::lint {

std::span<const Rule> bundle_rules() {
    return {};
}

}  // namespace portolan::lint
