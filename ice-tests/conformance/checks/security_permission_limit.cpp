#include <cstdint>

#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_permission_limit {

static Task<Judgement> run(Probe& probe) {
    constexpr int kRequests = 100;
    constexpr int kPeers = 40;  // in one request, which stays below any path's MTU
    const Allocated allocated = co_await probe.allocation(probe.allocate());
    if (allocated.relayed.family() != AddressFamily::IPv4) {
        co_return not_applicable("The server has no IPv4 relays.");
    }
    for (int i = 0; i < kRequests; ++i) {
        Request request(Method::CreatePermission);
        for (int k = 0; k < kPeers; ++k) {
            // Only named: nothing is ever sent there.
            request.peer({IpAddress::v4({9, 9, static_cast<std::uint8_t>(i),
                                         static_cast<std::uint8_t>(k + 1)}),
                          9});
        }
        const Reply reply = co_await allocated.client->request(request);
        if (!reply.has_come()) co_return unanswered(reply);
        if (reply.code() == 403) co_return not_applicable("It forbids these peers.");
        if (!reply.is_success()) {
            co_return meets("After " + std::to_string(i * kPeers) + " it answered with " +
                            reply.said() + ".");
        }
    }
    co_return violates("One allocation got " + std::to_string(kRequests * kPeers) +
                       " permissions.");
}

}  // namespace in_security_permission_limit

extern const Check security_permission_limit;
const Check security_permission_limit{
    .id = "security/permission-limit",
    .title = "Permissions without end",
    .level = Level::Should,
    .check_class = CheckClass::Intrusive,
    .axis = Axis::Security,
    .danger = Danger::Low,
    .needs = kCredentials,
    .document = "RFC 8656",
    .section = "10.2",
    .requirement =
        "A server bounds what one allocation can make it remember; it may refuse permissions with "
        "error 508.",
    .sends = "CreatePermission requests for 4000 addresses.",
    .conformant = "Answers one of them with error 508.",
    .weakness = "CWE-770",
    .run = in_security_permission_limit::run,
};

}  // namespace portolan::conformance
