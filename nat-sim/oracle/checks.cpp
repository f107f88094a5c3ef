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

/// The checks of one call, and what they have found so far.
class Checks {
  public:
    explicit Checks(const Topology& topology)
        : net_(topology.nats), a_(net_, topology.a), b_(net_, topology.b) {
        for (const Endpoint candidate : b_.candidates())
            a_.learn(candidate);
        for (const Endpoint candidate : a_.candidates())
            b_.learn(candidate);
    }

    /// One side checks all that it knows. Returns whether anything came of it.
    bool round(bool from_a) {
        const Side& from = from_a ? a_ : b_;
        bool changed = false;
        // A copy: what triggered checks teach this side waits for the next round, or two sides that
        // map anew toward every port would never end this one.
        const std::set<Endpoint> known = from.remotes();
        for (const Endpoint base : from.bases()) {
            for (const Endpoint remote : known)
                changed |= check(base, remote, from_a, true);
        }
        return changed;
    }

    [[nodiscard]] int changes() const { return net_.changes(); }
    [[nodiscard]] const std::set<ValidPair>& valid() const { return valid_; }

  private:
    /// A request and its answer; the pair is valid when both arrive as RFC 8445 s7.2.5.2.1 demands.
    /// The other side learns a peer-reflexive candidate (s7.3.1.3) and checks back at once
    /// (s7.3.1.4), even when the answer is lost.
    bool check(Endpoint base, Endpoint remote, bool from_a, bool triggers) {
        if (net_.family_of(remote.address) != net_.family_of(base.address)) return false;
        Side& to = from_a ? b_ : a_;
        const auto request = net_.send(base, remote);
        if (!request || !to.owns(request->destination)) return false;
        bool changed = to.learn(request->source);
        const auto answer = net_.send(request->destination, request->source);
        if (answer && answer->destination == base && answer->source == remote) {
            const Endpoint other = request->destination;
            const Legs legs = from_a ? Legs{a_.is_relay(base), b_.is_relay(other)}
                                     : Legs{a_.is_relay(other), b_.is_relay(base)};
            changed |= valid_.insert({legs, net_.family_of(base.address)}).second;
        }
        if (triggers) changed |= check(request->destination, request->source, !from_a, false);
        return changed;
    }

    AbstractNet net_;
    Side a_;
    Side b_;
    std::set<ValidPair> valid_;
};

}  // namespace

std::set<ValidPair> valid_udp_pairs(const Topology& topology, FirstChecker first, int round_count) {
    Checks checks(topology);
    const bool a_first = first == FirstChecker::A;
    for (int i = 0; i < round_count; ++i) {
        const int before = checks.changes();
        const bool one = checks.round(a_first);
        const bool other = checks.round(!a_first);
        if (!one && !other && checks.changes() == before) break;
    }
    return checks.valid();
}

}  // namespace portolan::oracle
