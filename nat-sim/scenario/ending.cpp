#include "nat-sim/scenario/ending.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "nat-sim/scenario/limits.hpp"
#include "nat-sim/scenario/ways.hpp"

namespace portolan::scenario {

namespace {

using std::chrono::milliseconds;

/// Between packets of a stream; so long may the last one be older than the event that ended it.
constexpr Duration kBetweenPackets = milliseconds(100);
/// libnice 0.1.21 gives a pair up when no consent check was answered for so long.
constexpr Duration kConsentPatience = std::chrono::seconds(10);
/// Streams that end within this time end together: there are ten packets of audio in it.
constexpr Duration kTogether = milliseconds(200);

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

bool is_nothing(const PartyResult& party) {
    return party.silences.size() == party.stream_count;
}

/// A stream or all of a party's, and since when.
struct Loss {
    std::string subject;  ///< "nothing", "no video"
    std::optional<Duration> since;
};

/// Streams that end together are one loss.
std::vector<Loss> losses_of(const PartyResult& party) {
    if (party.silences.empty()) return {};
    const auto is_never = [](const Silence& each) { return !each.since.has_value(); };
    const auto [first, last] = std::minmax_element(
        party.silences.begin(), party.silences.end(),
        [](const Silence& one, const Silence& other) { return one.since < other.since; });
    const bool is_all_never = std::all_of(party.silences.begin(), party.silences.end(), is_never);
    const bool is_together =
        is_all_never || (first->since && *last->since - *first->since <= kTogether);
    if (is_nothing(party) && is_together) return {{"nothing", last->since}};
    std::vector<Loss> out;
    for (const Silence& each : party.silences)
        out.push_back({"no " + each.stream, each.since});
    return out;
}

/// When the first of a party's streams ended; none, where not one packet came, is before all.
std::optional<Duration> earliest_of(const PartyResult& party) {
    std::optional<Duration> earliest = party.silences.front().since;
    for (const Silence& each : party.silences)
        earliest = std::min(earliest, each.since);
    return earliest;
}

/// What may have taken the packets: from when to when.
std::pair<Duration, Duration> time_of_cause(const CallResult& result, const Scenario& scenario,
                                            const PartyResult& party) {
    if (const auto since = earliest_of(party)) {
        return {*since - longest_way(party) - kBetweenPackets, *since + kBetweenPackets};
    }
    // The last that is known to have come through are the checks.
    const Duration way = longest_way(scenario);
    Duration checked = result.parties[0].connected_at.value_or(Duration{0});
    checked = std::min(checked, result.parties[1].connected_at.value_or(Duration{0}));
    return {checked - way, party.media_started_at.value_or(Duration{0}) + way + kBetweenPackets};
}

void append(std::string& list, const std::string& between, const std::string& item) {
    if (!list.empty()) list += between;
    list += item;
}

/// Whether media passed what it happened to.
bool is_on_the_way(const Happening& each, const CallResult& result, const Scenario& scenario) {
    if (!each.network || result.reach == oracle::Reach::Relayed) return true;
    const bool has_a = is_behind(scenario, scenario.parties[0], *each.network);
    const bool has_b = is_behind(scenario, scenario.parties[1], *each.network);
    if (has_a != has_b) return true;
    if (each.is_of_link) return false;  // of the uplink, which both are behind
    // Both are behind that NAT: it has a part only where it turns packets around (RFC 4787 REQ-9).
    const std::vector<IpAddress>& outside = result.plan.networks[*each.network].outside_v4;
    return std::any_of(result.parties.begin(), result.parties.end(), [&](const PartyResult& party) {
        return std::any_of(
            party.selections.begin(), party.selections.end(), [&](const auto& selection) {
                const IpAddress& ip = selection.second.remote.address.ip;
                return std::find(outside.begin(), outside.end(), ip) != outside.end();
            });
    });
}

}  // namespace

std::vector<Happening> happenings_of(const Scenario& scenario) {
    std::vector<Happening> out;
    for (const Event& event : scenario.events) {
        if (event.network && is_of_nobody(scenario, *event.network)) continue;
        const bool is_link = event.kind == EventKind::LinkDown || event.kind == EventKind::LinkUp;
        out.push_back({event.at, describe(event, scenario), event.kind != EventKind::LinkUp,
                       event.network, is_link});
    }
    for (std::size_t i = 0; i < scenario.networks.size(); ++i) {
        const Network& network = scenario.networks[i];
        if (!network.box || is_of_nobody(scenario, i)) continue;
        const std::string whose = name_of(scenario, i, "NAT");
        for (const nat::Time at : network.box->events.reboot_at)
            out.push_back({Duration(at.count()), whose + " rebooted", true, i});
        for (const nat::Time at : network.box->events.address_change_at)
            out.push_back({Duration(at.count()), whose + " changed its address", true, i});
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
    // "nothing arrived at A from 1.0 s on and at B from 2.0 s on, and no video ever arrived at B".
    std::vector<std::pair<std::string, std::string>> groups;
    for (std::size_t i = 0; i < result.parties.size(); ++i) {
        for (const Loss& loss : losses_of(result.parties[i])) {
            const std::string start = loss.subject + (loss.since ? " arrived " : " ever arrived ");
            const std::string place =
                "at " + scenario.parties[i].name +
                (loss.since ? " from " + seconds_of(*loss.since) + " on" : "");
            const auto known = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
                return group.first == start;
            });
            if (known == groups.end()) {
                groups.emplace_back(start, place);
            } else {
                known->second += (loss.since ? " and " : " or ") + place;
            }
        }
    }
    std::string out;
    for (const auto& [start, places] : groups)
        append(out, ", and ", start + places);
    return out;
}

