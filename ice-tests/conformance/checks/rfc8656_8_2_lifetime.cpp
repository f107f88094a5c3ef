#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_8_2_lifetime {

static Task<Judgement> run(Probe& probe) {
    Request longest = probe.allocate();
    longest.lifetime(0x7FFFFFFF);
    const Allocated allocated = co_await probe.allocation(longest);
    const auto maximum = allocated.reply.u32(AttributeType::Lifetime);
    const Reply reply = co_await allocated.client->request(turn::refresh(1200));
    if (!reply.is_success()) co_return judge_success(reply);
    const auto granted = reply.u32(AttributeType::Lifetime);
    if (!granted) co_return violates("The response has no LIFETIME.");
    const std::uint32_t expected = std::min(maximum.value_or(1200), 1200U);
    // A server may take a LIFETIME beyond its maximum for none: then that one says nothing of it.
    const bool is_as_asked = *granted == 1200;
    const std::string came = "Asked for 1200 s it granted " + std::to_string(*granted) + " s.";
    co_return is_as_asked || *granted == expected ? meets(came) : violates(came);
}

}  // namespace in_rfc8656_8_2_lifetime

extern const Check rfc8656_8_2_lifetime;
const Check rfc8656_8_2_lifetime{
    .id = "rfc8656/8.2/lifetime",
    .title = "Lifetime of a refresh",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "A Refresh request gets the lifetime that it asks for, up to the server's "
        "maximum.",
    .sends = "A Refresh request with a LIFETIME of 1200 s.",
    .conformant =
        "Answers with success and a lifetime of 1200 s, or the server's maximum if that "
        "is less.",
    .run = in_rfc8656_8_2_lifetime::run,
};

}  // namespace portolan::conformance
