#include <cstdint>
#include <cstdlib>
#include <vector>

#include "nat-sim/behavior/nat.hpp"
#include "nat-sim/behavior/parameter_table.hpp"
#include "nat-sim/behavior/wire.hpp"

// A box that the first bytes set up, and packets, from both sides, that the others say: raw bytes,
// packets put together from small numbers so that they meet each other's sessions, and echoes of
// what left before. Whatever comes, the tables stay consistent and small, what leaves has a sound
// IP header, and a transport checksum that was right stays right.

namespace {

using namespace portolan::nat;

void require(bool condition) {
    if (!condition) std::abort();
}

class Input {
  public:
    Input(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
    [[nodiscard]] bool empty() const { return at_ == size_; }
    std::uint8_t next() { return empty() ? std::uint8_t{0} : data_[at_++]; }

  private:
    const std::uint8_t* data_;
    std::size_t size_;
    std::size_t at_ = 0;
};

/// Every row gets one of its allowed values; what check_parameters() refuses falls back.
Parameters draw_parameters(Input& input) {
    Parameters parameters;
    for (const ParameterRow& row : parameter_table()) {
        const unsigned choice = input.next();
        if (choice < 128) continue;  // the default, more often than not
        const auto now = row.default_value();
        portolan::report::Json value;
        if (now.is_boolean()) {
            value = choice % 2 == 0;
        } else if (now.is_array()) {
            value = {1000, 2000};
        } else if (now.is_number()) {
            value = std::min(row.max, row.min + (choice - 128) * 37);
        } else {
            std::vector<std::string> words;
            for (std::size_t at = 0; at != std::string::npos;) {
                const std::size_t end = row.allowed.find(" | ", at);
                words.push_back(row.allowed.substr(at, end - at));
                at = end == std::string::npos ? end : end + 3;
            }
            value = words[choice % words.size()];
        }
        Parameters changed = parameters;
        require(row.set(row, changed, value).empty());
        if (check_parameters(changed)) parameters = changed;
    }
    parameters.capacity.max_mappings_count = std::min(parameters.capacity.max_mappings_count, 500U);
    parameters.capacity.max_sessions_count = std::min(parameters.capacity.max_sessions_count, 800U);
    return parameters;
}

BoxAddresses addresses() {
    BoxAddresses a;
    a.inside_v4 = {Ipv4{0xC0A80101}};
    a.outside_v4 = {Ipv4{0xC6336401}, Ipv4{0xC6336402}};
    a.spare_outside_v4 = {Ipv4{0xC63364C8}};
    a.inside_prefix_v4 = {Ipv4{0xC0A80100}, 24};
    a.inside_v6 = {*parse_ipv6("fd00::1")};
    a.outside_v6 = {*parse_ipv6("2001:db8:ff::1")};
    a.inside_prefix_v6 = {*parse_ipv6("fd01:203:405::"), 48};
    a.outside_prefix_v6 = {*parse_ipv6("2001:db8:1::"), 48};
    return a;
}

bool transport_is_right(const std::vector<std::byte>& packet) {
    const std::byte* at = packet.data();
    if (get8(at) >> 4 == 4) {
        const auto ip_size = static_cast<std::size_t>(get8(at) & 15) * 4;
        if ((get16(at + 6) & 0x3FFF) != 0) return true;  // a fragment
        const std::size_t size = packet.size() - ip_size;
        const std::uint8_t protocol = get8(at + 9);
        const std::byte* segment = at + ip_size;
        const auto pseudo = pseudo_sum(Ipv4{get32(at + 12)}, Ipv4{get32(at + 16)}, protocol, size);
        if (protocol == kProtocolUdp && size >= 8) {
            return get16(segment + 6) == 0 || fold(ones_sum(segment, size) + pseudo) == 0xFFFF;
        }
        if (protocol == kProtocolTcp) return fold(ones_sum(segment, size) + pseudo) == 0xFFFF;
        if (protocol == kProtocolIcmp) return fold(ones_sum(segment, size)) == 0xFFFF;
        return true;
    }
    const std::uint8_t protocol = get8(at + 6);
    if (protocol != kProtocolUdp && protocol != kProtocolTcp && protocol != kProtocolIcmpv6) {
        return true;
    }
    const std::size_t size = packet.size() - 40;
    return fold(ones_sum(at + 40, size) +
                pseudo_sum(get_ipv6(at + 8), get_ipv6(at + 24), protocol, size)) == 0xFFFF;
}

std::vector<std::byte> draw_ipv4(Input& input, Side from) {
    static constexpr std::uint8_t kProtocols[] = {17, 17, 6, 1};
    const std::uint8_t shape = input.next();
    const std::uint8_t protocol = kProtocols[shape & 3];
    const std::size_t payload = (shape & 4) != 0 ? 1400 : input.next() % 40U;
    std::vector<std::byte> packet(20 + (protocol == 6 ? 20 : 8) + payload);
    std::byte* at = packet.data();
    const std::uint32_t host = 0xC0A80102U + input.next() % 4;
    const std::uint32_t remote = (shape & 8) != 0 ? 0xC6336401U : 0xCB007101U + input.next() % 3;
    put8(at, 0x45);
    put16(at + 2, static_cast<unsigned>(packet.size()));
    put16(at + 4, 7);
    if ((shape & 16) != 0) put16(at + 6, input.next() << 8 | input.next());
    put8(at + 8, (shape & 32) != 0 ? 1 : 64);
    put8(at + 9, protocol);
    put32(at + 12, from == Side::Inside ? host : remote);
    put32(at + 16, from == Side::Inside ? remote : 0xC6336401U);
    put16(at + 10, internet_checksum(at, 20));
    std::byte* segment = at + 20;
    put16(segment, 5000U + input.next() % 3);
    put16(segment + 2, (shape & 64) != 0 ? 5351U : 5000U + input.next() % 3);
    const std::size_t size = packet.size() - 20;
    const auto pseudo = pseudo_sum(Ipv4{get32(at + 12)}, Ipv4{get32(at + 16)}, protocol, size);
    if (protocol == 1) {
        put16(segment, (input.next() % 2 == 0 ? 8U : 0U) << 8);
        put16(segment + 2, 0);
        put16(segment + 4, 5000U + input.next() % 3);
        put16(segment + 2, internet_checksum(segment, size));
    } else if (protocol == 6) {
        put8(segment + 12, 0x50);
        put8(segment + 13, input.next() & 0x17U);
        put16(segment + 16, static_cast<std::uint16_t>(~fold(ones_sum(segment, size) + pseudo)));
    } else {
        put16(segment + 4, static_cast<unsigned>(size));
        for (std::size_t i = 8; i < size && i < 60; ++i)
            put8(segment + i, input.next());
        const auto sum = static_cast<std::uint16_t>(~fold(ones_sum(segment, size) + pseudo));
        put16(segment + 6, sum == 0 ? 0xFFFF : sum);
    }
    return packet;
}

std::vector<std::byte> draw_ipv6(Input& input, Side from) {
    std::vector<std::byte> packet(40 + 8 + input.next() % 40U);
    std::byte* at = packet.data();
    const std::uint8_t shape = input.next();
    Ipv6 inside =
        (shape & 1) != 0 ? *parse_ipv6("fd01:203:405:1::2") : *parse_ipv6("2001:db8:5::2");
    const Ipv6 remote =
        (shape & 2) != 0 ? *parse_ipv6("64:ff9b::cb00:7101") : *parse_ipv6("2001:db8:9::1");
    inside.bytes[15] = static_cast<std::uint8_t>(2 + input.next() % 3);
    put8(at, 0x60);
    put16(at + 4, static_cast<unsigned>(packet.size() - 40));
    put8(at + 6, 17);
    put8(at + 7, 64);
    put_ipv6(at + 8, from == Side::Inside ? inside : remote);
    put_ipv6(at + 24, from == Side::Inside ? remote : inside);
    put16(at + 40, 5000U + input.next() % 3);
    put16(at + 42, 5000U + input.next() % 3);
    put16(at + 44, static_cast<unsigned>(packet.size() - 40));
    const std::size_t size = packet.size() - 40;
    const auto sum = static_cast<std::uint16_t>(
        ~fold(ones_sum(at + 40, size) +
              pseudo_sum(get_ipv6(at + 8), get_ipv6(at + 24), kProtocolUdp, size)));
    put16(at + 46, sum == 0 ? 0xFFFF : sum);
    return packet;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    const Parameters parameters = draw_parameters(input);
    Nat nat(parameters, addresses(), 1);
    Time now{0};
    std::vector<std::byte> last;
    for (int step = 0; step < 4000 && !input.empty(); ++step) {
        const std::uint8_t what = input.next();
        const Side from = (what & 1) != 0 ? Side::Inside : Side::Outside;
        std::vector<std::byte> packet;
        bool made_right = true;
        switch (what >> 1 & 7) {
            case 0:
                now += Time{std::int64_t{input.next()} * input.next() * 20'000};
                nat.advance(now);
                continue;
            case 1: {  // raw
                made_right = false;
                packet.resize(input.next());
                for (std::byte& byte : packet)
                    byte = std::byte{input.next()};
                break;
            }
            case 2:  // what left before, bent
                made_right = false;
                packet = last;
                if (!packet.empty())
                    packet[input.next() % packet.size()] ^= std::byte{input.next()};
                if (packet.size() >= 20 && get8(packet.data()) == 0x45) {
                    put16(packet.data() + 10, 0);
                    put16(packet.data() + 10, internet_checksum(packet.data(), 20));
                }
                break;
            case 3: {  // an ICMP error about what left before
                if (last.size() < 28 || get8(last.data()) != 0x45) continue;
                made_right = false;
                packet.resize(28 + std::min<std::size_t>(last.size(), 100));
                std::byte* at = packet.data();
                put8(at, 0x45);
                put16(at + 2, static_cast<unsigned>(packet.size()));
                put8(at + 8, 64);
                put8(at + 9, 1);
                put32(at + 12, from == Side::Inside ? 0xC0A80102 : 0xCB007163);
                put32(at + 16, get32(last.data() + 12));
                put16(at + 10, internet_checksum(at, 20));
                put8(at + 20, 3);
                put8(at + 21, input.next() % 16U);
                std::copy_n(last.begin(), packet.size() - 28, packet.begin() + 28);
                put16(at + 22, internet_checksum(at + 20, packet.size() - 20));
                break;
            }
            case 4:
                packet = draw_ipv6(input, from);
                break;
            default:
                packet = draw_ipv4(input, from);
        }
        const Outcome outcome = nat.process(from, packet, now);
        require(outcome.reason < Reason::kCount);
        if (outcome.action == Action::Forward) {
            require(packet.size() >= 20);
            const bool v4 = get8(packet.data()) >> 4 == 4;
            require(v4 ? get16(packet.data() + 2) == packet.size()
                       : packet.size() >= 40 && get16(packet.data() + 4) + 40U == packet.size());
            if (v4) {
                const auto header = static_cast<std::size_t>(get8(packet.data()) & 15) * 4;
                require(fold(ones_sum(packet.data(), header)) == 0xFFFF);
            }
            if (made_right) require(transport_is_right(packet));
            last = packet;
        }
        for (const Emission& extra : outcome.extra) {
            require(transport_is_right(extra.bytes) || !made_right);
        }
        for (const Emission& due : nat.take_due(now))
            require(transport_is_right(due.bytes));
    }
    require(nat.invariants_hold());
    require(nat.statistics().mappings_count <= parameters.capacity.max_mappings_count);
    require(nat.statistics().sessions_count <= parameters.capacity.max_sessions_count);
    require(nat.memory_bytes() < std::size_t{8} << 20);
    return 0;
}
