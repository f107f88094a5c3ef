#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_lifetime_long {

static Task<Judgement> run(Probe& probe) {
    Request request = probe.allocate();
    request.lifetime(0x7FFFFFFF);
    const Allocated allocated = co_await probe.allocation(request);
    const auto granted = allocated.reply.u32(AttributeType::Lifetime);
    if (!granted) co_return undecided("The response has no LIFETIME.");
    const std::string came = "It granted " + std::to_string(*granted) + " s.";
    co_return *granted <= 3600 ? meets(came) : violates(came);
}

}  // namespace in_rfc8656_7_2_lifetime_long

extern const Check rfc8656_7_2_lifetime_long;
const Check rfc8656_7_2_lifetime_long{
    .id = "rfc8656/7.2/lifetime-long",
    .title = "Longest lifetime of an allocation",
    .level = Level::Should,
    .needs = kCredentials,
    .requirement = "The longest lifetime that a server grants is no more than an hour.",
    .sends = "An Allocate request with a LIFETIME of 2147483647 s.",
    .conformant = "Answers with success and a lifetime of 3600 s or less.",
    .run = in_rfc8656_7_2_lifetime_long::run,
};

}  // namespace portolan::conformance
