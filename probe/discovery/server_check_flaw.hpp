#pragma once

#include <optional>
#include <string_view>

#include "probe/discovery/ledger.hpp"

/// What makes a Binding response unbelievable although it has the transaction id and the form.
namespace portolan::discovery {

/// RFC 8489 s6.3, s6.3.3, s6.3.4: clients discard such a response whole.
enum class AuditFlaw {
    WrongFingerprint,  ///< there, and not what the bytes give
    UnknownAttribute,  ///< comprehension-required, and known to nobody
};

/// "wrong-fingerprint", "unknown-attribute"
std::string_view to_string(AuditFlaw flaw);

std::optional<AuditFlaw> audit_flaw_of(const Arrival& arrival);

/// Whether a request can have been sent from there: port 0, the unspecified address, groups and the
/// limited broadcast address send nothing.
bool can_be_mapped(const TransportAddress& address);

}  // namespace portolan::discovery
