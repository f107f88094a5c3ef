#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_even_port_leak {

static Task<Judgement> run(Probe& probe) {
    constexpr int kCount = 400;
    Request wanted = probe.allocate();
    wanted.even_port(false);
    for (int i = 0; i < kCount; ++i) {
        Client* client = co_await probe.client();
        const Reply reply = co_await client->request(wanted);
        if (reply.code() == 508 && i > 0) {
            co_return violates("Number " + std::to_string(i + 1) + " got " + reply.said() +
                               ", although all before it had been deleted.");
        }
        if (!reply.is_success()) {
            co_return undecided("Number " + std::to_string(i + 1) + " got " + reply.said() + ".");
        }
        const bool is_gone = co_await probe.release(*client);
        if (!is_gone) co_return undecided("An allocation could not be deleted.");
    }
    co_return meets("It gave " + std::to_string(kCount) + " of them one after the other.");
}

}  // namespace in_security_even_port_leak

extern const Check security_even_port_leak;
const Check security_even_port_leak{
    .id = "security/even-port-leak",
    .title = "Even ports run out",
    .level = Level::Must,
    .check_class = CheckClass::Intrusive,
    .axis = Axis::Security,
    .danger = Danger::High,
    .needs = kCredentials | kAlone,
    .document = "RFC 8656",
    .section = "7.2",
    .requirement =
        "A port that was given for EVEN-PORT is free again when its allocation has ended; "
        "otherwise "
        "one user takes the ports of all. A leak shows where the server has fewer than 400 of "
        "them.",
    .sends = "400 Allocate requests with EVEN-PORT, each deleted before the next.",
    .conformant = "Grants all of them.",
    .weakness = "CWE-772",
    .run = in_security_even_port_leak::run,
};

}  // namespace portolan::conformance
