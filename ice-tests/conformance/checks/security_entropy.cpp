#include <algorithm>
#include <cstdint>

#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_entropy {

static Task<Judgement> run(Probe& probe) {
    constexpr std::size_t kTokens = 8;
    constexpr int kTries = 24;
    // Of eight random tokens of 64 bits two come so near once in 10^8 runs.
    constexpr std::uint64_t kNear = std::uint64_t{1} << 32;
    Request request = probe.allocate();
    request.even_port(true);
    std::vector<std::uint64_t> tokens;
    for (int i = 0; i < kTries && tokens.size() < kTokens; ++i) {
        const Allocated allocated = co_await probe.allocation(request);
        const auto token = allocated.reply.view().u64(AttributeType::ReservationToken);
        if (token) tokens.push_back(*token);
        // The second answer to a request that was sent twice may lack it: coturn 4.6.1.
        const bool is_first_answer = allocated.reply.copy_count <= 1;
        if (!token && is_first_answer) {
            co_return not_applicable("The server gives no RESERVATION-TOKEN.");
        }
    }
    if (tokens.size() < kTokens) co_return undecided("Too many responses were lost.");
    std::ranges::sort(tokens);
    for (std::size_t i = 1; i < tokens.size(); ++i) {
        if (tokens[i] - tokens[i - 1] < kNear) {
            co_return violates("Two of eight tokens differ by " +
                               std::to_string(tokens[i] - tokens[i - 1]) + ".");
        }
    }
    co_return meets("Eight tokens are far from each other.");
}

}  // namespace in_security_entropy

extern const Check security_entropy;
const Check security_entropy{
    .id = "security/entropy",
    .title = "Tokens that can be guessed",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::High,
    .needs = kCredentials,
    .document = "RFC 8656",
    .section = "18.10",
    .requirement =
        "Whoever knows a RESERVATION-TOKEN gets the port: one token must not tell the next.",
    .sends = "Eight Allocate requests with EVEN-PORT and the R bit.",
    .conformant = "Gives tokens that have nothing to do with each other.",
    .weakness = "CWE-330",
    .run = in_security_entropy::run,
};

}  // namespace portolan::conformance
