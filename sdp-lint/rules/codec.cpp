#include "sdp-lint/rules/registry.hpp"

namespace portolan::lint {

std::span<const Rule> codec_rules() {
    return {};
}

}  // namespace portolan::lint
