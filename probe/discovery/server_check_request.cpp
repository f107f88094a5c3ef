#include "probe/discovery/server_check_request.hpp"

#include <algorithm>
#include <array>

namespace portolan::discovery {

namespace {

// Short on purpose: fragments are another question than whether the attribute is known.
constexpr std::size_t kPaddingBytes = 64;

}  // namespace

/// RFC 3489 s11.1: all 128 bits are the id; only the lack of the cookie tells the two forms apart.
stun::TransactionId without_cookie(stun::TransactionId id, const stun::TransactionId& more) {
    std::copy_n(more.octets.begin() + 4, 4, id.octets.begin());
    if (id.has_magic_cookie()) id.octets[0] ^= std::byte{0xFF};
    return id;
}

std::vector<std::byte> build_request(AuditStep step, const Probe& probe) {
    using stun::AttributeType;
    std::array<std::byte, 160> buffer{};
    const std::array<std::byte, kPaddingBytes> zeroes{};
    stun::MessageWriter writer(buffer, stun::MessageClass::Request, stun::Method::Binding,
                               probe.id);
    switch (step) {
        case AuditStep::ChangeNone:
        case AuditStep::ChangeIp:
        case AuditStep::ChangePort:
        case AuditStep::ChangeBoth:
            writer.add_change_request(probe.change_ip, probe.change_port);
            break;
        case AuditStep::Padding:
        case AuditStep::ResponsePortPadding:
            writer.add_bytes(AttributeType::Padding, zeroes);
            break;
        case AuditStep::UnknownAttribute:
            writer.add_u32(kUnknownType, 0);
            break;
        default:
            break;
    }
    if (probe.response_port) writer.add_u16(AttributeType::ResponsePort, *probe.response_port);
    if (step == AuditStep::Fingerprint) writer.add_fingerprint();
    return {writer.bytes().begin(), writer.bytes().end()};
}

}  // namespace portolan::discovery
