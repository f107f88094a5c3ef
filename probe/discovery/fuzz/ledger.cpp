#include "probe/discovery/ledger.hpp"

#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "probe/discovery/tests/judge.hpp"

// Any bytes as a saved run: refused with a message, or read; and what is read is judged without
// fault and is the same run after being written and read again.
namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace portolan::discovery;
    const auto json = nlohmann::json::parse(data, data + size, nullptr, /*allow_exceptions=*/false);
    if (json.is_discarded()) return 0;
    const auto ledger = ledger_from_json(json);
    if (!ledger) {
        require(!ledger.error().message.empty());
        return 0;
    }
    const Outcome outcome = infer(*ledger);
    require(sim::defects(outcome, *ledger).empty());
    const auto written = to_json(*ledger);
    const auto again = ledger_from_json(written);
    require(again.has_value());
    require(to_json(*again) == written);
    require(sim::describe(infer(*again)) == sim::describe(outcome));
    return 0;
}
