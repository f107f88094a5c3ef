#include <set>

#include "nat-sim/behavior/parameter_words.hpp"
#include "nat-sim/behavior/port_allocator.hpp"
#include "nat-sim/behavior/tests/lab.hpp"

namespace portolan::nat::test {
namespace {

const Address kServer = "203.0.113.9:3478";

TEST(Reasons, the_table_is_in_the_order_of_the_enumeration_and_names_are_unique) {
    ASSERT_EQ(reason_table().size(), kReasonCount);
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < kReasonCount; ++i) {
        EXPECT_EQ(static_cast<std::size_t>(reason_table()[i].reason), i);
        EXPECT_TRUE(names.insert(reason_table()[i].name).second);
        EXPECT_FALSE(reason_table()[i].meaning.empty());
    }
}

/// RFC 7422 s2: no port belongs to two subscribers, or to a subscriber and the dynamic pool.
TEST(Blocks, no_port_has_two_owners_in_any_algorithm) {
    for (const auto algorithm :
         {BlockAlgorithm::Sequential, BlockAlgorithm::Staggered, BlockAlgorithm::RoundRobin,
          BlockAlgorithm::Interlaced, BlockAlgorithm::Cryptographic}) {
        Parameters::PortAllocation ports;
        ports.block_algorithm = algorithm;
        ports.block_compression_count = 30;
        ports.block_dynamic_count = 3;
        const BlockPlan plan(ports, 3, 5);
        std::vector<bool> taken(3 * 65536);
        std::size_t count = 0;
        const auto take = [&](BlockPlan::Place place) {
            ASSERT_LT(place.address, 3U);
            ASSERT_GE(place.port, 1024);
            const std::size_t at = place.address * 65536 + place.port;
            ASSERT_FALSE(taken[at]) << to_string(algorithm);
            taken[at] = true;
            ++count;
        };
        for (std::uint32_t s = 0; s < plan.subscribers_count(); ++s) {
            for (std::uint32_t n = 0; n < plan.size_count(); ++n)
                take(plan.place(s, n));
        }
        for (std::uint32_t s = 0; s < plan.dynamic_shares_count(); ++s) {
            for (std::uint32_t n = 0; n < plan.size_count(); ++n)
                take(plan.dynamic_place(s, n));
        }
        EXPECT_EQ(count, 3U * 33 * (64512 / 33));
    }
}

TEST(State, many_mappings_come_and_go_and_leave_nothing) {
    for (const auto filtering :
         {FilteringRule::EndpointIndependent, FilteringRule::AddressDependent,
          FilteringRule::AddressAndPortDependent}) {
        Parameters p;
        p.filtering.udp = filtering;
        p.port_allocation.strategy = PortStrategy::Random;
        Lab lab(p);
        for (int round = 0; round < 3; ++round) {
            for (int i = 0; i < 6000; ++i) {
                const Address host("192.168.1." + std::to_string(2 + i % 50),
                                   static_cast<std::uint16_t>(2000 + i / 50));
                ASSERT_TRUE(lab.map(host, {"203.0.113." + std::to_string(1 + i % 7), 3478}));
                if (i % 3 == 0) lab.map(host, {"203.0.113.200", static_cast<std::uint16_t>(1 + i)});
                lab.now += 1ms;
            }
            EXPECT_TRUE(lab.nat.invariants_hold());
            lab.wait(1h);
            lab.nat.advance(lab.now);
            EXPECT_EQ(lab.nat.statistics().mappings_count, 0U);
            EXPECT_EQ(lab.nat.statistics().sessions_count, 0U);
            EXPECT_TRUE(lab.nat.invariants_hold());
        }
        EXPECT_EQ(lab.broken, 0);
    }
}

/// All a box can hold, and no more memory when asked for more.
TEST(State, memory_is_bounded_by_the_capacity) {
    Parameters p;
    p.capacity.max_mappings_count = p.capacity.max_sessions_count = 20'000;
    p.port_allocation.strategy = PortStrategy::Random;
    Lab lab(p);
    const auto flood = [&](int from, int to) {
        for (int i = from; i < to; ++i) {
            lab.map({"192.168." + std::to_string(i / 60000) + "." + std::to_string(2 + i % 200),
                     static_cast<std::uint16_t>(2000 + i / 200 % 300)},
                    kServer);
        }
    };
    flood(0, 20'000);
    const std::size_t full = lab.nat.memory_bytes();
    flood(20'000, 60'000);
    EXPECT_EQ(lab.nat.memory_bytes(), full);
    EXPECT_EQ(lab.nat.statistics().mappings_count, 20'000U);
}

TEST(State, other_parameters_take_effect_and_sessions_stay) {
    Parameters p;
    Lab lab(p);
    lab.map("192.168.1.2:5000", kServer);
    EXPECT_FALSE(lab.reach("203.0.113.77:1", "198.51.100.1:5000"));
    p.filtering.udp = FilteringRule::EndpointIndependent;
    lab.nat.set_parameters(p, lab.now);
    EXPECT_TRUE(lab.reach("203.0.113.77:1", "198.51.100.1:5000"));
    EXPECT_TRUE(lab.reach(kServer, "198.51.100.1:5000"));
    EXPECT_TRUE(lab.nat.invariants_hold());
    lab.nat.change_outside_address(*parse_ipv4("198.51.100.50"), lab.now);
    EXPECT_EQ(lab.map("192.168.1.2:5000", kServer), Address("198.51.100.50:5000"));
    lab.nat.reboot(lab.now);
    EXPECT_EQ(lab.nat.statistics().mappings_count, 0U);
}

/// Equal seeds, equal bytes: a run can be repeated.
TEST(State, equal_seeds_give_equal_runs) {
    const auto run = [] {
        Parameters p;
        p.port_allocation.strategy = PortStrategy::Random;
        p.pooling = Pooling::Arbitrary;
        Lab lab(p, box_addresses(4), Sabotage::None, 99);
        Bytes all;
        for (std::uint16_t i = 0; i < 200; ++i) {
            const Fate fate =
                lab.out(udp({"192.168.1.2", static_cast<std::uint16_t>(2000 + i)}, kServer));
            all.insert(all.end(), fate.bytes.begin(), fate.bytes.end());
        }
        return all;
    };
    EXPECT_EQ(run(), run());
}

}  // namespace
}  // namespace portolan::nat::test
