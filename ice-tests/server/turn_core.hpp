#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "ice-tests/server/binding.hpp"
#include "ice-tests/server/challenge_limit.hpp"
#include "ice-tests/server/five_tuple.hpp"
#include "ice-tests/server/turn_allocations.hpp"
#include "ice-tests/server/turn_auth.hpp"
#include "ice-tests/server/turn_config.hpp"
#include "probe/stun/attribute_value.hpp"
#include "probe/stun/framing.hpp"
#include "probe/stun/message.hpp"
#include "probe/transport/clock.hpp"

namespace portolan::server {

struct TurnCoreConfig {
    /// Endpoints, faults and SOFTWARE, also for TURN; Binding requests are answered by respond().
    BindingConfig binding;
    RelayRange relays;
    TurnQuotas quotas;
    TurnLifetimes lifetimes;
    PeerPolicy peers;
    /// stun::kMaxChannel, or kMaxRfc5766Channel for old clients.
    std::uint16_t max_channel = stun::kMaxChannel;
    /// RFC 8489 s10: who serves instead of this server, over UDP and TCP, and over DTLS and TLS; at
    /// most one of each family. Clients of a family that has none are served here.
    std::vector<TransportAddress> alternates = {};
    std::vector<TransportAddress> secure_alternates = {};
    std::string alternate_domain = {};  ///< of their certificate, where it is another one
    bool with_mobility = true;          ///< RFC 8016
    bool with_tcp_relays = true;        ///< RFC 6062
    /// Whether the outside world can set the DF bit (RFC 8656 s7.2, check 4).
    bool can_set_dont_fragment = true;
};

/// Where a core's packets go. The bytes are valid during the call only.
class TurnOutput : public RelayPorts {
  public:
    /// What the client asked for.
    virtual void send_response(const FiveTuple& to, stun::Bytes message) = 0;
    /// What a peer sent: to be dropped rather than queued.
    virtual void send_data(const FiveTuple& to, stun::Bytes message) = 0;
    virtual void send_to_peer(RelayId from, const TransportAddress& peer, stun::Bytes data,
                              bool dont_fragment) = 0;
    /// RFC 6062: from the relay to the peer. What comes of it is told by on_connect(), later.
    virtual void connect_peer(ConnectionId id, RelayId from, const TransportAddress& peer,
                              std::chrono::seconds timeout) = 0;
    /// From now on that client's connection and the peer's are one.
    virtual void bind_connection(ConnectionId id, const FiveTuple& client) = 0;
};

/// A TURN server (RFC 8656, with Binding) without its sockets: packets and time in, packets out.
/// Constant time for each packet, and no memory is allocated for relayed data. Time must not go
/// back. Calls of TurnOutput come from within the calls here and must not call back.
class TurnCore {
  public:
    struct Counts {
        std::uint64_t to_peers_count = 0;
        std::uint64_t to_peers_bytes = 0;
        std::uint64_t from_peers_count = 0;
        std::uint64_t from_peers_bytes = 0;
    };

    /// `output` must outlive the core, whose end closes every relay.
    TurnCore(TurnCoreConfig config, TurnAuth auth, transport::Random random, TurnOutput& output);

    /// One datagram, or one frame of a stream.
    void on_client(transport::Time now, const FiveTuple& tuple, stun::Bytes bytes);
    /// The end of a connection is the end of what belonged to it.
    void on_client_gone(const FiveTuple& tuple);
    void on_peer(transport::Time now, RelayId relay, const TransportAddress& peer,
                 stun::Bytes data);
    /// An ICMP error for something that was sent to that peer (RFC 8656 s11.5).
    void on_icmp(transport::Time now, RelayId relay, const TransportAddress& peer,
                 const stun::IcmpValue& icmp);

    /// What became of connect_peer().
    void on_connect(transport::Time now, ConnectionId id, bool is_connected);
    /// A peer has connected to a TCP relay (RFC 6062 s5.3). Nothing: it has no permission, and is
    /// to be closed.
    std::optional<ConnectionId> on_peer_connection(transport::Time now, RelayId relay,
                                                   const TransportAddress& peer);
    /// One side of a connection has ended, and the other one is being closed.
    void on_connection_end(transport::Time now, ConnectionId id);

    /// When expire() has something to do.
    [[nodiscard]] std::optional<transport::Time> next_deadline() const;
    void expire(transport::Time now);

    [[nodiscard]] bool has_allocation(const FiveTuple& tuple) const;
    [[nodiscard]] const TurnAllocations& allocations() const { return allocations_; }
    [[nodiscard]] const Counts& counts() const { return counts_; }

  private:
    struct Request;
    struct AllocateWish;
    /// A Connect request that is not answered yet.
    struct Connect {
        FiveTuple tuple;
        std::vector<std::byte> message;
        Principal principal;
    };
    struct Relays;

    [[nodiscard]] bool has(ServerFault fault) const { return config_.binding.faults.has(fault); }
    [[nodiscard]] bool is(mutants::Mutant mutant) const {
        return config_.binding.mutants.has(mutant);
    }

