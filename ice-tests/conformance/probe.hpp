#pragma once

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ice-tests/conformance/check.hpp"
#include "ice-tests/turn/client.hpp"
#include "ice-tests/turn/peer.hpp"
#include "ice-tests/turn/stream_peer.hpp"

namespace portolan::conformance {

using std::chrono::milliseconds;
using std::chrono::seconds;
using stun::AttributeType;
using stun::MessageClass;
using stun::Method;
using turn::Client;
using turn::Incoming;
using turn::Peer;
using turn::Reply;
using turn::Request;
using turn::Signature;
using turn::Task;
using turn::Transport;

struct Target;

/// A client with an allocation.
struct Allocated {
    Client* client = nullptr;
    TransportAddress relayed;
    Reply reply;
};

/// A message that should not be answered.
struct Unwanted {
    std::vector<std::byte> bytes;
    stun::TransactionId id;
};

/// What one check works with: sockets of its own, our user's credentials, and the transcript. When
/// a step that is not the one in question fails, the check ends there, with the cause.
class Probe {
  public:
    /// `ports` are those of all its clients, in place of the target's; null: any.
    Probe(const turn::Surroundings& where, const Target& target,
          std::shared_ptr<turn::PortSequence> ports, std::shared_ptr<turn::Transcript> transcript,
          std::function<void(Judgement)> on_early_end);
    ~Probe();
    Probe(const Probe&) = delete;
    Probe& operator=(const Probe&) = delete;

    [[nodiscard]] const Target& target() const { return target_; }
    [[nodiscard]] const turn::Surroundings& where() const { return where_; }
    [[nodiscard]] Transport transport() const;
    [[nodiscard]] bool is_stream() const { return turn::is_stream(transport()); }
    [[nodiscard]] transport::Time now() const { return where_.now(); }

    /// `co_await probe.end_with(undecided("..."))` does not return.
    struct EndWith {
        Probe& probe;
        Judgement judgement;
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> caller);
        void await_resume() const noexcept {}
    };
    EndWith end_with(Judgement judgement) { return {*this, std::move(judgement)}; }

    /// Connected to the server from a new 5-tuple, with the user's credentials. Lives as long as
    /// the probe.
    Task<Client*> client();
    /// To another endpoint than the target's own, from the probe's ports, and not yet open.
    Client& add_client(turn::Endpoint endpoint);
    /// The same, and it knows realm and nonce.
    Task<Client*> challenged_client();
    /// A plain Allocate request; for an IPv6 relay where the server has no others.
    [[nodiscard]] Request allocate() const;
    /// With an allocation for UDP, as the request asks.
    Task<Allocated> allocation();
    Task<Allocated> allocation(Request request);
    /// Ends it, so that no quota fills; what it answers is nobody's business here.
    Task<bool> release(Client& client);

    /// A UDP socket where the server's relays can reach it: on the address that we talk to the
    /// server from.
    Peer& peer();
    /// Another one on the same address.
    Peer& second_peer();
    /// A TCP listener on the same address, where the server's TCP relays can reach it. Ends the
    /// check as not applicable behind a NAT, which lets nobody in.
    Task<turn::StreamPeer*> stream_peer();
    /// Nobody listens there any more.
    void close_stream_peers() { stream_peers_.clear(); }
    /// A TCP connection from there to a relay.
    Task<std::unique_ptr<turn::PeerStream>> stream_to(TransportAddress relayed);
    /// A UDP port on that address where nobody listens.
    TransportAddress closed_port();
    /// Ends all allocations, and sees that it is done: a Refresh that is lost is sent again, for a
    /// second at most where nothing answers any more. The check itself has ended before.
    Task<bool> clean_up();
    /// Permits the peer. Ends the check as not applicable when the server forbids our own address
    /// as a peer (403).
    Task<bool> permit(Client& client, const TransportAddress& peer);
    Task<bool> bind(Client& client, std::uint16_t channel, const TransportAddress& peer);

