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

/// How long a good reply is awaited behind one that is discarded.
inline constexpr Duration kBetterReplyWait = std::chrono::milliseconds(100);

enum class FilterAnswer {
    NotSent,
    Pending,
    Open,           ///< a reply came from the address and port asked for
    Silent,         ///< none did, and the controls say that it is not loss
    Contaminated,   ///< one did, but only after this host had contacted that address
    ServerIgnores,  ///< answered from where it was asked
    ServerRejects,  ///< 420
    ServerWrongAddress,
    ServerError,
    ServerFaulty,  ///< something came from there that is no usable answer: neither open nor silent
};

struct FilterReading {
    FilterAnswer answer = FilterAnswer::NotSent;
    double error_bound = 1.0;
    ProbeId change = -1;
    ProbeId control = -1;
    bool alternate_blocked = false;  ///< told apart from filtering by the inference
};

/// What the filtering question (Role::FilterIpPort or FilterPort) of one attempt says at `now`.
FilterReading read_filter(const Ledger& ledger, Role question, int attempt, Time now);

enum class ChangeControl { NotSent, Pending, Confirmed, Unanswered, NotPossible };

/// Copies after which an unanswered control is given up: a wrong give-up costs a verdict
/// (inconclusive), never its truth. 0.36^12 (20 % loss each way) is 5e-6.
inline constexpr int kControlCopies = 12;

/// Did the server answer, with an open path, the same CHANGE-REQUEST that `question` asked?
struct ChangeControlReading {
    ChangeControl state = ChangeControl::NotSent;
    ProbeId probe = -1;
    bool used_response_port = false;
    FilterAnswer answer = FilterAnswer::NotSent;  ///< what came instead, when Unanswered
};
ChangeControlReading read_change_control(const Ledger& ledger, Role question, int attempt,
                                         Time now);

/// The four points of RFC 5780 s4.3 as one socket saw them.
struct MappingPattern {
    int attempt = 0;
    SocketId socket = 0;
    std::optional<ProbeId> pp, pa, ap, aa;
    std::vector<ProbeId> others;
};
/// Of each mapping socket, in the order of use.
std::vector<MappingPattern> mapping_patterns(const Ledger& ledger);

/// The server that was asked on all its addresses, if one was.
std::optional<int> mapping_server(const Ledger& ledger, const MappingPattern& pattern);

enum class PatternKind {
    Incomplete,        ///< fewer than the four points; what there is agrees
    Differing,         ///< fewer than the four points; what there is differs
    Same,              ///< all four equal
    ByAddress,         ///< PP = PA, AP = AA
    ByPort,            ///< PP = AP, PA = AA
    ByAddressAndPort,  ///< all different
    Mixed,             ///< anything else: coincidence or a port collision
    AddressVaries,     ///< the public IP address itself changes with the destination
    Drifted,           ///< a destination saw two mappings
};
PatternKind classify(const Ledger& ledger, const MappingPattern& pattern);

/// Different mappings, of which at least one kept the local port: a port preserving NAT may have
/// had to give another port where a second inside host was using the same one (RFC 4787 s4.2.1),
/// and some then keep to that one. Only a fresh socket tells.
bool could_be_collision(const Ledger& ledger, const MappingPattern& pattern);

/// The patterns seen so far do not settle the mapping, and a further fresh socket might. A NAT that
/// starts to map anew in the middle, or a port collision, sorts destinations into groups just as a
/// rule would, but not twice in the same way; so a rule is believed when two sockets show it.
bool wants_another_socket(const Ledger& ledger);

/// Did one flow (socket and destination) see two different mappings?
bool drifted(const Ledger& ledger, const Probe& probe);

/// Mapped address of the last answer.
std::optional<TransportAddress> mapped_of(const Ledger& ledger, std::optional<ProbeId> probe);

}  // namespace portolan::discovery
