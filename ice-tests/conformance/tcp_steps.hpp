#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ice-tests/conformance/steps.hpp"

// What the checks of TCP allocations (RFC 6062) have in common.
namespace portolan::conformance {

/// How long something that comes at once may take.
inline constexpr transport::Duration kPrompt = seconds(3);

/// A connection between a TCP relay and our own peer.
struct Connected {
    Client* control = nullptr;
    TransportAddress relayed;
    std::uint32_t id = 0;
    std::unique_ptr<turn::PeerStream> peer;
    Client* data = nullptr;  ///< of bound() only
};

/// An Allocate request for TCP that gets a relay of the family of this host's peers.
Request tcp_request(const Probe& probe);
/// Ends the check as not applicable where the server has no TCP allocations (442).
Task<Allocated> tcp_allocation(Probe& probe);
/// Ours, as the relay sees it.
IpAddress own_address(const Probe& probe, Client& client);
/// Connect to a peer of ours. Ends the check where that is forbidden or does not work.
Task<Connected> connected(Probe& probe);
/// The same, and its ConnectionBind. Ends the check where that is refused.
Task<Connected> bound(Probe& probe);

/// Whether the other side ends it at once. A reset is sent once and may be lost: what is sent into
/// the connection then is answered with another.
Task<bool> ends(Probe& probe, turn::PeerStream& stream);
Task<bool> ends(Probe& probe, Client& client);

/// Whether the pending connection ends when nobody binds it, and no sooner.
Task<Judgement> judge_unbound(Probe& probe, turn::PeerStream& peer);

}  // namespace portolan::conformance
