#pragma once

#include "sdp-lint/rules/rule.hpp"

/// The checks of the renegotiation group that are about transports.
namespace portolan::lint {

/// RE006, RE007, RE008, RE013
void check_restarts(const Sequence& sequence, Reporter& reporter);
/// RE014
void check_ice_parameters(const Sequence& sequence, Reporter& reporter);
/// RE009
void check_certificates(const Sequence& sequence, Reporter& reporter);
/// RE010
void check_dtls_roles(const Sequence& sequence, Reporter& reporter);
/// RE011
void check_rtcp_mux(const Sequence& sequence, Reporter& reporter);

}  // namespace portolan::lint
