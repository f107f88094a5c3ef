#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_peer_connect {

static Task<Judgement> run(Probe& probe) {
    std::vector<std::string> tried;
    for (const int family : {1, 2}) {
        Client* client = co_await probe.client();
        Request request = turn::allocate_tcp();
        request.family(AttributeType::RequestedAddressFamily, static_cast<std::uint8_t>(family));
        const Reply allocated = co_await client->request(request);
        if (allocated.code() == 442) co_return not_applicable("It has no TCP allocations: 442.");
        if (allocated.code() == 440) continue;
        if (!allocated.is_success()) {
            co_return undecided("No TCP allocation: " + allocated.said() + ".");
        }
        const char* const v4[] = {"127.0.0.1:9", "127.9.9.9:9", "0.0.0.0:9"};
        const char* const v6[] = {"[::1]:9", "[::]:9", "[::ffff:127.0.0.1]:9"};
        for (const char* text : family == 1 ? v4 : v6) {
            const auto peer = TransportAddress::parse(text);
            const Reply reply = co_await client->connect(*peer);
            if (!reply.has_come()) co_return unanswered(reply);
            if (reply.is_success() || reply.code() == 447) tried.emplace_back(text);
        }
    }
    if (tried.empty()) co_return meets("It refused all of them.");
    std::string list;
    for (const std::string& one : tried)
        list += (list.empty() ? "" : ", ") + one;
    co_return violates("It tried to connect to " + list + ".");
}

}  // namespace in_security_peer_connect

extern const Check security_peer_connect;
const Check security_peer_connect{
    .id = "security/peer/connect",
    .title = "Connections into the server's host",
    .level = Level::Must,
    .check_class = CheckClass::Intrusive,
    .axis = Axis::Security,
    .danger = Danger::High,
    .transports = kStreams,
    .needs = kCredentials,
    .document = "RFC 6062",
    .section = "5.2",
    .requirement =
        "What is no peer for a permission is none for a connection: a TCP relay must not lead into "
        "the host that it stands on.",
    .sends = "Connect requests for the discard port of loopback addresses.",
    .conformant = "Refuses all of them.",
    .weakness = "CWE-918",
    .run = in_security_peer_connect::run,
};

}  // namespace portolan::conformance
