#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_security_idle_connection {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    const auto limit = probe.target().lifetimes.idle;
    const transport::Time begun = probe.now();
    const bool has_ended = co_await client->ends_before(begun + past(limit));
    const auto after_s = std::chrono::duration_cast<seconds>(probe.now() - begun).count();
    const std::string after = std::to_string(after_s) + " s.";
    co_return has_ended ? meets("It closed the connection after " + after)
                        : violates("It kept the connection for more than " + after);
}

}  // namespace in_security_idle_connection

extern const Check security_idle_connection;
const Check security_idle_connection{
    .id = "security/idle-connection",
    .title = "Connections that say nothing",
    .level = Level::Should,
    .check_class = CheckClass::Long,
    .axis = Axis::Security,
    .danger = Danger::Low,
    .transports = kStreams,
    .document = "RFC 8489",
    .section = "6.2.2",
    .requirement =
        "A connection that sends nothing is not kept for ever: it costs its client nothing and the "
        "server a descriptor.",
    .sends = "A connection, and nothing on it.",
    .conformant = "Closes it within a minute.",
    .weakness = "CWE-400",
    .run = in_security_idle_connection::run,
};

}  // namespace portolan::conformance
