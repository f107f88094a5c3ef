#include "ice-tests/server/layout.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace portolan::server {
namespace {

Error usage(std::string message) {
    return {.culprit = Culprit::Usage, .code = "server.addresses", .message = std::move(message)};
}

}  // namespace

Result<Layout> Layout::make(std::vector<IpAddress> ips, std::uint16_t port,
                            std::optional<std::uint16_t> alt_port) {
    if (ips.empty()) return usage("a server needs at least one address");
    for (const AddressFamily family : {AddressFamily::IPv4, AddressFamily::IPv6}) {
        const auto count =
            std::ranges::count_if(ips, [&](const IpAddress& ip) { return ip.family() == family; });
        if (count > 2) {
            return usage("at most two " + std::string(to_string(family)) +
                         " addresses can be used, " + std::to_string(count) + " were given");
        }
    }
    for (const IpAddress& ip : ips) {
        if (std::ranges::count(ips, ip) > 1) return usage(ip.to_string() + " was given twice");
        // A reply has to come from the address that was asked, so it has to be known.
        if (ip.is_unspecified() || ip.address_class() == AddressClass::Multicast) {
            return usage(ip.to_string() + " is not the address of one host");
        }
    }
    if (port != 0 && alt_port == port) {
        return usage("the alternate port has to differ from port " + std::to_string(port));
    }
    return Layout{std::move(ips), port, alt_port};
}

std::vector<TransportAddress> Layout::endpoints() const {
    std::vector<TransportAddress> out;
    for (const IpAddress& ip : ips) {
        out.push_back({ip, port});
        if (alt_port) out.push_back({ip, *alt_port});
    }
    return out;
}

std::optional<IpAddress> Layout::other_ip(const IpAddress& ip) const {
    const auto found = std::ranges::find_if(ips, [&](const IpAddress& candidate) {
        return candidate.family() == ip.family() && candidate != ip;
    });
    return found == ips.end() ? std::nullopt : std::optional(*found);
}

std::optional<std::uint16_t> Layout::other_port(std::uint16_t one_port) const {
    if (!alt_port) return std::nullopt;
    return one_port == *alt_port ? port : *alt_port;
}

std::optional<TransportAddress> Layout::other(const TransportAddress& endpoint) const {
    const auto ip = other_ip(endpoint.ip);
    const auto other = other_port(endpoint.port);
    if (!ip || !other) return std::nullopt;
    return TransportAddress{*ip, *other};
}

}  // namespace portolan::server
