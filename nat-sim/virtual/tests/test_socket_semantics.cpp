#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "nat-sim/virtual/program.hpp"
#include "nat-sim/virtual/tests/semantics_support.hpp"

namespace portolan::socket_semantics {

const std::vector<Case>& cases() {
    static const std::vector<Case> all = [] {
        std::vector<Case> out = udp_cases();
        for (const auto* more : {&error_cases(), &tcp_cases()})
            out.insert(out.end(), more->begin(), more->end());
        return out;
    }();
    return all;
}

namespace {

class SocketSemantics : public testing::TestWithParam<Case> {};

std::string lines_of(const Report& report) {
    std::string out;
    for (const std::string& line : report.differences())
        out += line + '\n';
    return out;
}

TEST_P(SocketSemantics, SimulatedWorld_AsExpected) {
    sim::World world;
    sim::Host& host = world.add_host("here");
    sim::Host& neighbour = world.add_host("neighbour");
    sim::Lan& lan = world.add_lan("lan", {.delay = std::chrono::microseconds(50)});
    const auto address = [](const char* text) { return *sim::InterfaceAddress::parse(text); };
    world.attach(host, lan,
                 {.name = "lan0",
                  .addresses = {address("192.0.2.1/24"), address("198.51.100.1/24"),
                                address("2001:db8::1/64")}});
    world.attach(neighbour, lan,
                 {.name = "lan1",
                  .addresses = {address("192.0.2.2/24"), address("198.51.100.2/24"),
                                address("2001:db8::2/64")}});
    sim::Program program(world, host, "program");
    Report report;
    program.run([&] { GetParam().run(report); });
    EXPECT_EQ(lines_of(report), "");
    EXPECT_EQ(program.impossible_wait_count(), 0U);
    world.run(std::chrono::minutes(5));
    EXPECT_TRUE(world.packet_counts().conserved());
    EXPECT_EQ(world.packet_counts().in_flight, 0U);
}

TEST_P(SocketSemantics, RealKernel_AsExpected) {
    if (GetParam().needs_lan && std::getenv("PORTOLAN_SEMANTICS_LAN") == nullptr) {
        GTEST_SKIP() << "needs the interface lan0 in a network namespace; python/tests makes one";
    }
    Report report;
    GetParam().run(report);
    EXPECT_EQ(lines_of(report), "");
}

INSTANTIATE_TEST_SUITE_P(All, SocketSemantics, testing::ValuesIn(cases()),
                         [](const auto& item) { return std::string(item.param.name); });

}  // namespace
}  // namespace portolan::socket_semantics
