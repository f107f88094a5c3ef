#pragma once

#include <optional>
#include <span>
#include <vector>

#include "probe/discovery/actions.hpp"

namespace portolan::discovery {

/// A measurement without I/O: inputs with their time in, actions out. The caller hands over every
/// event, carries out take_actions() after each of them, and calls on_time() at next_wakeup().
class Machine {
  public:
    virtual ~Machine() = default;

    virtual void start(Time now) = 0;
    virtual void on_socket(SocketId id, const TransportAddress& local, Time now) = 0;
    virtual void on_socket_failed(SocketId id, const FaultReport& fault, Time now) = 0;
    virtual void on_datagram(SocketId id, const TransportAddress& source,
                             const std::optional<IpAddress>& local_ip,
                             std::span<const std::byte> bytes, Time now) = 0;
    /// A datagram that came in, but was too long for the driver to keep but for its first bytes.
    virtual void on_oversized(SocketId /*id*/, const TransportAddress& /*source*/,
                              std::span<const std::byte> /*head*/, std::size_t /*size_bytes*/,
                              Time /*now*/) {}
    /// A datagram to `to` failed, at once or by ICMP later.
    virtual void on_fault(SocketId id, const TransportAddress& to, const FaultReport& fault,
                          Time now) = 0;
    /// The outcome of a TryStream, and then, if one comes, the reply to its request.
    virtual void on_stream(StreamId id, const StreamReport& report, Time now) = 0;
    virtual void on_time(Time now) = 0;
    /// Ends it now; the ledger says that it was cut off. Nothing once it has finished.
    virtual void cancel(Time now) = 0;

    /// Actions to carry out now, in order; empties the queue.
    virtual std::vector<Action> take_actions() = 0;
    /// When on_time() wants to be called; nullopt when finished.
    [[nodiscard]] virtual std::optional<Time> next_wakeup() const = 0;
    [[nodiscard]] virtual bool finished() const = 0;
};

}  // namespace portolan::discovery
