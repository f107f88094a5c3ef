#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "reports/model/report.hpp"

// A report from outside is refused with a message, or it is a valid report that survives being
// written and read again, to the byte.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace portolan::report;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto first = from_json(text, {.max_bytes = 1 << 20, .max_value_count = 100'000});
    if (!first) {
        if (first.error().message.empty()) std::abort();
        return 0;
    }
    if (!validate(*first)) std::abort();
    const std::string written = to_json(*first);
    const auto second = from_json(written);
    if (!second || !(*second == *first) || to_json(*second) != written) std::abort();
    return 0;
}
