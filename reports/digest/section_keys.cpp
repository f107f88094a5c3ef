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

bool is_simulated(const report::Report& report) {
    return std::ranges::any_of(report.sections,
                               [](const report::Section& each) { return each.id == kSimulated; });
}

/// Each server once, in the order in which the report has them.
std::vector<std::string> uris_of(const report::Report& report) {
    std::vector<std::string> out;
    if (is_simulated(report)) return out;
    for (const report::Section& section : report.sections) {
        std::string uri = text_of(section.subject, "uri");
        if (!uri.empty() && std::ranges::find(out, uri) == out.end()) out.push_back(std::move(uri));
    }
    return out;
}

/// A server that is in `names` goes by the name there.
std::vector<std::string> keys_of(const report::Report& report,
                                 const std::map<std::string, std::string>& names) {
    const bool has_built_in_server = is_simulated(report);
    std::map<std::string, std::size_t> turns;
    std::vector<std::string> out;
    for (const report::Section& section : report.sections) {
        std::string uri = text_of(section.subject, "uri");
        if (uri.empty() || has_built_in_server) {
            out.push_back(section.id);
            continue;
        }
        if (const auto known = names.find(uri); known != names.end()) uri = known->second;
        std::string key = uri + kBlank + text_of(section.subject, "transport");
        const std::size_t turn = ++turns[key];
        if (turn > 1) key += kBlank + std::to_string(turn);
        out.push_back(std::move(key));
    }
    return out;
}

}  // namespace

std::vector<std::string> section_keys(const report::Report& report) {
    return keys_of(report, {});
}

PairedKeys paired_keys(const report::Report& before, const report::Report& after) {
    const std::vector<std::string> old_uris = uris_of(before);
    const std::vector<std::string> new_uris = uris_of(after);
    const bool has_common = std::ranges::any_of(old_uris, [&](const std::string& uri) {
        return std::ranges::find(new_uris, uri) != new_uris.end();
    });
    PairedKeys out{.before = section_keys(before), .after = {}, .servers = {}};
    std::map<std::string, std::string> names;
    if (!has_common && old_uris.size() == new_uris.size()) {
        for (std::size_t i = 0; i < new_uris.size(); ++i) {
            names[new_uris[i]] = old_uris[i];
            out.servers.emplace_back(old_uris[i], new_uris[i]);
        }
    }
    out.after = keys_of(after, names);
    return out;
}

bool is_of_server(const std::string& key) {
    return key.find(kBlank) != std::string::npos;
}

}  // namespace portolan::digest
