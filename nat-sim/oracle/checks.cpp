#include "nat-sim/oracle/checks.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "nat-sim/oracle/abstract_net.hpp"

namespace portolan::oracle {

namespace {

constexpr int kServerPort = 3478;
constexpr int kHostPort = 40'000;
constexpr int kRelayPort = 50'000;

bool gets_out(const Topology& topology, const Party& party, TurnAccess access) {
    const bool has_way = reaches_internet(topology, party, Family::IPv4) ||
                         reaches_internet(topology, party, Family::IPv6) ||
                         (party.ipv6 && party.nat64);
    if (!has_way) return false;
    switch (access) {
        case TurnAccess::Udp:
            return !blocks_udp(topology, party);
        case TurnAccess::Tcp:
            return party.tcp_out == TcpOut::Any;
        case TurnAccess::TcpOnWebPort:
            return party.tcp_out != TcpOut::None;
        case TurnAccess::None:
            break;
    }
    return false;
}

/// The first of its ways to a TURN server that leads there.
std::optional<TurnAccess> turn_access(const Topology& topology, const Party& party) {
    const auto found = std::find_if(party.turn.begin(), party.turn.end(), [&](TurnAccess access) {
        return gets_out(topology, party, access);
    });
    return found == party.turn.end() ? std::nullopt : std::optional(*found);
}

/// One side's view: what it can send from, and what it knows of the other.
class Side {
  public:
    Side(AbstractNet& net, const Topology& topology, const Party& party) {
        if (party.udp && party.ipv4) {
            hosts_.push_back({net.add_host(party.behind), kHostPort});
        }
        if (party.udp && party.ipv6) {
            hosts_.push_back({net.add_host(party.behind_ipv6, Family::IPv6), kHostPort});
        }
        const auto access = turn_access(topology, party);
        const bool turn_by_udp = access == TurnAccess::Udp;
        if (access) relay_ = Endpoint{net.add_host(std::nullopt), kRelayPort};
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

    /// Returns whether the endpoint is new. Permissions at the relay (RFC 8656 s9) need no care
    /// once both know each other: they are for addresses, and every address of the other side has
    /// been announced.
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
    Checks(const Topology& topology, FirstChecker first)
        : net_(topology.nats),
          a_(net_, topology, topology.a),
          b_(net_, topology, topology.b),
          b_gives_up_(first == FirstChecker::BAlone) {
        for (const Endpoint candidate : b_.candidates())
            a_.learn(candidate);
        for (const Endpoint candidate : a_.candidates())
            b_.learn(candidate);
    }

    /// One side checks all that it knows. Returns whether anything came of it.
    bool round(bool from_a) {
        const Side& from = from_a ? a_ : b_;
        a_has_begun_ |= from_a;
        bool changed = false;
        // A copy: what triggered checks teach this side waits for the next round, or two sides that
        // map anew toward every port would never end this one.
        const std::set<Endpoint> known = from.remotes();
        for (const Endpoint base : from.bases()) {
            for (const Endpoint remote : known) {
                const bool is_over =
                    !from_a && b_gives_up_ && !checked_by_b_.insert({base, remote}).second;
                if (!is_over) changed |= check(base, remote, from_a, true);
            }
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
        // RFC 8656 s9: the relay of who does not know the other's addresses yet lets nobody in.
        const bool is_relay_shut =
            b_gives_up_ && !a_has_begun_ && to.is_relay(request->destination);
        if (is_relay_shut) return false;
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
    bool b_gives_up_;
    bool a_has_begun_ = false;
    std::set<std::pair<Endpoint, Endpoint>> checked_by_b_;
    std::set<ValidPair> valid_;
};

}  // namespace

UdpChecks check_all(const Topology& topology, FirstChecker first, int round_count) {
    Checks checks(topology, first);
    const bool a_first = first == FirstChecker::A;
    bool was_last_new = false;
    for (int i = 0; i < round_count; ++i) {
        const int before = checks.changes();
        const bool one = checks.round(a_first);
        const bool other = checks.round(!a_first);
        was_last_new = one || other;
        if (!was_last_new && checks.changes() == before) break;
    }
    return {checks.valid(), was_last_new && round_count == kAllRounds};
}

bool has_relay(const Topology& topology, const Party& party) {
    return turn_access(topology, party).has_value();
}

std::vector<int> chain_of(const Topology& topology, const Party& party, Family family) {
    std::vector<int> chain;
    for (std::optional<int> nat = family == Family::IPv4 ? party.behind : party.behind_ipv6; nat;
         nat = topology.nats[static_cast<std::size_t>(*nat)].behind) {
        chain.push_back(*nat);
    }
    return chain;
}

bool reaches_internet(const Topology& topology, const Party& party, Family family) {
    if (!(family == Family::IPv4 ? party.ipv4 : party.ipv6)) return false;
    const std::vector<int> chain = chain_of(topology, party, family);
    return std::all_of(chain.begin(), chain.end(), [&](int nat) {
        return topology.nats[static_cast<std::size_t>(nat)].carries;
    });
}

bool blocks_udp(const Topology& topology, const Party& party) {
    if (!party.udp) return true;
    for (const Family family : {Family::IPv4, Family::IPv6}) {
        for (const int nat : chain_of(topology, party, family)) {
            if (!topology.nats[static_cast<std::size_t>(nat)].udp) return true;
        }
    }
    return false;
}

}  // namespace portolan::oracle
