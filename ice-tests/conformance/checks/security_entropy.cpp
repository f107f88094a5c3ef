#include <algorithm>
#include <cstdint>

#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_entropy {

// A port is kept for whoever has the token, half a minute long and at the cost of everybody else:
// it is taken, and its allocation given back. What becomes of that is nobody's business here.
static Task<bool> redeem(Probe& probe, std::uint64_t token) {
    Client& client = probe.add_client(probe.target().endpoint);
    if (probe.target().user) client.set_credentials(&*probe.target().user);
    if (probe.target().is_open) client.set_open();
    const auto opened = co_await client.open();
    if (!opened) co_return false;
    Request request = turn::allocate();
    request.u64(AttributeType::ReservationToken, token);
    const Reply reply = co_await client.request(request);
    if (!reply.is_success()) co_return false;
    co_return co_await probe.release(client);
}

static Task<bool> redeem_all(Probe& probe, const std::vector<Client*>& clients,
                             const std::vector<std::uint64_t>& tokens) {
    for (Client* client : clients) {
        const bool is_released = co_await probe.release(*client);
        (void)is_released;
    }
    std::vector<Task<bool>> all;
    all.reserve(tokens.size());
    for (const std::uint64_t token : tokens)
        all.push_back(redeem(probe, token));
    const auto redeemed = co_await turn::all(probe.where(), std::move(all));
    co_return std::ranges::all_of(redeemed, [](bool is_done) { return is_done; });
}

static Judgement judge(std::vector<std::uint64_t> tokens) {
    // Of eight random tokens of 64 bits two come so near once in 10^8 runs.
    constexpr std::uint64_t kNear = std::uint64_t{1} << 32;
    std::ranges::sort(tokens);
    for (std::size_t i = 1; i < tokens.size(); ++i) {
        if (tokens[i] - tokens[i - 1] < kNear) {
            return violates("Two of eight tokens differ by " +
                            std::to_string(tokens[i] - tokens[i - 1]) + ".");
        }
    }
    return meets("Eight tokens are far from each other.");
}

static Task<Judgement> run(Probe& probe) {
    constexpr std::size_t kTokens = 8;
    constexpr int kTries = 24;
    Request request = probe.allocate();
    request.even_port(true);
    std::vector<std::uint64_t> tokens;
    std::vector<Client*> clients;
    for (int i = 0; i < kTries && tokens.size() < kTokens; ++i) {
        const Allocated allocated = co_await probe.allocation(request);
        const auto token = allocated.reply.view().u64(AttributeType::ReservationToken);
        if (token) tokens.push_back(*token);
        clients.push_back(allocated.client);
        // The second answer to a request that was sent twice may lack it: coturn 4.6.1.
        const bool is_first_answer = allocated.reply.copy_count <= 1;
        if (!token && is_first_answer) {
            co_return not_applicable("The server gives no RESERVATION-TOKEN.");
        }
    }
    const bool is_redeemed = co_await redeem_all(probe, clients, tokens);
    (void)is_redeemed;
    if (tokens.size() < kTokens) co_return undecided("Too many responses were lost.");
    co_return judge(std::move(tokens));
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
