#include <glib.h>

#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"
#include "ice-tests/conformance/token.hpp"

namespace portolan::conformance {
namespace in_rfc7635_7_not_authentic {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await invited_client(probe);
    const std::string name = *client->challenge()->server_name;
    const turn::Credentials user = co_await token_for(probe, name);
    const std::string_view sealed = user.grant->token.reveal();
    // The last bit belongs to the tag; the octet behind length and nonce is encrypted.
    for (const std::size_t at : {sealed.size() - 1, std::size_t{20}}) {
        Signature with = signature_of(*client, user);
        (*with.access_token)[at] ^= std::byte{1};
        const Reply reply = co_await allocate_signed(probe, client, std::move(with));
        if (reply.code() != 401) co_return judge_error(reply, 401);
    }
    turn::ThirdPartyKey other = probe.target().third_party->clone();
    std::string changed(other.key.reveal());
    changed.front() = static_cast<char>(changed.front() ^ 1);
    other.key = cli::Secret(changed);
    const std::chrono::microseconds now(g_get_real_time());
    auto forged = turn::grant_access(other, name, now, seconds(3600), *probe.where().random);
    if (!forged) co_return undecided(forged.error().message);
    turn::Credentials stranger = std::move(*forged);
    const Reply reply = co_await allocate_with(probe, client, std::move(stranger));
    co_return judge_error(reply, 401);
}

}  // namespace in_rfc7635_7_not_authentic

extern const Check rfc7635_7_not_authentic;
const Check rfc7635_7_not_authentic{
    .id = "rfc7635/7/not-authentic",
    .title = "Forged access token",
    .level = Level::Must,
    .needs = kThirdPartyKey,
    .requirement = "A token that cannot be decrypted with the key of its kid is refused.",
    .sends =
        "Allocate requests with a token of which one bit is changed, and with one under another "
        "key.",
    .conformant = "Answers both with error 401.",
    .weakness = "CWE-347",
    .run = in_rfc7635_7_not_authentic::run,
};

}  // namespace portolan::conformance
