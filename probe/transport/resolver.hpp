#pragma once

#include <glib.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "probe/stun/transport_address.hpp"
#include "probe/transport/clock.hpp"
#include "reports/model/result.hpp"

namespace portolan::transport {

inline constexpr Duration kDefaultResolveTimeout = std::chrono::seconds(5);

/// Names to addresses, asynchronously. Where time is virtual, a HostTable stands in for DNS.
class Resolver {
  public:
    /// All A and AAAA addresses, at least one, each once, in the resolver's order of preference.
    /// Errors name the host and the reason: environment.resolve.not-found, .temporary, .timeout,
    /// .failed; usage.resolve.name for what cannot be a name.
    using Callback = std::function<void(Result<std::vector<IpAddress>>)>;

    /// A question under way. Dropping it cancels: the callback is not called any more.
    class Lookup {
      public:
        virtual ~Lookup() = default;
        Lookup() = default;
        Lookup(const Lookup&) = delete;
        Lookup& operator=(const Lookup&) = delete;
    };

    virtual ~Resolver() = default;
    Resolver() = default;
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    /// Calls back once, from the context, never before it returns. A numeric address (no brackets)
    /// is its own answer and asks nobody.
    [[nodiscard]] virtual std::unique_ptr<Lookup> resolve(std::string_view host,
                                                          Callback callback) = 0;
};

/// The system's resolver through GResolver: /etc/hosts, DNS, whatever nsswitch says, in a thread of
/// GLib's. Families that this host has no address of may be left out (getaddrinfo's AI_ADDRCONFIG).
class SystemResolver final : public Resolver {
  public:
    explicit SystemResolver(GMainContext* context, Duration timeout = kDefaultResolveTimeout);
    ~SystemResolver() override;
    [[nodiscard]] std::unique_ptr<Lookup> resolve(std::string_view host,
                                                  Callback callback) override;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

/// A fixed table, for simulated worlds and tests. Names compare without case.
class HostTable final : public Resolver {
  public:
    HostTable(GMainContext* context, const std::map<std::string, std::vector<IpAddress>>& hosts);
    ~HostTable() override;
    [[nodiscard]] std::unique_ptr<Lookup> resolve(std::string_view host,
                                                  Callback callback) override;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace portolan::transport
