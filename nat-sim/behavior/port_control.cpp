// Mappings that hosts ask for: NAT-PMP (RFC 6886) and PCP (RFC 6887).

#include <algorithm>

#include "nat-sim/behavior/engine.hpp"

namespace portolan::nat {
namespace {

constexpr std::uint16_t kPort = 5351;
/// RFC 6887 s15: at most a day.
constexpr std::uint32_t kMaxLeaseSeconds = 86'400;

// RFC 6886 s3.5.
constexpr unsigned kPmpUnsupportedVersion = 1;
constexpr unsigned kPmpOutOfResources = 4;
constexpr unsigned kPmpUnsupportedOpcode = 5;

// RFC 6887 s7.4.
constexpr unsigned kPcpUnsupportedVersion = 1;
constexpr unsigned kPcpMalformedRequest = 3;
constexpr unsigned kPcpUnsupportedOpcode = 4;
constexpr unsigned kPcpNoResources = 8;
constexpr unsigned kPcpUnsupportedProtocol = 9;
constexpr unsigned kPcpQuotaExceeded = 10;
constexpr unsigned kPcpAddressMismatch = 12;

constexpr std::size_t kPcpHeader = 24;
constexpr std::size_t kPcpMap = 36;

void put_mapped_address(std::byte* at, std::uint32_t address) {
    put16(at + 10, 0xFFFF);
    put32(at + 12, address);
}

}  // namespace

PortControl Engine::port_control() const {
    if (!sabotaged(Sabotage::PortControl)) return parameters_.port_control;
    return parameters_.port_control == PortControl::On ? PortControl::Lies : PortControl::On;
}

/// False when it is no request, or nobody answers.
bool Engine::answer_port_control(Passage& p, const Ipv4Header& ip, const Transport& t) {
    if (p.from != Side::Inside || t.protocol != 0 || t.destination_port != kPort ||
        port_control() == PortControl::Off || !is_inside_own(ip.destination)) {
        return false;
    }
    const std::byte* request = p.bytes.data() + ip.header_size + 8;
    const std::size_t size = p.bytes.size() - ip.header_size - 8;
    if (size < 2) return false;
    const std::vector<std::byte> answer = get8(request) == 0
                                              ? answer_nat_pmp(ip.source, request, size)
                                              : answer_pcp(ip.source, request, size);
    if (answer.empty()) return false;
    std::vector<std::byte> bytes(28 + answer.size());
    std::byte* at = bytes.data();
    put8(at, 0x45);
    put16(at + 2, static_cast<unsigned>(bytes.size()));
    put16(at + 4, next_ipv4_id_++);
    put8(at + 8, 64);
    put8(at + 9, kProtocolUdp);
    put32(at + 12, ip.destination.value);
    put32(at + 16, ip.source.value);
    put16(at + 10, internet_checksum(at, 20));
    put16(at + 20, kPort);
    put16(at + 22, t.source_port);
    put16(at + 24, static_cast<unsigned>(answer.size() + 8));
    std::copy(answer.begin(), answer.end(), bytes.begin() + 28);
    const auto sum = static_cast<std::uint16_t>(
        ~fold(ones_sum(at + 20, bytes.size() - 20) +
              pseudo_sum(ip.destination, ip.source, kProtocolUdp, bytes.size() - 20)));
    put16(at + 26, sum == 0 ? 0xFFFF : sum);
    p.outcome.extra.push_back({Side::Inside, std::move(bytes)});
    return true;
}

Engine::Lease Engine::lease(Kind kind, Endpoint inside, std::uint16_t suggested,
                            std::uint32_t seconds) {
    Lease lease;
    lease.seconds = std::min(seconds, kMaxLeaseSeconds);
    if (addresses_.outside_v4.empty()) return lease;
    if (port_control() == PortControl::Lies) {
        lease.granted = true;
        lease.outside = {addresses_.outside_v4[0].value, suggested != 0 ? suggested : inside.port};
        return lease;
    }
    const Kind shared = mapping_kind(kind);
    std::uint32_t mapping = state_.find_mapping(shared, inside, {});
    if (mapping != kNone) {
        lease.outside = state_.mapping(mapping).outside();
        const std::uint32_t session = state_.find_outside(shared, lease.outside, {});
        if (session != kNone) {
            lease.granted = true;
            if (lease.seconds == 0) {
                state_.remove_session(session);
            } else {
                state_.session(session).deadline_us =
                    now_us_ + std::int64_t{lease.seconds} * 1'000'000;
                state_.reschedule(session);
            }
            return lease;
        }
    }
    if (lease.seconds == 0) {
        lease.granted = true;  // RFC 6887 s15.1: nothing to delete is success
        return lease;
    }
    if (state_.sessions_count() >= parameters_.capacity.max_sessions_count) {
        lease.reason = Reason::SessionCapacity;
        return lease;
    }
    if (mapping == kNone) {
        std::optional<Endpoint> wanted;
        if (suggested != 0 && parameters_.port_allocation.strategy != PortStrategy::Block) {
            wanted = Endpoint{addresses_.outside_v4[0].value, suggested};
            const Host* host = hosts_.find(inside.address, false);
            if (host != nullptr) wanted->address = host->outside_address;
        }
        const Decision d = make_mapping(shared, inside, {}, {}, wanted);
        if (!d.pass) {
            lease.reason = d.reason;
            return lease;
        }
        mapping = d.mapping;
    }
    Session s;
    s.kind = shared;
    const Mapping& m = state_.mapping(mapping);
    s.inside_address = m.inside_address;
    s.inside_port = m.inside_port;
    s.outside_address = m.outside_address;
    s.outside_port = m.outside_port;
    s.confirmed = true;
    s.lease = true;
    s.deadline_us = now_us_ + std::int64_t{lease.seconds} * 1'000'000;
    state_.create_session(mapping, s);
    lease.granted = true;
    lease.outside = m.outside();
    return lease;
}

std::vector<std::byte> Engine::answer_nat_pmp(Ipv4 client, const std::byte* request,
                                              std::size_t size) {
    const unsigned opcode = get8(request + 1);
    if (opcode >= 128) return {};  // an answer
    const auto reply = [&](std::size_t length, unsigned result) {
        std::vector<std::byte> bytes(length);
        put8(bytes.data() + 1, 128 + opcode);
        put16(bytes.data() + 2, result);
        put32(bytes.data() + 4, static_cast<std::uint32_t>((now_us_ - epoch_us_) / 1'000'000));
        return bytes;
    };
    if (opcode == 0) {
        auto bytes = reply(12, 0);
        if (!addresses_.outside_v4.empty()) {
            put32(bytes.data() + 8, addresses_.outside_v4[0].value);
        }
        return bytes;
    }
    if (opcode > 2) return reply(8, kPmpUnsupportedOpcode);
    if (size < 12) return reply(8, kPmpUnsupportedVersion);
    const std::uint16_t port = get16(request + 4);
    const Lease granted = lease(opcode == 1 ? Kind::Udp44 : Kind::Tcp44, {client.value, port},
                                get16(request + 6), get32(request + 8));
    auto bytes = reply(16, granted.granted ? 0 : kPmpOutOfResources);
    put16(bytes.data() + 8, port);
    if (granted.granted && granted.seconds != 0) {
        put16(bytes.data() + 10, granted.outside.port);
        put32(bytes.data() + 12, granted.seconds);
    }
    return bytes;
}

std::vector<std::byte> Engine::answer_pcp(Ipv4 client, const std::byte* request, std::size_t size) {
    if ((get8(request + 1) & 0x80) != 0) return {};  // an answer
    const unsigned opcode = get8(request + 1) & 0x7F;
    std::vector<std::byte> bytes(request, request + std::min<std::size_t>(size, 1100));
    bytes.resize(std::max(bytes.size() / 4 * 4, kPcpHeader));
    const auto reply = [&](unsigned result, std::uint32_t seconds) {
        std::byte* at = bytes.data();
        put8(at, 2);
        put8(at + 1, 0x80 | opcode);
        put16(at + 2, result);
        put32(at + 4, seconds);
        put32(at + 8, static_cast<std::uint32_t>((now_us_ - epoch_us_) / 1'000'000));
        for (std::size_t i = 12; i < kPcpHeader; i += 4)
            put32(at + i, 0);
        return bytes;
    };
    /// RFC 6887 s7.4: how long a client should wait before it asks again.
    constexpr std::uint32_t kErrorSeconds = 30;
    if (get8(request) != 2) return reply(kPcpUnsupportedVersion, kErrorSeconds);
    if (size < kPcpHeader || size > 1100 || size % 4 != 0) {
        return reply(kPcpMalformedRequest, kErrorSeconds);
    }
    if (get16(request + 18) != 0xFFFF || get32(request + 20) != client.value) {
        return reply(kPcpAddressMismatch, kErrorSeconds);
    }
    if (opcode == 0) return reply(0, 0);
    if (opcode != 1) return reply(kPcpUnsupportedOpcode, kErrorSeconds);
    if (size < kPcpHeader + kPcpMap) return reply(kPcpMalformedRequest, kErrorSeconds);
    const std::byte* map = request + kPcpHeader;
    const unsigned protocol = get8(map + 12);
    const std::uint16_t port = get16(map + 16);
    if ((protocol != kProtocolUdp && protocol != kProtocolTcp) || port == 0) {
        return reply(kPcpUnsupportedProtocol, kErrorSeconds);
    }
    const Lease granted = lease(protocol == kProtocolUdp ? Kind::Udp44 : Kind::Tcp44,
                                {client.value, port}, get16(map + 18), get32(request + 4));
    if (!granted.granted) {
        return reply(granted.reason == Reason::Quota ? kPcpQuotaExceeded : kPcpNoResources,
                     kErrorSeconds);
    }
    // Options are not supported; those that may be ignored (RFC 6887 s7.3) are left out.
    bytes.resize(kPcpHeader + kPcpMap);
    if (granted.seconds != 0) {
        put16(bytes.data() + kPcpHeader + 18, granted.outside.port);
        std::fill_n(bytes.begin() + kPcpHeader + 20, 16, std::byte{0});
        put_mapped_address(bytes.data() + kPcpHeader + 20, granted.outside.address);
    }
    return reply(0, granted.seconds);
}

}  // namespace portolan::nat
