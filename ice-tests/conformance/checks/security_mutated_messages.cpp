#include <algorithm>

#include "ice-tests/conformance/steps.hpp"
#include "probe/stun/framing.hpp"
#include "probe/stun/wire.hpp"

namespace portolan::conformance {
namespace in_security_mutated_messages {

constexpr std::size_t kHeaderBytes = 20;
constexpr std::size_t kAttributeBytes = 4;

// Requests that a server reads attributes of before it knows who asks.
static std::vector<std::vector<std::byte>> messages(Probe& probe, Client& client) {
    const TransportAddress peer = probe.peer().address();
    Signature stranger;
    stranger.username = "portolan";
    stranger.realm = client.challenge()->realm;
    stranger.nonce = client.challenge()->nonce;
    const auto key = stun::LongTermKey::from_bytes(probe.payload(16));
    if (key) stranger.key = *key;
    Request wishes = probe.allocate();
    wishes.even_port(true);
    wishes.lifetime(600);
    std::vector<std::vector<std::byte>> out;
    for (const Request& request :
         {wishes, turn::refresh(600), turn::create_permission(peer),
          turn::channel_bind(stun::kMinChannel, peer), turn::connect(peer)}) {
        out.push_back(stranger.build(request, client.new_id()));
    }
    out.push_back(turn::send_to(peer, probe.payload(30)).build(client.new_id()));
    return out;
}

// One thing of it is not as it should be; it stays a message by its first bytes and its length.
static std::vector<std::byte> mutated(Probe& probe, std::vector<std::byte> message, int way) {
    const std::size_t body_bytes = message.size() - kHeaderBytes;
    const std::size_t attribute_count = body_bytes / kAttributeBytes;
    const std::size_t at = kHeaderBytes + kAttributeBytes * (probe.random() % attribute_count);
    switch (way) {
        case 0:  // cut within an attribute, which then claims more than there is
            message.resize(std::max(at, kHeaderBytes + kAttributeBytes));
            stun::wire::store_u16(message.data() + 2,
                                  static_cast<std::uint16_t>(message.size() - kHeaderBytes));
            break;
        case 1:  // the first attribute is as long as nothing is
            stun::wire::store_u16(message.data() + kHeaderBytes + 2, 0xFFFF);
            break;
        case 2:  // four bytes anywhere
            stun::wire::store_u32(message.data() + at, static_cast<std::uint32_t>(probe.random()));
            break;
        default:  // the first attribute is empty
            stun::wire::store_u16(message.data() + kHeaderBytes + 2, 0);
            break;
    }
    return message;
}

static Task<Judgement> run(Probe& probe) {
    constexpr int kWays = 4;
    const int count = probe.is_stream() ? 24 : 240;
    Client* client = co_await probe.challenged_client();
    const auto originals = messages(probe, *client);
    for (int i = 0; i < count; ++i) {
        // A server may close a stream that it cannot follow any more.
        if (probe.is_stream()) client = co_await probe.client();
        const auto& original = originals[static_cast<std::size_t>(i / kWays) % originals.size()];
        (void)client->wire().send(mutated(probe, original, i % kWays));
    }
    Client* other = co_await probe.client();
    const Reply reply = co_await other->exchange(turn::binding());
    if (!reply.has_come()) {
        co_return violates("After " + std::to_string(count) +
                           " of them it answered nothing any more: " + reply.said() + ".");
    }
    co_return meets("It lives after " + std::to_string(count) + " of them.");
}

}  // namespace in_security_mutated_messages

extern const Check security_mutated_messages;
const Check security_mutated_messages{
    .id = "security/mutated-messages",
    .title = "Broken messages",
    .level = Level::Must,
    .check_class = CheckClass::Intrusive,
    .axis = Axis::Security,
    .danger = Danger::High,
    .needs = kAlone,
    .document = "RFC 8489",
    .section = "6.3",
    .requirement = "A message whose attributes are not what they say harms nobody.",
    .sends =
        "TURN requests of a stranger that are cut short, or with four octets or an attribute's "
        "length changed: 240 over UDP and DTLS, 24 connections over TCP and TLS; then a Binding "
        "request from another port.",
    .conformant = "Answers the last one, whatever it does with the others.",
    .weakness = "CWE-20, CWE-125",
    .run = in_security_mutated_messages::run,
};

}  // namespace portolan::conformance
