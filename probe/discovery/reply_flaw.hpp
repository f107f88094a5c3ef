#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "probe/stun/message.hpp"
#include "probe/stun/transport_address.hpp"

/// What makes a Binding response unbelievable although it has the transaction id and the form.
namespace portolan::discovery {

enum class ReplyFlaw {
    WrongFingerprint,  ///< there, and not what the bytes give
    UnknownAttribute,  ///< comprehension-required, and known to nobody
};

/// "wrong-fingerprint", "unknown-attribute"
std::string_view to_string(ReplyFlaw flaw);

/// Such a message is discarded whole (RFC 8489 s6.3, s6.3.3, s6.3.4).
std::optional<ReplyFlaw> flaw_of(const stun::MessageView& message);

/// Comprehension-required attributes that no document defines.
std::vector<std::uint16_t> unknown_attributes(const stun::MessageView& message);

/// Whether a request can have been sent from there: port 0, the unspecified address, groups and the
/// limited broadcast address send nothing.
bool can_be_mapped(const TransportAddress& address);

}  // namespace portolan::discovery
