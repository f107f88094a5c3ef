#pragma once

#include <glib.h>

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "probe/transport/clock.hpp"
#include "reports/model/result.hpp"

namespace portolan::transport {

/// A name server that says nothing to such questions must not keep anybody waiting: time for one
/// copy that is lost.
inline constexpr Duration kDefaultRecordsTimeout = std::chrono::milliseconds(2500);

/// RFC 2782. Names are in lower case and without the final dot: "." is "".
struct SrvRecord {
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;
    std::uint16_t port = 0;
    std::string target;

    friend bool operator==(const SrvRecord&, const SrvRecord&) = default;
};

/// RFC 3403 s4.1.
struct NaptrRecord {
    std::uint16_t order = 0;
    std::uint16_t preference = 0;
    std::string flags;
    std::string service;
    std::string regexp;
    std::string replacement;

    friend bool operator==(const NaptrRecord&, const NaptrRecord&) = default;
};

enum class RecordType { Srv, Naptr };

std::string_view to_string(RecordType type);  // "SRV", "NAPTR"

/// All of a name's records of the type that was asked for; the other list is empty.
struct Records {
    std::vector<SrvRecord> srv;
    std::vector<NaptrRecord> naptr;
};

/// The records of the type in a DNS message (RFC 1035 s4). Peer error dns.malformed.
Result<Records> parse_records(std::span<const std::byte> message, RecordType type);

/// DNS records that say where a service is, asynchronously.
class RecordSource {
  public:
    /// A name that does not exist, or has no such records, has none: that is no error. Errors name
    /// the question and the reason: environment.dns.temporary, .timeout, .failed; peer
    /// .dns.malformed.
    using Callback = std::function<void(Result<Records>)>;

    /// A question under way. Dropping it cancels: the callback is not called any more.
    class Lookup {
      public:
        virtual ~Lookup() = default;
        Lookup() = default;
        Lookup(const Lookup&) = delete;
        Lookup& operator=(const Lookup&) = delete;
    };

    virtual ~RecordSource() = default;
    RecordSource() = default;
    RecordSource(const RecordSource&) = delete;
    RecordSource& operator=(const RecordSource&) = delete;

    /// Calls back once, from the context, never before it returns.
    [[nodiscard]] virtual std::unique_ptr<Lookup> ask(RecordType type, std::string_view name,
                                                      Callback callback) = 0;
};

/// The C library's DNS client (/etc/resolv.conf), each question in a thread of GLib's: GResolver
/// knows no NAPTR. A thread that is still waiting when the time is over ends by itself.
class SystemRecords final : public RecordSource {
  public:
    explicit SystemRecords(GMainContext* context, Duration timeout = kDefaultRecordsTimeout);
    ~SystemRecords() override;
    [[nodiscard]] std::unique_ptr<Lookup> ask(RecordType type, std::string_view name,
                                              Callback callback) override;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace portolan::transport
