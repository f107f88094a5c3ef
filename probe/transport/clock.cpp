#include "probe/transport/clock.hpp"

#include <glib.h>
#include <sys/random.h>

namespace portolan::transport {

Time GlibClock::now() const {
    return Time(g_get_monotonic_time());
}

std::uint64_t random_seed() {
    std::uint64_t seed = 0;
    // getrandom() cannot be interrupted for up to 256 bytes once the kernel's pool is initialised.
    while (getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed))
        continue;
    return seed;
}

}  // namespace portolan::transport
