#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_14_8_error_code_length {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    std::size_t seen_count = 0;
    for (const Request& request : {probe.allocate(), Request(Method::Allocate)}) {
        const Reply reply = co_await client->request(request);
        if (!reply.has_come()) continue;
        const auto error = reply.view().error_code();
        if (!error) continue;
        ++seen_count;
        if (error->reason.find('\0') != std::string_view::npos) {
            co_return violates("The reason phrase of error " + std::to_string(error->code) +
                               " ends in a NUL.");
        }
    }
    Client* other = co_await probe.client();
    const Reply reply = co_await other->exchange(probe.allocate());
    if (reply.has_come() && reply.view().error_code()) {
        ++seen_count;
        if (reply.view().error_code()->reason.find('\0') != std::string_view::npos) {
            co_return violates("The reason phrase of error " + std::to_string(reply.code()) +
                               " ends in a NUL.");
        }
    }
    if (seen_count == 0) co_return undecided("No error was to be had.");
    co_return meets("The lengths of " + std::to_string(seen_count) + " ERROR-CODEs are right.");
}

}  // namespace in_rfc8489_14_8_error_code_length

extern const Check rfc8489_14_8_error_code_length;
const Check rfc8489_14_8_error_code_length{
    .id = "rfc8489/14.8/error-code-length",
    .title = "Length of ERROR-CODE",
    .level = Level::Must,
    .requirement =
        "The length of ERROR-CODE counts the reason phrase without padding or a "
        "terminating NUL.",
    .sends =
        "An Allocate request without credentials, and one whose REQUESTED-TRANSPORT is "
        "missing.",
    .conformant = "Answers with errors whose reason phrases hold no NUL.",
    .run = in_rfc8489_14_8_error_code_length::run,
};

}  // namespace portolan::conformance
