#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "probe/discovery/ledger.hpp"
#include "probe/discovery/vocabulary.hpp"
#include "reports/model/verdict.hpp"

namespace portolan::discovery {

using VerdictKind = report::Outcome;

/// A verdict about one behaviour: Pass, known and no obstacle to a call; Fail, known and an
/// obstacle; otherwise not known, and why.
template <typename T>
struct Judgement {
    VerdictKind verdict = VerdictKind::NotTested;
    std::optional<T> value;         ///< present when verdict is Pass or Fail
    std::string reason;             ///< permanent code, e.g. "one-server-address"; empty for Pass
    std::string sentence;           ///< for people
    std::vector<ProbeId> evidence;  ///< transactions it rests on
    std::optional<double>
        error_bound;  ///< probability that silence was loss, where silence was used

    [[nodiscard]] bool known() const { return value.has_value(); }
};

/// What a server must be before it is believed (RFC 5780 s6.1, s7.4).
struct ServerAudit {
    int server = 0;
    TransportAddress address;
    bool answers = false;
    bool has_mapped_address = false;   ///< XOR-MAPPED-ADDRESS that can be believed
    bool faulty = false;               ///< sent replies that are not believed
    bool plain_address_wrong = false;  ///< its MAPPED-ADDRESS shows nothing of an ALG
    std::optional<int> error_code;     ///< with which it refused what needs no permission
    bool has_other_address = false;
    std::optional<TransportAddress> other_address;
    bool other_address_usable =
        false;                ///< other address and other port, as public as the server's own
    bool origin_true = true;  ///< RESPONSE-ORIGIN, where sent, equals the real source
    bool ignores_change_request = false;    ///< answered it from where it was asked
    bool rejects_change_request = false;    ///< 420
    bool wrong_reply_address = false;       ///< answered it from a third address
    bool change_request_confirmed = false;  ///< a reply came from where it must
    bool fell_silent = false;               ///< answered, and then nothing any more
    int plain_sent = 0;                     ///< copies of plain requests while it was heard,
    int plain_unanswered = 0;               ///< and of those left without an answer
    std::vector<std::string> faults;        ///< as what the server does

    /// Does nothing rest on what it says?
    [[nodiscard]] bool disbelieved() const {
        return (faulty && !has_mapped_address) || !origin_true ||
               (has_other_address && !other_address_usable);
    }
    /// What an error answers to a plain Binding request; empty without one.
    [[nodiscard]] std::string refusal() const;
};

/// Why no server said what address it sees, as far as they showed it.
struct NoAddress {
    VerdictKind verdict = VerdictKind::NotTested;
    std::string reason;
    std::string sentence;
};
NoAddress why_no_address(const Ledger& ledger, const std::vector<ServerAudit>& servers);

struct PortBehaviour {
    PortAllocation allocation = PortAllocation::NonSequential;
    int step = 0;  ///< of a sequential allocation
    bool parity_kept = false;
    std::uint16_t lowest = 0, highest = 0;
    int samples = 0;
};

/// Copies of plain requests, of transactions that were answered at all, sent while their server was
/// still heard.
struct LossSeen {
    int sent = 0;
    int unanswered = 0;
};

struct Outcome {
    Judgement<UdpReachability> udp;
    Judgement<Translation> translation;
    Judgement<Mapping> mapping;
    Judgement<Filtering> filtering;
    Judgement<Pooling> pooling;
    Judgement<PortBehaviour> ports;
    Judgement<Collision> collision;
    Judgement<AlgRewriting> alg;
    Judgement<Layers> layers;
    Judgement<bool> stable;  ///< value false: a mapping changed during the run (RFC 4787 REQ-11)
    Judgement<Hairpinning> hairpin;
    std::vector<ServerAudit> servers;
    /// STUN was answered over TCP or TLS, or a certificate over TLS held: what no firewall or
    /// portal on the way can do in a server's name.
    bool streams_work = false;
    std::optional<TransportAddress> local;
    std::optional<TransportAddress> mapped;
    std::optional<Duration> rtt;   ///< smallest seen to the primary server
    std::optional<LossSeen> loss;  ///< absent when nothing was sent that could tell
    std::string route_note;        ///< what this host's routing table has to do with it
};

/// Judges a ledger, finished or not. Pure: the same ledger, the same outcome.
Outcome infer(const Ledger& ledger);

// One file each; infer() calls them in this order.
void infer_reachability(const Ledger& ledger, Outcome& outcome);
void infer_translation(const Ledger& ledger, Outcome& outcome);
void infer_mapping(const Ledger& ledger, Outcome& outcome);
void infer_filtering(const Ledger& ledger, Outcome& outcome);
void infer_ports(const Ledger& ledger, Outcome& outcome);
void infer_hairpin(const Ledger& ledger, Outcome& outcome);

/// What was asked in vain.
struct Tried {
    std::set<std::string> networks;
    std::set<IpAddress> addresses;
    std::set<std::uint16_t> ports;

    void add(const TransportAddress& to);
};
Tried tried(const Ledger& ledger);
/// Of that, what this host or somebody on the way refused, and what is silent although its server
/// is there.
Tried refused(const Ledger& ledger);
/// Does the server answer STUN over TCP or TLS, in a way that shows it to be the one asked over
/// UDP?
bool answers_stun_otherwise(const Ledger& ledger, int server);
/// A server's other port or address answers where its own is silent; nothing where none does.
std::optional<Judgement<UdpReachability>> judge_other_points(const Ledger& ledger);
/// Servers answer on one port, and on another one at none of their addresses.
std::optional<Judgement<UdpReachability>> judge_one_port(const Ledger& ledger);
/// Servers on one port answer, and several on others do not.
std::optional<Judgement<UdpReachability>> judge_ports_of_servers(const Ledger& ledger);
/// Does a fault say that this host, or a router so near that it must be about everything, refuses
/// to carry what goes to `server`?
bool is_refusal_nearby(const Ledger& ledger, const Fault& fault, const IpAddress& server);
/// What errno and ICMP say, of all servers asked together; nothing where they say nothing.
std::optional<Judgement<UdpReachability>> judge_faults(const Ledger& ledger);
/// The /24 or /64 that an address is in, as text: hosts in one are taken to share a fate.
std::string network_of(const IpAddress& ip);

template <typename T>
Judgement<T> known(VerdictKind verdict, T value, std::string reason, std::string sentence,
                   std::vector<ProbeId> evidence = {}) {
    return {
        verdict,     std::move(value), std::move(reason), std::move(sentence), std::move(evidence),
        std::nullopt};
}

template <typename T>
Judgement<T> unknown(VerdictKind verdict, std::string reason, std::string sentence,
                     std::vector<ProbeId> evidence = {}) {
    return {verdict,     std::nullopt, std::move(reason), std::move(sentence), std::move(evidence),
            std::nullopt};
}

}  // namespace portolan::discovery
