#pragma once

#include <glib.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ice-tests/agent/candidate.hpp"
#include "ice-tests/agent/description.hpp"
#include "ice-tests/agent/options.hpp"
#include "probe/transport/bytes.hpp"
#include "reports/model/result.hpp"

namespace portolan::agent {

/// Of the one component; the words of libnice.
enum class State { New, Gathering, Connecting, Connected, Ready, Failed, Closed };

enum class FailureCause {
    NoLocalCandidates,   ///< gathering brought none; with relay_only: no allocation succeeded
    NoRemoteCandidates,  ///< the other side has ended its candidates without one
    NoCompatiblePair,    ///< both have some, but of different families or transports
    ChecksFailed,        ///< no pair was answered
    ConsentLost,         ///< the selected pair went silent (RFC 7675), or consent was revoked
    ConnectionClosed,    ///< the TCP connection of the selected pair is gone
    PeerClosed,          ///< the other side said goodbye in signalling
};

struct Failure {
    FailureCause cause = FailureCause::ChecksFailed;
    std::string message;  ///< one sentence
};

/// An unmodified libnice agent with one stream of one component, on somebody else's GMainContext.
/// No threads, no name resolution, no loop of its own. All callbacks come from the context, never
/// from within a call into this class, and may destroy the agent.
class Agent {
  public:
    struct Handlers {
        std::function<void(const Candidate&)> on_candidate = {};  ///< local, in order of discovery
        std::function<void()> on_gathering_done = {};
        /// Also candidates of the other side that checks brought (peer-reflexive).
        std::function<void(const Candidate&)> on_remote_candidate = {};
        std::function<void(State)> on_state = {};
        std::function<void(const CandidatePair&)> on_selected_pair = {};
        /// After on_state(Failed), or where libnice itself would wait for ever. Once, and again
        /// after each restart().
        std::function<void(const Failure&)> on_failure = {};
        std::function<void(transport::Bytes)> on_receive = {};  ///< valid during the call only
    };

    /// Errors: those of AgentOptions::validate(); environment.transport.interfaces;
    /// internal.agent.libnice when libnice refuses what it documents.
    static Result<std::unique_ptr<Agent>> create(GMainContext* context, const AgentOptions& options,
                                                 Handlers handlers);
    /// Closes as close() does, in the background: the context must run on until that is finished,
    /// or the memory and the TURN allocations stay.
    ~Agent();
    Agent(const Agent&) = delete;
    Agent& operator=(const Agent&) = delete;

    /// Once. Error: environment.agent.gathering when no socket could be opened on the local
    /// addresses; usage.agent.order when called again or after close().
    Result<void> start_gathering();
    [[nodiscard]] bool is_gathering_done() const;
    [[nodiscard]] std::vector<Candidate> local_candidates() const;
    [[nodiscard]] std::vector<Candidate> remote_candidates() const;

    /// Credentials and candidates so far. From create() on.
    [[nodiscard]] Description local_description() const;
    /// Starts the checks as soon as there are pairs. Again after a restart of the other side.
    /// Candidates of other components and of families that are off are ignored. Errors:
    /// usage.agent.credentials, usage.agent.order after close().
    Result<void> set_remote_description(const Description& remote);
    /// Error: usage.agent.order before set_remote_description() or after close().
    Result<void> add_remote_candidate(const Candidate& candidate);
    /// The other side has no more (RFC 8838 s13); without it a trickling agent never gives up.
    Result<void> end_of_remote_candidates();

    /// New credentials, and everything about the other side forgotten (RFC 8445 s9). The selected
    /// pair carries data until another is selected. Error: usage.agent.order after close().
    Result<void> restart();

    [[nodiscard]] State state() const;
    [[nodiscard]] const std::optional<Failure>& failure() const;
    /// The last one; kept after a failure, to say what failed. Who controls after a role conflict
    /// is nothing that libnice tells.
    [[nodiscard]] const std::optional<CandidatePair>& selected_pair() const;

    /// Errors: environment.agent.not-connected before a pair is selected;
    /// environment.agent.send when the socket did not take the datagram.
    Result<void> send(transport::Bytes bytes);

    /// Answers the other side's consent checks with 403 from now on (RFC 7675 s5.2). Error:
    /// usage.agent.order without consent_freshness or before a pair is selected.
    Result<void> revoke_consent();
    /// What signalling said: fails with PeerClosed unless it has failed or was closed already.
    void peer_closed();

    /// Frees sockets and TURN allocations, which takes a round trip to the server or, when it is
    /// silent, its retransmissions. `done` comes from the context after the last callback of
    /// libnice. Later calls are ignored, their `done` is called at the same time.
    void close(std::function<void()> done = {});

  private:
    struct Core;
    explicit Agent(std::shared_ptr<Core> core);
    std::shared_ptr<Core> core_;
};

std::string_view to_string(State state);         // "new", "gathering", ..., "closed"
std::string_view to_string(FailureCause cause);  // "no-local-candidates", ...

}  // namespace portolan::agent
