#pragma once

#include <nice/agent.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "ice-tests/agent/agent.hpp"
#include "ice-tests/agent/nice_types.hpp"
#include "probe/transport/glib_ptr.hpp"

namespace portolan::agent {

/// What is behind an Agent. It outlives it: libnice closes in its own time, and calls back until
/// then.
struct Agent::Core : std::enable_shared_from_this<Agent::Core> {
    Core(GMainContext* main_context, const AgentOptions& options, Handlers its_handlers);
    ~Core();
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    Result<void> set_up(const AgentOptions& options);
    Result<void> start_gathering();
    Description local_description() const;
    Result<void> set_remote_description(const Description& remote);
    Result<void> add_remote_candidates(const std::vector<Candidate>& candidates);
    Result<void> end_of_remote_candidates();
    Result<void> restart();
    Result<void> send(transport::Bytes bytes);
    void peer_closed();
    void close(std::function<void()> done);
    /// Nobody listens any more.
    void abandon();

    std::vector<Candidate> local_candidates() const;
    std::vector<Candidate> remote_candidates() const;
    Result<void> revoke_consent();

    const glib::ContextPtr context;
    const bool is_ipv4_allowed;
    const bool is_ipv6_allowed;
    const bool is_relay_only;
    const bool is_trickling;
    const bool has_regular_nomination;
    const bool has_consent_freshness;
    const std::chrono::milliseconds ta;
    glib::ObjectPtr<NiceAgent> nice;
    guint stream = 0;
    State state = State::New;
    std::optional<Failure> failure;
    std::optional<CandidatePair> selected;
    bool has_started_gathering = false;
    bool is_gathering_done = false;

  private:
    Result<void> set_properties(const AgentOptions& options);
    Result<void> add_local_addresses(const AgentOptions& options);
    Result<void> add_servers(const AgentOptions& options);
    void connect_signals();
    Result<void> refuse_when_closed() const;

    void on_nice_state(State now);
    void on_nice_remote(const NiceCandidate& candidate);
    Result<void> give(const std::vector<Candidate>& candidates);
    Result<void> give_end();
    void give_withheld();
    void on_nice_pair(const NiceCandidate& local, const NiceCandidate& remote);
    void fail(FailureCause cause, std::string message);
    void fail_as_libnice_says();
    void fail_if_hopeless();
    std::optional<Failure> dead_end() const;
    std::string after_gathering() const;
    void close_libnice();
    void finish_closing();
    void report_closed();

    /// Events leave from the context, in order, after the call that caused them.
    void post(std::function<void(const Handlers&)> event);
    void deliver();
    void receive(transport::Bytes bytes);

    std::shared_ptr<const Handlers> handlers_;
    std::deque<std::function<void(const Handlers&)>> events_;
    glib::SourcePtr delivery_;
    gint64 gathering_since_us_ = 0;
    std::uint64_t session_id_ = 0;
    std::uint64_t session_version_ = 1;
    std::vector<Candidate> given_remote_;  ///< since the last restart
    std::size_t early_count_ = 0;      ///< peers that checked before their description and our end
    std::vector<Candidate> withheld_;  ///< remote ones, until the early checks are answered
    bool is_end_withheld_ = false;
    glib::SourcePtr withholding_;
    bool knows_remote_ = false;
    bool remote_is_complete_ = false;
    bool was_connected_ = false;  ///< since the last restart
    bool is_closing_ = false;
    bool has_late_allocation_ = false;
    std::vector<std::function<void()>> on_closed_;
    glib::SourcePtr closing_step_;
};

}  // namespace portolan::agent
