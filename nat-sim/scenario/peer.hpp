#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ice-tests/agent/negotiation.hpp"
#include "ice-tests/media/media_session.hpp"
#include "nat-sim/scenario/call_result.hpp"
#include "nat-sim/scenario/lab.hpp"
#include "nat-sim/virtual/program.hpp"

namespace portolan::scenario {

/// One party's process: its agent, its side of the negotiation, and its media.
class Peer {
  public:
    using Note = std::function<void(CallEvent)>;

    Peer(Lab& lab, const Scenario& scenario, std::size_t index, Note note);
    /// close() has to have been called, and the world to have run on.
    ~Peer();
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    /// From an event: makes the agent; `send` hands a message to the signalling.
    Result<void> start(agent::Negotiation::Send send);
    /// From an event: what signalling has brought.
    void receive(const agent::SignallingMessage& message);

    Result<void> start_media();
    void stop_media();
    void close();

    [[nodiscard]] bool is_ready() const { return result_.state == agent::State::Ready; }
    [[nodiscard]] bool is_connected() const {
        return is_ready() || result_.state == agent::State::Connected;
    }
    [[nodiscard]] bool has_failed() const { return result_.failure.has_value(); }
    [[nodiscard]] bool is_closed() const { return is_closed_; }
    [[nodiscard]] PartyResult result(const Peer& other) const;

  private:
    void note(std::string what, std::string detail);
    void note_connection();
    [[nodiscard]] Duration now() const;
    [[nodiscard]] agent::AgentOptions options() const;
    [[nodiscard]] agent::Agent::Handlers handlers();

    Lab& lab_;
    const Scenario& scenario_;
    std::size_t index_;
    Note note_;
    sim::Program program_;
    std::unique_ptr<agent::Negotiation> negotiation_;
    std::unique_ptr<media::MediaSession> media_;
    PartyResult result_;
    Duration gathering_since_{0};
    bool has_media_ = false;
    bool is_closed_ = false;
};

}  // namespace portolan::scenario
