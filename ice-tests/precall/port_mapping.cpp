#include "ice-tests/precall/port_mapping.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <span>
#include <sstream>

#include "probe/stun/printable.hpp"
#include "probe/transport/local_addresses.hpp"
#include "probe/transport/udp_socket.hpp"
#include "reports/model/ascii.hpp"

namespace portolan::precall {
namespace {

using std::chrono::milliseconds;
using transport::Time;
using turn::Surroundings;
using turn::Task;

constexpr std::uint16_t kPort = 5351;  // RFC 6886 s3.2, RFC 6887 s14.1.1: of both
constexpr std::uint16_t kSsdpPort = 1900;
constexpr std::size_t kPcpHeaderBytes = 24;
constexpr std::size_t kNatPmpBytes = 12;
constexpr std::size_t kMostLocation = 200;
constexpr int kCopyCount = 3;
constexpr transport::Duration kInterval = milliseconds(250);
constexpr std::string_view kSearch =
    "M-SEARCH * HTTP/1.1\r\n"
    "HOST: 239.255.255.250:1900\r\n"
    "MAN: \"ssdp:discover\"\r\n"
    "MX: 1\r\n"
    "ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n\r\n";

std::uint8_t octet(transport::Bytes bytes, std::size_t at) {
    return std::to_integer<std::uint8_t>(bytes[at]);
}

/// RFC 6887 s7.1: version 2, ANNOUNCE, our address as an IPv4-mapped one.
std::array<std::byte, kPcpHeaderBytes> announce(const IpAddress& own) {
    std::array<std::byte, kPcpHeaderBytes> out{};
    out[0] = std::byte{2};
    out[18] = out[19] = std::byte{0xFF};
    const auto octets = own.octets();
    for (std::size_t i = 0; i < 4 && i < octets.size(); ++i)
        out[20 + i] = std::byte(octets[i]);
    return out;
}

bool begins_with(std::string_view text, std::string_view word) {
    return report::equal_in_any_case(text.substr(0, word.size()), word);
}

/// Which answers are whose.
void note(PortMapping& out, const transport::Datagram& datagram) {
    const bool is_router = out.router && datagram.source == TransportAddress{*out.router, kPort};
    if (is_router && is_pcp_response(datagram.bytes)) out.has_pcp = true;
    if (is_router) {
        if (const auto outside = parse_nat_pmp(datagram.bytes)) {
            out.has_nat_pmp = true;
            if (!outside->is_unspecified()) out.outside = outside;
        }
        return;
    }
    const auto* text = reinterpret_cast<const char*>(datagram.bytes.data());
    if (const auto location = parse_ssdp({text, datagram.bytes.size()});
        location && !out.has_upnp) {
        out.has_upnp = true;
        out.upnp_location = *location;
    }
}

}  // namespace

std::optional<IpAddress> parse_nat_pmp(transport::Bytes bytes) {
    constexpr std::uint8_t kResponse = 128;
    if (bytes.size() != kNatPmpBytes || octet(bytes, 0) != 0 || octet(bytes, 1) != kResponse) {
        return std::nullopt;
    }
    const bool is_success = octet(bytes, 2) == 0 && octet(bytes, 3) == 0;
    if (!is_success) return IpAddress::any(AddressFamily::IPv4);
    return IpAddress::v4({octet(bytes, 8), octet(bytes, 9), octet(bytes, 10), octet(bytes, 11)});
}

bool is_pcp_response(transport::Bytes bytes) {
    constexpr std::uint8_t kAnnounceResponse = 0x80;
    return bytes.size() >= kPcpHeaderBytes && bytes.size() % 4 == 0 && octet(bytes, 0) == 2 &&
           octet(bytes, 1) == kAnnounceResponse;
}

std::optional<std::string> parse_ssdp(std::string_view text) {
    if (!begins_with(text, "http/1.1 200")) return std::nullopt;
    std::string location;
    bool is_gateway = false;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
            line.remove_suffix(1);
        if (begins_with(line, "st:")) {
            is_gateway = line.find("InternetGatewayDevice") != std::string_view::npos;
        }
        if (!begins_with(line, "location:")) continue;
        line.remove_prefix(std::string_view("location:").size());
        while (!line.empty() && line.front() == ' ')
            line.remove_prefix(1);
        location.clear();
        stun::append_escaped(location, line.substr(0, kMostLocation));
    }
    return is_gateway && !location.empty() ? std::optional(location) : std::nullopt;
}