    // turn_core.cpp
    void on_message(transport::Time now, const FiveTuple& tuple, const stun::MessageView& message);
    void on_binding(const FiveTuple& tuple, const stun::MessageView& message);
    /// Whether a mutant goes on although the request is refused.
    bool overrule(Request& request, const Refusal& refusal);
    void refuse_without_allocation(const Request& request);
    void add_error(stun::MessageWriter& writer, int code) const;
    void send(const Request& request, stun::Bytes message);
    void on_request(transport::Time now, const FiveTuple& tuple, const stun::MessageView& message);
    void dispatch(const Request& request);
    /// RFC 7635 s9: of the allocation that the request is about.
    [[nodiscard]] std::optional<stun::LongTermKey> held_key(const FiveTuple& tuple,
                                                            const stun::MessageView& message) const;
    stun::MessageWriter begin(const Request& request, stun::MessageClass message_class);
    void finish(const Request& request, stun::MessageWriter& writer);
    void refuse(const Request& request, int code, std::span<const std::uint16_t> unknown = {});
    void challenge(const Request& request, int code);
    /// Whether clients are sent on to another server.
    [[nodiscard]] bool redirects(const Request& request) const;
    void add_alternates(stun::MessageWriter& writer, const Request& request) const;
    void succeed(const Request& request);

    // turn_allocate.cpp
    void allocate(const Request& request);
    [[nodiscard]] bool is_additional_ignored(const stun::MessageView& message) const;
    std::optional<int> read_wish(const Request& request, AllocateWish& wish) const;
    /// The relay of the token that a mutant takes although there is none.
    Relay* take(ReservationToken token);
    std::optional<int> open_relays(transport::Time now, const AllocateWish& wish, Relays& out);
    void take_token(const Request& request, Allocation& allocation) const;
    void confirm_allocation(const Request& request, const Allocation& allocation);
    void add_relayed_address(stun::MessageWriter& writer, const TransportAddress& address) const;
    void add_lifetime(stun::MessageWriter& writer, std::chrono::seconds lifetime) const;
    [[nodiscard]] std::chrono::seconds lifetime_for(const Request& request) const;
    [[nodiscard]] std::uint32_t proposed_lifetime_s(const stun::MessageView& message) const;
    [[nodiscard]] std::optional<transport::Time> end_of(transport::Time now,
                                                        std::chrono::seconds lifetime) const;
    void refresh(const Request& request, Allocation& allocation);
    // turn_mobility.cpp
    /// An error code, or nothing.
    [[nodiscard]] std::optional<int> check_ticket_wish(const stun::MessageView& message) const;
    void add_ticket(stun::MessageWriter& writer, const Allocation& allocation) const;
    void move(const Request& request);

    // turn_connections.cpp
    void connect(const Request& request, Allocation& allocation);
    void confirm_connection(const Request& request, ConnectionId id);
    void bind_connection(const Request& request);
    /// Answers the Connect requests whose allocation has gone in the meantime.
    void answer_orphans(transport::Time now);
    /// Of a mutant, when a ConnectionBind request is refused for want of credentials.
    void forget_connection(const Request& request);

    void end_families(Allocation& allocation, bool v4, bool v6);

    // turn_permissions.cpp
    [[nodiscard]] std::optional<int> check_peer(const Allocation& allocation,
                                                const TransportAddress& peer) const;
    void create_permission(const Request& request, Allocation& allocation);
    void bind_channel(const Request& request, Allocation& allocation);
    void remember(Allocation& allocation, const TransportAddress& peer) const;

    // turn_relay.cpp
    void on_channel_data(transport::Time now, const FiveTuple& tuple, stun::Bytes bytes);
    /// What goes on when the Length of ChannelData lies: only a mutant does anything.
    void on_overlong_channel_data(transport::Time now, const Allocation& allocation,
                                  stun::Bytes bytes);
    [[nodiscard]] bool may_come(transport::Time now, const Allocation& allocation,
                                const TransportAddress& peer) const;
    void on_send(transport::Time now, const FiveTuple& tuple, const stun::MessageView& message);
    void relay_to_peer(const Allocation& allocation, const TransportAddress& peer, stun::Bytes data,
                       bool dont_fragment);
    void deliver(transport::Time now, const Allocation& allocation, const TransportAddress& peer,
                 stun::Bytes data);
    stun::MessageWriter begin_indication(stun::Method method);
    stun::MessageWriter begin_data_indication(const TransportAddress& peer);

    TurnCoreConfig config_;
    TurnAuth auth_;
    transport::Random random_;
    TurnOutput& output_;
    TurnAllocations allocations_;
    ChallengeLimit challenge_limit_;
    std::map<ConnectionId, Connect> connects_;
    Counts counts_;
    std::vector<std::byte> buffer_;
    std::vector<stun::AttributeType> understood_;
    std::vector<std::byte> mangled_;
    // What only mutants remember.
    std::set<stun::TransactionId> seen_;
    bool has_died_ = false;  ///< of a mutant
    std::set<ReservationToken> used_tokens_;
    std::set<TransportAddress> refused_;
};

}  // namespace portolan::server
