#include "ice-tests/server/misbehave.hpp"

#include <optional>
#include <utility>

namespace portolan::server {
namespace {

using F = ServerFault;

constexpr std::size_t kGarbageBytes = 48;
constexpr std::size_t kExtraBytes = 256;
// Neither STUN nor any other protocol of RFC 7983 s7 starts with 0xFF.
constexpr std::byte kGarbage{0xFF};

IpAddress by_family(const IpAddress& like, const char* v4, const char* v6) {
    const char* text = like.family() == AddressFamily::IPv4 ? v4 : v6;
    return IpAddress::parse(text).value_or(like);
}

IpAddress unreachable_ip(const IpAddress& like) {
    // On the loopback network another host-local address: datagrams get an ICMP error at once and
    // nothing leaves the machine. Elsewhere documentation addresses (RFC 5737, RFC 3849), which no
    // router should know.
    if (like.address_class() == AddressClass::Loopback) {
        return by_family(like, "127.254.254.254", "2001:db8:ffff::fffe");
    }
    return by_family(like, "203.0.113.254", "2001:db8:ffff::fffe");
}

// Another of the server's endpoints: another IP address if there is one, else another port.
std::optional<TransportAddress> elsewhere(const Layout& layout, const TransportAddress& right) {
    if (const auto ip = layout.other_ip(right.ip)) return TransportAddress{*ip, right.port};
    if (const auto port = layout.other_port(right.port)) return TransportAddress{right.ip, *port};
    return std::nullopt;
}

}  // namespace

TransportAddress stated_origin(const BindingConfig& config, const Incoming& incoming,
                               const TransportAddress& from) {
    if (!config.faults.has(F::LyingResponseOrigin)) return from;
    // Where the answer does not come from the address asked, claiming that it does is the lie that
    // hides most.
    if (from != incoming.received_on) return incoming.received_on;
    const auto lie = elsewhere(config.layout, from);
    return lie ? *lie : TransportAddress{from.ip, static_cast<std::uint16_t>(from.port ^ 1U)};
}

TransportAddress stated_other(const FaultSet& faults, const Incoming& incoming,
                              const TransportAddress& other) {
    TransportAddress stated = other;
    if (faults.has(F::OtherAddressSameIp)) stated.ip = incoming.received_on.ip;
    if (faults.has(F::OtherAddressSamePort)) stated.port = incoming.received_on.port;
    if (faults.has(F::OtherAddressPrivate)) {
        stated.ip = by_family(other.ip, "10.254.254.254", "fd00:fe::fffe");
    }
    if (faults.has(F::OtherAddressUnreachable)) stated.ip = unreachable_ip(other.ip);
    return stated;
}

TransportAddress stated_mapped(const FaultSet& faults, const TransportAddress& source) {
    TransportAddress stated = source;
    if (faults.has(F::MappedUnspecified)) stated.ip = IpAddress::any(source.family());
    if (faults.has(F::MappedMulticast)) stated.ip = by_family(source.ip, "224.0.0.1", "ff02::1");
    // Documentation addresses: RFC 3849, RFC 5737.
    if (faults.has(F::MappedOtherFamily)) {
        stated.ip = by_family(source.ip, "2001:db8::1", "192.0.2.1");
    }
    if (faults.has(F::MappedPortZero)) stated.port = 0;
    return stated;
}

TransportAddress alg_address(const TransportAddress& mapped) {
    return {by_family(mapped.ip, "10.20.30.40", "fd00:a1::40"), mapped.port};
}

std::vector<Outgoing> misbehave(const BindingConfig& config, const Incoming& incoming,
                                Outgoing reply) {
    const FaultSet& faults = config.faults;
    if (faults.has(F::ReplyFromWrongAddress) && incoming.arrival == Arrival::Udp) {
        if (const auto wrong = elsewhere(config.layout, reply.from)) reply.from = *wrong;
    }
    if (faults.has(F::TruncatedReply)) reply.bytes.resize(reply.bytes.size() / 2);
    if (faults.has(F::OversizedReply)) {
        reply.bytes.insert(reply.bytes.end(), kExtraBytes, std::byte{0});
    }
    if (faults.has(F::EchoRequest)) {
        reply.bytes.assign(incoming.bytes.begin(), incoming.bytes.end());
    }
    if (faults.has(F::GarbageReply)) reply.bytes.assign(kGarbageBytes, kGarbage);
    std::vector<Outgoing> out;
    if (faults.has(F::DuplicateReply)) out.push_back(reply);
    out.push_back(std::move(reply));
    return out;
}

}  // namespace portolan::server
