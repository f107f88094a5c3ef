#pragma once

#include <string>
#include <string_view>

#include "probe/cli/report/egress.hpp"
#include "probe/cli/report/facts.hpp"

/// What a report before a call leaves open, why, and what to do then.
namespace portolan::nat_probe {

/// Where UDP may be blocked, and there is no relay over TCP.
inline constexpr std::string_view kWithoutUdpAdvice =
    "Configure a TURN server that listens on TCP and on TLS port 443; a second server would tell "
    "whether UDP is blocked.";

bool names_a_relay(const CallFacts& facts);
/// The run ended before it was known of some server that counts what it does.
bool is_undecided(const CallFacts& facts);
/// Why the relays that were named cannot be used: the cause that is nearest to a working relay. Of
/// those elsewhere, if any is named.
const precall::Problem* why_no_relay(const CallFacts& facts, bool over_streams_only = false);
/// Whether it was shown that no call works; otherwise nothing more than the servers is to blame.
bool is_shown_to_fail(const CallFacts& facts, Ways ways);
/// "", " over TCP", " over TLS" or " over DTLS"
std::string transport_words(turn::Transport transport);
/// "" or ", unless it is turn.example alone that does not answer over UDP"
/// Where nothing comes back by the preferred way, and servers answer by another: "this computer's
/// preferred way out (interface eth0) is dead: ..."; else empty.
std::string dead_way_words(const CallFacts& facts);
/// A sentence on what to do then.
std::string dead_way_advice(const CallFacts& facts);
/// "; another way out (interface wlan0) is there, and was not tried: --all-interfaces does", where
/// that is so.
std::string untried_words(const CallFacts& facts);
std::string unless_words(const CallFacts& facts);
/// Where neither a relay nor UDP was seen to work, and nothing shows either that the network keeps
/// them from it: what is open, and what is not.
std::string what_is_open(const CallFacts& facts, Ways ways);
/// What to do then: that of the findings it rests on.
std::string advice_where_open(const CallFacts& facts, Ways ways);
/// "it forbids its own relays and this network's address as peers (error 403 (Forbidden IP))"
std::string forbidding_words(const CallFacts& facts, const ServerFacts& relay);
/// "it is on this computer, and ...": of the relay.
std::string open_reach_words();

}  // namespace portolan::nat_probe
