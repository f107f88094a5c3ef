// What the NAT engine costs: translations per second at 1,000 and 1,000,000 mappings, visited in
// random order, the ratio between both, and memory for each mapping.
//
//   cmake --preset release && cmake --build --preset release --target bench_nat
//   build/release/bin/bench_nat --benchmark_min_time=2
//
// `ratio_to_1k` is the time of one translation divided by that with 1,000 mappings in the same run;
// `bytes_per_mapping` counts sessions, indices and everything else the box holds.
//
// How large the ratio gets is mostly up to the machine. A packet of a known session waits for two
// reads, the second at a place that the first one tells: its slot in the index, then its session,
// one cache line. `random_reads_ns` is what such a pair costs here and now, with nothing else done:
// a chase through as many slots and lines, on the same kind of pages, just after the packets.
// `latency_ratio` is what the ratio would be if a packet cost as much as with 1,000 mappings, and
// that pair. A `ratio_to_1k` near it says that memory is the limit, one well above it that the
// engine is. Other programs in the same caches change all three; judge them together.

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <vector>

#include "nat-sim/behavior/huge_memory.hpp"
#include "nat-sim/behavior/nat.hpp"
#include "nat-sim/behavior/random.hpp"
#include "nat-sim/behavior/wire.hpp"

namespace {

using portolan::nat::BoxAddresses;
using portolan::nat::FilteringRule;
using portolan::nat::Ipv4;
using portolan::nat::MappingRule;
using portolan::nat::Nat;
using portolan::nat::Parameters;
using portolan::nat::Side;
using portolan::nat::Time;

constexpr std::uint32_t kPortsPerHost = 100;
constexpr std::size_t kPacketSize = 28 + 172;  // 20 ms of G.711 with its RTP header

std::vector<std::byte> make_packet() {
    std::vector<std::byte> packet(kPacketSize);
    std::byte* at = packet.data();
    portolan::nat::put8(at, 0x45);
    portolan::nat::put16(at + 2, kPacketSize);
    portolan::nat::put8(at + 8, 64);
    portolan::nat::put8(at + 9, 17);
    portolan::nat::put16(at + 22, 3478);
    portolan::nat::put16(at + 24, kPacketSize - 20);
    return packet;
}

/// The packet of the n-th inside endpoint, with a right header checksum.
void address(std::vector<std::byte>& packet, std::uint32_t n) {
    std::byte* at = packet.data();
    portolan::nat::put8(at + 8, 64);
    portolan::nat::put32(at + 12, 0x0A000002U + n / kPortsPerHost);
    portolan::nat::put32(at + 16, 0xCB007109U);
    portolan::nat::put16(at + 20, 10000 + n % kPortsPerHost);
    portolan::nat::put16(at + 26, 0x1234);
    portolan::nat::put16(at + 10, 0);
    portolan::nat::put16(at + 10, portolan::nat::internet_checksum(at, 20));
}

Parameters parameters(FilteringRule filtering, MappingRule mapping, std::uint32_t count) {
    Parameters p;
    p.mapping = {mapping, mapping};
    p.filtering = {filtering, filtering, filtering};
    p.port_allocation.strategy = portolan::nat::PortStrategy::Random;
    p.pooling = portolan::nat::Pooling::Soft;
    p.capacity.max_mappings_count = count;
    p.capacity.max_sessions_count = count;
    return p;
}

BoxAddresses addresses() {
    BoxAddresses a;
    a.inside_v4 = {Ipv4{0x0A000001}};
    for (std::uint32_t i = 0; i < 32; ++i)
        a.outside_v4.push_back(Ipv4{0xC6336401U + i});
    a.inside_prefix_v4 = {Ipv4{0x0A000000}, 8};
    return a;
}

/// Processor time: other programs of the machine do not count.
double ns_since(std::clock_t started) {
    return 1e9 * static_cast<double>(std::clock() - started) / CLOCKS_PER_SEC;
}

/// What one read at a random place of an index over `count` sessions costs together with one in
/// those sessions, when neither place is known before the read before it is done.
double random_reads_ns(std::uint32_t count) {
    struct alignas(64) Line {
        std::uint32_t word;
    };
    constexpr std::uint32_t kSteps = 1 << 18;
    const std::uint32_t slots_count = count / 3 * 4;  // three quarters full, as HashIndex is
    const portolan::nat::HugeMemory slots_memory(slots_count * sizeof(std::uint32_t));
    const portolan::nat::HugeMemory lines_memory(count * sizeof(Line));
    auto* const slots = static_cast<std::uint32_t*>(slots_memory.get());
    auto* const lines = static_cast<Line*>(lines_memory.get());
    portolan::nat::Random random(11);
    for (std::uint32_t i = 0; i < slots_count; ++i)
        slots[i] = random.below(count);
    for (std::uint32_t i = 0; i < count; ++i)
        lines[i].word = static_cast<std::uint32_t>(random.next());
    // Fresh randomness in each step, so that the way never closes to a short circle.
    std::uint32_t word = 0;
    const std::clock_t started = std::clock();
    for (std::uint32_t i = 0; i < kSteps; ++i) {
        const std::uint64_t place = word ^ static_cast<std::uint32_t>(random.next());
        word = lines[slots[place * slots_count >> 32]].word;
    }
    const double spent_ns = ns_since(started);
    benchmark::DoNotOptimize(word);
    return spent_ns / kSteps;
}

double g_time_1k_ns = 0;

void translate(benchmark::State& state, FilteringRule filtering, MappingRule mapping) {
    const auto count = static_cast<std::uint32_t>(state.range(0));
    Nat nat(parameters(filtering, mapping, count), addresses(), 1);
    std::vector<std::byte> packet = make_packet();
    Time now{1'000'000};
    const std::size_t empty = nat.memory_bytes();
    for (std::uint32_t n = 0; n < count; ++n) {
        address(packet, n);
        if (nat.process(Side::Inside, packet, now).action != portolan::nat::Action::Forward) {
            state.SkipWithError("a mapping could not be made");
            return;
        }
    }
    const std::size_t full = nat.memory_bytes();
    // What the benchmark itself does for each packet is little beside the translation: the order
    // is drawn before, and the checksum over 20 bytes is part of what is measured.
    portolan::nat::Random random(7);
    std::vector<std::uint32_t> order(1 << 20);
    for (auto& n : order)
        n = random.below(count);
    std::size_t at = 0;
    const std::clock_t started = std::clock();
    for (auto _ : state) {
        address(packet, order[at++ & (order.size() - 1)]);
        now += Time{1};
        benchmark::DoNotOptimize(nat.process(Side::Inside, packet, now));
    }
    const double each = ns_since(started) / static_cast<double>(state.iterations());
    const double reads = random_reads_ns(count);
    if (count == 1000) g_time_1k_ns = each;
    state.SetItemsProcessed(state.iterations());
    state.counters["bytes_per_mapping"] = static_cast<double>(full - empty) / count;
    state.counters["random_reads_ns"] = reads;
    if (g_time_1k_ns == 0) return;  // that with 1,000 was filtered out
    state.counters["ratio_to_1k"] = each / g_time_1k_ns;
    state.counters["latency_ratio"] = (g_time_1k_ns + reads) / g_time_1k_ns;
}

constexpr auto kEim = MappingRule::EndpointIndependent;
constexpr auto kApdm = MappingRule::AddressAndPortDependent;

BENCHMARK_CAPTURE(translate, eim_eif, FilteringRule::EndpointIndependent, kEim)
    ->Arg(1000)
    ->Arg(1'000'000);
BENCHMARK_CAPTURE(translate, eim_adf, FilteringRule::AddressDependent, kEim)
    ->Arg(1000)
    ->Arg(1'000'000);
BENCHMARK_CAPTURE(translate, apdm_apdf, FilteringRule::AddressAndPortDependent, kApdm)
    ->Arg(1000)
    ->Arg(1'000'000);

}  // namespace
