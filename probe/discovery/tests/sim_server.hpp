#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "probe/discovery/tests/sim_nat.hpp"
#include "probe/stun/message.hpp"

/// STUN servers, good and bad: RFC 5780 s6 with four addresses, or plain RFC 8489, with one switch
/// for every defect that has misled a client in the field.
namespace portolan::discovery::sim {

enum class ChangeRequestRule {
    Honoured,
    Ignored,           ///< answers from the address asked: everything looks like "full cone"
    Dropped,           ///< no answer: everything looks address-and-port-dependent
    Rejected,          ///< 420, as RFC 8489 s6.3.1 wants of a server that does not know it
    FromThirdAddress,  ///< answers from an address that is neither
    IgnoresIpFlag,     ///< changes the port only: a server with one address
    IgnoresPortFlag,   ///< changes the address only
};

enum class OtherAddressRule {
    True,
    Absent,
    SameIp,  ///< RFC 5780 s7.4 forbids it (always-online-stun #16)
    SamePort,
    Private,           ///< the inside of the server's own 1:1 NAT
    Unreachable,       ///< a public address where nobody is
    OwnFromAlternate,  ///< asked there, the alternate address names itself (coturn #667)
    Client,            ///< the address that it sees the client with
};

enum class ResponsePortRule {
    Honoured,
    Ignored,   ///< answers to the port it was asked from
    Rejected,  ///< 420
};

enum class OriginRule { True, Absent, Lies };

/// A reply that gets to the client and must not be believed.
enum class LieRule {
    None,
    MappedUnspecified,
    MappedPortZero,
    MappedMulticast,
    MappedBroadcast,
    MappedLoopback,
    MappedOtherFamily,
    MappedServer,      ///< the address that was asked
    WrongFingerprint,  ///< RFC 8489 s6.3
    UnknownAttribute,  ///< comprehension-required, RFC 8489 s6.3.3
    TwoAnswers,        ///< two mapped addresses for each request
    OneForAll,         ///< the same mapped address for every socket
    WithoutXor,        ///< XOR-MAPPED-ADDRESS in the clear
};
inline constexpr int kLieCount = 13;

/// What MAPPED-ADDRESS says beside XOR-MAPPED-ADDRESS.
enum class PlainRule { True, Unspecified, Server, OtherPort };

/// A reply that clients discard, or an error, in the place of a good one or just before it.
enum class BadReply { None, WrongFingerprint, UnknownAttribute, Error };
enum class BadReplyTo { Everything, ChangeRequests, OtherAddresses };

enum class WrongSourceRule { Never, Always };

enum class ServerState { Answers, Silent, PortClosed };

struct ServerRules {
    TransportAddress primary;
    /// The alternate address and port; for a plain server equal to primary.
    TransportAddress alternate;
    ChangeRequestRule change_request = ChangeRequestRule::Honoured;
    OtherAddressRule other_address = OtherAddressRule::True;
    ResponsePortRule response_port = ResponsePortRule::Honoured;
    OriginRule origin = OriginRule::True;
    WrongSourceRule wrong_source = WrongSourceRule::Never;  ///< all replies from a third address
    ServerState state = ServerState::Answers;
    std::vector<TransportAddress> deaf;            ///< requests to these are not answered
    std::vector<TransportAddress> without_mapped;  ///< replies to requests to these say nothing
    bool sends_xor_mapped = true;
    bool sends_mapped = true;  ///< the plain attribute, for ALG detection (RFC 5780 s3.6)
    bool wrong_transaction_id = false;
    int error_code = 0;  ///< answers everything with it
    /// A token bucket over all requests, as policers have it; 0: no limit.
    double requests_per_second = 0.0;
    double burst = 1.0;
    int extra_copies = 0;  ///< of each reply, at most 2
    LieRule lie = LieRule::None;
    PlainRule plain = PlainRule::True;
    BadReply bad_reply = BadReply::None;
    BadReplyTo bad_reply_to = BadReplyTo::Everything;
    bool good_follows = false;       ///< after the bad one
    std::size_t padding_bytes = 0;   ///< behind each reply: no STUN message any more
    bool pads_changed_only = false;  ///< only behind replies to CHANGE-REQUEST
    bool answers_streams = true;     ///< STUN over TCP and TLS too, unless it is dead
    bool garbage_first = false;      ///< random bytes before each reply, from the same address
};

/// A server that knows nothing of RFC 5780.
ServerRules plain_server(const TransportAddress& address,
                         ChangeRequestRule change_request = ChangeRequestRule::Rejected);
ServerRules rfc5780_server(const TransportAddress& primary, const TransportAddress& alternate);

class Server {
  public:
    void reset(const ServerRules& rules, std::uint64_t seed);

    [[nodiscard]] bool owns(const IpAddress& ip) const;
    [[nodiscard]] bool answers_streams() const {
        return rules_->answers_streams && rules_->state != ServerState::Silent;
    }
    /// What it calls its other side over a stream to one of its addresses, where it does.
    [[nodiscard]] std::optional<TransportAddress> named_over_streams(
        const TransportAddress& asked) const;
    /// RFC 1122 s4.1.3.1: the host answers with ICMP port unreachable.
    [[nodiscard]] bool refuses(const TransportAddress& to) const;

    /// The replies, appended to `replies` by `append(from, to, bytes)`.
    template <typename Append>
    void answer(const Packet& request, Time now, Append&& append) {
        if (!within_rate(now)) return;
        Reply replies[kMaxReplies];
        const int count = build(request, replies);
        for (int i = 0; i < count; ++i) {
            if (replies[i].padding_bytes == 0) {
                append(replies[i].from, replies[i].to, replies[i].bytes());
                continue;
            }
            const auto bytes = replies[i].bytes();
            std::vector<std::byte> padded(bytes.begin(), bytes.end());
            padded.resize(padded.size() + replies[i].padding_bytes);
            append(replies[i].from, replies[i].to, padded);
        }
    }

  private:
    static constexpr int kMaxReplies = 4;
    struct Reply {
        TransportAddress from;
        TransportAddress to;
        std::array<std::byte, 192> buffer;
        std::size_t size = 0;
        std::size_t padding_bytes = 0;
        [[nodiscard]] stun::Bytes bytes() const { return {buffer.data(), size}; }
    };

    /// What the rules make of a request.
    struct Answer {
        TransportAddress from;
        TransportAddress to;
        std::optional<TransportAddress> third_address;  // instead of `from`
        std::array<std::uint16_t, 2> unknown{};         // for a 420
        std::size_t unknown_count = 0;
        bool silent = false;
    };

    bool within_rate(Time now);
    int build(const Packet& request, Reply* replies);
    [[nodiscard]] Answer decide(const Packet& request, const stun::MessageView& message) const;
    [[nodiscard]] TransportAddress claimed(const Packet& request) const;
    void write(const Packet& request, const stun::TransactionId& id, const Answer& answer,
               BadReply bad, Reply& reply) const;
    void write_addresses(const Packet& request, const stun::TransactionId& id,
                         stun::MessageWriter& writer) const;
    [[nodiscard]] BadReply badness(const Packet& request, const stun::MessageView& message) const;
    [[nodiscard]] TransportAddress other_address(const TransportAddress& asked) const;
    [[nodiscard]] TransportAddress reply_source(const TransportAddress& asked, bool change_ip,
                                                bool change_port) const;

    const ServerRules* rules_ = nullptr;
    Random random_;
    double tokens_ = 0.0;
    std::optional<Time> refilled_at_;
};

}  // namespace portolan::discovery::sim
