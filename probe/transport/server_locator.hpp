#pragma once

#include <glib.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "probe/transport/discovery.hpp"
#include "probe/transport/dns_records.hpp"
#include "probe/transport/resolver.hpp"
#include "probe/transport/server_uri.hpp"

namespace portolan::transport {

/// However many questions the records lead to.
inline constexpr Duration kDefaultLocateTimeout = std::chrono::seconds(8);

/// Asks what discover() wants to know, all of it side by side, until there is nothing more to ask
/// or the time is over; then what was not answered counts as not to be had, and is said.
class ServerLocator {
  public:
    using Callback = std::function<void(Discovery)>;

    /// A search under way. Dropping it cancels: the callback is not called any more.
    class Search {
      public:
        ~Search();
        Search(const Search&) = delete;
        Search& operator=(const Search&) = delete;

      private:
        friend class ServerLocator;
        struct State;
        explicit Search(std::unique_ptr<State> state);
        std::unique_ptr<State> state_;
    };

    /// Resolver and records have to outlive the searches.
    ServerLocator(GMainContext* context, Resolver& resolver, RecordSource& records,
                  std::uint64_t seed, Duration timeout = kDefaultLocateTimeout)
        : context_(context),
          resolver_(&resolver),
          records_(&records),
          seed_(seed),
          timeout_(timeout) {}

    /// Calls back once, from the context, never before it returns.
    [[nodiscard]] std::unique_ptr<Search> locate(const ServerUri& uri, Callback callback);

  private:
    GMainContext* context_;
    Resolver* resolver_;
    RecordSource* records_;
    std::uint64_t seed_;
    Duration timeout_;
};

}  // namespace portolan::transport
