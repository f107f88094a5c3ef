#include "ice-tests/server/mutate.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <limits>
#include <string>
#include <utility>

#include "ice-tests/server/turn_core.hpp"
#include "probe/stun/framing.hpp"
#include "probe/stun/wire.hpp"

namespace portolan::server {
namespace {

using M = mutants::Mutant;
using Message = std::vector<std::byte>;

constexpr std::size_t kAttributeHeaderBytes = 4;

struct PermittedRange {
    M mutant;
    const char* range;
};

constexpr PermittedRange kPermitted[] = {
    {M::SecurityPeerLoopback, "127.0.0.0/8"},
    {M::SecurityPeerLoopback, "::1"},
    {M::SecurityPeerOwnAddress, "127.0.0.1"},
    {M::SecurityPeerUnspecified, "0.0.0.0/8"},
    {M::SecurityPeerUnspecified, "::"},
    {M::SecurityPeerLinkLocal, "169.254.0.0/16"},
    {M::SecurityPeerPrivate, "10.0.0.0/8"},
    {M::SecurityPeerPrivate, "172.16.0.0/12"},
    {M::SecurityPeerPrivate, "192.168.0.0/16"},
    {M::SecurityPeerPrivate, "100.64.0.0/10"},
    {M::SecurityPeerReserved, "192.0.0.0/24"},
    {M::SecurityPeerReserved, "192.0.2.0/24"},
    {M::SecurityPeerReserved, "192.88.99.0/24"},
    {M::SecurityPeerReserved, "198.18.0.0/15"},
    {M::SecurityPeerReserved, "198.51.100.0/24"},
    {M::SecurityPeerReserved, "203.0.113.0/24"},
    {M::SecurityPeerMulticast, "224.0.0.0/3"},
    {M::SecurityPeerIpv6Local, "fe80::/10"},
    {M::SecurityPeerIpv6Local, "fc00::/7"},
    {M::SecurityPeerIpv6Local, "fec0::/10"},
    {M::SecurityPeerReEncoded, "::7f00:0/104"},
    {M::SecurityPeerReEncoded, "::a00:0/104"},
    {M::SecurityPeerReEncoded, "64:ff9b::7f00:0/104"},
    {M::SecurityPeerReEncoded, "64:ff9b::a00:0/104"},
    {M::SecurityPeerReEncoded, "2002:7f00::/24"},
    {M::SecurityPeerReEncoded, "2002:a00::/24"},
    {M::SecurityPeerTunnel, "2001::/32"},
    {M::SecurityPeerTunnel, "2002::/16"},
};

bool has_cookie(stun::Bytes bytes) {
    return bytes.size() >= stun::kHeaderBytes &&
           stun::wire::load_u32(bytes.data() + 4) == stun::kMagicCookie;
}

void set_length(Message& message) {
    message.resize(message.size() / 4 * 4);
    stun::wire::store_u16(message.data() + 2,
                          static_cast<std::uint16_t>(message.size() - stun::kHeaderBytes));
}

// Up to the attribute that goes past the end.
void cut_overrun(Message& message) {
    std::size_t at = stun::kHeaderBytes;
    while (at + kAttributeHeaderBytes <= message.size()) {
        const std::size_t value_bytes = stun::wire::load_u16(message.data() + at + 2);
        const std::size_t next = at + kAttributeHeaderBytes + (value_bytes + 3) / 4 * 4;
        if (next > message.size()) break;
        at = next;
    }
    message.resize(std::min(at, message.size()));
    set_length(message);
}

bool is_of_nobody(std::byte first) {
    const auto value = std::to_integer<unsigned>(first);
    return (value >= 4 && value <= 19) || (value >= 80 && value <= 127) || value >= 192;
}

}  // namespace

std::optional<Message> repaired(const mutants::MutantSet& mutants, stun::Bytes bytes) {
    // Relayed data comes by here as well: a sound server does not look at it.
    if (!mutants.any() || bytes.size() < stun::kHeaderBytes || stun::MessageView::parse(bytes)) {
        return std::nullopt;
    }
    Message out(bytes.begin(), bytes.end());
    if (mutants.has(M::Rfc7983S7FirstByte) && is_of_nobody(bytes.front()) &&
        stun::MessageView::parse(bytes.subspan(1))) {
        out.erase(out.begin());
        return out;
    }
    if (!has_cookie(bytes)) return std::nullopt;
    if (mutants.has(M::Rfc8489S6_3FirstBits)) {
        out.front() &= std::byte{0x3F};
    } else if (mutants.has(M::Rfc8489S6_3LengthWrong)) {
        set_length(out);
    } else if (mutants.has(M::Rfc8489S6_3AttributeOverrun)) {
        cut_overrun(out);
    } else {
        return std::nullopt;
    }
    return out;
}

void fill_padding(std::span<std::byte> message, std::byte with) {
    const auto view = stun::MessageView::parse(message);
    if (!view || view->has(stun::AttributeType::MessageIntegrity) ||
        view->has(stun::AttributeType::MessageIntegritySha256) ||
        view->has(stun::AttributeType::Fingerprint)) {
        return;
    }
    for (const stun::AttributeView attribute : *view) {
        std::size_t at = attribute.offset_bytes + kAttributeHeaderBytes + attribute.value.size();
        for (; at % 4 != 0 && at < message.size(); ++at)
            message[at] = with;
    }
}

std::vector<IpRange> permitted_by(const mutants::MutantSet& mutants) {
    std::vector<IpRange> out;
    for (const PermittedRange& row : kPermitted) {
        if (!mutants.has(row.mutant)) continue;
        const auto range = IpRange::parse(row.range);
        if (range) out.push_back(*range);
    }
    return out;
}

void misconfigure(const mutants::MutantSet& mutants, TurnCoreConfig& config) {
    constexpr std::size_t kLongSoftwareBytes = 800;
    constexpr std::uint16_t kLowPort = 30000;
    if (mutants.has(M::Rfc8489S14_14Software)) {
        config.binding.software.assign(kLongSoftwareBytes, 's');
    }
    if (mutants.has(M::Rfc8656S7_2RelayPorts)) {
        config.relays.port_min = kLowPort;
        config.relays.is_sequential = true;
    }
    if (mutants.has(M::Rfc8656S12_2ChannelRange)) config.max_channel = stun::kMaxRfc5766Channel;
    if (mutants.has(M::Rfc8656S7_2Quota)) config.quotas = {};
    config.relays.leaks_even_ports = mutants.has(M::SecurityEvenPortLeak);
    config.relays.has_sequential_tokens = mutants.has(M::SecurityEntropy);
    if (mutants.has(M::SecurityPermissionLimit)) {
        config.quotas.permission_count = std::numeric_limits<std::size_t>::max();
    }
    for (const IpRange& range : permitted_by(mutants))
        config.peers.permitted.push_back(range);
}

void misconfigure(const mutants::MutantSet& mutants, TurnCredentials& credentials) {
    if (mutants.has(M::SecurityWeakCredentials)) {
        credentials.users.push_back({"test", cli::Secret("test")});
    }
}

transport::CertificateWish certificate_for(const mutants::MutantSet& mutants,
                                           std::vector<std::string> names,
                                           std::vector<IpAddress> ips) {
    transport::CertificateWish out{.names = std::move(names), .ips = std::move(ips)};
    if (mutants.has(M::TlsCertificate)) out = {.names = {"other.invalid"}, .ips = {}};
    if (mutants.has(M::TlsKeySize)) out.key = transport::CertificateKey::Rsa1024;
    if (mutants.has(M::TlsForwardSecrecy)) out.key = transport::CertificateKey::Rsa2048;
    if (mutants.has(M::TlsCertificateDays)) out.lasts = std::chrono::hours(24 * 5);
    return out;
}

transport::TlsServerPolicy tls_policy(const mutants::MutantSet& mutants) {
    transport::TlsServerPolicy out;
    if (mutants.has(M::TlsOldVersions)) {
        out.priority = "+VERS-TLS1.1:+VERS-TLS1.0:+VERS-DTLS1.0:+SIGN-ALL";
    }
    if (mutants.has(M::TlsVersionS1_3)) out.priority = "-VERS-TLS1.3";
    if (mutants.has(M::TlsWeakCiphers)) out.priority = "+NULL:+SHA1:+SHA256";
    if (mutants.has(M::TlsLegacyCiphers)) out.priority = "+3DES-CBC:+ARCFOUR-128:+SHA1";
    if (mutants.has(M::TlsModernCiphers)) out.priority = "-AES-128-GCM";
    if (mutants.has(M::TlsAlpn)) out.alpn.emplace_back("http/1.1");
    out.needs_server_name = mutants.has(M::TlsServerName);
    out.with_cookies = !mutants.has(M::Rfc7350S4_6HelloVerify);
    return out;
}

}  // namespace portolan::server
