#include "nat-sim/oracle/checks.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "nat-sim/oracle/abstract_net.hpp"

namespace portolan::oracle {

namespace {

constexpr int kServerPort = 3478;
constexpr int kHostPort = 40'000;
constexpr int kRelayPort = 50'000;
// Two sides that both map anew toward every new port never stop learning; what can become valid
// has become so long before.
constexpr int kRounds = 10;

/// One side's view: what it can send from, and what it knows of the other.
class Side {
  public:
    Side(AbstractNet& net, const Party& party) {
        if (party.udp && party.ipv4) {
            hosts_.push_back({net.add_host(party.behind), kHostPort});
        }
        if (party.udp && party.ipv6) {
            hosts_.push_back({net.add_host(party.behind_ipv6, Family::IPv6), kHostPort});
        }
        bool turn_by_udp = false;
        for (const TurnAccess access : party.turn) {
            const bool gets_out =
                (access == TurnAccess::Udp && party.udp) ||
                (access == TurnAccess::Tcp && party.tcp_out == TcpOut::Any) ||
                (access == TurnAccess::TcpOnWebPort && party.tcp_out != TcpOut::None);
            if (!gets_out) continue;
            turn_by_udp = access == TurnAccess::Udp;
            relay_ = Endpoint{net.add_host(std::nullopt), kRelayPort};
            break;
        }
        for (const Endpoint host : hosts_) {
            const Family family = net.family_of(host.address);
            own_.push_back(host);
            const Endpoint stun{net.add_host(std::nullopt, family), kServerPort};
            if (const auto seen = net.send(host, stun)) own_.push_back(seen->source);
            if (turn_by_udp) net.send(host, {net.add_host(std::nullopt, family), kServerPort});
        }
        if (!party.relay_only) return;
        own_.clear();
        hosts_.clear();
    }

    /// What it tells the other side in its description.
    [[nodiscard]] std::vector<Endpoint> candidates() const {
        std::vector<Endpoint> all = own_;
        if (relay_) all.push_back(*relay_);
        return all;
    }

    /// Returns whether the endpoint is new. Permissions at the relay (RFC 8656 s9) need no care:
    /// they are for addresses, and every address of the other side has been announced.
    bool learn(Endpoint remote) { return remotes_.insert(remote).second; }

    [[nodiscard]] std::vector<Endpoint> bases() const {
        std::vector<Endpoint> all = hosts_;
        if (relay_) all.push_back(*relay_);
        return all;
    }
    [[nodiscard]] const std::set<Endpoint>& remotes() const { return remotes_; }
    [[nodiscard]] bool is_relay(Endpoint base) const { return relay_ == base; }
    [[nodiscard]] bool owns(Endpoint base) const {
        return relay_ == base || std::find(hosts_.begin(), hosts_.end(), base) != hosts_.end();
    }

  private:
    std::vector<Endpoint> hosts_;  ///< one for each family
    std::optional<Endpoint> relay_;
    std::vector<Endpoint> own_;
    std::set<Endpoint> remotes_;
};

/// A request and its answer; true when both arrive as RFC 8445 s7.2.5.2.1 demands. The other side
/// learns a peer-reflexive candidate (s7.3.1.3) even when the answer is lost.
bool check(AbstractNet& net, Endpoint base, Endpoint remote, Side& to,
           std::optional<Endpoint>& answered_by, bool& learnt) {
    const auto request = net.send(base, remote);
    if (!request || !to.owns(request->destination)) return false;
    learnt |= to.learn(request->source);
    const auto answer = net.send(request->destination, request->source);
    if (!answer || answer->destination != base || answer->source != remote) return false;
    answered_by = request->destination;
    return true;
}

}  // namespace

std::set<ValidPair> valid_udp_pairs(const Topology& topology, FirstChecker first) {
    AbstractNet net(topology.nats);
    Side a(net, topology.a);
    Side b(net, topology.b);
    for (const Endpoint candidate : b.candidates())
        a.learn(candidate);
    for (const Endpoint candidate : a.candidates())
        b.learn(candidate);

    std::set<ValidPair> valid;
    const auto round = [&](Side& from, Side& to, bool from_is_a) {
        bool changed = false;
        for (const Endpoint base : from.bases()) {
            for (const Endpoint remote : from.remotes()) {
                const Family family = net.family_of(base.address);
                if (net.family_of(remote.address) != family) continue;
                std::optional<Endpoint> other;
                if (!check(net, base, remote, to, other, changed)) continue;
                const Legs legs = from_is_a ? Legs{a.is_relay(base), b.is_relay(*other)}
                                            : Legs{a.is_relay(*other), b.is_relay(base)};
                changed |= valid.insert({legs, family}).second;
            }
        }
        return changed;
    };
    for (int i = 0; i < kRounds; ++i) {
        const int before = net.changes();
        const bool one = first == FirstChecker::A ? round(a, b, true) : round(b, a, false);
        const bool other = first == FirstChecker::A ? round(b, a, false) : round(a, b, true);
        if (!one && !other && net.changes() == before) break;
    }
    return valid;
}

}  // namespace portolan::oracle
