#include "probe/cli/report/facts.hpp"

#include <algorithm>

namespace portolan::nat_probe {
namespace {

using precall::Cause;

/// How far a visit came; greater is further.
int progress_of(const precall::Visit& visit) {
    if (visit.has_succeeded) return 3;
    if (visit.has_answered) return 2;
    return visit.problem && visit.problem->cause == Cause::NoRoute ? 0 : 1;
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

const ServerFacts* CallFacts::forbidding_relay() const {
    if (preferred_relay() != nullptr) return nullptr;
    const auto found =
        std::ranges::find_if(servers, [&](const auto& server) { return forbids_peers(*server); });
    return found == servers.end() ? nullptr : found->get();
}

const ServerFacts* CallFacts::preferred_relay() const {
    constexpr turn::Transport kOrder[] = {turn::Transport::Udp, turn::Transport::Dtls,
                                          turn::Transport::Tcp, turn::Transport::Tls};
    for (const turn::Transport transport : kOrder) {
        for (const auto& server : servers) {
            if (server->transport() == transport && may_use(*server)) return server.get();
        }
    }
    return nullptr;
}

const discovery::Outcome* CallFacts::nat() const {
    const discovery::Outcome* out = nullptr;
    for (const NatFacts& each : nats) {
        const bool is_better =
            out == nullptr || (!out->mapping.known() && each.outcome.mapping.known());
        if (is_better) out = &each.outcome;
    }
    return out;
}

std::string CallFacts::doubt_about_ports() const {
    if (!has_udp()) return {};
    const auto is_good = [](const NatFacts& each) {
        return each.outcome.udp.verdict == discovery::VerdictKind::Pass;
    };
    const auto doubting = std::ranges::find_if(nats, [&](const NatFacts& each) {
        return each.outcome.udp.verdict == discovery::VerdictKind::Inconclusive ||
               each.outcome.udp.verdict == discovery::VerdictKind::Fail;
    });
    if (doubting != nats.end() && std::ranges::none_of(nats, is_good)) {
        return doubting->outcome.udp.sentence;
    }
    // Servers listen where firewalls let UDP out; relays and peers do not. One that got through
    // elsewhere shows that it does.
    const bool has_arrived = std::ranges::any_of(
        servers, [](const auto& server) { return server->outside.has_arrived; });
    const bool is_lost = std::ranges::any_of(servers, [](const auto& server) {
        return server->outside.is_proof_of_closure() && server->audio.is_done &&
               !server->audio.problem;
    });
    if (has_arrived || !is_lost) return {};
    return "media passes between the relay's ports, and what is sent from here to one of them does "
           "not arrive: either this network lets UDP out to some ports alone, or the server's "
           "firewall closes those of its relays";
}

bool CallFacts::has_udp() const {
    for (const NatFacts& each : nats) {
        if (each.outcome.udp.verdict == discovery::VerdictKind::Pass) return true;
    }
    return std::ranges::any_of(servers, [](const auto& server) {
        return !turn::is_stream(server->transport()) &&
               std::ranges::any_of(server->attempts,
                                   [](const auto& attempt) { return attempt->visit.has_answered; });
    });
}

}  // namespace portolan::nat_probe
