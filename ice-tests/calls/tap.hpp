#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ice-tests/turn/transcript.hpp"
#include "probe/stun/message.hpp"
#include "probe/stun/transport_address.hpp"
#include "probe/transport/clock.hpp"
#include "reports/model/json.hpp"

namespace portolan::calls {

/// A request to the TURN server that was answered.
struct Answer {
    stun::Method method = stun::Method::Binding;
    int code = 0;        ///< 0: success; -2: an error response without ERROR-CODE
    std::string reason;  ///< of the error
    std::optional<TransportAddress> peer;
    transport::Time at{};
    transport::Duration round_trip{0};  ///< since its first copy
    std::size_t copy_count = 1;
};

/// A request to the TURN server that was not answered so far.
struct OpenRequest {
    stun::TransactionId id;
    stun::Method method = stun::Method::Binding;
    std::optional<TransportAddress> peer;
    transport::Time at{};
    std::size_t copy_count = 1;
    bool is_signed = false;
};

/// A connectivity check (RFC 8445 s7.2) in the data that the client sent or got.
struct Check {
    stun::TransactionId id;
    turn::Direction direction = turn::Direction::Sent;
    /// The other relay's address; nothing where a channel's number was never bound in sight.
    std::optional<TransportAddress> peer;
    transport::Time at{};  ///< of its first copy
    std::size_t copy_count = 1;
    bool is_nominating = false;                  ///< with USE-CANDIDATE
    std::optional<transport::Time> answered_at;  ///< when its first answer passed here
    int code = 0;                                ///< of that: 0 is success, -2 no ERROR-CODE
};

/// How many checks are kept one by one; further ones are counted only.
inline constexpr std::size_t kMaxKeptCheckCount = 256;

/// What ICE did through the relay: checks in the data that the client sent and got.
struct CheckCounts {
    std::size_t sent_count = 0;
    std::size_t received_count = 0;
    std::size_t role_conflict_count = 0;                 ///< error 487, either way
    bool sent_controlling = false;                       ///< a check with ICE-CONTROLLING
    std::optional<transport::Time> first_success_at;     ///< of a check that was sent
    std::optional<transport::Time> first_nomination_at;  ///< a check with USE-CANDIDATE was sent
};

/// Reads what goes between one libnice agent and its TURN server: libnice itself says neither which
/// error a server answered with nor when it nominated.
class Tap {
  public:
    /// A STUN message or ChannelData, whole.
    void on_frame(turn::Direction direction, transport::Time at, stun::Bytes frame);

    [[nodiscard]] const std::vector<Answer>& answers() const { return answers_; }
    [[nodiscard]] const CheckCounts& checks() const { return checks_; }
    /// The first kMaxKeptCheckCount of them, in the order in which they passed.
    [[nodiscard]] const std::vector<Check>& kept_checks() const { return kept_checks_; }
    /// Copies of checks that belong to none of those.
    [[nodiscard]] std::uint64_t unkept_check_count() const { return unkept_check_count_; }
    [[nodiscard]] const std::vector<OpenRequest>& open_requests() const { return open_; }
    /// Successes of that method.
    [[nodiscard]] std::size_t success_count(stun::Method method) const;
    /// "CreatePermission for 192.0.2.1:4711 got error 403 (Forbidden IP)": refusals that are none
    /// of the usual way (a first 401, a 438 with a new nonce), each once.
    [[nodiscard]] std::vector<std::string> refusals() const;
    /// Requests that have got no answer: "Allocate", with how often it was sent.
    [[nodiscard]] std::map<std::string, std::size_t> unanswered() const;

    [[nodiscard]] report::Json to_json() const;
    /// For people: one line for each method and answer.
    [[nodiscard]] std::vector<std::string> lines() const;

  private:
    void on_request(transport::Time at, const stun::MessageView& message);
    void on_response(transport::Time at, const stun::MessageView& message);
    void on_relayed(turn::Direction direction, transport::Time at,
                    const std::optional<TransportAddress>& peer, stun::Bytes data);
    void keep(turn::Direction direction, transport::Time at,
              const std::optional<TransportAddress>& peer, const stun::MessageView& check);
    /// Of the check that this answers; nothing where none is kept.
    Check* answered_check(turn::Direction direction, const stun::MessageView& answer);

    std::vector<OpenRequest> open_;
    std::vector<Answer> answers_;
    CheckCounts checks_;
    std::vector<Check> kept_checks_;
    std::uint64_t unkept_check_count_ = 0;
    std::map<std::uint16_t, TransportAddress> channels_;  ///< that the client asked for
};

}  // namespace portolan::calls
