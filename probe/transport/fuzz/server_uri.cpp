#include "probe/transport/server_uri.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

// Any text: an error with a position inside it, or a URI whose text form means the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using portolan::transport::ServerUri;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto uri = ServerUri::parse(text);
    if (!uri) {
        if (!uri.error().byte_offset || *uri.error().byte_offset > size) std::abort();
        return 0;
    }
    if (uri->port == 0 || uri->host.empty()) std::abort();
    const auto again = ServerUri::parse(uri->to_string());
    if (!again || !(*again == *uri)) std::abort();
    return 0;
}
