#pragma once

#include <string_view>

#include "probe/discovery/ledger.hpp"

/// What makes a Binding response unbelievable although it has the transaction id and the form: the
/// rules that every judge of a reply shares.
namespace portolan::discovery {

/// "wrong-fingerprint", "unknown-attribute"; empty for None.
std::string_view to_string(ReplyFlaw flaw);

ReplyFlaw flaw_of(const stun::MessageView& message);

/// Whether a request can have been sent from there: port 0, the unspecified address, groups and the
/// limited broadcast address send nothing.
bool can_be_mapped(const TransportAddress& address);

/// The address that an XOR-MAPPED-ADDRESS holds when it is read as if it were not obfuscated
/// (RFC 8489 s14.2); and so its own inverse.
TransportAddress without_xor(const TransportAddress& address, const stun::TransactionId& id);

/// Takes note of what, with one more arrival of `probe`, makes its whole server unbelievable:
/// contradictory answers, and one mapping for several sockets. On ServerRecord.
void note_arrival(Ledger& ledger, const Probe& probe, const Arrival& arrival);

}  // namespace portolan::discovery
