#include "probe/transport/ice_servers.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

// Any bytes: an error with a message, or at least one server, each with at least one URL.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto servers = portolan::transport::parse_ice_servers(text);
    if (!servers) {
        if (servers.error().message.empty()) std::abort();
        return 0;
    }
    if (servers->empty()) std::abort();
    for (const auto& server : *servers) {
        if (server.urls.empty()) std::abort();
    }
    return 0;
}
