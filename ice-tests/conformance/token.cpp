#include "ice-tests/conformance/token.hpp"

#include <glib.h>

#include <cstdint>
#include <utility>

#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace {

/// With the 5 s that RFC 7635 s9 recommends, and a second for clocks that count whole ones.
constexpr std::uint32_t kMostOfTwoMinutes = 126;

}  // namespace

Task<Client*> invited_client(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    if (!client->challenge()->server_name) {
        co_await probe.end_with(
            not_applicable("The server says nothing of third-party authorization."));
    }
    co_return client;
}

Task<turn::Credentials> token_for(Probe& probe, std::string server_name, seconds age,
                                  seconds lifetime, turn::MacKey kind) {
    const std::chrono::microseconds now(g_get_real_time());
    auto granted = turn::grant_access(*probe.target().third_party, server_name, now - age, lifetime,
                                      *probe.where().random, kind);
    if (!granted) co_await probe.end_with(undecided(granted.error().message));
    co_return std::move(*granted);
}

Judgement judge_two_minutes(const Reply& reply) {
    if (!reply.is_success()) return judge_success(reply);
    const auto lifetime = reply.u32(AttributeType::Lifetime);
    if (!lifetime) return violates("The success response has no LIFETIME.");
    const std::string came = "LIFETIME is " + std::to_string(*lifetime) + " s.";
    return *lifetime <= kMostOfTwoMinutes ? meets(came) : violates(came);
}

Signature signature_of(Client& client, const turn::Credentials& user) {
    client.set_credentials(&user);
    Signature out = client.signature();
    client.set_credentials(nullptr);
    return out;
}

Task<Reply> allocate_signed(Probe& probe, Client* client, Signature with) {
    Reply reply = co_await client->exchange(probe.allocate(), with);
    if (reply.is_success()) {
        const Reply released = co_await client->exchange(turn::refresh(0), with);
        (void)released;
    }
    co_return reply;
}

Task<Reply> allocate_with(Probe& probe, Client* client, turn::Credentials user) {
    Signature with = signature_of(*client, user);
    co_return co_await allocate_signed(probe, client, std::move(with));
}

}  // namespace portolan::conformance
