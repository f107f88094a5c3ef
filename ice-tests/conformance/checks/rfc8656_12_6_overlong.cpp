#include <array>

#include "ice-tests/conformance/steps.hpp"
#include "probe/stun/wire.hpp"

namespace portolan::conformance {
namespace in_rfc8656_12_6_overlong {

static Task<Judgement> run(Probe& probe) {
    co_await probe.need_data();
    const Allocated allocated = co_await probe.allocation();
    co_await probe.bind(*allocated.client, 0x400A, probe.peer().address());
    std::array<std::byte, 7> message{};
    stun::wire::store_u16(message.data(), 0x400A);
    stun::wire::store_u16(message.data() + 2, 1200);
    Wire& wire = allocated.client->wire();
    for (int i = 0; i < 3; ++i)
        (void)wire.send(message);
    if (const auto heard = co_await probe.peer().receive(probe.now() + probe.silence())) {
        co_return violates("It relayed " + std::to_string(heard->bytes.size()) + " octets.");
    }
    const auto data = probe.payload();
    const auto heard = co_await probe.heard_by(
        probe.peer(), [&] { allocated.client->send_channel_data(0x400A, data); }, data);
    if (heard) co_return meets("It relayed nothing.");
    co_return undecided("Nothing was relayed on the channel afterwards either.");
}

}  // namespace in_rfc8656_12_6_overlong

extern const Check rfc8656_12_6_overlong;
const Check rfc8656_12_6_overlong{
    .id = "rfc8656/12.6/overlong",
    .title = "ChannelData longer than its datagram",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::High,
    .transports = kDatagrams,
    .needs = kCredentials,
    .requirement =
        "ChannelData whose Length goes past its datagram is discarded: what would be sent"
        " is the server's memory.",
    .sends = "ChannelData on a bound channel with three octets and a Length of 1200.",
    .conformant = "Relays nothing.",
    .weakness = "CWE-126",
    .run = in_rfc8656_12_6_overlong::run,
};

}  // namespace portolan::conformance
