#include "nat-sim/scenario/ending.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace portolan::scenario {

namespace {

using std::chrono::milliseconds;

/// Between packets of a stream; so long may the last one be older than the event that ended it.
constexpr Duration kBetweenPackets = milliseconds(100);

/// "A's", when the network is A's own and B is not behind it; else empty.
std::string owner_of(const Scenario& scenario, std::size_t network) {
    for (std::size_t i = 0; i < scenario.parties.size(); ++i) {
        const Party& other = scenario.parties[1 - i];
        if (scenario.parties[i].network == network && !is_behind(scenario, other, network)) {
            return scenario.parties[i].name + "'s";
        }
    }
    return {};
}

}  // namespace

std::string name_of(const Scenario& scenario, std::size_t network, const std::string& part) {
    const std::string owner = owner_of(scenario, network);
    return owner.empty() ? "the " + part + " of \"" + scenario.networks[network].name + "\""
                         : owner + " " + part;
}

namespace {

std::string describe(const Event& event, const Scenario& scenario) {
    switch (event.kind) {
        case EventKind::NatReboot:
            return name_of(scenario, *event.network, "NAT") + " rebooted";
        case EventKind::AddressChange:
            return name_of(scenario, *event.network, "NAT") + " changed its address";
        case EventKind::BehaviourChange:
            return name_of(scenario, *event.network, "NAT") + " changed its behaviour";
        case EventKind::LinkDown:
        case EventKind::LinkUp:
            break;
    }
    const std::string link = event.party ? scenario.parties[*event.party].name + "'s link"
                                         : name_of(scenario, *event.network, "uplink");
    return link + (event.kind == EventKind::LinkDown ? " went down" : " came up");
}

/// How long packets were on their way to a party at most.
Duration longest_way(const PartyResult& party) {
    Duration longest{0};
    if (!party.media) return longest;
    for (const auto* stream : {&party.media->audio_received, &party.media->video_received}) {
        if (*stream && (*stream)->received.delay_max) {
            longest = std::max(longest, Duration(*(*stream)->received.delay_max));
        }
    }
    return longest;
}

/// "20.0 s", "20.125 s".
std::string short_seconds(Duration time) {
    std::string out = seconds_of(time);
    const std::string unit = " s";
    out.resize(out.size() - unit.size());
    while (out.back() == '0' && out[out.size() - 2] != '.')
        out.pop_back();
    return out + unit;
}

std::string without_stop(std::string sentence) {
    if (!sentence.empty() && sentence.back() == '.') sentence.pop_back();
    return sentence;
}

void append(std::string& list, const std::string& between, const std::string& item) {
    if (!list.empty()) list += between;
    list += item;
}

}  // namespace

std::vector<Happening> happenings_of(const Scenario& scenario) {
    std::vector<Happening> out;
    for (const Event& event : scenario.events) {
        out.push_back({event.at, describe(event, scenario), event.kind != EventKind::LinkUp});
    }
    for (std::size_t i = 0; i < scenario.networks.size(); ++i) {
        const Network& network = scenario.networks[i];
        if (!network.box) continue;
        const std::string whose = name_of(scenario, i, "NAT");
        for (const nat::Time at : network.box->events.reboot_at)
            out.push_back({Duration(at.count()), whose + " rebooted"});
        for (const nat::Time at : network.box->events.address_change_at)
            out.push_back({Duration(at.count()), whose + " changed its address"});
    }
    std::stable_sort(out.begin(), out.end(), [](const Happening& one, const Happening& other) {
        return one.at < other.at;
    });
    return out;
}

std::string seconds_of(Duration time) {
    const auto ms = std::chrono::duration_cast<milliseconds>(time).count();
    const std::string fraction = std::to_string(1000 + ms % 1000).substr(1);
    return std::to_string(ms / 1000) + "." + fraction + " s";
}

std::string silence_of(const CallResult& result, const Scenario& scenario) {
    std::string out;
    for (std::size_t i = 0; i < result.parties.size(); ++i) {
        const auto& since = result.parties[i].silent_since;
        if (!since) continue;
        append(out, " and ",
               "at " + scenario.parties[i].name + " from " + seconds_of(*since) + " on");
    }
    return out.empty() ? out : "nothing arrived " + out;
}

std::string causes_of_silence(const CallResult& result, const Scenario& scenario) {
    // The direction that ended first shows the cause; the other may follow when an agent gives up.
    const PartyResult* first = nullptr;
    for (const PartyResult& party : result.parties) {
        if (!party.silent_since) continue;
        if (first == nullptr || *party.silent_since < *first->silent_since) first = &party;
    }
    if (first == nullptr) return {};
    std::string out;
    for (const Happening& each : happenings_of(scenario)) {
        const bool is_near =
            each.at <= *first->silent_since + kBetweenPackets &&
            each.at + longest_way(*first) + kBetweenPackets >= *first->silent_since;
        if (is_near) append(out, " and ", each.what + " at " + short_seconds(each.at));
    }
    return out;
}

std::string given_up(const CallResult& result, const Scenario& scenario) {
    std::string out;
    for (std::size_t i = 0; i < result.parties.size(); ++i) {
        const PartyResult& party = result.parties[i];
        if (!party.connected_at || !party.failed_at || !party.failure) continue;
        append(out, "; ",
               scenario.parties[i].name + " gave up after " + seconds_of(*party.failed_at) + ": " +
                   without_stop(party.failure->message));
    }
    return out;
}

std::string ending_of(const CallResult& result, const Scenario& scenario) {
    const std::string silence = silence_of(result, scenario);
    const std::string causes = causes_of_silence(result, scenario);
    const std::string gave_up = given_up(result, scenario);
    std::string out;
    if (!causes.empty()) {
        out = ", until " + causes;
        const bool is_one_way = !result.parties[0].silent_since || !result.parties[1].silent_since;
        if (is_one_way) out += "; " + silence;
    } else if (!silence.empty()) {
        out = "; but " + silence;
    }
    if (!gave_up.empty()) out += (out.empty() ? "; but " : "; ") + gave_up;
    return out;
}

}  // namespace portolan::scenario
