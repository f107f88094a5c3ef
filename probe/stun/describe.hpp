#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "probe/stun/message.hpp"

// Showing a datagram to people and programs. Both take any bytes and never fail: what cannot be
// read is shown as bytes, with the error where it occurs.
namespace portolan::stun {

struct DescribeOptions {
    /// Values of attributes that the table marks as secret (PASSWORD, ACCESS-TOKEN). For local
    /// debugging only: nothing that leaves the process may set it.
    bool show_secrets = false;
    /// Longer values are cut in the text, which says how much is left out. JSON is always whole.
    std::size_t max_value_bytes = 256;
};

/// Annotated hex dump, one field a line, ending with a newline: offset, bytes, meaning. Lines that
/// start with "!!" say what is wrong. Text from the peer is escaped, so that it is safe on a
/// terminal. ChannelData and other protocols of RFC 7983 are named and dumped.
std::string describe_text(Bytes datagram, const DescribeOptions& options = {});

/// Keys, in this spelling for good: protocol, size_bytes, error {code, message, offset_bytes}; for
/// STUN class, method, method_number, length_bytes, magic_cookie, transaction_id, attributes,
/// rest_hex; for ChannelData channel, length_bytes, data_hex. An attribute has type, name, source,
/// offset_bytes, length_bytes, required, known, ignored, malformed, and its value as value, value_s
/// (seconds), value_hex (bytes; unknown or malformed attributes; text that is not UTF-8), or
/// redacted: true. 64-bit numbers are hex strings, because JSON readers round them.
nlohmann::json describe_json(Bytes datagram, const DescribeOptions& options = {});

}  // namespace portolan::stun
