#include "probe/cli/report/facts.hpp"

#include <algorithm>

#include "probe/cli/report/quality.hpp"

namespace portolan::nat_probe {
namespace {

using precall::Cause;

/// How far a visit came; greater is further.
int progress_of(const precall::Visit& visit) {
    if (visit.has_succeeded) return 3;
    if (visit.has_answered) return 2;
    return visit.problem && precall::is_without_route(visit.problem->cause) ? 0 : 1;
}

template <typename Attempts>
auto best_of(const Attempts& attempts) -> decltype(attempts.front().get()) {
    const auto found = std::ranges::max_element(attempts, [](const auto& one, const auto& other) {
        const int first = progress_of(one->visit);
        const int second = progress_of(other->visit);
        if (first != second) return first < second;
        return first == 3 && one->visit.round_trip > other->visit.round_trip;
    });
    return found == attempts.end() ? nullptr : found->get();
}

template <typename Predicate>
const ServerFacts* first_by_transport(const std::vector<std::unique_ptr<ServerFacts>>& servers,
                                      Predicate fits) {
    constexpr turn::Transport kOrder[] = {turn::Transport::Udp, turn::Transport::Dtls,
                                          turn::Transport::Tcp, turn::Transport::Tls};
    for (const turn::Transport transport : kOrder) {
        for (const auto& server : servers) {
            if (server->transport() == transport && fits(*server)) return server.get();
        }
    }
    return nullptr;
}

}  // namespace

const Attempt* ServerFacts::best() const {
    return best_of(attempts);
}

Attempt* ServerFacts::best() {
    return best_of(attempts);
}

bool ServerFacts::has_relay() const {
    const Attempt* attempt = best();
    if (attempt == nullptr || !uri.is_turn() || !attempt->visit.has_succeeded) return false;
    // Whether data passes is known only where it was tried.
    return !audio.problem || audio.problem->step == precall::Step::Permit;
}

bool ServerFacts::is_on_this_machine() const {
    const Attempt* attempt = best();
    return attempt != nullptr && attempt->is_on_this_machine;
}

bool ServerFacts::is_undecided() const {
    const Attempt* attempt = best();
    if (attempt == nullptr) return !lookup_problem;
    return !attempt->visit.problem && !attempt->visit.has_succeeded;
}

bool ServerFacts::refuses_its_relays() const {
    return audio.problem && audio.problem->step == precall::Step::Permit &&
           audio.problem->cause == Cause::Forbidden;
}

turn::Transport ServerFacts::transport() const {
    return transport::carrier_of(uri);
}

std::string ServerFacts::title() const {
    std::string words(turn::to_string(transport()));
    for (char& letter : words)
        letter = static_cast<char>(letter - 'a' + 'A');
    return std::string(to_string(uri.scheme)) + ':' +
           (uri.host.find(':') == std::string::npos ? uri.host : '[' + uri.host + ']') + ':' +
           std::to_string(uri.port) + " over " + words;
}

bool is_of_host(const IpAddress& ip) {
    const AddressClass kind = ip.address_class();
    return kind == AddressClass::Loopback || kind == AddressClass::Unspecified;
}

bool is_out_of_reach(const IpAddress& relay, const IpAddress& server) {
    const AddressClass from = server.address_class();
    const AddressClass to = relay.address_class();
    if (is_of_host(relay)) return from != AddressClass::Loopback;
    if (to == AddressClass::LinkLocal) return from != to && from != AddressClass::Loopback;
    const bool is_local = to == AddressClass::Private || to == AddressClass::SharedCgn;
    return is_local && (from == AddressClass::Global || from == AddressClass::Nat64WellKnown);
}

bool CallFacts::is_relay_out_of_reach(const ServerFacts& server) const {
    const Attempt* best = server.best();
    if (best == nullptr || !best->visit.relayed || best->is_on_this_machine) return false;
    const IpAddress& relay = best->visit.relayed->ip;
    // Somebody else's packet reaches it, which it could not where that is no address to send to.
    const bool is_reached = std::ranges::any_of(servers, [&](const auto& each) {
        const Attempt* other = each->best();
        return each->outside.has_arrived && other->visit.relayed &&
               other->visit.relayed->ip == relay &&
               other->visit.endpoint.server.ip == best->visit.endpoint.server.ip;
    });
    return !is_reached && is_out_of_reach(relay, best->visit.endpoint.server.ip);
}

bool CallFacts::counts(const Attempt& attempt) const {
    return is_built_in || !attempt.is_on_this_machine;
}

bool CallFacts::counts(const ServerFacts& server) const {
    const Attempt* attempt = server.best();
    return attempt == nullptr || counts(*attempt);
}

bool CallFacts::counts(const NatFacts& nat) const {
    return nat.other_way.empty() && !nat.is_translated && (is_built_in || !nat.is_on_this_machine);
}

bool CallFacts::are_all_on_this_machine() const {
    return !servers.empty() &&
           std::ranges::none_of(servers, [&](const auto& server) { return counts(*server); });
}

bool CallFacts::forbids_peers(const ServerFacts& server) const {
    if (!server.has_relay() || !server.refuses_its_relays()) return false;
    // Permissions are the server's, by whatever transport it is asked: one stranger who reached
    // one of its relays shows that it does not refuse everybody.
    return std::ranges::none_of(servers, [&](const auto& other) {
        return other->uri.host == server.uri.host && other->outside.has_arrived;
    });
}

bool CallFacts::may_use(const ServerFacts& server) const {
    return server.has_relay() && !forbids_peers(server);
}

bool CallFacts::serves_calls(const ServerFacts& server) const {
    return counts(server) && may_use(server);
}

bool CallFacts::might_serve_calls(const ServerFacts& server) const {
    if (forbidding_relay() != nullptr) return counts(server) && forbids_peers(server);
    return relay_of_open_reach() != nullptr && may_use(server);
}

const ServerFacts* CallFacts::forbidding_relay() const {
    if (preferred_relay() != nullptr) return nullptr;
    const auto found = std::ranges::find_if(
        servers, [&](const auto& server) { return counts(*server) && forbids_peers(*server); });
    return found == servers.end() ? nullptr : found->get();
}

const ServerFacts* CallFacts::preferred_relay() const {
    return first_by_transport(servers, [&](const ServerFacts& each) { return serves_calls(each); });
}

const ServerFacts* CallFacts::relay_that_holds() const {
    return first_by_transport(
        servers, [&](const ServerFacts& each) { return serves_calls(each) && holds_calls(each); });
}

const ServerFacts* CallFacts::relay_on_this_machine() const {
    return first_by_transport(
        servers, [&](const ServerFacts& each) { return !counts(each) && may_use(each); });
}

const ServerFacts* CallFacts::measured_relay() const {
    const ServerFacts* relay = preferred_relay();
    return relay != nullptr ? relay : relay_on_this_machine();
}

const ServerFacts* CallFacts::relay_of_open_reach() const {
    const bool is_other_named = std::ranges::any_of(
        servers, [&](const auto& each) { return each->uri.is_turn() && counts(*each); });
    return is_other_named ? nullptr : relay_on_this_machine();
}

bool CallFacts::has_unusable_relay() const {
    if (other_way_that_works() != nullptr) return false;
    if (preferred_relay() != nullptr || forbidding_relay() != nullptr ||
        relay_of_open_reach() != nullptr) {
        return false;
    }
    bool is_any_named = false;
    for (const auto& server : servers) {
        if (!server->uri.is_turn()) continue;
        if (server->is_undecided()) return false;
        is_any_named = true;
    }
    return is_any_named;
}

const discovery::Outcome* CallFacts::nat() const {
    const discovery::Outcome* out = nullptr;
    for (const NatFacts& each : nats) {
        if (!counts(each)) continue;
        const bool is_better =
            out == nullptr || (!out->mapping.known() && each.outcome.mapping.known());
        if (is_better) out = &each.outcome;
    }
    return out;
}

const NatFacts* CallFacts::other_way_that_works() const {
    const auto is_heard = [&](const auto& attempt) {
        const precall::Visit& visit = attempt->visit;
        const bool is_told = visit.problem && !precall::may_be_the_network(visit.problem->cause);
        return counts(*attempt) && (visit.has_answered || visit.has_succeeded || is_told);
    };
    const bool is_any_heard = std::ranges::any_of(servers, [&](const auto& server) {
        return std::ranges::any_of(server->attempts, is_heard);
    });
    if (is_any_heard || has_udp()) return nullptr;
    const auto found = std::ranges::find_if(nats, [](const NatFacts& each) {
        return !each.other_way.empty() && !each.is_on_this_machine &&
               each.outcome.udp.verdict == discovery::VerdictKind::Pass;
    });
    return found == nats.end() ? nullptr : &*found;
}

bool CallFacts::is_classified() const {
    const auto is_settled = [&](const NatFacts& nat) {
        if (!nat.is_cut_off) return true;
        bool is_asked = false;
        for (const auto& server : servers) {
            for (const auto& attempt : server->attempts) {
                if (attempt->family != nat.family) continue;
                const auto& problem = attempt->visit.problem;
                if (!problem || !precall::may_be_the_network(problem->cause)) return false;
                is_asked |= !turn::is_stream(server->transport());
            }
        }
        return is_asked;
    };
    const bool is_any_whole =
        std::ranges::any_of(nats, [](const NatFacts& nat) { return !nat.is_cut_off; });
    return is_any_whole && std::ranges::all_of(nats, is_settled);
}

std::string CallFacts::doubt_about_ports() const {
    if (!has_udp()) return {};
    const auto is_good = [&](const NatFacts& each) {
        return counts(each) && each.outcome.udp.verdict == discovery::VerdictKind::Pass;
    };
    const auto doubting = std::ranges::find_if(nats, [&](const NatFacts& each) {
        return counts(each) && (each.outcome.udp.verdict == discovery::VerdictKind::Inconclusive ||
                                each.outcome.udp.verdict == discovery::VerdictKind::Fail);
    });
    if (doubting != nats.end() && std::ranges::none_of(nats, is_good)) {
        return doubting->outcome.udp.sentence;
    }
    // Servers listen where firewalls let UDP out; relays and peers do not. One that got through
    // elsewhere shows that it does.
    const bool has_arrived = std::ranges::any_of(servers, [&](const auto& server) {
        return server->outside.has_arrived && counts(*server);
    });
    const bool is_lost = std::ranges::any_of(servers, [&](const auto& server) {
        return counts(*server) && server->outside.is_proof_of_closure() && server->audio.is_done &&
               !server->audio.problem && !is_relay_out_of_reach(*server);
    });
    if (has_arrived || !is_lost) return {};
    return "media passes between the relay's ports, and what is sent from here to one of them does "
           "not arrive: either this network lets UDP out to some ports alone, or the server's "
           "firewall closes those of its relays";
}

bool CallFacts::has_udp() const {
    for (const NatFacts& each : nats) {
        if (!counts(each)) continue;
        if (each.outcome.udp.verdict == discovery::VerdictKind::Pass) return true;
        // What answers on some ports shows that UDP gets out.
        if (each.outcome.udp.value == discovery::UdpReachability::SomePorts) return true;
    }
    return std::ranges::any_of(servers, [this](const auto& server) {
        return !turn::is_stream(server->transport()) &&
               std::ranges::any_of(server->attempts, [this](const auto& attempt) {
                   return attempt->visit.has_answered && counts(*attempt);
               });
    });
}

}  // namespace portolan::nat_probe
