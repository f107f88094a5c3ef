#include "ice-tests/precall/web_check.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <span>
#include <utility>

#include "probe/stun/printable.hpp"
#include "probe/transport/tcp_connection.hpp"
#include "reports/model/ascii.hpp"
#include "reports/model/usage_error.hpp"

namespace portolan::precall {
namespace {

using transport::StreamOutcome;
using transport::Time;
using turn::Surroundings;
using turn::Task;

constexpr std::string_view kScheme = "http://";
constexpr std::size_t kMostHeadBytes = std::size_t{16} << 10;
constexpr std::size_t kMostLocation = 200;
constexpr std::size_t kMostUrl = 2000;

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
        text.remove_suffix(1);
    return text;
}

/// Exactly these digits as a number.
std::optional<int> number_in(std::string_view text) {
    int out = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
    const bool is_whole = failed == std::errc() && end == text.data() + text.size() && out >= 0;
    return is_whole && text.front() != '-' ? std::optional(out) : std::nullopt;
}

/// A connection, and what has come over it.
struct Fetch {
    explicit Fetch(const Surroundings& where) : changed(where) {}

    turn::Signal changed;
    std::unique_ptr<transport::TcpConnection> connection;
    std::optional<transport::StreamReport> outcome;
    std::string received;
    bool has_ended = false;

    [[nodiscard]] bool is_enough() const {
        return has_ended || received.size() >= kMostHeadBytes ||
               received.find("\r\n\r\n") != std::string::npos;
    }
};

Cause cause_of_outcome(StreamOutcome outcome) {
    switch (outcome) {
        case StreamOutcome::Refused:
            return Cause::PortClosed;
        case StreamOutcome::TimedOut:
            return Cause::ConnectTimeout;
        case StreamOutcome::NotPermitted:
            return Cause::LocalFirewall;
        default:
            return Cause::Unreachable;
    }
}

}  // namespace

Result<WebUrl> WebUrl::parse(std::string_view text) {
    const auto wrong = [&](const char* why) {
        return usage_error("url", "\"" + std::string(text.substr(0, 100)) + "\": " + why,
                           "write http://host/path, of a server of your own that answers 204");
    };
    if (text.size() > kMostUrl) return wrong("it is too long");
    if (!text.starts_with(kScheme)) return wrong("it does not begin with http://");
    for (const char letter : text) {
        if (letter <= ' ' || letter > '~') return wrong("it has characters that a URL cannot have");
    }
    std::string_view rest = text.substr(kScheme.size());
    WebUrl out;
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    if (slash < rest.size()) out.path = rest.substr(slash);
    std::string_view authority = rest.substr(0, slash);
    if (authority.find('@') != std::string_view::npos) return wrong("it names a user");
    const bool is_bracketed = authority.starts_with('[');
    const std::size_t close = authority.find(']');
    if (is_bracketed && close == std::string_view::npos) return wrong("a bracket is not closed");
    const std::size_t host_end =
        is_bracketed ? close + 1 : std::min(authority.find(':'), authority.size());
    out.host = is_bracketed ? authority.substr(1, close - 1) : authority.substr(0, host_end);
    if (out.host.empty()) return wrong("it names no host");
    const std::string_view port = authority.substr(host_end);
    if (!port.empty()) {
        const auto number = port.size() > 1 && port.size() < 7 && port.front() == ':'
                                ? number_in(port.substr(1))
                                : std::nullopt;
        if (!number || *number == 0 || *number > 65535) return wrong("the port is none");
        out.port = static_cast<std::uint16_t>(*number);
    }
    return out;
}

std::string WebUrl::to_string() const {
    const bool is_v6 = host.find(':') != std::string::npos;
    return std::string(kScheme) + (is_v6 ? '[' + host + ']' : host) +
           (port == 80 ? "" : ':' + std::to_string(port)) + path;
}

std::optional<std::int64_t> parse_http_date(std::string_view text) {
    constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    // "Sun, 06 Nov 1994 08:49:37 GMT"
    constexpr std::size_t kLength = 29;
    if (text.size() != kLength || text.substr(25) != " GMT" || text.substr(3, 2) != ", " ||
        text[7] != ' ' || text[11] != ' ' || text[16] != ' ' || text[19] != ':' ||
        text[22] != ':') {
        return std::nullopt;
    }
    const auto day = number_in(text.substr(5, 2));
    const auto month = std::ranges::find(kMonths, text.substr(8, 3));
    const auto year = number_in(text.substr(12, 4));
    const auto hour = number_in(text.substr(17, 2));
    const auto minute = number_in(text.substr(20, 2));
    const auto second = number_in(text.substr(23, 2));
    if (!day || month == kMonths.end() || !year || !hour || !minute || !second) return std::nullopt;
    const std::chrono::year_month_day date(
        std::chrono::year(*year),
        std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
        std::chrono::day(static_cast<unsigned>(*day)));
    // A leap second is one of the sixty (RFC 9110 s5.6.7 allows it).
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    const auto days = std::chrono::sys_days(date).time_since_epoch();
    return std::chrono::seconds(days).count() + *hour * 3600 + *minute * 60 + *second;
}

