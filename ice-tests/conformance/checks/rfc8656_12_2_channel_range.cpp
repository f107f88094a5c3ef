#include <array>
#include <cstdio>

#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_12_2_channel_range {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    if (probe.peer().address().family() != allocated.relayed.family()) {
        co_return no_relay_of_our_family();
    }
    for (const int number : {0x0000, 0x3FFF, 0x5000, 0x7FFF, 0x8000, 0xFFFF}) {
        const Reply reply = co_await allocated.client->request(
            turn::channel_bind(static_cast<std::uint16_t>(number), probe.peer().address()));
        if (reply.code() == 400) continue;
        if (reply.code() == 403) co_return not_applicable("The server forbids our own address.");
        Judgement out = judge_error(reply, 400);
        std::array<char, 8> hex{};
        std::snprintf(hex.data(), hex.size(), "0x%04X", static_cast<unsigned>(number));
        out.came = "Channel " + std::string(hex.data()) + ": " + out.came;
        co_return out;
    }
    co_return meets("All were refused with error 400.");
}

constexpr Remedy kRemedies[] = {
    {"Coturn-4.6", "upgrade to coturn 4.16.0 or later"},
};

}  // namespace in_rfc8656_12_2_channel_range

extern const Check rfc8656_12_2_channel_range;
const Check rfc8656_12_2_channel_range{
    .id = "rfc8656/12.2/channel-range",
    .title = "Channel numbers",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "Channel numbers are 0x4000 to 0x4FFF; others are refused with error 400.",
    .sends = "ChannelBind requests for 0x0000, 0x3FFF, 0x5000, 0x7FFF, 0x8000 and 0xFFFF.",
    .conformant = "Answers each with error 400.",
    .remedies = in_rfc8656_12_2_channel_range::kRemedies,
    .run = in_rfc8656_12_2_channel_range::run,
};

}  // namespace portolan::conformance
