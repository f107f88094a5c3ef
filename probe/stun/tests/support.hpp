#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "probe/stun/message.hpp"

namespace portolan::stun::test {

inline std::vector<std::byte> from_hex(std::string_view hex) {
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    std::vector<std::byte> out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        out.push_back(static_cast<std::byte>(digit(hex[i]) * 16 + digit(hex[i + 1])));
    }
    return out;
}

inline Bytes bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

inline std::vector<std::byte> copy_of(Bytes bytes) {
    return {bytes.begin(), bytes.end()};
}

inline TransactionId sample_id() {
    std::array<std::byte, 12> id{};
    for (std::size_t i = 0; i < id.size(); ++i)
        id[i] = static_cast<std::byte>(0x10 + i);
    return TransactionId::with_cookie(id);
}

/// The bytes are the caller's; dereferencing a failed parse ends the test run loudly.
inline MessageView parsed(Bytes bytes) {
    return MessageView::parse(bytes).value();
}

}  // namespace portolan::stun::test
