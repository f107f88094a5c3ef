#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_http {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    client->wire().stop_framing();
    const std::string_view request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    (void)client->wire().send(std::as_bytes(std::span(request)));
    const auto frame = co_await client->wire().receive(probe.now() + probe.silence());
    if (!frame) co_return meets("It said nothing.");
    const std::string_view text(reinterpret_cast<const char*>(frame->bytes.data()),
                                frame->bytes.size());
    if (text.starts_with("HTTP/")) co_return violates("It answered in HTTP.");
    co_return meets("It answered with " + std::to_string(text.size()) +
                    " octets that are not HTTP.");
}

}  // namespace in_security_http

extern const Check security_http;
const Check security_http{
    .id = "security/http",
    .title = "HTTP on the TURN port",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::Medium,
    .transports = kStreams,
    .document = "RFC 8656",
    .section = "21.2.3",
    .requirement = "Nothing but TURN is served on the TURN port, above all no web interface.",
    .sends = "An HTTP request on a new connection.",
    .conformant = "Sends nothing, or closes the connection.",
    .weakness = "CWE-749",
    .run = in_security_http::run,
};

}  // namespace portolan::conformance
