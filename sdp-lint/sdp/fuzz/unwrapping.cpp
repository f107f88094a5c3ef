#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "sdp-lint/sdp/unwrap.hpp"

// Any bytes: either an error that says what to do, or descriptions of which each byte has a place
// in the input; text that was escaped comes back as it was.
namespace portolan::sdp {
namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

void check(const Unwrapped& description, std::string_view input) {
    if (description.origin.empty()) {
        require(description.text == input);
        return;
    }
    require(description.origin.size() == description.text.size() + 1);
    std::uint32_t last = 0;
    for (const std::uint32_t offset : description.origin) {
        require(offset >= last && offset <= input.size());
        last = offset;
    }
}

}  // namespace
}  // namespace portolan::sdp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace portolan::sdp;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto found = unwrap(input);
    if (!found) {
        require(!found.error().message.empty());
        return 0;
    }
    // A rollback has none, however its name is written.
    const auto has = [&](std::string_view what) { return input.find(what) != input.npos; };
    require(!found->descriptions.empty() || has("rollback") || has("\\u"));
    for (const Unwrapped& description : found->descriptions)
        check(description, input);
    return 0;
}
