#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <chrono>

#include "nat-sim/virtual/tests/world_support.hpp"
#include "probe/transport/glib_ptr.hpp"

namespace portolan::sim::test {
namespace {

TEST(Program, TimersOfItsContext_FireAtTheirTimeInTheWorld) {
    TwoPrograms two;
    std::vector<SimTime> fired;
    std::vector<glib::SourcePtr> timers;
    two.near.run([&] {
        for (const auto delay : {30ms, 10ms, 20ms}) {
            timers.push_back(glib::call_after(two.near.context(), delay,
                                              [&] { fired.push_back(two.world.now()); }));
        }
    });
    const auto begin = std::chrono::steady_clock::now();
    two.world.run_until(1h);
    EXPECT_EQ(fired, (std::vector<SimTime>{10ms, 20ms, 30ms}));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST(Program, ClocksAreVirtualInside_AndRealOutside) {
    TwoPrograms two;
    two.world.run_until(90s);
    two.near.run([&] {
        timespec monotonic{};
        clock_gettime(CLOCK_MONOTONIC, &monotonic);
        EXPECT_EQ(monotonic.tv_sec, 1090);
        EXPECT_EQ(g_get_monotonic_time(), 1'090'000'000);
        EXPECT_EQ(two.near.clock().now(), 1090s);
        EXPECT_EQ(time(nullptr), kDefaultEpoch.count() + 90);
        timeval day{};
        gettimeofday(&day, nullptr);
        EXPECT_EQ(day.tv_sec, kDefaultEpoch.count() + 90);
        EXPECT_EQ(g_get_real_time() / 1'000'000, kDefaultEpoch.count() + 90);
    });
    timespec real{};
    clock_gettime(CLOCK_REALTIME, &real);
    EXPECT_NE(real.tv_sec, kDefaultEpoch.count() + 90);
}

TEST(Program, RandomNumbers_AreTheSeedsAndTheNames) {
    const auto draw = [](std::uint64_t seed) {
        TwoPrograms two(seed);
        std::array<std::uint64_t, 2> out{};
        two.near.run([&] {
            EXPECT_EQ(getrandom(&out[0], 8, 0), 8);
            out[0] ^= static_cast<std::uint64_t>(g_random_int_range(0, 1'000'000'000)) << 32U;
            out[0] ^= g_random_int();
            const double fraction = g_random_double();
            EXPECT_TRUE(fraction >= 0 && fraction < 1);
        });
        two.far.run([&] { EXPECT_EQ(getrandom(&out[1], 8, 0), 8); });
        EXPECT_NE(out[0], out[1]);
        return out;
    };
    EXPECT_EQ(draw(1), draw(1));
    EXPECT_NE(draw(1), draw(2));
}

// A source as libnice's consent timer makes them: due in less than a millisecond, it re-arms with
// no whole milliseconds, so that the context finds something to do at once, for ever.
TEST(Program, ContextThatSpinsWithinAMillisecond_LetsTimePass) {
    TwoPrograms two;
    int turns = 0;
    SimTime done_at{};
    std::function<void()> arm;
    glib::SourcePtr timer;
    const transport::Time due = two.near.clock().now() + 10'700us;
    arm = [&] {
        ++turns;
        const auto left = due - two.near.clock().now();
        if (left <= 0us) {
            done_at = two.world.now();
            return;
        }
        const auto whole = std::chrono::floor<std::chrono::milliseconds>(left);
        timer = glib::call_after(two.near.context(), whole, arm);
    };
    two.near.run(arm);
    two.world.run_until(1s);
    EXPECT_GE(done_at, 10'700us);
    EXPECT_LE(done_at, 11'700us);
    EXPECT_LT(turns, 100);
}

TEST(Program, BlockingCallInsideAnEvent_IsCountedAndDoesNotBlock) {
    TwoPrograms two;
    two.near.start_at(1ms, [&] {
        const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
        char octet = 0;
        EXPECT_EQ(::recv(fd, &octet, 1, 0), -1);
        EXPECT_EQ(errno, EAGAIN);
        pollfd item{.fd = fd, .events = POLLIN, .revents = 0};
        EXPECT_EQ(::poll(&item, 1, -1), 0);
        ::close(fd);
    });
    two.world.run_until(1s);
    EXPECT_EQ(two.near.impossible_wait_count(), 2U);
}

TEST(Program, EndOfAProcess_ClosesItsSockets) {
    World world;
    Host& host = world.add_host("host");
    int left_open = -1;
    {
        Program program(world, host, "first");
        program.run([&] {
            left_open = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
            sockaddr_in name{};
            name.sin_family = AF_INET;
            name.sin_port = htons(5000);
            EXPECT_EQ(::bind(left_open, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
        });
    }
    char octet = 0;
    EXPECT_EQ(::recv(left_open, &octet, 1, 0), -1);
    EXPECT_EQ(errno, EBADF);
    Program program(world, host, "second");
    program.run([&] {
        const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_port = htons(5000);
        EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
        ::close(fd);
    });
    EXPECT_EQ(::close(left_open), 0);
}

TEST(Program, DescriptorsOfTheRealWorld_PassThrough) {
    TwoPrograms two;
    int ends[2] = {-1, -1};
    two.near.run([&] {
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        EXPECT_EQ(::send(ends[0], "real", 4, 0), 4);
        pollfd item{.fd = ends[1], .events = POLLIN, .revents = 0};
        EXPECT_EQ(::poll(&item, 1, 1000), 1);
        char data[8];
        EXPECT_EQ(::recv(ends[1], data, sizeof data, 0), 4);
        const int unix_socket = ::socket(AF_UNIX, SOCK_DGRAM, 0);
        EXPECT_GE(unix_socket, 0);
        ::close(unix_socket);
        EXPECT_EQ(::socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), -1);
        EXPECT_EQ(errno, EPERM);
        EXPECT_EQ(if_nametoindex("lo"), 1U);
        EXPECT_EQ(if_nametoindex("eth0"), 2U);
        char name[IF_NAMESIZE];
        EXPECT_STREQ(if_indextoname(2, name), "eth0");
        EXPECT_EQ(if_nametoindex("eth7"), 0U);
    });
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST(Program, AddressAndInterfaceChanges_AreSeen) {
    TwoPrograms two;
    Interface& eth0 = *two.near_host.interfaces()[0];
    two.near.run([&] {
        const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_port = htons(9);
        inet_pton(AF_INET, "198.51.100.2", &name.sin_addr);
        const auto send = [&] {
            return ::sendto(fd, "x", 1, 0, reinterpret_cast<sockaddr*>(&name), sizeof name) < 0
                       ? errno
                       : 0;
        };
        EXPECT_EQ(send(), 0);
        eth0.set_up(false);
        EXPECT_EQ(send(), ENETUNREACH);
        eth0.set_up(true);
        EXPECT_TRUE(eth0.remove_address(ip("192.0.2.2")));
        eth0.add_address(address("192.0.2.77/24"));
        EXPECT_EQ(two.near_host.source_for(ip("198.51.100.2")), ip("192.0.2.77"));
        EXPECT_EQ(send(), 0);
        // A socket bound to what is gone stays, and cannot send.
        const int bound = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        sockaddr_in own{};
        own.sin_family = AF_INET;
        inet_pton(AF_INET, "192.0.2.77", &own.sin_addr);
        EXPECT_EQ(::bind(bound, reinterpret_cast<sockaddr*>(&own), sizeof own), 0);
        EXPECT_TRUE(eth0.remove_address(ip("192.0.2.77")));
        EXPECT_EQ(::sendto(bound, "x", 1, 0, reinterpret_cast<sockaddr*>(&name), sizeof name), -1);
        EXPECT_EQ(errno, EINVAL);
        ::close(bound);
        ::close(fd);
    });
}

}  // namespace
}  // namespace portolan::sim::test
