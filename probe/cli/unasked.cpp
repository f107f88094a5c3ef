#include "probe/cli/unasked.hpp"

#include <algorithm>

#include "probe/findings/catalogue.hpp"

namespace portolan::nat_probe {

std::vector<UnaskedServer> without_address(const std::vector<ResolvedServer>& servers,
                                           const std::string& family) {
    std::vector<UnaskedServer> out;
    for (const ResolvedServer& server : servers) {
        const auto has = [&](AddressFamily wanted) {
            return std::any_of(server.addresses.begin(), server.addresses.end(),
                               [&](const IpAddress& ip) { return ip.family() == wanted; });
        };
        if (server.addresses.empty()) {
            if (!server.error.empty()) out.push_back({server.server.name, server.error});
        } else if (family == "4" && !has(AddressFamily::IPv4)) {
            out.push_back({server.server.name, "it has no IPv4 address"});
        } else if (family == "6" && !has(AddressFamily::IPv6)) {
            out.push_back({server.server.name, "it has no IPv6 address"});
        }
    }
    return out;
}

std::string to_string(const UnaskedServer& server) {
    return server.name + ": " + server.why;
}

report::Section unasked_section(const std::vector<UnaskedServer>& servers) {
    constexpr std::string_view kId = "server/not-asked";
    std::string all;
    report::Json list = report::Json::array();
    for (const UnaskedServer& server : servers) {
        all += (all.empty() ? "" : "; ") + to_string(server);
        list.push_back({{"server", server.name}, {"cause", server.why}});
    }
    const findings::FindingInfo& info = findings::finding_info(kId);
    report::Finding finding{
        .id = std::string(kId),
        .title = std::string(info.title),
        .verdict = report::Verdict::not_tested(report::Reason("server-not-asked", all))};
    finding.severity = info.severity;
    finding.summary = all;
    finding.references = info.references;
    finding.data["servers"] = std::move(list);
    report::Section section;
    section.id = "not-asked";
    section.title = "Servers that were not asked";
    section.findings.push_back(std::move(finding));
    return section;
}

}  // namespace portolan::nat_probe
