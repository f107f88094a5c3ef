#include <array>

#include "ice-tests/conformance/steps.hpp"
#include "probe/stun/wire.hpp"

namespace portolan::conformance {
namespace in_rfc8489_14_5_after_integrity {

constexpr std::uint32_t kLifetimeS = 3599;

static Task<Reply> allocate_with_tail(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    const Signature signature = client->signature();
    const stun::TransactionId id = client->new_id();
    std::array<std::byte, 4> lifetime{};
    stun::wire::store_u32(lifetime.data(), kLifetimeS);
    stun::RawMessage message = signature.raw(probe.allocate(), id);
    if (signature.with_sha256) {
        message.message_integrity_sha256(signature.key.bytes());
    } else {
        message.message_integrity(signature.key.bytes());
    }
    message.attribute(AttributeType::Lifetime, lifetime);
    co_return co_await client->exchange(message.build(), id);
}

/// What a new allocation gets that asks for a lifetime, or for none. Ends the check without one.
static Task<std::uint32_t> granted(Probe& probe, bool asks) {
    Request request = probe.allocate();
    if (asks) request.u32(AttributeType::Lifetime, kLifetimeS);
    const Allocated allocated = co_await probe.allocation(std::move(request));
    const auto lifetime = allocated.reply.u32(AttributeType::Lifetime);
    if (!lifetime) co_await probe.end_with(undecided("A success response has no LIFETIME."));
    co_return *lifetime;
}

/// An answer to a copy of a request may have less, by what has passed since the first:
/// coturn 4.6.1.
constexpr std::uint32_t kPassedS = 60;

static bool is_about(std::uint32_t seconds, std::uint32_t wanted) {
    return (seconds > wanted ? seconds - wanted : wanted - seconds) <= kPassedS;
}

static Task<Judgement> run(Probe& probe) {
    const std::uint32_t asked = co_await granted(probe, true);
    const std::uint32_t plain = co_await granted(probe, false);
    if (asked <= plain + 2 * kPassedS && plain <= asked + 2 * kPassedS) {
        co_return undecided("A LIFETIME of 3599 s gets " + std::to_string(asked) +
                            " s, and none gets " + std::to_string(plain) +
                            " s: nothing would show that it was taken.");
    }
    const Reply reply = co_await allocate_with_tail(probe);
    if (!reply.is_success()) co_return judge_success(reply);
    const auto lifetime = reply.u32(AttributeType::Lifetime);
    if (!lifetime) co_return undecided("A success response has no LIFETIME.");
    if (is_about(*lifetime, asked)) {
        co_return violates("The LIFETIME behind the integrity was granted.");
    }
    if (is_about(*lifetime, plain)) co_return meets("It was ignored.");
    co_return undecided("It granted " + std::to_string(*lifetime) + " s, neither the " +
                        std::to_string(plain) + " s of a request without LIFETIME nor the " +
                        std::to_string(asked) + " s of one with it.");
}

constexpr Remedy kRemedies[] = {
    {"Coturn-4.", "upgrade to coturn 4.15.0 or later"},
};

}  // namespace in_rfc8489_14_5_after_integrity

extern const Check rfc8489_14_5_after_integrity;
const Check rfc8489_14_5_after_integrity{
    .id = "rfc8489/14.5/after-integrity",
    .title = "Attributes behind the integrity",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "Attributes behind MESSAGE-INTEGRITY are not protected, and ignored.",
    .sends =
        "Allocate requests with and without a LIFETIME of 3599 s, and a signed one that has it "
        "behind "
        "its integrity.",
    .conformant = "Answers the last as the one without.",
    .remedies = in_rfc8489_14_5_after_integrity::kRemedies,
    .run = in_rfc8489_14_5_after_integrity::run,
};

}  // namespace portolan::conformance
