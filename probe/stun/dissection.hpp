#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "probe/stun/attribute_value.hpp"
#include "probe/stun/message.hpp"
#include "reports/model/result.hpp"

// Reads as much of a STUN-like datagram as makes sense, where MessageView::parse() would refuse it.
// Internal to the descriptions.
namespace portolan::stun {

struct DissectedAttribute {
    AttributeView view;  ///< the value is cut where the message ends
    std::size_t claimed_bytes = 0;
    const AttributeInfo* info = nullptr;  ///< nullptr: not in the table
    std::optional<AttributeValue> value;  ///< nullopt: malformed
    Bytes padding;
    bool ignored = false;  ///< behind an integrity attribute (RFC 8489 s14.5, s14.6)

    [[nodiscard]] bool overruns() const { return claimed_bytes > view.value.size(); }
    [[nodiscard]] bool secret() const { return info != nullptr && info->secret; }
};

struct Dissection {
    Bytes bytes;
    std::optional<Error> error;  ///< of MessageView::parse()
    bool has_header = false;
    MessageClass message_class{};
    Method method{};
    std::size_t length_field_bytes = 0;
    TransactionId id;
    std::vector<DissectedAttribute> attributes;
    Bytes rest;  ///< behind the last attribute: too short for one, or not covered by the length
};

Dissection dissect(Bytes datagram);

/// First octet 0 to 3 (RFC 7983 s7), or the magic cookie in its place whatever the first octet is.
bool looks_like_stun(Bytes datagram);

}  // namespace portolan::stun
