#include <algorithm>
#include <set>

#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_6_2_2_pipelined {

static Task<Judgement> run(Probe& probe) {
    constexpr std::size_t kCount = 20;
    Client* client = co_await probe.client();
    std::set<stun::TransactionId> open;
    std::vector<std::byte> all;
    for (std::size_t i = 0; i < kCount; ++i) {
        const stun::TransactionId id = client->new_id();
        open.insert(id);
        const auto message = turn::binding().build(id);
        all.insert(all.end(), message.begin(), message.end());
    }
    (void)client->wire().send(all);
    const transport::Time deadline = probe.now() + seconds(5);
    while (!open.empty()) {
        const auto frame = co_await client->wire().receive(deadline);
        if (!frame) break;
        if (const auto view = stun::MessageView::parse(frame->bytes)) {
            open.erase(view->transaction_id());
        }
    }
    if (open.empty()) co_return meets("All 20 were answered.");
    Judgement out =
        violates(std::to_string(kCount - open.size()) + " of 20 requests were answered.");
    out.by_silence = true;
    co_return out;
}

}  // namespace in_rfc8489_6_2_2_pipelined

extern const Check rfc8489_6_2_2_pipelined;
const Check rfc8489_6_2_2_pipelined{
    .id = "rfc8489/6.2.2/pipelined",
    .title = "Many requests at once",
    .level = Level::Must,
    .transports = kStreams,
    .requirement =
        "A client may have several transactions on one connection; each request is "
        "answered.",
    .sends = "Twenty Binding requests in one write.",
    .conformant = "Answers each of them.",
    .run = in_rfc8489_6_2_2_pipelined::run,
};

}  // namespace portolan::conformance
