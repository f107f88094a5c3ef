#pragma once

#include <glib.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "ice-tests/agent/agent.hpp"
#include "reports/model/result.hpp"

namespace portolan::agent {

/// What travels over signalling, as the text that would travel.
struct SignallingMessage {
    enum class Kind { Offer, Answer, Candidate, EndOfCandidates, Bye };
    Kind kind = Kind::Offer;
    std::string text;   ///< SDP, or one candidate attribute
    std::string ufrag;  ///< of a candidate: the generation it belongs to (RFC 8838 s9)
};

/// One side of a call in the order of WebRTC: create the offer, set it as local description (which
/// starts gathering), signal it; the other side sets it as remote description, sets and signals its
/// answer; the offerer sets that as remote description. Trickled candidates follow their
/// description; without trickling a description waits until gathering is done.
class Negotiation {
  public:
    enum class Role { Offerer, Answerer };

    /// Hands a message to the other side, or to the network. Must not call receive() of the other
    /// side from within.
    using Send = std::function<void(const SignallingMessage&)>;

    struct Handlers {
        Agent::Handlers agent = {};
        /// A message that could not be used, with why: the call goes on as if it had not come.
        std::function<void(const Error&)> on_error = {};
    };

    static Result<std::unique_ptr<Negotiation>> create(GMainContext* context, Role role,
                                                       const AgentOptions& options,
                                                       Handlers handlers, Send send);
    ~Negotiation();
    Negotiation(const Negotiation&) = delete;
    Negotiation& operator=(const Negotiation&) = delete;

    /// The offerer's first step. Errors: usage.negotiation.role, those of start_gathering().
    Result<void> start();
    void receive(const SignallingMessage& message);

    /// An ICE restart by a new offer, from either side once the first exchange is over. Error:
    /// usage.negotiation.order.
    Result<void> restart();
    /// Says Bye and closes the agent.
    void hang_up(std::function<void()> done = {});

    [[nodiscard]] Agent& agent();
    [[nodiscard]] const std::optional<Description>& remote_description() const;

  private:
    struct Session;
    explicit Negotiation(std::shared_ptr<Session> session);
    std::shared_ptr<Session> session_;
};

std::string_view to_string(SignallingMessage::Kind kind);  // "offer", ..., "bye"

}  // namespace portolan::agent
