#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ice-tests/agent/negotiation.hpp"
#include "ice-tests/agent/signalling_link.hpp"
#include "ice-tests/calls/bridge.hpp"
#include "ice-tests/turn/credentials.hpp"
#include "ice-tests/turn/endpoint.hpp"
#include "ice-tests/turn/surroundings.hpp"

namespace portolan::calls {

/// What one side is given.
struct SidePlan {
    const turn::Endpoint* relay = nullptr;    ///< whose relay it has; nobody's when absent
    const turn::Credentials* user = nullptr;  ///< there, with a relay
    agent::AgentOptions options = {};         ///< without TURN servers
};

/// One side of a call, and what it was told.
struct Side {
    std::unique_ptr<Bridge> bridge;
    std::unique_ptr<agent::Negotiation> negotiation;
    std::vector<agent::Candidate> candidates;         ///< local
    std::vector<agent::Candidate> remote_candidates;  ///< peer-reflexive ones
    std::vector<agent::CandidatePair> pairs;          ///< selected, one after another
    std::vector<agent::SignallingMessage> messages;   ///< sent
    std::vector<Error> errors;
    bool is_relay_only = false;
    std::optional<agent::Failure> failure;
    std::optional<transport::Time> gathered_at;
    std::optional<transport::Time> connected_at;
    std::optional<transport::Time> selected_at;  ///< of the last pair
    std::function<void(transport::Bytes)> on_receive;

    [[nodiscard]] bool is_connected() const { return connected_at && !pairs.empty() && !failure; }
};

/// Both sides are in this process; some signalling takes longer, and none takes no time.
inline constexpr transport::Duration kQuick = std::chrono::milliseconds(1);

/// Two libnice agents in this process, their signalling, and the bridges to their TURN servers.
class Call {
  public:
    /// Errors of the agents, the bridges and their sockets.
    static Result<std::unique_ptr<Call>> make(const turn::Surroundings& where, SidePlan offerer,
                                              SidePlan answerer,
                                              const std::shared_ptr<turn::Transcript>& transcript,
                                              transport::Duration signalling_delay = kQuick);
    /// The agents go on closing in the background: the context must run on.
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    /// Whether both are connected within the time, and neither has failed. Ends before when a
    /// server forbids the other side.
    turn::Task<bool> connect(transport::Duration limit);
    /// Whether a side that has nothing but a relay is forbidden (403) each address of the other
    /// one: then nothing will get from one to the other, however long one waits.
    [[nodiscard]] bool is_forbidden() const;
    /// Waits for something to be so, as long as neither agent has failed and there is time.
    turn::Task<bool> until(std::function<bool()> done, transport::Duration limit);
    /// The same, whatever fails.
    turn::Task<bool> until_even_if_failed(std::function<bool()> done, transport::Duration limit);
    /// Whether a payload gets from each side to the other as it was sent; what is lost is sent
    /// again.
    turn::Task<bool> exchange_payloads(transport::Duration limit);
    /// One of those payloads: copies of them may still be on their way when it is over.
    [[nodiscard]] bool is_opening(transport::Bytes bytes) const;
    /// Closes both agents, which frees their allocations, and waits for that, a while.
    turn::Task<bool> close(transport::Duration limit = std::chrono::seconds(3));

    [[nodiscard]] Side& offerer() { return offerer_; }
    [[nodiscard]] Side& answerer() { return answerer_; }
    [[nodiscard]] transport::Time started_at() const { return started_at_; }
    /// Since the start until both were connected; nothing before.
    [[nodiscard]] std::optional<transport::Duration> time_to_ready() const;
    /// Why it is not connected, by what the agents and the bridges know.
    [[nodiscard]] std::string why_not() const;

  private:
    Call(const turn::Surroundings& where, std::shared_ptr<turn::Transcript> transcript,
         transport::Duration signalling_delay);
    Result<void> make_side(Side& side, agent::Negotiation::Role role, SidePlan plan,
                           agent::Negotiation::Send send);

    turn::Surroundings where_;
    std::shared_ptr<turn::Transcript> transcript_;
    turn::Signal changed_;
    agent::SignallingLink link_;
    Side offerer_;
    Side answerer_;
    std::vector<std::vector<std::byte>> openings_;
    transport::Time started_at_{};
};

}  // namespace portolan::calls
