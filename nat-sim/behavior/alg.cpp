// Application layer gateways: payloads that are rewritten, for the worse (RFC 4787 REQ-10).

#include <algorithm>
#include <string>

#include "nat-sim/behavior/engine.hpp"

namespace portolan::nat {
namespace {

constexpr std::uint16_t kSipPort = 5060;

/// RFC 8489 s14.1: MAPPED-ADDRESS is what such boxes find; XOR-MAPPED-ADDRESS hides from them.
constexpr unsigned kMappedAddress = 0x0001;

/// True when it was changed; the size stays.
bool rewrite_stun(std::byte* message, std::size_t size, Endpoint from, Endpoint to) {
    if (size < 20 || (get8(message) & 0xC0) != 0) return false;
    const std::size_t end = std::min<std::size_t>(size, 20 + std::size_t{get16(message + 2)});
    bool changed = false;
    for (std::size_t at = 20; at + 4 <= end;) {
        const std::size_t length = get16(message + at + 2);
        std::byte* value = message + at + 4;
        if (get16(message + at) == kMappedAddress && length == 8 && at + 12 <= end &&
            get8(value + 1) == 1 && get32(value + 4) == from.address &&
            get16(value + 2) == from.port) {
            put16(value + 2, to.port);
            put32(value + 4, to.address);
            changed = true;
        }
        at += 4 + (length + 3) / 4 * 4;
    }
    return changed;
}

bool is_address_char(char c) {
    return (c >= '0' && c <= '9') || c == '.';
}

/// Replaces the address where it stands alone, and the port behind it when that is the one.
std::string replace_endpoint(const std::string& text, Endpoint from, Endpoint to) {
    const std::string old_address = to_string(Ipv4{from.address});
    const std::string old_port = ":" + std::to_string(from.port);
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t found = text.find(old_address, at);
        if (found == std::string::npos) return result + text.substr(at);
        const std::size_t end = found + old_address.size();
        const bool alone = (found == 0 || !is_address_char(text[found - 1])) &&
                           (end == text.size() || !is_address_char(text[end]));
        result += text.substr(at, found - at);
        at = end;
        if (!alone) {
            result += old_address;
            continue;
        }
        result += to_string(Ipv4{to.address});
        const std::size_t port_end = end + old_port.size();
        const bool digit_follows =
            port_end < text.size() && text[port_end] >= '0' && text[port_end] <= '9';
        if (text.compare(end, old_port.size(), old_port) == 0 && !digit_follows) {
            result += ":" + std::to_string(to.port);
            at = port_end;
        }
    }
    return result;
}

/// RFC 3261 s20.14: the length of the body, when the header is there in its long form.
std::string with_content_length(const std::string& text) {
    static const std::string kName = "\r\nContent-Length:";
    const std::size_t body = text.find("\r\n\r\n");
    const std::size_t at = text.find(kName);
    if (body == std::string::npos || at == std::string::npos || at > body) return text;
    const std::size_t end = text.find("\r\n", at + 2);
    return text.substr(0, at) + kName + " " + std::to_string(text.size() - body - 4) +
           text.substr(end);
}

}  // namespace

void Engine::apply_alg(Passage& p, bool outbound, Endpoint inside, Endpoint outside) {
    if (sabotaged(Sabotage::Alg)) return;
    const auto ip = read_ipv4(p.bytes.data(), p.bytes.size());
    if (!ip || ip->protocol != kProtocolUdp || ip->is_fragment()) return;
    std::byte* udp = p.bytes.data() + ip->header_size;
    const std::size_t udp_size = p.bytes.size() - ip->header_size;
    const bool has_checksum = get16(udp + 6) != 0;
    const Endpoint from = outbound ? inside : outside;
    const Endpoint to = outbound ? outside : inside;
    if (parameters_.alg == Alg::Stun) {
        if (!rewrite_stun(udp + 8, udp_size - 8, from, to)) return;
    } else {
        if (get16(udp) != kSipPort && get16(udp + 2) != kSipPort) return;
        const auto* chars = reinterpret_cast<const char*>(udp + 8);
        const std::string before(chars, udp_size - 8);
        const std::string after = with_content_length(replace_endpoint(before, from, to));
        if (after == before || ip->header_size + 8 + after.size() > 65535) return;
        p.bytes.resize(ip->header_size + 8 + after.size());
        udp = p.bytes.data() + ip->header_size;
        std::transform(after.begin(), after.end(), udp + 8,
                       [](char c) { return static_cast<std::byte>(c); });
        put16(p.bytes.data() + 2, static_cast<unsigned>(p.bytes.size()));
        put16(udp + 4, static_cast<unsigned>(after.size() + 8));
        put16(p.bytes.data() + 10, 0);
        put16(p.bytes.data() + 10, internet_checksum(p.bytes.data(), ip->header_size));
    }
    if (!has_checksum) return;
    const std::size_t size = p.bytes.size() - ip->header_size;
    put16(udp + 6, 0);
    const auto sum = static_cast<std::uint16_t>(
        ~fold(ones_sum(udp, size) + pseudo_sum(ip->source, ip->destination, kProtocolUdp, size)));
    put16(udp + 6, sum == 0 ? 0xFFFF : sum);
}

}  // namespace portolan::nat
