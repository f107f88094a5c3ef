#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ice-tests/turn/endpoint.hpp"
#include "ice-tests/turn/request.hpp"
#include "ice-tests/turn/signature.hpp"
#include "ice-tests/turn/surroundings.hpp"
#include "ice-tests/turn/wire.hpp"
#include "probe/stun/attribute_value.hpp"

namespace portolan::turn {

struct Credentials;

/// The retransmission timer of a path to one server, from round trips measured on it.
class PathEstimate {
  public:
    /// RFC 8489 s6.2.1: 500 ms to begin with; then RFC 6298's estimate without its minimum of a
    /// second, but never less than 100 ms.
    [[nodiscard]] transport::Duration retransmission_timeout() const;
    /// From requests that were sent once only (Karn's rule, RFC 8489 s6.2.1).
    void add(transport::Duration round_trip);
    /// The smoothed round trip; 0 before the first.
    [[nodiscard]] transport::Duration round_trip() const { return smoothed_; }

  private:
    transport::Duration smoothed_{0};
    transport::Duration variation_{0};
};

/// What came back to a request, or why nothing did.
struct Reply {
    std::vector<std::byte> bytes;  ///< a well-framed response; empty: none
    std::optional<Error> error;    ///< then: peer.turn.silent, or what ended the wire
    transport::Duration round_trip{0};
    int copy_count = 0;  ///< of the request that were sent
    /// Absent for requests without credentials.
    stun::Check integrity = stun::Check::Absent;

    [[nodiscard]] bool has_come() const { return !bytes.empty(); }
    /// Only when has_come().
    [[nodiscard]] stun::MessageView view() const { return *stun::MessageView::parse(bytes); }
    /// 0 for success, -1 for no response, -2 for an error response without ERROR-CODE.
    [[nodiscard]] int code() const;
    [[nodiscard]] bool is_success() const { return code() == 0; }
    [[nodiscard]] bool has(stun::AttributeType type) const;
    [[nodiscard]] std::optional<TransportAddress> address(stun::AttributeType type) const;
    [[nodiscard]] std::optional<std::uint32_t> u32(stun::AttributeType type) const;
    /// "a success response", "error 401 (Unauthenticated)", "no answer to 7 copies in 7.9 s".
    [[nodiscard]] std::string said() const;
};

/// What a server passes on, or sends by itself.
struct Incoming {
    enum class Kind { Data, ChannelData, Icmp, ConnectionAttempt, Other };

    Kind kind = Kind::Other;
    std::optional<TransportAddress> peer;        ///< of Data, Icmp and ConnectionAttempt
    std::optional<std::uint32_t> connection_id;  ///< of ConnectionAttempt
    std::uint16_t channel = 0;                   ///< of ChannelData
    std::vector<std::byte> data;
    stun::IcmpValue icmp;
    std::vector<std::byte> bytes;  ///< the whole frame
};

/// A STUN and TURN client on one 5-tuple (RFC 8489, RFC 8656). It retransmits, answers challenges
/// and tells responses from data. One exchange at a time.
class Client {
  public:
    Client(const Surroundings& where, Endpoint endpoint, std::shared_ptr<Transcript> transcript,
           std::string name, std::shared_ptr<PathEstimate> path);
    /// Gives back what request() has allocated and nobody has given back, as where a run is broken
    /// off: asks for it once, and waits for no answer.
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// As Wire::open.
    Task<Result<void>> open() { return wire_.open(); }
    [[nodiscard]] Wire& wire() { return wire_; }
    /// Whose requests these are. They outlive the client.
    void set_credentials(const Credentials* credentials);

    /// The server demands no credentials: request() sends none.
    void set_open() { is_open_ = true; }

    /// Gives up a request after that time instead of RFC 8489's 39.5 s, with as many copies.
    void limit_wait(transport::Duration limit) { limit_ = limit; }

    [[nodiscard]] stun::TransactionId new_id();

    /// Sends as it is, with retransmissions over UDP and DTLS (RFC 8489 s6.2.1), and waits for the
    /// response to that id. ICMP errors end it when a second copy, sent soon after the first error,
    /// meets one too.
    Task<Reply> exchange(std::vector<std::byte> message, stun::TransactionId id);
    /// Without credentials.
    Task<Reply> exchange(Request request);
    /// Signed so, and no second try.
    Task<Reply> exchange(Request request, Signature signature);
    /// With the client's credentials: learns realm and nonce if need be, and takes a new nonce when
    /// told that the old one is stale (438). The last reply.
    Task<Reply> request(Request request);
    /// RFC 6062 s4.3: asks for a connection with that peer, for as long as the server may take to
    /// find out that there is none.
    Task<Reply> connect(TransportAddress peer);
    /// On a new connection to the server, which after a success is that with the peer: bytes go
    /// both ways as they are. `control` is the client that has the allocation; its nonce is tried
    /// first, because some servers want it.
    Task<Reply> bind_connection(std::uint32_t connection_id, const Client& control);
    /// Over a bound connection.
    bool send_bytes(stun::Bytes bytes) { return wire_.send(bytes); }
    /// As many, or fewer when the connection ends or the deadline passes before.
    Task<std::vector<std::byte>> receive_bytes(std::size_t count, transport::Time deadline);
    /// Whether the server ends a connection before the deadline. What comes is passed over.
    Task<bool> ends_before(transport::Time deadline);
    /// Asks without credentials until it knows realm and nonce. The reply; error
    /// peer.turn.no-challenge in it when there was none to learn from.
    Task<Reply> learn();

    /// What the last 401 or 438 said.
    [[nodiscard]] const std::optional<Challenge>& challenge() const { return challenge_; }
    void set_challenge(Challenge challenge) { challenge_ = std::move(challenge); }
    /// How request() signs. Only with credentials and challenge.
    [[nodiscard]] Signature signature() const;

    void send(const Request& indication);
    void send_channel_data(std::uint16_t channel, stun::Bytes data);
    /// What has come and is no response; nothing at the deadline.
    Task<std::optional<Incoming>> next_incoming(transport::Time deadline);

    [[nodiscard]] transport::Duration retransmission_timeout() const {
        return path_->retransmission_timeout();
    }
    [[nodiscard]] transport::Duration round_trip() const { return path_->round_trip(); }

  private:
    /// Whether there may be an allocation after that.
    void note(const Request& request, const Reply& reply);
    bool take(const Frame& frame, const stun::TransactionId& id, Reply& reply);
    /// Whether the response came before the time, or before this copy was known to be lost.
    Task<bool> await_response(stun::TransactionId id, transport::Time begun, transport::Time until,
                              std::size_t known_count, Reply& reply);
    Error silent(const Reply& reply, transport::Duration waited) const;

    Surroundings where_;
    Wire wire_;
    std::shared_ptr<PathEstimate> path_;
    std::optional<transport::Duration> limit_;
    const Credentials* credentials_ = nullptr;
    bool is_open_ = false;
    std::optional<Challenge> challenge_;
    /// How an allocation was asked for that may be there: the credentials need not be any more.
    std::optional<Signature> may_hold_;
    std::deque<Frame> incoming_;
    std::vector<std::byte> received_;  // of a bound connection, and not asked for yet
};

/// Reads a frame as Incoming.
Incoming read_incoming(const Frame& frame);

}  // namespace portolan::turn
