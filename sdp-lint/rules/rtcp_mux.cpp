#include "sdp-lint/rules/registry.hpp"

namespace portolan::lint {

std::span<const Rule> rtcp_mux_rules() {
    return {};
}

}  // namespace portolan::lint