std::vector<std::string> default_interfaces(std::string_view routes) {
    // "eth0 00000000 0100A8C0 0003 0 0 100 00000000 ...": the eighth is the mask.
    constexpr int kIsUp = 1;  // RTF_UP
    std::vector<std::string> out;
    std::istringstream lines{std::string(routes)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string name;
        std::string destination;
        std::string gateway;
        std::string flags;
        std::string rest;
        std::string mask;
        words >> name >> destination >> gateway >> flags >> rest >> rest >> rest >> mask;
        int value = 0;
        const auto read = std::from_chars(flags.data(), flags.data() + flags.size(), value, 16);
        const bool is_up = read.ec == std::errc() && (value & kIsUp) != 0;
        if (destination != "00000000" || mask != "00000000" || !is_up) continue;
        if (std::ranges::find(out, name) == out.end()) out.push_back(name);
    }
    return out;
}

std::optional<IpAddress> default_router(std::string_view routes) {
    // "eth0 00000000 0100A8C0 0003 ...": destination and gateway in the host's byte order.
    while (!routes.empty()) {
        const std::size_t end = std::min(routes.find('\n'), routes.size());
        std::string_view line = routes.substr(0, end);
        routes.remove_prefix(std::min(end + 1, routes.size()));
        std::array<std::string_view, 3> words;
        for (std::string_view& word : words) {
            const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
            line.remove_prefix(begin);
            const std::size_t size = std::min(line.find_first_of(" \t"), line.size());
            word = line.substr(0, size);
            line.remove_prefix(size);
        }
        if (words[1] != "00000000" || words[2].size() != 8) continue;
        std::uint32_t value = 0;
        const char* const last = words[2].data() + words[2].size();
        const auto read = std::from_chars(words[2].data(), last, value, 16);
        if (read.ec != std::errc() || read.ptr != last || value == 0) continue;
        std::array<std::uint8_t, 4> octets{};
        const auto bytes = std::as_bytes(std::span(&value, 1));
        for (std::size_t i = 0; i < octets.size(); ++i)
            octets[i] = std::to_integer<std::uint8_t>(bytes[i]);
        return IpAddress::v4(octets);
    }
    return std::nullopt;
}

Task<bool> discover_port_mapping(Surroundings where, PortMappingPlan plan, PortMapping& out) {
    out.was_begun = true;
    out.router = plan.router;
    const Time begun = where.now();
    const Time deadline = begun + plan.limit;
    if (!plan.router) {
        out.problem = "this host has no router for IPv4";
        out.is_done = true;
        co_return false;
    }
    const auto own = plan.bind_ip ? Result<IpAddress>(*plan.bind_ip)
                                  : transport::source_address_for({*plan.router, kPort});
    if (!own) {
        out.problem = own.error().message;
        out.is_done = true;
        co_return false;
    }
    turn::Signal changed(where);
    auto opened =
        transport::UdpSocket::open(where.context, *where.clock, *where.random,
                                   {.family = AddressFamily::IPv4, .bind_ip = *own},
                                   {.on_datagram = [&](const transport::Datagram& datagram) {
                                       note(out, datagram);
                                       changed.notify_soon();
                                   }});
    if (!opened) {
        out.problem = opened.error().message;
        out.is_done = true;
        co_return false;
    }
    const std::array<std::byte, 2> nat_pmp{};
    const auto pcp = announce(*own);
    const TransportAddress everybody{IpAddress::v4({239, 255, 255, 250}), kSsdpPort};
    const auto has_all = [&] { return out.has_nat_pmp && out.has_pcp && out.has_upnp; };
    for (int copy = 0; copy < kCopyCount && !has_all() && where.now() < deadline; ++copy) {
        if (!out.has_nat_pmp) (void)(*opened)->send({*plan.router, kPort}, nat_pmp);
        if (!out.has_pcp) (void)(*opened)->send({*plan.router, kPort}, pcp);
        if (!out.has_upnp) (void)(*opened)->send(everybody, std::as_bytes(std::span(kSearch)));
        const Time until =
            copy + 1 < kCopyCount ? std::min(deadline, where.now() + kInterval) : deadline;
        while (!has_all() && where.now() < until)
            co_await changed.until(until);
    }
    out.took = where.now() - begun;
    out.is_done = true;
    co_return out.has_nat_pmp || out.has_pcp || out.has_upnp;
}

}  // namespace portolan::precall
