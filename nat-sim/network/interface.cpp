#include "nat-sim/network/interface.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "nat-sim/network/medium.hpp"

namespace portolan::sim {
namespace {

unsigned max_bits(AddressFamily family) {
    return family == AddressFamily::IPv4 ? 32 : 128;
}

std::optional<InterfaceAddress> parse_with_length(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto ip = IpAddress::parse(text.substr(0, slash));
    if (!ip) return std::nullopt;
    InterfaceAddress out{*ip, max_bits(ip->family())};
    if (slash == std::string_view::npos) return out;
    const std::string_view length = text.substr(slash + 1);
    const char* end = length.data() + length.size();
    const auto [parsed, error] = std::from_chars(length.data(), end, out.prefix_bits);
    if (error != std::errc() || parsed != end || out.prefix_bits > max_bits(ip->family())) {
        return std::nullopt;
    }
    return out;
}

IpAddress masked(const IpAddress& ip, unsigned bits) {
    std::array<std::uint8_t, 16> octets{};
    const auto from = ip.octets();
    for (std::size_t i = 0; i < from.size(); ++i) {
        const unsigned left = bits > i * 8 ? bits - static_cast<unsigned>(i) * 8 : 0;
        const unsigned mask = left >= 8 ? 0xFFU : (0xFF00U >> left) & 0xFFU;
        octets[i] = static_cast<std::uint8_t>(from[i] & mask);
    }
    if (ip.family() == AddressFamily::IPv6) return IpAddress::v6(octets);
    return IpAddress::v4({octets[0], octets[1], octets[2], octets[3]});
}

}  // namespace

std::optional<Prefix> Prefix::parse(std::string_view text) {
    const auto address = parse_with_length(text);
    return address ? std::optional(address->network()) : std::nullopt;
}

bool Prefix::contains(const IpAddress& address) const {
    if (address.family() != ip.family()) return false;
    const auto a = ip.octets();
    const auto b = address.octets();
    const std::size_t whole = bits / 8;
    if (!std::ranges::equal(a.first(whole), b.first(whole))) return false;
    const unsigned rest = bits % 8;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

std::string Prefix::to_string() const {
    return ip.to_string() + '/' + std::to_string(bits);
}

std::optional<InterfaceAddress> InterfaceAddress::parse(std::string_view text) {
    return parse_with_length(text);
}

Prefix InterfaceAddress::network() const {
    return {masked(ip, prefix_bits), prefix_bits};
}

Interface::Interface(Node& node, Medium& medium, unsigned index, const InterfaceOptions& options)
    : node_(node),
      medium_(medium),
      name_(options.name.empty() ? "eth" + std::to_string(index - 2) : options.name),
      index_(index),
      side_(options.side),
      addresses_(options.addresses) {}

std::size_t Interface::mtu_bytes() const {
    return medium_.mtu_bytes(*this);
}

bool Interface::owns(const IpAddress& ip) const {
    return std::ranges::find(addresses_, ip, &InterfaceAddress::ip) != addresses_.end();
}

void Interface::add_address(const InterfaceAddress& address) {
    addresses_.push_back(address);
}

bool Interface::remove_address(const IpAddress& ip) {
    return std::erase_if(addresses_, [&](const auto& address) { return address.ip == ip; }) > 0;
}

}  // namespace portolan::sim