    /// Sends the message until it is answered or it is clear that it will not be: three copies over
    /// UDP. The response, or nothing. Then a plain request has to be answered on the same wire, or
    /// the check ends as undecided: a dead server says nothing too. A stream that the server closes
    /// is an answer of nothing.
    Task<std::optional<std::vector<std::byte>>> response_to(Client& client,
                                                            std::vector<std::byte> message,
                                                            stun::TransactionId id);
    /// The same for several at once: the first response to any of them.
    Task<std::optional<std::vector<std::byte>>> response_to_any(Client& client,
                                                                std::vector<Unwanted> messages);

    /// Ends the check as not applicable where what is relayed cannot arrive on this host, because
    /// of a NAT. Nothing that does not come is the server's fault then.
    Task<bool> need_data();
    /// Ends the check as undecided where relays are not at the address that the server tells: what
    /// is sent there is not lost by the clause in question.
    Task<bool> need_way_back();

    /// Repeats what `send` does until the peer hears one of these bytes, as a lossy path needs.
    /// What it heard, or nothing in that time. Other bytes are passed over.
    Task<std::optional<turn::PeerDatagram>> heard_by(Peer& peer, std::function<void()> send,
                                                     std::vector<std::byte> bytes);
    /// The same for the client, and whatever carries these bytes.
    Task<std::optional<Incoming>> heard_by(Client& client, std::function<void()> send,
                                           std::vector<std::byte> bytes);
    /// Three times what `send` does; whether nothing of these bytes arrived in the time that they
    /// would have needed several times over.
    Task<bool> unheard_by(Peer& peer, std::function<void()> send, std::vector<std::byte> bytes);
    Task<bool> unheard_by(Client& client, std::function<void()> send, std::vector<std::byte> bytes);

    /// What heard_by() heard last instead of the bytes: "byte 12 of 12 is ..."; empty where nothing
    /// like them came.
    [[nodiscard]] const std::string& mangling() const { return mangling_; }

    /// Bytes that no other message has.
    std::vector<std::byte> payload(std::size_t size_bytes = 12);
    std::uint64_t random() { return (*where_.random)(); }

    /// How long to wait for what should not come.
    [[nodiscard]] transport::Duration silence() const;

  private:
    friend struct EndWith;
    Peer& new_peer();
    /// Whether these are the bytes; how they differ goes into mangling_.
    bool is_intact(const std::vector<std::byte>& bytes, stun::Bytes came);
    /// Whether it got an allocation, or may have got one by an answer that was lost.
    [[nodiscard]] bool may_hold(Client& client) const;
    [[nodiscard]] bool can_end_allocation(Client& client) const;
    void send_end(Client& client);
    Task<Allocated> allocated(Client* client, Reply reply);

    turn::Surroundings where_;
    const Target& target_;
    std::shared_ptr<turn::PortSequence> ports_;
    std::shared_ptr<turn::Transcript> transcript_;
    std::function<void(Judgement)> on_early_end_;
    std::vector<std::unique_ptr<Client>> clients_;
    std::vector<std::unique_ptr<Peer>> peers_;
    std::vector<std::unique_ptr<turn::StreamPeer>> stream_peers_;
    bool is_cleaned_up_ = false;
    std::string mangling_;
};

/// Not applicable, because our peers and the relay are of different address families.
Judgement no_relay_of_our_family();
Judgement no_credentials_demanded();
/// Violates, because no answer came.
Judgement unanswered(const Reply& reply);
/// Meets when the reply is this error; violates otherwise.
Judgement judge_error(const Reply& reply, int expected_code);
/// The same for a success.
Judgement judge_success(const Reply& reply);
/// Silence is what the requirement asks for; a response violates it.
Judgement judge_silence(const std::optional<std::vector<std::byte>>& response);
/// "a success response", "error 400 (Bad Request)" of a message.
std::string said(stun::Bytes message);

}  // namespace portolan::conformance
