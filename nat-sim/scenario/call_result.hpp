#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ice-tests/agent/agent.hpp"
#include "ice-tests/media/media_session.hpp"
#include "nat-sim/oracle/oracle.hpp"
#include "nat-sim/scenario/address_plan.hpp"
#include "nat-sim/scenario/topology.hpp"
#include "nat-sim/scenario/wire.hpp"

namespace portolan::scenario {

/// Something that happened in a call, for the timeline.
struct CallEvent {
    Duration at{0};
    std::string who;   ///< a party's name, or a network's
    std::string what;  ///< "candidate", "state", "selected-pair", ...
    std::string detail;
};

/// A stream of which something was due when nothing arrived any more.
struct Silence {
    std::string stream;  ///< "audio" or "video"
    /// When its last packet arrived, since the call began; none: not one did.
    std::optional<Duration> since;
};

/// A party that gave the call up after it had begun.
struct Lapse {
    Duration at{0};  ///< this and the following: since the call began
    agent::Failure failure;
    std::optional<Duration> back_at;  ///< it was connected again
};

/// Where a check was seen last: at a box, or at a host of the Internet or of a party.
struct CheckPlace {
    std::optional<std::size_t> network;  ///< whose box
    std::optional<Sender> host;
    friend bool operator==(const CheckPlace&, const CheckPlace&) = default;
};

/// One connectivity check over UDP, as the wire shows it; copies that ended alike are one.
struct CheckStep {
    Sender sender = Sender::HostA;
    TransportAddress source;  ///< as it left
    TransportAddress destination;
    Duration at{0};  ///< this and the following: since the call began
    bool is_nominating = false;
    std::size_t sent_count = 1;
    CheckPlace last_seen;
    bool is_delivered = false;
    bool is_dropped = false;
    std::optional<Duration> ended_at;
    std::string why;  ///< of a dropped one, in the simulation's word
    std::optional<Duration> answered_at;
    bool is_refused = false;  ///< by an error response
};

struct PartyResult {
    agent::State state = agent::State::New;
    std::optional<agent::Failure> failure;
    std::optional<Duration> failed_at;         ///< since the call began
    std::optional<agent::CandidatePair> pair;  ///< the one selected last
    std::vector<std::pair<Duration, agent::CandidatePair>>
        selections;  ///< all, since the call began
    /// All that were selected while media ran; the last one at its start is the first.
    std::vector<agent::CandidatePair> media_pairs;
    std::vector<agent::Candidate> candidates;
    std::optional<Duration> gathered_after;      ///< since it began to gather
    std::optional<Duration> first_check_at;      ///< this and the following: since the call began
    std::optional<Duration> selected_at;         ///< first
    std::optional<Duration> connected_at;        ///< from then on it may send
    std::optional<Duration> ready_at;            ///< and all its checks are over
    std::optional<Duration> answered_at;         ///< the first of its checks, as the wire shows
    std::size_t answered_count = 0;              ///< pairs on which a check of its was answered
    std::optional<Duration> offer_received_at;   ///< the other side's offer, by signalling
    std::optional<Duration> answer_received_at;  ///< the other side's answer
    std::optional<Duration> first_media_at;
    std::optional<Duration> media_started_at;
    /// Of its media, as the wire shows it: past its relay, if it has one.
    std::optional<Duration> last_sent_at;
    std::size_t stream_count = 0;   ///< that it was to receive
    std::vector<Silence> silences;  ///< those of them that ended before their time
    std::vector<Lapse> lapses;
    std::optional<media::MediaStatistics> media;
    Duration media_clock_offset{0};  ///< what `media` counts from is that much before the call
};

/// What the wire says about what ICE claims.
struct WireVerdict {
    bool was_checked = false;
    std::vector<std::string> unclaimed;  ///< media that took another way than any claimed pair
    std::vector<std::string> unseen;  ///< claimed pairs that a side sent no media by, but by others
    std::size_t silent_count = 0;     ///< sides of which no media was seen since the last claim
    [[nodiscard]] bool agrees() const { return unclaimed.empty() && unseen.empty(); }
};

struct CallResult {
    AddressPlan plan;  ///< of the scenario
    std::array<PartyResult, 2> parties;
    oracle::Reach reach = oracle::Reach::Unreachable;
    oracle::Legs legs;
    std::optional<AddressFamily> family;
    Forecast forecast;
    WireVerdict wire;
    std::map<MediaFlow, std::uint64_t> media_flows;
    std::vector<CallEvent> timeline;
    std::vector<CheckStep> checks;          ///< in the order of time, before media
    std::uint64_t unseen_checks_count = 0;  ///< that were not kept
    Duration simulated{0};
    std::uint64_t event_count = 0;
    std::string why;          ///< one sentence
    bool is_cut_off = false;  ///< cancelled before its end

    [[nodiscard]] bool is_connected() const { return reach != oracle::Reach::Unreachable; }
    /// Whether both agents had given up, rather than being stopped.
    [[nodiscard]] bool has_given_up() const {
        return parties[0].state == agent::State::Failed && parties[1].state == agent::State::Failed;
    }
    [[nodiscard]] Accordance accordance() const;
    [[nodiscard]] bool as_forecast() const { return accordance() == Accordance::AsForecast; }
    [[nodiscard]] bool is_early() const { return accordance() == Accordance::Early; }
    /// A controlling agent that had a valid pair long enough, and nominated none: RFC 8445 s8.1.1
    /// leaves to it when, not whether. Whose, by index.
    [[nodiscard]] std::optional<std::size_t> never_nominated(const Scenario& scenario) const;
};

/// The reach and the relays of the pairs that were selected last before `until`, when the network
/// changes; unreachable unless both have one. Returns since when they were selected.
Duration classify(CallResult& result, Duration until);
/// What a party's pair claims about the packets that it sends.
MediaFlow claim_of(const PartyResult& its, std::size_t party, const agent::CandidatePair& pair);
/// Compares the flows with the pairs.
WireVerdict compare_with_claims(const CallResult& result);
/// The sentence that ends a call: why this pair, or why nothing direct; and what is odd about it.
std::string explain(const CallResult& result, const Scenario& scenario);

}  // namespace portolan::scenario
