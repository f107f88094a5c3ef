#pragma once

#include <string_view>

#include "reports/model/figure.hpp"
#include "reports/model/finding.hpp"

namespace portolan::render {

/// Colour, sign and word of a finding on a page: each says the same.
struct Look {
    std::string_view css;
    std::string_view sign;
    report::Tone tone;
};

Look look_of(const report::Finding& finding);

}  // namespace portolan::render
