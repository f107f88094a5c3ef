#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ice-tests/server/turn_allocation.hpp"

namespace portolan::server {

enum class RelayOpening {
    Open,
    PortTaken,   ///< another port may do
    Impossible,  ///< no port will
};

/// Opens and closes what the relayed transport addresses are in the outside world.
class RelayPorts {
  public:
    virtual ~RelayPorts() = default;
    RelayPorts() = default;
    RelayPorts(const RelayPorts&) = delete;
    RelayPorts& operator=(const RelayPorts&) = delete;

    virtual RelayOpening open_relay(RelayId id, const TransportAddress& address,
                                    RelayKind kind) = 0;
    /// Its connections have been closed before.
    virtual void close_relay(RelayId id) = 0;
    /// Of RFC 6062; also one that is still being opened.
    virtual void close_connection(ConnectionId id) = 0;
};

struct RelayRange {
    std::vector<IpAddress> ips;  ///< at most one of each family
    std::uint16_t port_min = 49152;
    std::uint16_t port_max = 65535;
    bool has_sequential_tokens = false;  ///< of a mutant
    bool leaks_even_ports = false;       ///< of a mutant
    bool is_sequential = false;          ///< of a mutant: ports in their order, not at random
};

/// RFC 8656 s7.2: what the client asks of the port. Odd is what nobody asks for, and a mutant
/// gives.
enum class PortWish { Any, Even, EvenAndNext, Odd };

/// All allocations and reservations of a server, with their ports and deadlines.
class TurnAllocations {
  public:
    TurnAllocations(RelayRange range, transport::Random random, RelayPorts& ports);
    ~TurnAllocations();
    TurnAllocations(const TurnAllocations&) = delete;
    TurnAllocations& operator=(const TurnAllocations&) = delete;

    [[nodiscard]] Allocation* find(const FiveTuple& tuple) const;
    [[nodiscard]] Relay* find_relay(RelayId id) const;
    [[nodiscard]] bool has_family(AddressFamily family) const;

    /// A relay without owner, to be given to an allocation or reserved at once. nullptr: no port
    /// is left. EvenAndNext opens the next port too, to which `next` then points.
    Relay* open(AddressFamily family, PortWish wish, RelayKind kind = RelayKind::Udp,
                Relay** next = nullptr);
    /// Until then nothing but take() gets it.
    ReservationToken reserve(Relay& relay, transport::Time until);
    /// The relay that was reserved under that token; nullptr when there is none (any more).
    Relay* take(ReservationToken token);
    void close(Relay& relay);

    /// A connection between a TCP relay and a peer that it has none with.
    PeerConnection& connect(Relay& relay, const TransportAddress& peer);
    [[nodiscard]] PeerConnection* find_connection(ConnectionId id) const;
    /// Until then it is pending; nothing: for as long as it lasts.
    void set_expiry(PeerConnection& connection, std::optional<transport::Time> until);
    /// Also when it is gone by itself.
    void end_connection(ConnectionId id);

    Allocation& create(const FiveTuple& tuple, const std::string& quota_name);
    void give(Allocation& allocation, Relay& relay, std::optional<transport::Time> until);
    /// A new ticket for it; the one that it had becomes the old one.
    MobilityTicket issue_ticket(Allocation& allocation);
    /// By a current or old ticket.
    [[nodiscard]] Allocation* find(const MobilityTicket& ticket) const;
    /// From now on the client is known there too.
    void let_move(Allocation& allocation, const FiveTuple& to);
    /// The client is where it has moved to, and nowhere else.
    void complete_move(Allocation& allocation);

    /// Nothing: never.
    void set_expiry(Relay& relay, std::optional<transport::Time> until);
    /// Takes one family from an allocation, and the allocation with the last one.
    void end(Allocation& allocation, AddressFamily family);
    void end(Allocation& allocation);

    void expire(transport::Time now);
    [[nodiscard]] std::optional<transport::Time> next_deadline() const;

    [[nodiscard]] std::size_t count() const { return by_tuple_.size(); }
    [[nodiscard]] std::size_t count_of(const std::string& quota_name) const;
    [[nodiscard]] std::uint64_t total_count() const { return total_count_; }

  private:
    void forget_move(Allocation& allocation);
    Relay* open_at(const TransportAddress& address, RelayKind kind, RelayOpening& outcome);
    [[nodiscard]] std::vector<bool>& used(AddressFamily family) {
        return used_ports_[family == AddressFamily::IPv4 ? 0 : 1];
    }

    RelayRange range_;
    transport::Random random_;
    AddressHash hash_;
    RelayPorts& ports_;
    RelayId next_id_ = 1;
    std::uint64_t total_count_ = 0;
    ReservationToken last_token_ = 0;
    std::size_t next_offset_ = 0;  // where the next port is looked for, if they are sequential
    std::unordered_map<FiveTuple, std::unique_ptr<Allocation>, AddressHash> by_tuple_;
    std::unordered_map<RelayId, std::unique_ptr<Relay>> relays_;
    std::unordered_map<FiveTuple, Allocation*, AddressHash> moved_;
    std::map<MobilityTicket, Allocation*> tickets_;
    std::map<ReservationToken, Relay*> reservations_;
    std::map<std::string, std::size_t> counts_;
    std::set<std::pair<transport::Time, RelayId>> deadlines_;
    std::unordered_map<ConnectionId, std::unique_ptr<PeerConnection>> connections_;
    std::set<std::pair<transport::Time, ConnectionId>> connection_deadlines_;
    std::array<std::vector<bool>, 2> used_ports_;
};

}  // namespace portolan::server