std::optional<HttpHead> parse_http_head(std::string_view text) {
    // "HTTP/1.1 204 No Content"
    constexpr std::string_view kVersion = "HTTP/1.";
    constexpr std::size_t kStatusAt = 9;
    if (!text.starts_with(kVersion) || text.size() < kStatusAt + 3 || text[8] != ' ') {
        return std::nullopt;
    }
    const auto status = number_in(text.substr(kStatusAt, 3));
    if (!status || *status < 100 || *status > 599) return std::nullopt;
    HttpHead out{.status = *status};
    text = text.substr(0, std::min(text.find("\r\n\r\n"), text.size()));
    std::size_t at = text.find('\n');
    while (at != std::string_view::npos) {
        text.remove_prefix(at + 1);
        at = text.find('\n');
        const std::string_view line = text.substr(0, at);
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        const std::string_view name = line.substr(0, colon);
        const std::string_view value = trimmed(line.substr(colon + 1));
        if (report::equal_in_any_case(name, "date")) out.date_s = parse_http_date(value);
        if (report::equal_in_any_case(name, "location")) {
            out.location.clear();
            stun::append_escaped(out.location, value.substr(0, kMostLocation));
        }
    }
    return out;
}

Task<bool> check_web(Surroundings where, WebPlan plan, WebCheck& out) {
    out.was_begun = true;
    out.url = plan.url.to_string();
    out.host = plan.url.host;
    const Time begun = where.now();
    const Time deadline = begun + plan.limit;
    Fetch fetch(where);
    fetch.connection = transport::TcpConnection::connect(
        where.context,
        {.remote = plan.server,
         .bind_ip = plan.bind_ip,
         .interface = plan.interface,
         .timeout = plan.limit},
        {.on_outcome =
             [&fetch](const transport::StreamReport& report) {
                 fetch.outcome = report;
                 fetch.changed.notify_soon();
             },
         .on_bytes =
             [&fetch](transport::Bytes bytes) {
                 const auto* text = reinterpret_cast<const char*>(bytes.data());
                 const std::size_t room = kMostHeadBytes - fetch.received.size();
                 fetch.received.append(text, std::min(bytes.size(), room));
                 fetch.changed.notify_soon();
             },
         .on_end =
             [&fetch](transport::StreamEnd, const std::string&) {
                 fetch.has_ended = true;
                 fetch.changed.notify_soon();
             }});
    while (!fetch.outcome && where.now() < deadline)
        co_await fetch.changed.until(deadline);
    if (!fetch.outcome || fetch.outcome->outcome != StreamOutcome::Connected) {
        const auto outcome = fetch.outcome ? fetch.outcome->outcome : StreamOutcome::TimedOut;
        out.problem = Problem{Step::Connect, cause_of_outcome(outcome),
                              fetch.outcome ? fetch.outcome->detail : std::string()};
        out.is_done = true;
        co_return false;
    }
    const bool is_v6 = plan.url.host.find(':') != std::string::npos;
    const std::string host = is_v6 ? '[' + plan.url.host + ']' : plan.url.host;
    const std::string request =
        "GET " + plan.url.path + " HTTP/1.1\r\nHost: " + host +
        (plan.url.port == 80 ? "" : ':' + std::to_string(plan.url.port)) +
        "\r\nUser-Agent: portolan\r\nAccept: */*\r\nCache-Control: no-cache\r\n"
        "Connection: close\r\n\r\n";
    (void)fetch.connection->send(std::as_bytes(std::span(request)));
    while (!fetch.is_enough() && where.now() < deadline)
        co_await fetch.changed.until(deadline);
    out.answered_at_s = plan.unix_time();
    out.took = where.now() - begun;
    out.is_done = true;
    out.head = parse_http_head(fetch.received);
    if (!out.head) {
        out.problem =
            Problem{Step::Ask,
                    fetch.received.empty() ? (fetch.has_ended ? Cause::Closed : Cause::Silent)
                                           : Cause::OtherError,
                    fetch.received.empty() ? "" : "the answer is no HTTP"};
    }
    co_return out.head.has_value();
}

}  // namespace portolan::precall
