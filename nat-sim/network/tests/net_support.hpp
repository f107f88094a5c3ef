#pragma once

#include <chrono>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "nat-sim/network/ip.hpp"
#include "nat-sim/network/medium.hpp"
#include "nat-sim/network/udp_host.hpp"
#include "nat-sim/network/world.hpp"

// A few words for building worlds, and a UDP socket that keeps what it gets.
namespace portolan::sim::test {

using namespace std::chrono_literals;

inline InterfaceAddress address(std::string_view text) {
    return *InterfaceAddress::parse(text);
}
inline IpAddress ip(std::string_view text) {
    return *IpAddress::parse(text);
}
inline InterfaceOptions at(std::string_view text, Side side = Side::Inside) {
    return {.addresses = {address(text)}, .side = side};
}
inline ByteVector bytes_of(std::string_view text) {
    ByteVector out(text.size());
    std::memcpy(out.data(), text.data(), text.size());
    return out;
}

struct Sink final : UdpEndpoint {
    struct Got {
        SimTime at{};
        TransportAddress from;
        std::string data;
        unsigned ttl = 0;
    };
    Sink(World& its_world, Host& its_host, std::string_view local, std::uint16_t port)
        : world(its_world), host(its_host) {
        const IpAddress address = ip(local);
        binding.family = address.family();
        bind_result = host.udp().bind(
            *this, address.is_unspecified() ? std::nullopt : std::optional(address), port);
    }
    ~Sink() override { host.udp().unbind(*this); }

    bool deliver(const Arrival& arrival, const TransportAddress& from, ByteSpan data) override {
        if (is_full) return false;
        got.push_back({world.now(), from,
                       std::string(reinterpret_cast<const char*>(data.data()), data.size()),
                       arrival.ttl});
        return true;
    }
    void report(const IcmpArrival& icmp, const TransportAddress& /*destination*/,
                ByteSpan /*data*/) override {
        errors.push_back(icmp);
        errors.back().payload = {};
    }
    int send(std::string_view to, std::uint16_t port, std::string_view data,
             const SendOptions& options = {}) {
        const IpAddress destination = ip(to);
        const IpAddress source = binding.ip ? *binding.ip : *host.source_for(destination);
        return host.udp().send({source, binding.port}, {destination, port}, bytes_of(data),
                               options);
    }

    World& world;
    Host& host;
    int bind_result = 0;
    bool is_full = false;
    std::vector<Got> got;
    std::vector<IcmpArrival> errors;
};

/// Two hosts, a and b, and one link.
struct Line {
    explicit Line(const LinkOptions& options = {}, std::uint64_t seed = 1)
        : world({.seed = seed}),
          a(world.add_host("a")),
          b(world.add_host("b")),
          link(world.connect(a, at("192.0.2.1/24"), b, at("192.0.2.2/24"), options)),
          from(world, a, "192.0.2.1", 1000),
          to(world, b, "192.0.2.2", 2000) {}

    void send(int count, SimDuration apart, std::size_t size = 100) {
        for (int i = 0; i < count; ++i) {
            world.run_until(start + i * apart);
            std::string data(size, 'x');
            std::memcpy(data.data(), &i, sizeof i);
            from.send("192.0.2.2", 2000, data);
        }
    }
    /// The numbers of what arrived, in that order.
    [[nodiscard]] std::vector<int> arrived() const {
        std::vector<int> out;
        for (const auto& item : to.got) {
            int number = 0;
            std::memcpy(&number, item.data.data(), sizeof number);
            out.push_back(number);
        }
        return out;
    }

    World world;
    Host& a;
    Host& b;
    Link& link;
    Sink from;
    Sink to;
    SimTime start{};
};

/// a - r - b, with 2001:db8:: beside it.
struct Routed {
    explicit Routed(const LinkOptions& left = {}, const LinkOptions& right = {})
        : a(world.add_host("a")), r(world.add_router("r")), b(world.add_host("b")) {
        world.connect(a, {.addresses = {address("192.0.2.2/24"), address("2001:db8:1::2/64")}}, r,
                      {.addresses = {address("192.0.2.1/24"), address("2001:db8:1::1/64")}}, left);
        world.connect(r, {.addresses = {address("198.51.100.1/24"), address("2001:db8:2::1/64")}},
                      b, {.addresses = {address("198.51.100.2/24"), address("2001:db8:2::2/64")}},
                      right);
        a.add_default_route(ip("192.0.2.1"));
        a.add_default_route(ip("2001:db8:1::1"));
        b.add_default_route(ip("198.51.100.1"));
        b.add_default_route(ip("2001:db8:2::1"));
    }
    World world;
    Host& a;
    Router& r;
    Host& b;
};

}  // namespace portolan::sim::test
