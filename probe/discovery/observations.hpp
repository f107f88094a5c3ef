#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "probe/discovery/inference.hpp"
#include "probe/discovery/ledger.hpp"

/// Questions about a ledger that the machine asks while it runs and the inference asks at the end:
/// one answer for both.
namespace portolan::discovery {

/// Why a success response cannot be true, or must not be believed (RFC 8489 s6.3): as what the
/// server does. Empty for any other message.
std::string reply_flaw(const Ledger& ledger, const Probe& probe, const Arrival& arrival);

/// May `mapped` be the source of that request, when it gets to where it was sent?
bool is_possible_mapped(const Ledger& ledger, const Probe& probe, const TransportAddress& mapped);

/// The class of its address; of a host behind a NAT64, that of its IPv4 address.
AddressClass class_of_host(const Ledger& ledger, const IpAddress& address);

/// Does its host answer over it, be it with a refusal?
bool shows_host(const StreamRecord& stream);

/// The transport address the request left from: the address its answer arrived on, else the bound
/// one, else the one the route says.
std::optional<TransportAddress> local_of(const Ledger& ledger, const Probe& probe,
                                         const Arrival& answer);

/// The server saw the very address and port that the request left from.
bool seen_untranslated(const Ledger& ledger, const Probe& probe);

/// Destinations that are not reached through the NAT that others are reached through: they see this
/// host's own address, or one of the local network's where others see a public one. Empty where all
/// are alike.
std::set<IpAddress> inside_destinations(const Ledger& ledger);

/// A success response with an address in it that can be believed, from the address the request
/// went to.
bool is_answer(const Ledger& ledger, const Probe& probe, const Arrival& arrival);
const Arrival* first_answer(const Ledger& ledger, const Probe& probe);
const Arrival* last_answer(const Ledger& ledger, const Probe& probe);
int answer_count(const Ledger& ledger, const Probe& probe);

/// Any well-formed response from where the request went: the server is there, whatever it says.
bool is_response(const Probe& probe, const Arrival& arrival);

/// The address a packet must be sent to, or come from, for an address that the server at `server`
/// named: itself, or where that server is behind the NAT64 its translation (RFC 6052 s2.2).
TransportAddress as_seen_here(const Ledger& ledger, const IpAddress& server,
                              const TransportAddress& named);

/// A server that has been asked for less is not called silent: its replies may only be late. The
/// servers after the first, asked later, get so much of the second that a verdict may take.
inline constexpr Duration kSilentAskedFor = std::chrono::milliseconds(750);

struct RttRange {
    Duration min{};
    Duration max{};
};
/// From the first copy to the first answer of each plain probe to the server's own address. Too
/// long where the first copy was lost, never too short.
std::optional<RttRange> rtt_range(const Ledger& ledger, int server);

/// How long after a copy its reply may still come.
Duration reply_wait(const RttRange& rtt);

ServerAudit audit_server(const Ledger& ledger, int server);

/// Can it be the other side of a server at `own`: the address of a host, as public as `own`? A
/// global server that names a private alternate sits behind a NAT of its own and does not know its
/// outside.
bool is_plausible_other(const Ledger& ledger, const TransportAddress& other,
                        const TransportAddress& own);

/// Did one flow (socket and destination) see two different mappings?
bool drifted(const Ledger& ledger, const Probe& probe);

/// Mapped address of the last answer.
std::optional<TransportAddress> mapped_of(const Ledger& ledger, std::optional<ProbeId> probe);

}  // namespace portolan::discovery
