#pragma once

#include <compare>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "nat-sim/oracle/topology.hpp"

namespace portolan::oracle {

/// An address and a port, as plain numbers: no address is ever reused, so overlapping private
/// realms need no care.
struct Endpoint {
    int address = 0;
    int port = 0;
    friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

/// Where a packet ended, and as whose it appeared.
struct Delivery {
    Endpoint source;       ///< as the receiver sees it
    Endpoint destination;  ///< as the receiver knows itself
};

/// Hosts, NATs and the Internet between them as RFC 4787 describes them, without bytes or time.
/// Deliberately shares nothing with nat-sim/behavior: it is what that is compared with.
class AbstractNet {
  public:
    explicit AbstractNet(const std::vector<NatBox>& nats);

    /// A new host's address behind that NAT, or on the Internet.
    int add_host(std::optional<int> behind, Family family = Family::IPv4);

    [[nodiscard]] Family family_of(int address) const { return family_of_.at(address); }

    /// Nothing when it is filtered on the way or leads nowhere.
    std::optional<Delivery> send(Endpoint source, Endpoint destination);

    /// Grows whenever a packet changed what some NAT would do.
    [[nodiscard]] int changes() const { return changes_; }

  private:
    static constexpr int kInternet = -1;
    static constexpr int kIpv6Internet = -2;
    static int realm_behind(std::optional<int> behind, Family family) {
        return behind.value_or(family == Family::IPv4 ? kInternet : kIpv6Internet);
    }

    struct MappingKey {
        Endpoint inside;
        Endpoint toward;  ///< what of the destination the mapping depends on
        friend auto operator<=>(const MappingKey&, const MappingKey&) = default;
    };
    struct SessionKey {
        Endpoint inside;
        Endpoint remote;
        friend auto operator<=>(const SessionKey&, const SessionKey&) = default;
    };
    struct Box {
        NatBox rules;
        int outside_address = 0;
        int next_port = 1;
        std::map<MappingKey, Endpoint> mappings;
        std::map<SessionKey, Endpoint> sessions;           ///< the outside endpoint of each
        std::map<Endpoint, Endpoint> inside_of;            ///< by outside endpoint
        std::map<Endpoint, std::set<Endpoint>> contacted;  ///< by outside endpoint
    };

    /// The box outside of whose network `from_realm` is, and behind which, through boxes that
    /// translate nothing, `home` is.
    [[nodiscard]] std::optional<int> untranslated_way(int from_realm, int home) const;
    Endpoint translate_out(Box& box, Endpoint source, Endpoint destination);
    std::optional<Endpoint> translate_in(Box& box, Endpoint source, Endpoint destination);
    std::optional<Delivery> route(int from_realm, Endpoint source, Endpoint destination);
    std::optional<Delivery> arrive(int nat, Endpoint source, Endpoint destination,
                                   std::optional<Endpoint> inside_source);

    std::vector<Box> boxes_;
    std::map<int, int> realm_of_;  ///< of each address: the NAT it is behind, or an Internet
    std::map<int, Family> family_of_;
    std::map<int, int> nat_at_;  ///< outside address -> NAT
    int next_address_ = 1;
    int changes_ = 0;
};

}  // namespace portolan::oracle
