#include "reports/render/advice.hpp"

#include <algorithm>
#include <functional>
#include <set>

namespace portolan::render {

std::vector<Advice> advice_of(const report::Report& report, bool with_info) {
    std::vector<Advice> out;
    for (const auto& section : report.sections) {
        for (const auto& finding : section.findings) {
            const bool is_info =
                finding.verdict.is_fail() && finding.severity == report::Severity::Info;
            if (is_info && !with_info) continue;
            for (const auto& advice : finding.advice)
                out.push_back({&finding, advice});
        }
    }
    const auto weight = [](const Advice& item) {
        const report::Finding& finding = *item.finding;
        return finding.verdict.is_fail() ? static_cast<int>(finding.severity) : -1;
    };
    std::ranges::stable_sort(out, std::ranges::greater(), weight);
    std::set<std::string_view> said;
    std::erase_if(out, [&](const Advice& item) { return !said.insert(item.words).second; });
    return out;
}

}  // namespace portolan::render
