#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "probe/discovery/entropy.hpp"
#include "probe/discovery/ledger.hpp"
#include "probe/discovery/machine.hpp"
#include "probe/discovery/pacer.hpp"

namespace portolan::discovery {

/// What every machine does the same way: enters what happens into the ledger, matches replies to
/// requests, and closes its sockets at the end. What to ask and when is the derived machine's.
class RecordingMachine : public Machine {
  public:
    void on_socket(SocketId id, const TransportAddress& local, Time now) final;
    void on_socket_failed(SocketId id, const FaultReport& fault, Time now) final;
    void on_datagram(SocketId id, const TransportAddress& source,
                     const std::optional<IpAddress>& local_ip, std::span<const std::byte> bytes,
                     Time now) final;
    void on_oversized(SocketId id, const TransportAddress& source, std::span<const std::byte> head,
                      std::size_t size_bytes, Time now) final;
    void on_fault(SocketId id, const TransportAddress& to, const FaultReport& fault,
                  Time now) final;
    void on_stream(StreamId id, const StreamReport& report, Time now) final;
    void on_time(Time now) final;
    void cancel(Time now) final;
    std::vector<Action> take_actions() final;
    [[nodiscard]] bool finished() const final { return finished_; }

    [[nodiscard]] const Ledger& ledger() const { return ledger_; }

  protected:
    /// What the configurations of all machines share.
    struct Basis {
        AddressFamily family = AddressFamily::IPv4;
        std::optional<IpAddress> bind_ip;
        std::uint64_t seed = 1;
        RandomSource random;                      ///< null: drawn from the seed
        std::shared_ptr<TransactionPacer> pacer;  ///< own one when null
    };

    explicit RecordingMachine(Basis basis);

    /// Does what is due; called after every event while not finished.
    virtual void advance(Time now) = 0;
    /// May this message, which carries the probe's transaction id, be its answer when it arrives on
    /// that socket?
    [[nodiscard]] virtual bool answers(const Probe& probe, SocketId socket,
                                       const stun::MessageView& message) const = 0;
    /// Without its sockets a machine has nothing to say; one that can go on overrides this.
    virtual void on_missing_socket(SocketId id, Time now);

    /// A port of 0 is drawn at random from the range of RFC 5780 s4.1.
    SocketId open_socket(std::uint16_t port = 0);
    [[nodiscard]] bool is_open(SocketId id) const;
    [[nodiscard]] std::size_t open_sockets() const { return opened_.size(); }

    /// A new transaction, its request not yet made. The reference lasts until the next one.
    Probe& add_probe(Role role, SocketId socket, const TransportAddress& to);
    void send(Probe& probe, Time now);
    void open_stream(TryStream attempt, int server, Time now);
    virtual void finish(Time now, bool cut_off);

    Probe& probe(ProbeId id) { return ledger_.probes[static_cast<std::size_t>(id)]; }
    [[nodiscard]] const Probe& probe(ProbeId id) const {
        return ledger_.probes[static_cast<std::size_t>(id)];
    }
    [[nodiscard]] ProbeId last_probe() const {
        return static_cast<ProbeId>(ledger_.probes.size()) - 1;
    }

    Ledger ledger_;
    Entropy entropy_;
    std::shared_ptr<TransactionPacer> pacer_;  ///< never null

  private:
    void stray(const TransportAddress& source, std::span<const std::byte> bytes, std::string what,
               Time now);

    std::optional<IpAddress> bind_ip_;
    std::vector<Action> actions_;
    std::vector<SocketId> opened_;
    Time last_sent_ = Time::min() / 2;
    Time last_arrival_ = Time::min() / 2;
    SocketId next_socket_ = 1;
    bool finished_ = false;
};

/// A Binding request with the CHANGE-REQUEST and RESPONSE-PORT that the probe names.
std::vector<std::byte> binding_request(const Probe& probe);

}  // namespace portolan::discovery
