#include <algorithm>

#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_12_5_stream_padding {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    co_await probe.bind(*allocated.client, 0x400D, probe.peer().address());
    for (int i = 0; i < 3; ++i) {
        const auto data = probe.payload(5);
        const auto heard = co_await probe.heard_by(
            probe.peer(), [&] { allocated.client->send_channel_data(0x400D, data); }, data);
        if (!heard) {
            co_return nothing_came("The peer got nothing from padded ChannelData.");
        }
    }
    // The control: eight octets need no padding.
    const auto whole = probe.payload(8);
    const auto without = co_await probe.heard_by(
        *allocated.client, [&] { probe.peer().send(allocated.relayed, whole); }, whole);
    if (!without) co_return undecided("Nothing that the peer sends reaches the client.");
    std::vector<std::byte> last;
    for (int i = 0; i < 3; ++i) {
        const auto data = probe.payload(5);
        last = data;
        const auto heard = co_await probe.heard_by(
            *allocated.client, [&] { probe.peer().send(allocated.relayed, data); }, data);
        if (!heard) {
            co_return nothing_came(
                "The stream did not bring the ChannelData in frames that are "
                "padded.");
        }
    }
    // Behind the five octets, as they came on the stream.
    const auto& raw = allocated.client->wire().raw();
    // clang 14 does not compile std::ranges::search.
    auto octet = std::search(raw.begin(), raw.end(), last.begin(), last.end());
    if (octet == raw.end()) co_return meets("Padded in both directions.");
    octet += std::ssize(last);
    for (int i = 0; i < 3 && octet != raw.end(); ++i, ++octet) {
        if (*octet != std::byte{}) co_return violates("The padding is not zero.");
    }
    co_return meets("Padded in both directions.");
}

constexpr Remedy kRemedies[] = {
    {"Coturn-4.6", "coturn before 4.15.0 does not clear the padding: upgrade"},
};

}  // namespace in_rfc8656_12_5_stream_padding

extern const Check rfc8656_12_5_stream_padding;
const Check rfc8656_12_5_stream_padding{
    .id = "rfc8656/12.5/stream-padding",
    .title = "Padding of ChannelData on streams",
    .level = Level::Must,
    .transports = kStreams,
    .needs = kCredentials,
    .requirement =
        "On streams ChannelData is padded to a multiple of four octets, in both "
        "directions.",
    .sends = "Three ChannelData messages of 5 octets each, padded, and as many datagrams back.",
    .conformant = "Relays all, padded.",
    .remedies = in_rfc8656_12_5_stream_padding::kRemedies,
    .run = in_rfc8656_12_5_stream_padding::run,
};

}  // namespace portolan::conformance
