#include "ice-tests/agent/agent.hpp"

#include <utility>

#include "ice-tests/agent/agent_core.hpp"

namespace portolan::agent {

Result<std::unique_ptr<Agent>> Agent::create(GMainContext* context, const AgentOptions& options,
                                             Handlers handlers) {
    if (auto valid = options.validate(); !valid) return valid.error();
    auto core = std::make_shared<Core>(context, options, std::move(handlers));
    if (auto made = core->set_up(options); !made) return made.error();
    return std::unique_ptr<Agent>(new Agent(std::move(core)));
}

Agent::Agent(std::shared_ptr<Core> core) : core_(std::move(core)) {}
Agent::~Agent() {
    core_->abandon();
}

Result<void> Agent::start_gathering() {
    return core_->start_gathering();
}
bool Agent::is_gathering_done() const {
    return core_->is_gathering_done;
}
std::vector<Candidate> Agent::local_candidates() const {
    return core_->local_candidates();
}
std::vector<Candidate> Agent::remote_candidates() const {
    return core_->remote_candidates();
}
Description Agent::local_description() const {
    return core_->local_description();
}
Result<void> Agent::set_remote_description(const Description& remote) {
    return core_->set_remote_description(remote);
}
Result<void> Agent::add_remote_candidate(const Candidate& candidate) {
    return core_->add_remote_candidates({candidate});
}
Result<void> Agent::end_of_remote_candidates() {
    return core_->end_of_remote_candidates();
}
Result<void> Agent::restart() {
    return core_->restart();
}
State Agent::state() const {
    return core_->state;
}
const std::optional<Failure>& Agent::failure() const {
    return core_->failure;
}
const std::optional<CandidatePair>& Agent::selected_pair() const {
    return core_->selected;
}
Result<void> Agent::send(transport::Bytes bytes) {
    return core_->send(bytes);
}
Result<void> Agent::revoke_consent() {
    return core_->revoke_consent();
}
void Agent::peer_closed() {
    core_->peer_closed();
}
void Agent::close(std::function<void()> done) {
    core_->close(std::move(done));
}

}  // namespace portolan::agent
