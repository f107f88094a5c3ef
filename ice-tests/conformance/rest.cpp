#include "ice-tests/conformance/rest.hpp"

#include <glib.h>

#include <utility>

#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {

std::string rest_username(std::int64_t expires_in_s) {
    return std::to_string(g_get_real_time() / G_USEC_PER_SEC + expires_in_s) + ":portolan";
}

Task<Reply> allocate_as(Probe& probe, std::string username, std::optional<std::string> password) {
    Client* client = co_await probe.challenged_client();
    turn::Credentials user;
    user.username = std::move(username);
    user.password = password
                        ? cli::Secret(*password)
                        : turn::time_limited_password(*probe.target().shared_secret, user.username);
    client->set_credentials(&user);
    const Signature signature = client->signature();
    client->set_credentials(nullptr);
    co_return co_await client->exchange(probe.allocate(), signature);
}

}  // namespace portolan::conformance
