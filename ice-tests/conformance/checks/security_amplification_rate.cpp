#include <set>

#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_amplification_rate {

static Task<Judgement> run(Probe& probe) {
    constexpr std::size_t kCount = 300;
    constexpr std::size_t kBurst = 20;
    Client* client = co_await probe.client();
    std::set<stun::TransactionId> answered;
    for (std::size_t sent = 0; sent < kCount; sent += kBurst) {
        for (std::size_t i = 0; i < kBurst; ++i)
            (void)client->wire().send(probe.allocate().build(client->new_id()));
        const transport::Time until = probe.now() + milliseconds(30);
        while (const auto frame = co_await client->wire().receive(until)) {
            const auto reply = stun::MessageView::parse(frame->bytes);
            if (reply) answered.insert(reply->transaction_id());
        }
    }
    const Reply control = co_await client->exchange(turn::binding());
    if (!control.has_come()) {
        co_return undecided("After that a Binding request got " + control.said() + ".");
    }
    while (const auto frame = co_await client->wire().receive(probe.now() + probe.silence())) {
        const auto reply = stun::MessageView::parse(frame->bytes);
        if (reply) answered.insert(reply->transaction_id());
    }
    const std::string came = "It answered " + std::to_string(answered.size()) + " of " +
                             std::to_string(kCount) + " within a second.";
    // What loss takes away is less than half.
    co_return answered.size() > kCount / 2 ? violates(came) : meets(came);
}

}  // namespace in_security_amplification_rate

extern const Check security_amplification_rate;
const Check security_amplification_rate{
    .id = "security/amplification/rate",
    .title = "Challenges without end",
    .level = Level::Should,
    .check_class = CheckClass::Intrusive,
    .axis = Axis::Security,
    .danger = Danger::Low,
    .transports = kUdp,
    .needs = kAlone,
    .document = "RFC 8656",
    .section = "21.3.1",
    .requirement =
        "Error responses to one address that has proven nothing are limited in number, so that a "
        "server is no use to those who forge sources.",
    .sends = "300 Allocate requests without credentials, 20 every 30 ms.",
    .conformant = "Leaves most of them unanswered.",
    .weakness = "CWE-406",
    .run = in_security_amplification_rate::run,
};

}  // namespace portolan::conformance
