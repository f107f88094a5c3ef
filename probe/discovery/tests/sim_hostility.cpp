#include "probe/discovery/tests/sim_hostility.hpp"

#include <array>

#include "probe/stun/message.hpp"

namespace portolan::discovery::sim {

namespace {

constexpr std::size_t kMemory = 32;
constexpr std::size_t kOversizedBytes = 4000;
const IpAddress kForger = IpAddress::v4({45, 33, 66, 66});

std::vector<std::byte> random_bytes(Random& random, std::size_t size) {
    std::vector<std::byte> bytes(size);
    for (std::byte& octet : bytes)
        octet = static_cast<std::byte>(random.next() & 0xFFU);
    return bytes;
}

stun::TransactionId id_of(const Captured& captured) {
    stun::TransactionId id;
    if (captured.bytes.size() < stun::kHeaderBytes) return id;
    for (std::size_t i = 0; i < id.octets.size(); ++i)
        id.octets[i] = captured.bytes[i + 4];
    return id;
}

stun::TransactionId random_id(Random& random) {
    std::array<std::byte, 12> octets;
    for (std::byte& octet : octets)
        octet = static_cast<std::byte>(random.next() & 0xFFU);
    return stun::TransactionId::with_cookie(octets);
}

/// A well-formed answer that says something false.
std::vector<std::byte> lie(Random& random, const stun::TransactionId& id, bool error) {
    std::array<std::byte, 160> buffer;
    stun::MessageWriter writer(
        buffer, error ? stun::MessageClass::ErrorResponse : stun::MessageClass::SuccessResponse,
        stun::Method::Binding, id);
    const auto port = static_cast<std::uint16_t>(random.below(65536));
    if (error) {
        writer.add_error_code(random.chance(0.5) ? 420 : 500, "forged");
    } else {
        writer.add_address(stun::AttributeType::XorMappedAddress, {kForger, port});
        writer.add_address(stun::AttributeType::OtherAddress, {kForger, port});
        writer.add_address(stun::AttributeType::ResponseOrigin, {kForger, port});
    }
    return {writer.bytes().begin(), writer.bytes().end()};
}

}  // namespace

void HostileSource::reset(const Hostility& rules, std::uint64_t seed) {
    rules_ = &rules;
    random_ = Random(seed);
    captured_.clear();
    next_ = 0;
}

void HostileSource::capture(SocketId socket, const TransportAddress& source,
                            std::span<const std::byte> bytes) {
    if (captured_.size() < kMemory) captured_.emplace_back();
    Captured& place = captured_[next_++ % captured_.size()];
    place = {socket, source, {bytes.begin(), bytes.end()}};
    if (next_ == kMemory) next_ = 0;
}

const Captured* HostileSource::pick() {
    if (captured_.empty()) return nullptr;
    return &captured_[random_.below(static_cast<std::uint32_t>(captured_.size()))];
}

Captured HostileSource::make(SocketId socket) {
    const TransportAddress forger{kForger, static_cast<std::uint16_t>(random_.below(65536))};
    const Captured* genuine = pick();
    if (genuine == nullptr || random_.chance(0.1)) {
        return {socket, genuine == nullptr ? forger : genuine->source,
                random_bytes(random_, random_.below(1500))};
    }
    Captured hostile = *genuine;
    auto& bytes = hostile.bytes;
    constexpr std::uint32_t kKinds = 9;
    constexpr std::uint32_t kBlindKinds = 5;
    switch (random_.below(rules_->knows_transaction_ids ? kKinds : kBlindKinds)) {
        case 0:  // truncated
            bytes.resize(random_.below(static_cast<std::uint32_t>(bytes.size())));
            break;
        case 1:  // oversized
            bytes.resize(bytes.size() + kOversizedBytes);
            break;
        case 2:  // another transaction id, from the right address
            bytes = lie(random_, random_id(random_), random_.chance(0.3));
            break;
        case 3:  // genuine, on another socket
            hostile.socket = socket;
            break;
        case 4:
            break;  // a late duplicate
        case 5:     // the right transaction id, from elsewhere
            bytes = lie(random_, id_of(hostile), false);
            hostile.source = forger;
            break;
        case 6:  // the same as an error
            bytes = lie(random_, id_of(hostile), true);
            hostile.source = forger;
            break;
        case 7:  // a spoilt header
            if (bytes.size() < stun::kHeaderBytes) break;
            bytes[random_.below(8)] ^= static_cast<std::byte>(1U << random_.below(8));
            break;
        default:  // genuine bytes from elsewhere
            hostile.source = forger;
            break;
    }
    return hostile;
}

}  // namespace portolan::discovery::sim