namespace {

/// "A's NAT rebooted at 20.0 s".
std::string causes_between(Duration from, Duration to, const CallResult& result,
                           const Scenario& scenario) {
    std::string out;
    for (const Happening& each : happenings_of(scenario)) {
        const bool is_near = each.breaks && each.at >= from && each.at <= to;
        if (is_near && is_on_the_way(each, result, scenario)) {
            append(out, " and ", each.what + " at " + short_seconds(each.at));
        }
    }
    return out;
}

}  // namespace

std::string causes_of_silence(const CallResult& result, const Scenario& scenario) {
    // The direction that ended first shows the cause; the other may follow when an agent gives up.
    const PartyResult* first = nullptr;
    for (const PartyResult& party : result.parties) {
        if (party.silences.empty()) continue;
        if (first == nullptr || earliest_of(party) < earliest_of(*first)) first = &party;
    }
    if (first == nullptr) return {};
    const auto [from, to] = time_of_cause(result, scenario, *first);
    return causes_between(from, to, result, scenario);
}

namespace {

/// Why an agent that had been connected gave up, as far as it can be seen.
std::string reason_of(const Lapse& lapse, const CallResult& result, const Scenario& scenario) {
    if (lapse.failure.cause != agent::FailureCause::ConsentLost) {
        return without_stop(lapse.failure.message);
    }
    std::string out =
        "none of its consent checks was answered for 10 s, after which libnice gives a pair up "
        "(RFC 7675 s5.1: 30 s)";
    // Where media did not end with an event, one may have taken the answers all the same.
    if (causes_of_silence(result, scenario).empty()) {
        const std::string causes =
            causes_between(lapse.at - kConsentPatience - kTogether, lapse.at, result, scenario);
        if (!causes.empty()) out += ", after " + causes;
    }
    const std::string losses = losses_on_the_way(scenario);
    if (!losses.empty()) out += ", and " + losses;
    return out;
}

}  // namespace

std::string given_up(const CallResult& result, const Scenario& scenario) {
    Duration begun{0};
    for (const PartyResult& party : result.parties) {
        if (!party.connected_at) return {};
        begun = std::max(begun, *party.connected_at);
    }
    std::string out;
    for (std::size_t i = 0; i < result.parties.size(); ++i) {
        for (const Lapse& lapse : result.parties[i].lapses) {
            if (lapse.at < begun) continue;
            append(out, "; ",
                   scenario.parties[i].name + " gave up after " + seconds_of(lapse.at) + ": " +
                       reason_of(lapse, result, scenario));
            if (lapse.back_at) out += "; it was connected again at " + seconds_of(*lapse.back_at);
        }
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
        const auto has_ended = [](const PartyResult& party) {
            return is_nothing(party) && std::all_of(party.silences.begin(), party.silences.end(),
                                                    [](const Silence& each) { return each.since; });
        };
        // Of a call that simply ended, the event says all.
        const bool is_all = std::all_of(result.parties.begin(), result.parties.end(), has_ended);
        if (!is_all) out += "; " + silence;
    } else if (!silence.empty()) {
        out = "; but " + silence;
    }
    if (!gave_up.empty()) out += (out.empty() ? "; but " : "; ") + gave_up;
    return out;
}

}  // namespace portolan::scenario
