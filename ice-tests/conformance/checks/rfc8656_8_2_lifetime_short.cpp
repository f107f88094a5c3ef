#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_8_2_lifetime_short {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    const auto usual = allocated.reply.u32(AttributeType::Lifetime);
    const Reply reply = co_await allocated.client->request(turn::refresh(10));
    if (!reply.is_success()) co_return judge_success(reply);
    const auto granted = reply.u32(AttributeType::Lifetime);
    if (!granted || !usual) co_return violates("The response has no LIFETIME.");
    const std::string came = "Asked for 10 s it granted " + std::to_string(*granted) + " s.";
    // The second answer to an Allocate request that was sent twice may have less: coturn 4.6.1.
    constexpr std::uint32_t kTransactionS = 40;
    const bool is_usual = *granted + kTransactionS >= *usual && *granted <= *usual + kTransactionS;
    co_return *granted > 10 && is_usual ? meets(came) : violates(came);
}

}  // namespace in_rfc8656_8_2_lifetime_short

extern const Check rfc8656_8_2_lifetime_short;
const Check rfc8656_8_2_lifetime_short{
    .id = "rfc8656/8.2/lifetime-short",
    .title = "Short lifetime of a refresh",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "A Refresh request for less than the default lifetime, but not for zero, gets the"
        " default.",
    .sends = "A Refresh request with a LIFETIME of 10 s.",
    .conformant = "Answers with success and the lifetime that an Allocate request gets.",
    .run = in_rfc8656_8_2_lifetime_short::run,
};

}  // namespace portolan::conformance
