#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "probe/stun/message.hpp"

namespace portolan::server {

/// The id of request number `n`, with the magic cookie or, for RFC 3489, without.
inline stun::TransactionId transaction_id(std::uint8_t n, bool classic = false) {
    stun::TransactionId id;
    if (!classic) id = stun::TransactionId::with_cookie(std::array<std::byte, 12>{});
    id.octets[0] = classic ? std::byte{0x77} : id.octets[0];
    id.octets[14] = std::byte{n};
    return id;
}

using AddAttributes = std::function<void(stun::MessageWriter&)>;

inline std::vector<std::byte> binding_request(
    const AddAttributes& add = {}, const stun::TransactionId& id = transaction_id(1),
    stun::MessageClass message_class = stun::MessageClass::Request,
    stun::Method method = stun::Method::Binding) {
    std::array<std::byte, 4096> buffer{};
    stun::MessageWriter writer(buffer, message_class, method, id);
    if (add) add(writer);
    return {writer.bytes().begin(), writer.bytes().end()};
}

}  // namespace portolan::server
