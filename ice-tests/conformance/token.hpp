#pragma once

#include <chrono>
#include <string>

#include "ice-tests/conformance/probe.hpp"
#include "ice-tests/turn/credentials.hpp"
#include "ice-tests/turn/third_party.hpp"

// Access tokens (RFC 7635), made with the key that the server shares with its authorization server.
namespace portolan::conformance {

/// A client that has been told of third-party authorization, and of the server's name. Ends the
/// check as not applicable when the server says nothing of it.
Task<Client*> invited_client(Probe& probe);

/// A token for the server of that name which was given out so long ago, for so long. Ends the
/// check as undecided when it cannot be made. With the usual kind of mac_key, a server that is
/// wrong about keys is judged by what the check is about.
Task<turn::Credentials> token_for(Probe& probe, std::string server_name, seconds age = seconds(0),
                                  seconds lifetime = seconds(3600),
                                  turn::MacKey kind = turn::MacKey::EndsInZeros);

/// Allocates with it, signed with its mac_key unless `with` is given. An allocation that comes of
/// it is ended again.
Task<Reply> allocate_with(Probe& probe, Client* client, turn::Credentials user);
Task<Reply> allocate_signed(Probe& probe, Client* client, Signature with);

/// Whether a success response grants no more than RFC 7635 s9 gives a token for 120 s.
Judgement judge_two_minutes(const Reply& reply);

/// How it is signed.
Signature signature_of(Client& client, const turn::Credentials& user);

}  // namespace portolan::conformance
