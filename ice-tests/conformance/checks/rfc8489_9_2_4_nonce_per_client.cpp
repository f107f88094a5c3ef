#include <set>

#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_9_2_4_nonce_per_client {

static Task<std::string> nonce_of_new_client(Probe& probe) {
    const Client* client = co_await probe.challenged_client();
    co_return client->challenge()->nonce;
}

static Task<Judgement> run(Probe& probe) {
    constexpr std::size_t kCount = 20;
    std::vector<Task<std::string>> tasks;
    for (std::size_t i = 0; i < kCount; ++i)
        tasks.push_back(nonce_of_new_client(probe));
    const auto nonces = co_await turn::all(probe.where(), std::move(tasks));
    const std::set<std::string> different(nonces.begin(), nonces.end());
    if (different.size() == kCount) co_return meets("Twenty ports got twenty nonces.");
    co_return violates("Twenty ports got " + std::to_string(different.size()) +
                       " different nonces.");
}

}  // namespace in_rfc8489_9_2_4_nonce_per_client

extern const Check rfc8489_9_2_4_nonce_per_client;
const Check rfc8489_9_2_4_nonce_per_client{
    .id = "rfc8489/9.2.4/nonce-per-client",
    .title = "A nonce for each client",
    .level = Level::Must,
    .requirement =
        "Two requests get the same NONCE only if they come from the same address and "
        "port.",
    .sends = "Allocate requests without credentials from twenty ports.",
    .conformant = "Gives twenty different nonces.",
    .run = in_rfc8489_9_2_4_nonce_per_client::run,
};

}  // namespace portolan::conformance
