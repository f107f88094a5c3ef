#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "probe/cli/targets.hpp"
#include "probe/cli/trust.hpp"
#include "probe/discovery/entropy.hpp"
#include "probe/discovery/machine.hpp"
#include "probe/runner/machine_runner.hpp"
#include "probe/transport/clock.hpp"
#include "probe/transport/glib_ptr.hpp"
#include "probe/transport/tls_connection.hpp"

namespace portolan::nat_probe {

struct ResolvedServer {
    NamedServer server;
    std::vector<IpAddress> addresses;
    std::string error;  ///< why there are none
};

/// The main loop, the clock and the signals of one run. Here, and only here, the process waits.
class Session {
  public:
    /// Seeded from the operating system when no seed is given.
    explicit Session(std::optional<std::uint64_t> seed);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    [[nodiscard]] GMainContext* context() const { return context_.get(); }
    [[nodiscard]] const transport::Clock& clock() const { return clock_; }
    [[nodiscard]] transport::Random& random() { return random_; }
    [[nodiscard]] std::uint64_t seed() const { return seed_; }
    /// A fresh seed for each machine of the run.
    [[nodiscard]] std::uint64_t next_seed() { return random_(); }
    /// Null when a seed was given: then the machines draw from it.
    [[nodiscard]] discovery::RandomSource entropy() const { return entropy_; }
    [[nodiscard]] bool interrupted() const { return interrupted_; }

    /// `wanted`, or what is left until the deadline; never nothing.
    [[nodiscard]] transport::Duration at_most(transport::Duration wanted,
                                              transport::Time deadline) const;

    /// Resolves all names at once.
    std::vector<ResolvedServer> resolve(const std::vector<NamedServer>& servers,
                                        transport::Duration timeout);
    /// All addresses of one name, empty on failure.
    std::vector<IpAddress> resolve_name(const std::string& name, transport::Duration timeout);

    /// The prefix of a NAT64 in front of this host (RFC 7050), if its DNS knows of one.
    std::optional<IpAddress> nat64_prefix(transport::Time deadline);

    /// Whom TLS attempts believe, instead of the system's authorities.
    void set_trust(std::shared_ptr<const transport::TlsCredentials> trust) {
        trust_.set(std::move(trust));
    }

    /// Whom TLS believes; calls back as Trust::get().
    void get_trust(Trust::Ready ready) { trust_.get(std::move(ready)); }

    /// Waits until somebody has called wake() and it is so, or for the deadline or a signal.
    void run_until(const std::function<bool()>& done, transport::Time deadline);
    /// The same, whatever signals come: for tidying up.
    void run_to_the_end(const std::function<bool()>& done, transport::Time deadline);
    /// Has run_until() look again; does nothing while nobody waits there.
    void wake();

    /// Runs a machine to its end, or to SIGINT, SIGTERM or SIGHUP, which cut it off.
    void run(discovery::Machine& machine, const std::string& interface);
    /// What kept a machine from running to its end: environment.transport.no-sockets-left.
    [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

  private:
    void wait(const std::function<bool()>& done, transport::Time deadline);

    glib::ContextPtr context_;
    glib::LoopPtr loop_;
    transport::GlibClock clock_;
    std::uint64_t seed_;
    transport::Random random_;
    discovery::RandomSource entropy_;
    Trust trust_;
    std::vector<glib::SourcePtr> signals_;
    runner::MachineRunner* current_ = nullptr;
    std::optional<Error> failure_;
    bool interrupted_ = false;
    bool is_waiting_ = false;
};

}  // namespace portolan::nat_probe
