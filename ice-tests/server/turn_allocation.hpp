#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "ice-tests/server/five_tuple.hpp"
#include "ice-tests/server/turn_config.hpp"
#include "probe/stun/integrity.hpp"
#include "probe/stun/message.hpp"
#include "probe/transport/clock.hpp"

namespace portolan::server {

/// Names a relayed transport address for as long as the core lives; never used again.
using RelayId = std::uint64_t;

/// RFC 6062 s6.2.1: names a connection between a relay and a peer.
using ConnectionId = std::uint32_t;

/// What a relayed transport address is one of.
enum class RelayKind { Udp, Tcp };

/// A connection between the relay of a TCP allocation and a peer, whoever opened it (RFC 6062).
struct PeerConnection {
    enum class Phase {
        Connecting,
        Pending,  ///< waits for its ConnectionBind
        Bound,
    };

    ConnectionId id = 0;
    RelayId relay = 0;
    TransportAddress peer;
    Phase phase = Phase::Connecting;
    std::optional<transport::Time> expires_at;  ///< while it is pending
};

/// RFC 8656 s18.10, eight bytes.
using ReservationToken = std::uint64_t;

/// RFC 8016 s3.3: opaque to the client. Ours are random numbers.
using MobilityTicket = std::array<std::byte, 16>;

class Allocation;

/// One relayed transport address: of an allocation, or reserved for one (RFC 8656 s7.2).
struct Relay {
    RelayId id = 0;
    TransportAddress address;
    RelayKind kind = RelayKind::Udp;
    transport::Time expires_at{};
    Allocation* owner = nullptr;                                ///< nullptr while it is reserved
    ReservationToken token = 0;                                 ///< while it is reserved
    std::map<TransportAddress, ConnectionId> connections = {};  ///< of a TCP relay, by peer
};

/// What a client has on the server (RFC 8656 s6): one relayed transport address or, in a dual
/// allocation, one of each family. Permissions and channels belong to the one of their family.
class Allocation {
  public:
    Allocation(const FiveTuple& its_tuple, const AddressHash& hash)
        : tuple(its_tuple), permissions_(0, hash), channel_numbers_(0, hash) {}

    FiveTuple tuple;
    /// RFC 8016 s3.2.2: where the client has moved to, until something is sent from there.
    std::optional<FiveTuple> next_tuple;
    std::optional<MobilityTicket> ticket;
    /// Of the Refresh request that moved it, which may come again with the ticket of before.
    std::optional<MobilityTicket> old_ticket;
    stun::TransactionId moved_by;
    std::string username;
    std::string quota_name;
    /// RFC 7635: the mac_key of the access token that came last, for requests without a token.
    std::optional<stun::LongTermKey> token_key;
    stun::TransactionId made_by;  ///< of the Allocate request, to know its retransmissions
    std::optional<ReservationToken> reserved;  ///< what the response told
    std::optional<AddressFamily> refused_family;
    int refused_code = 0;  ///< ADDRESS-ERROR-CODE for that family

    [[nodiscard]] Relay* relay(AddressFamily family) const { return relays_[index(family)]; }
    void set_relay(AddressFamily family, Relay* relay) { relays_[index(family)] = relay; }
    /// RFC 6062: its relays are for TCP.
    [[nodiscard]] bool is_tcp() const {
        const Relay* any = relays_[0] != nullptr ? relays_[0] : relays_[1];
        return any != nullptr && any->kind == RelayKind::Tcp;
    }
    [[nodiscard]] bool has_relays() const { return relays_[0] != nullptr || relays_[1] != nullptr; }

    [[nodiscard]] bool permits(transport::Time now, const IpAddress& peer) const;
    /// False when that is one more than `max_count`; what has expired does not count.
    [[nodiscard]] bool permit(transport::Time now, const IpAddress& peer, transport::Time until,
                              std::size_t max_count);

    /// Where a channel leads; nullptr when it is not bound.
    [[nodiscard]] const TransportAddress* peer_of(transport::Time now, std::uint16_t channel) const;
    [[nodiscard]] std::optional<std::uint16_t> channel_to(transport::Time now,
                                                          const TransportAddress& peer) const;
    /// Of channels that nothing contradicts, as permit().
    [[nodiscard]] bool bind(transport::Time now, std::uint16_t channel,
                            const TransportAddress& peer, transport::Time until,
                            std::size_t max_count);

    /// Of a mutant: forgets a channel, or whatever leads to a peer, although it is bound.
    void unbind(std::uint16_t channel);

    /// What only mutants look at: peers with the ports that they were permitted with, the last at
    /// the end.
    std::vector<TransportAddress> permitted_peers;

    /// Ends the permissions and channels of a family.
    void forget(AddressFamily family);

  private:
    struct Channel {
        TransportAddress peer;
        transport::Time expires_at{};
    };
    static std::size_t index(AddressFamily family) { return family == AddressFamily::IPv4 ? 0 : 1; }
    void drop_expired_channels(transport::Time now);

    std::array<Relay*, 2> relays_{};
    std::unordered_map<IpAddress, transport::Time, AddressHash> permissions_;
    std::unordered_map<std::uint16_t, Channel> channels_;
    std::unordered_map<TransportAddress, std::uint16_t, AddressHash> channel_numbers_;
};

}  // namespace portolan::server
