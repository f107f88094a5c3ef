#include "ice-tests/conformance/opening.hpp"

#include <string>

namespace portolan::conformance {

bool is_worth_another(const Error& error, turn::Transport transport, int try_count) {
    // Nobody has been heard at all, and a dead server should not take long.
    if (error.code == "turn.connect-timeout") return try_count < 2;
    // What gets lost of TLS, TCP sends again by itself.
    return error.code == "turn.tls-timeout" && transport == turn::Transport::Dtls && try_count < 4;
}

Error after_tries(Error error, int try_count) {
    if (try_count == 2) error.message += ", twice from different ports";
    if (try_count > 2) {
        error.message += ", " + std::to_string(try_count) + " times from different ports";
    }
    return error;
}

}  // namespace portolan::conformance
