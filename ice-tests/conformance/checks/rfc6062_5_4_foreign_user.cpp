#include "ice-tests/conformance/target.hpp"
#include "ice-tests/conformance/tcp_steps.hpp"

namespace portolan::conformance {
namespace in_rfc6062_5_4_foreign_user {

static Task<Judgement> run(Probe& probe) {
    const Connected pair = co_await connected(probe);
    Client* other = co_await probe.client();
    other->set_credentials(&*probe.target().second_user);
    const Reply reply = co_await other->bind_connection(pair.id, *pair.control);
    if (reply.is_success()) co_return violates("It let another user bind the connection.");
    co_return meets(reply.has_come()
                        ? "It answered with " + reply.said() + "."
                        : "It did not let another user bind the connection: " + reply.said() + ".");
}

}  // namespace in_rfc6062_5_4_foreign_user

extern const Check rfc6062_5_4_foreign_user;
const Check rfc6062_5_4_foreign_user{
    .id = "rfc6062/5.4/foreign-user",
    .title = "ConnectionBind of another user",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::High,
    .transports = kStreams,
    .needs = kCredentials | kSecondUser,
    .document = "RFC 6062",
    .section = "4.3",
    .requirement =
        "A connection is bound with the credentials of the allocation that it belongs to.",
    .sends = "A ConnectionBind request of a second user for a pending connection of the first.",
    .conformant = "Refuses it.",
    .weakness = "CWE-639",
    .run = in_rfc6062_5_4_foreign_user::run,
};

}  // namespace portolan::conformance
