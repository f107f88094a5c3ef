#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ice-tests/mutants/mutant.hpp"
#include "ice-tests/server/peer_policy.hpp"
#include "probe/stun/message.hpp"
#include "probe/transport/self_signed.hpp"
#include "probe/transport/tls_connection.hpp"

// What mutants do that is about whole messages or a whole deployment. The others are where the
// server does it right.
namespace portolan::server {

struct TurnCoreConfig;
struct TurnCredentials;

/// What a mutant takes a malformed message for: a well-formed one. Nothing: it takes it as it is.
std::optional<std::vector<std::byte>> repaired(const mutants::MutantSet& mutants,
                                               stun::Bytes bytes);

/// Fills the padding of attributes with these octets, unless the message is protected against
/// changes.
void fill_padding(std::span<std::byte> message, std::byte with);

/// The peers that a mutant permits, whatever the policy says.
std::vector<IpRange> permitted_by(const mutants::MutantSet& mutants);

/// The mutants that are wrong by configuration.
void misconfigure(const mutants::MutantSet& mutants, TurnCoreConfig& config);
void misconfigure(const mutants::MutantSet& mutants, TurnCredentials& credentials);

/// The certificate to make for a server of that name, and how TLS and DTLS are negotiated: whoever
/// makes the server's identity asks.
transport::CertificateWish certificate_for(const mutants::MutantSet& mutants,
                                           std::vector<std::string> names,
                                           std::vector<IpAddress> ips);
transport::TlsServerPolicy tls_policy(const mutants::MutantSet& mutants);

}  // namespace portolan::server
