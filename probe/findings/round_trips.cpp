#include "probe/findings/round_trips.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

#include "probe/discovery/observations.hpp"
#include "reports/model/measured.hpp"

namespace portolan::findings {
namespace {

using discovery::Role;

/// Plain requests, to whichever of the server's addresses: all are answered from where they went.
bool is_plain(Role role) {
    return role == Role::MapPP || role == Role::MapPA || role == Role::MapAP ||
           role == Role::MapAA || role == Role::MapOther || role == Role::FilterControl;
}

/// From the first copy to the first answer: too long where the first copy was lost, never too
/// short.
std::vector<discovery::Duration> round_trips(const discovery::Ledger& ledger, int server) {
    std::vector<discovery::Duration> out;
    for (const discovery::Probe& probe : ledger.probes) {
        if (probe.server != server || !is_plain(probe.role) || probe.sent.empty()) continue;
        if (const auto* answer = discovery::first_answer(ledger, probe))
            out.push_back(answer->at - probe.sent.front());
    }
    std::ranges::sort(out);
    return out;
}

}  // namespace

void add_round_trips(const discovery::Ledger& ledger, report::Json& data) {
    constexpr std::chrono::milliseconds kHiccup{20};
    const auto ms = [](discovery::Duration value) {
        return std::chrono::duration<double, std::milli>(value).count();
    };
    for (std::size_t i = 0; i < ledger.servers.size(); ++i) {
        const auto all = round_trips(ledger, static_cast<int>(i));
        if (all.empty()) continue;
        report::add_measured(data, {.quantity = "round trip to " + ledger.servers[i].name,
                                    .unit = "ms",
                                    .value = ms(all[all.size() / 2]),
                                    .low = ms(all.front()),
                                    .high = ms(all.back() + kHiccup),
                                    .sample_count = all.size()});
    }
}

}  // namespace portolan::findings
