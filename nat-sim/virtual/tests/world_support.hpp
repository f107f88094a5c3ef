#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "nat-sim/network/medium.hpp"
#include "nat-sim/virtual/program.hpp"
#include "probe/transport/bytes.hpp"

namespace portolan::sim::test {

using namespace std::chrono_literals;

inline InterfaceAddress address(std::string_view text) {
    return *InterfaceAddress::parse(text);
}
inline IpAddress ip(std::string_view text) {
    return *IpAddress::parse(text);
}
inline transport::Bytes bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}
inline std::string text_of(transport::Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Two hosts, each with a program, and a router between them, 10 ms away from both.
struct TwoPrograms {
    explicit TwoPrograms(std::uint64_t seed = 1, const LinkOptions& link = {.delay = 10ms})
        : world({.seed = seed}),
          near_host(world.add_host("near")),
          router(world.add_router("router")),
          far_host(world.add_host("far")) {
        world.connect(near_host,
                      {.addresses = {address("192.0.2.2/24"), address("2001:db8:1::2/64")}}, router,
                      {.addresses = {address("192.0.2.1/24"), address("2001:db8:1::1/64")}}, link);
        world.connect(
            router, {.addresses = {address("198.51.100.1/24"), address("2001:db8:2::1/64")}},
            far_host, {.addresses = {address("198.51.100.2/24"), address("2001:db8:2::2/64")}},
            link);
        near_host.add_default_route(ip("192.0.2.1"));
        near_host.add_default_route(ip("2001:db8:1::1"));
        far_host.add_default_route(ip("198.51.100.1"));
        far_host.add_default_route(ip("2001:db8:2::1"));
    }

    World world;
    Host& near_host;
    Router& router;
    Host& far_host;
    Program near{world, near_host, "near"};
    Program far{world, far_host, "far"};
};

}  // namespace portolan::sim::test
