#pragma once

#include <string_view>
#include <vector>

#include "reports/model/report.hpp"

namespace portolan::render {

struct Advice {
    const report::Finding* finding = nullptr;  ///< of the report, which has to live as long
    std::string_view words;
};

/// What to do: what weighs most first, each advice once. What fails at level info hurts no call,
/// and is for whoever runs the server: only with_info.
std::vector<Advice> advice_of(const report::Report& report, bool with_info);

}  // namespace portolan::render
