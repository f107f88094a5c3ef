#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ice-tests/conformance/probe.hpp"
#include "probe/stun/attribute_table.hpp"

// Steps and judgements that several checks have in common.
namespace portolan::conformance {

using turn::Wire;

/// XOR-MAPPED-ADDRESS is the client's own address. Not applicable where a NAT may have changed it.
Judgement judge_mapped(Client& client, const Reply& reply);
Judgement judge_mapped_address(Client& client, const TransportAddress& mapped);

/// A Binding request gets the client's own address.
Task<Judgement> judge_binding(Probe& probe);

/// Error 420 with UNKNOWN-ATTRIBUTES that lists the type.
Judgement judge_unknown_attribute(const Reply& reply, std::uint16_t type);

/// When something that lasts so long is certainly over, and no more than a little later.
transport::Duration past(std::chrono::seconds lasts);

/// An allocation that nobody has refreshed for a while.
struct Held {
    Client* client = nullptr;
    std::chrono::seconds lifetime{0};  ///< as granted
    std::chrono::seconds waited{0};    ///< since then
};

/// Holds an allocation for that part of the lifetime granted (from 100 % a little longer), and
/// keeps the way there open by Binding requests, which refresh nothing. Ends the check as undecided
/// where the lifetime is longer than the target's words, or the way has changed: another mapped
/// address is another 5-tuple.
Task<Held> hold_allocation(Probe& probe, int part_pct);

/// Violates, because something did not arrive.
Judgement nothing_came(std::string came);

/// As the nonce, but one that the server has not given; the nonce cookie stays.
std::string invented_nonce(Probe& probe, const std::string& nonce);

/// Signed with a password that is not the user's, by another user if one is named.
Signature signed_as(const Client& client, std::optional<std::string> username);

/// All addresses of that type, in order.
std::vector<TransportAddress> addresses_of(const Reply& reply, AttributeType type);

/// Documentation addresses (RFC 5737, RFC 3849): only named in requests, never sent to.
TransportAddress peer_of_other_family(const TransportAddress& relayed);

/// A neighbour of ours, only named in requests: packets are not sent to it.
TransportAddress bystander(const TransportAddress& own);

/// Whether the server completes a handshake with such a client, whatever its certificate: it has
/// shown one then. Ends the check when it cannot be reached.
Task<bool> agrees_to(Probe& probe, transport::TlsClientPolicy policy);

/// An allocation that can move (RFC 8016). Ends the check where the server gives no tickets.
Task<Allocated> mobile_allocation(Probe& probe);
/// The MOBILITY-TICKET of a response; empty: none.
std::vector<std::byte> ticket_of(const Reply& reply);
/// A Refresh request with that ticket.
Request move_with(std::vector<std::byte> ticket);

/// Whether REQUESTED-ADDRESS-FAMILY IPv6 gets a relay. Ends the check when that does not say.
Task<bool> has_ipv6_relays(Probe& probe);

/// Permits the first peer and sees that data gets there; ends the check as undecided when not.
Task<bool> confirm_relaying(Probe& probe, const Allocated& allocated);

/// Permits the first peer and sees that what it sends reaches the client; ends the check as
/// undecided when not.
Task<bool> confirm_delivery(Probe& probe, const Allocated& allocated);

/// "a, b, c".
std::string list_of(const std::vector<std::string>& words);

/// What CreatePermission requests for peers got.
struct PeersAsked {
    struct Answer {
        IpAddress ip;
        Reply reply;
        bool is_of_relays_family = false;  ///< the relay that it was asked for on is of the peer's
    };
    std::vector<Answer> answers;
    std::string no_relay;  ///< why there was no relay of the family of some, other than 440
};

/// Asks for the peers one after the other, each family on a relay of its own; for those of a family
/// without relays (440) not at all, and on a relay of the other family where the server gives that.
/// Only the permission is asked for, nothing is ever sent there. Ends with the first answer that is
/// `enough`.
Task<PeersAsked> ask_for_peers(Probe& probe, std::vector<IpAddress> peers,
                               std::function<bool(const PeersAsked::Answer&)> enough);

/// ask_for_peers(), where every one has to be refused.
Task<Judgement> judge_peers(Probe& probe, std::vector<std::string> peers);

/// Whether the same port answers a Binding request over another transport, which it should not.
Task<Judgement> judge_transport(Probe& probe, Transport transport, std::string when_it_does,
                                std::string when_not);

}  // namespace portolan::conformance
