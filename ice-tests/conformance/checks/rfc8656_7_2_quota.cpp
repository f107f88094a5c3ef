#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_quota {

static Task<Judgement> run(Probe& probe) {
    constexpr int kCount = 300;
    for (int i = 0; i < kCount; ++i) {
        Client* client = co_await probe.client();
        const Reply reply = co_await client->request(probe.allocate());
        if (reply.code() == 486) {
            co_return meets("The allocation number " + std::to_string(i + 1) + " was refused.");
        }
        if (!reply.is_success()) {
            co_return undecided("Allocation number " + std::to_string(i + 1) + " got " +
                                reply.said() + ".");
        }
    }
    co_return violates("One user got " + std::to_string(kCount) + " allocations.");
}

}  // namespace in_rfc8656_7_2_quota

extern const Check rfc8656_7_2_quota;
const Check rfc8656_7_2_quota{
    .id = "rfc8656/7.2/quota",
    .title = "Quota of one user",
    .level = Level::Should,
    .check_class = CheckClass::Intrusive,
    .needs = kCredentials | kAlone,
    .document = "RFC 8656",
    .section = "5",
    .requirement =
        "The number of allocations that one user has at a time is limited; what exceeds "
        "it is refused with error 486.",
    .sends = "Allocate requests of one user from up to 300 ports.",
    .conformant = "Answers one of them with error 486.",
    .weakness = "CWE-770",
    .run = in_rfc8656_7_2_quota::run,
};

}  // namespace portolan::conformance
