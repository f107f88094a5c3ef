#include "probe/cli/report/call_headline.hpp"

#include <algorithm>
#include <cstdio>

#include "probe/cli/report/egress.hpp"
#include "probe/cli/report/quality.hpp"
#include "probe/cli/report/relayless_headline.hpp"
#include "probe/cli/report/server_section.hpp"
#include "probe/cli/report/surroundings.hpp"
#include "probe/cli/report/what_is_open.hpp"

namespace portolan::nat_probe {
namespace {

std::string quality_clause(const CallFacts& facts) {
    const ServerFacts* relay = facts.preferred_relay();
    if (relay != nullptr && relay->asks_from_outside && relay->outside.is_proof_of_closure() &&
        !facts.is_relay_out_of_reach(*relay) && facts.doubt_about_ports().empty()) {
        return " But nothing from outside reaches that relay: calls through it may fail.";
    }
    if (relay != nullptr && facts.is_relay_out_of_reach(*relay)) {
        return " But that relay's address, " + relay->best()->visit.relayed->ip.to_string() +
               ", is out of others' reach: calls through it may fail.";
    }
    const auto quality = relay != nullptr ? quality_of(relay->audio) : std::nullopt;
    if (!quality || quality->impairments.empty() || relay->was_beside_others ||
        may_be_own_load(*relay, *quality)) {
        return "";
    }
    switch (quality->impairments.front()) {
        case Impairment::Loss:
            return " Expect gaps in the sound: " + pct_text(quality->lost.pct()) +
                   " of the packets are lost on the way to the relay and back.";
        case Impairment::Delay:
            return " Expect to interrupt each other: the way to the relay and back takes " +
                   ms_text(quality->median) + '.';
        case Impairment::Jitter:
            return " Expect uneven sound: packets take up to " +
                   ms_text(quality->p95 - quality->least) + " longer than the quickest.";
        case Impairment::Speech:
            return " Expect poor sound.";
    }
    return "";
}

/// What of a credential that does not outlast the call by far belongs into the first sentence;
/// empty for others. One that ended before the run did is a matter of clocks (network/clock).
std::string credential_clause(const CallFacts& facts, const ServerFacts& relay) {
    constexpr std::int64_t kSoonS = 60;
    if (!relay.credential_expires_at_s) return {};
    const std::int64_t left_s = *relay.credential_expires_at_s - facts.unix_time_s;
    if (left_s < 0 || left_s > facts.took_s + kSoonS) return {};
    return left_s <= facts.took_s ? "credential ended during this run"
                                  : "credential ends in " + span_words(left_s);
}

/// The same within the sentence that names the relay.
std::string with_credential(std::string sentence, const CallFacts& facts,
                            const ServerFacts& relay) {
    const std::string clause = credential_clause(facts, relay);
    if (clause.empty()) return sentence;
    const bool ends_with_relay = sentence.ends_with(relay_words(facts, relay) + '.');
    sentence.pop_back();
    return sentence + (ends_with_relay ? "; its " : "; the relay's ") + clause + '.';
}

/// Few readings are told: one alone may be far off.
std::string readings_clause(const precall::Visit& visit) {
    switch (visit.readings.size()) {
        case 1:
            return " by one reading";
        case 2:
            return " by two readings";
        default:
            return {};
    }
}

bool is_behind_varying_nat(const discovery::Outcome& nat) {
    using M = discovery::Mapping;
    return nat.mapping.known() && *nat.mapping.value != M::EndpointIndependent &&
           *nat.mapping.value != M::AddressIndependent;
}

bool lets_everybody_in(const discovery::Outcome& nat) {
    return nat.mapping.known() && !is_behind_varying_nat(nat) && nat.filtering.known() &&
           *nat.filtering.value != discovery::Filtering::AddressAndPortDependent;
}

/// Of a relay that is granted, and that nothing was seen to pass through.
std::string untried_clause(const CallFacts& facts, const ServerFacts& relay) {
    if (relay.audio.is_done || relay.outside.has_arrived || relay.ice.has_carried) return {};
    const bool is_left_out = facts.is_quick || facts.is_cut_off || relay.second.problem;
    if (!is_left_out) return {};
    return std::string(facts.is_quick ? " (quick: " : " (") +
           "that packets pass through it was not tried)";
}

std::string with_relay(const CallFacts& facts, const ServerFacts& relay) {
    const std::string words = relay_words(facts, relay) + untried_clause(facts, relay);
    const Ways ways = ways_out(facts);
    if (ways == Ways::UdpBlocked) {
        return "Calls will work, but only through " + words + ", because this network blocks UDP" +
               unless_words(facts) + '.';
    }
    if (ways == Ways::OnlyWebPorts) {
        return "Calls will work, but only through " + words + ", because " + web_port_words(facts) +
               unless_words(facts) + '.';
    }
    if (ways == Ways::SomePorts) {
        return "Calls will work through " + words +
               "; whether directly too is open: " + facts.doubt_about_ports() + '.';
    }
    const discovery::Outcome* nat = facts.nat();
    if (nat == nullptr || !nat->mapping.known()) {
        return "Calls will work: directly where the networks allow it, and otherwise through " +
               words + '.';
    }
    if (is_behind_varying_nat(*nat)) {
        return "Calls will work: mostly through " + words +
               ", because this network's NAT gives each destination another port.";
    }
    if (lets_everybody_in(*nat)) {
        return "Calls will work: directly with nearly everybody, and otherwise through " + words +
               '.';
    }
    return "Calls will work: directly with most people, and with those whose NAT changes ports "
           "through " +
           words + '.';
}

/// Where calls take that relay first, and can hardly be held through it.
std::string with_breaking_relay(const CallFacts& facts, const ServerFacts& relay) {
    if (const ServerFacts* other = facts.relay_that_holds()) {
        return "Calls will work if they are made to go through " + relay_words(facts, *other) +
               ": through " + relay.title() +
               ", which they take first, they can hardly be held, because " +
               breaking_words(relay) + '.';
    }
    return "Calls through " + relay_words(facts, relay) +
           ", connect and can hardly be held: " + breaking_words(relay) +
           (facts.has_udp() ? "; whether direct calls are better was not measured" : "") +
           ". Try another network.";
}

}  // namespace

std::string relay_words(const CallFacts& facts, const ServerFacts& relay) {
    const bool is_one_of_several = std::ranges::any_of(facts.servers, [&](const auto& each) {
        return each->uri.is_turn() && each->uri.host != relay.uri.host;
    });
    std::string out = "your relay" + (is_one_of_several ? ' ' + relay.uri.host : std::string()) +
                      transport_words(relay.transport());
    const auto quality = quality_of(relay.audio);
    if (!quality) {
        const precall::Visit& visit = relay.best()->visit;
        if (visit.round_trip.count() == 0) return out;
        return out + ", " + ms_text(visit.round_trip) + " away" + readings_clause(visit);
    }
    if (may_be_own_load(relay, *quality)) {
        return out + ", " + ms_text(relay.best()->visit.round_trip) + " away when idle";
    }
    out += ", " + ms_text(quality->median) + " away";
    if (quality->is_late || !quality->is_enough) return out;
    if (relay.was_beside_others && !quality->impairments.empty()) return out;
    char mos[32];
    std::snprintf(mos, sizeof mos, " (MOS %.1f)", quality->mos);
    return out + mos;
}

namespace {

std::string whole_headline(const CallFacts& facts) {
    if (facts.is_built_in && facts.simulated_nat) {
        return "No server was given, so this is a simulation: a home router (" +
               *facts.simulated_nat +
               " in nat-sim), and the server built into this program, on this machine. It shows "
               "how "
               "a report looks, and nothing about your network. Name your own with --ice-servers.";
    }
    if (facts.is_built_in) {
        return "No server was given, so the one built into this program was measured, on this "
               "machine: that shows how a report looks, and nothing about your network. Name your "
               "own with --ice-servers.";
    }
    if (const ServerFacts* relay = facts.preferred_relay()) {
        return breaks_calls(*relay) ? with_breaking_relay(facts, *relay)
                                    : with_credential(with_relay(facts, *relay), facts, *relay) +
                                          quality_clause(facts);
    }
    if (const ServerFacts* forbidding = facts.forbidding_relay()) {
        return with_forbidding_relay(facts, *forbidding);
    }
    const ServerFacts* open = facts.relay_of_open_reach();
    if (open != nullptr && ways_out(facts) != Ways::NoNetwork && portal_words(facts).empty()) {
        return with_relay_of_open_reach(facts, *open);
    }
    return headline_without_relay(facts) +
           (open == nullptr && facts.relay_on_this_machine() != nullptr
                ? " The relay on this computer works, which says nothing of the way to others."
                : "");
}

}  // namespace

std::string call_headline(const CallFacts& facts) {
    if (facts.is_built_in || !facts.is_cut_off) return whole_headline(facts);
    if (facts.preferred_relay() == nullptr && is_undecided(facts)) {
        return "It is not known yet whether calls will work: the run was cut off before that.";
    }
    return whole_headline(facts) + " The run was cut off before all was tried.";
}

}  // namespace portolan::nat_probe
