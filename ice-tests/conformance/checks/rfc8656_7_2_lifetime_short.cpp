#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_lifetime_short {

// A second answer to a request that was sent twice may count from the first: coturn 4.6.1.
static bool is_near(std::uint32_t granted, std::uint32_t usual) {
    constexpr std::uint32_t kTransactionS = 40;
    return granted <= usual + kTransactionS && granted + kTransactionS >= usual;
}

static Task<Judgement> run(Probe& probe) {
    const Allocated plain = co_await probe.allocation();
    const auto usual = plain.reply.u32(AttributeType::Lifetime);
    if (!usual) co_return undecided("The response has no LIFETIME.");
    for (const std::uint32_t asked : {0U, 1U}) {
        Client* client = co_await probe.client();
        Request request = probe.allocate();
        request.lifetime(asked);
        const Reply reply = co_await client->request(request);
        if (!reply.is_success()) co_return judge_success(reply);
        const auto granted = reply.u32(AttributeType::Lifetime);
        if (!granted || *granted <= asked || !is_near(*granted, *usual)) {
            co_return violates("Asked for " + std::to_string(asked) + " s it granted " +
                               std::to_string(granted.value_or(0)) + " s; its default is " +
                               std::to_string(*usual) + " s.");
        }
    }
    co_return meets("It granted its default of " + std::to_string(*usual) + " s.");
}

}  // namespace in_rfc8656_7_2_lifetime_short

extern const Check rfc8656_7_2_lifetime_short;
const Check rfc8656_7_2_lifetime_short{
    .id = "rfc8656/7.2/lifetime-short",
    .title = "Short lifetime of an allocation",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "Who asks for less than the default lifetime gets the default.",
    .sends = "Allocate requests with no LIFETIME, and with a LIFETIME of 0 and of 1 s.",
    .conformant = "Answers all with success and the same lifetime.",
    .run = in_rfc8656_7_2_lifetime_short::run,
};

}  // namespace portolan::conformance
