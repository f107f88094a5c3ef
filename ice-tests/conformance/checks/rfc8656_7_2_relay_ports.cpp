#include <algorithm>

#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_relay_ports {

static Task<std::uint16_t> port_of_new_relay(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    co_return allocated.relayed.port;
}

static Task<Judgement> run(Probe& probe) {
    constexpr std::size_t kCount = 40;
    std::vector<std::uint16_t> ports;
    for (std::size_t i = 0; i < kCount; ++i)
        ports.push_back(co_await port_of_new_relay(probe));
    std::size_t step_count = 0;
    for (std::size_t i = 1; i < kCount; ++i) {
        const int step = ports[i] - ports[i - 1];
        step_count += step == 1 || step == 2 ? 1 : 0;
    }
    const auto [least, most] = std::ranges::minmax(ports);
    const std::string range =
        "The ports are from " + std::to_string(least) + " to " + std::to_string(most) + ".";
    if (least < 49152) co_return violates(range);
    if (step_count > kCount / 2) co_return violates(range + " They follow one another.");
    co_return meets(range);
}

}  // namespace in_rfc8656_7_2_relay_ports

extern const Check rfc8656_7_2_relay_ports;
const Check rfc8656_7_2_relay_ports{
    .id = "rfc8656/7.2/relay-ports",
    .title = "Ports of relays",
    .level = Level::Should,
    .needs = kCredentials | kAlone,
    .requirement =
        "Relays have ports from 49152 to 65535, chosen at random (RFC 6056), never well-"
        "known ones.",
    .sends = "Allocate requests from 40 ports.",
    .conformant = "Answers with ports in that range that do not follow one another.",
    .run = in_rfc8656_7_2_relay_ports::run,
};

}  // namespace portolan::conformance
