#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "ice-tests/precall/cause.hpp"
#include "ice-tests/turn/surroundings.hpp"
#include "ice-tests/turn/task.hpp"
#include "reports/model/result.hpp"

namespace portolan::precall {

/// "http://host[:port][/path]". Nothing else: what a captive portal does to HTTPS shows nothing
/// that a broken certificate does not show as well.
struct WebUrl {
    std::string host;
    std::uint16_t port = 80;
    std::string path = "/";

    /// Usage error "url" with what is wrong.
    static Result<WebUrl> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;
};

/// The head of a response, of which this much matters.
struct HttpHead {
    int status = 0;
    std::optional<std::int64_t> date_s = {};  ///< since 1970
    std::string location = {};                ///< as it was sent; printable, at most 200 characters
};

/// Of HTTP/1.x; nothing where it is none. Whatever the bytes are.
std::optional<HttpHead> parse_http_head(std::string_view text);
/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 s5.6.7: IMF-fixdate, the only form that is sent).
std::optional<std::int64_t> parse_http_date(std::string_view text);

struct WebPlan {
    WebUrl url;
    TransportAddress server;
    std::optional<IpAddress> bind_ip = {};
    std::string interface = {};  ///< SO_BINDTODEVICE; empty: any
    transport::Duration limit = std::chrono::seconds(3);
    /// This computer's clock, in seconds since 1970.
    std::function<std::int64_t()> unix_time;
};

/// One GET of a page that answers 204 where nobody stands in between.
struct WebCheck {
    std::string url = {};
    std::string host = {};
    bool was_begun = false;
    bool is_done = false;
    std::optional<Problem> problem = {};
    std::optional<HttpHead> head = {};
    std::int64_t answered_at_s = 0;  ///< by this computer's clock
    transport::Duration took{0};
};

turn::Task<bool> check_web(turn::Surroundings where, WebPlan plan, WebCheck& out);

}  // namespace portolan::precall
