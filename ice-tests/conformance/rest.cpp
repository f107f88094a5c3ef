#include "ice-tests/conformance/rest.hpp"

#include <glib.h>

#include <utility>

#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace {

// Less than what a server limits the time of a credential to.
constexpr seconds kUsualTime(600);

}  // namespace

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

Task<bool> need_accepted_secret(Probe& probe) {
    Client* client = co_await probe.client();
    const turn::Credentials user =
        turn::time_limited(*probe.target().shared_secret, "portolan",
                           seconds(g_get_real_time() / G_USEC_PER_SEC) + kUsualTime);
    client->set_credentials(&user);
    const Reply allocated = co_await client->request(probe.allocate());
    // Another than the target's user: the probe cannot release it.
    if (allocated.is_success()) co_await probe.release(*client);
    client->set_credentials(nullptr);
    // Without room it has passed the password.
    if (!allocated.is_success() && allocated.code() != 486 && allocated.code() != 508) {
        const std::string said = allocated.said();
        co_await probe.end_with(
            undecided("A time-limited credential that is good for ten minutes "
                      "got " +
                      said + ": is it the server's secret, do the clocks agree?"));
    }
    co_return true;
}

}  // namespace portolan::conformance
