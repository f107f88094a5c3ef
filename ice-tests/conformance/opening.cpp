#include "ice-tests/conformance/opening.hpp"

namespace portolan::conformance {

bool is_worth_another(const Error& error, int try_count) {
    // Nobody has been heard at all, and a dead server should not take long.
    if (error.code == "turn.connect-timeout") return try_count < 2;
    return error.code == "turn.tls-timeout" && try_count < 4;
}

}  // namespace portolan::conformance
