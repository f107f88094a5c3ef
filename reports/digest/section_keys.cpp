#include "reports/digest/section_keys.hpp"

#include <algorithm>
#include <map>
#include <string_view>

namespace portolan::digest {
namespace {

/// Not in a legal id: no id can be taken for a URL.
constexpr char kBlank = ' ';
/// The section of a run without servers of the user.
constexpr std::string_view kSimulated = "simulated-nat";

std::string text_of(const report::Json& object, const char* key) {
    if (!object.is_object()) return {};
    const auto found = object.find(key);
    if (found == object.end() || !found->is_string()) return {};
    return found->get<std::string>();
}

}  // namespace

std::vector<std::string> section_keys(const report::Report& report) {
    const bool is_simulated = std::ranges::any_of(
        report.sections, [](const report::Section& each) { return each.id == kSimulated; });
    std::map<std::string, std::size_t> turns;
    std::vector<std::string> out;
    for (const report::Section& section : report.sections) {
        const std::string uri = text_of(section.subject, "uri");
        if (uri.empty() || is_simulated) {
            out.push_back(section.id);
            continue;
        }
        std::string key = uri + kBlank + text_of(section.subject, "transport");
        const std::size_t turn = ++turns[key];
        if (turn > 1) key += kBlank + std::to_string(turn);
        out.push_back(std::move(key));
    }
    return out;
}

bool is_of_server(const std::string& key) {
    return key.find(kBlank) != std::string::npos;
}

}  // namespace portolan::digest
