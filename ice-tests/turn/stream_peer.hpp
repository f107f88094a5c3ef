#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ice-tests/turn/surroundings.hpp"
#include "ice-tests/turn/task.hpp"
#include "ice-tests/turn/transcript.hpp"
#include "probe/stun/transport_address.hpp"
#include "probe/transport/bytes.hpp"
#include "reports/model/result.hpp"

namespace portolan::turn {

/// A connection of our own with a relay, as a peer has it (RFC 6062).
class PeerStream {
  public:
    /// To a relay, from that address of this host. Never nullptr: is_open() says what became of it.
    static Task<std::unique_ptr<PeerStream>> connect(Surroundings where, TransportAddress to,
                                                     std::optional<IpAddress> from,
                                                     std::shared_ptr<Transcript> transcript,
                                                     std::string name);
    ~PeerStream();
    PeerStream(const PeerStream&) = delete;
    PeerStream& operator=(const PeerStream&) = delete;

    [[nodiscard]] bool is_open() const;
    /// Of this end; nothing when it never was connected.
    [[nodiscard]] std::optional<TransportAddress> address() const;
    /// Of the other end.
    [[nodiscard]] const TransportAddress& relay() const;
    bool send(transport::Bytes bytes);
    /// Ends our side.
    void close();
    /// As many, or fewer when the connection ends or the deadline passes before.
    Task<std::vector<std::byte>> receive(std::size_t count, transport::Time deadline);
    /// Whether the other side ends it before the deadline. What comes is passed over.
    Task<bool> ends_before(transport::Time deadline);

  private:
    friend class StreamPeer;
    struct State;
    explicit PeerStream(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

/// A host that clients connect to through a relay: a TCP listener of our own.
class StreamPeer {
  public:
    /// Errors as TcpListener::open.
    static Result<std::unique_ptr<StreamPeer>> open(const Surroundings& where, const IpAddress& ip,
                                                    std::shared_ptr<Transcript> transcript,
                                                    std::string name);
    ~StreamPeer();
    StreamPeer(const StreamPeer&) = delete;
    StreamPeer& operator=(const StreamPeer&) = delete;

    [[nodiscard]] const TransportAddress& address() const;
    /// The next connection; nullptr at the deadline.
    Task<std::unique_ptr<PeerStream>> accept(transport::Time deadline);

  private:
    struct State;
    explicit StreamPeer(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

}  // namespace portolan::turn
