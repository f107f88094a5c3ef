#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_tls_old_versions {

static Task<Judgement> run(Probe& probe) {
    const bool is_stream = probe.is_stream();
    transport::TlsClientPolicy policy;
    policy.priority = is_stream ? "NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0:+SIGN-ALL"
                                : "NORMAL:-VERS-ALL:+VERS-DTLS1.0:+SIGN-ALL";
    const bool agreed = co_await agrees_to(probe, std::move(policy));
    const std::string versions = is_stream ? "TLS 1.0 or 1.1" : "DTLS 1.0";
    co_return agreed ? violates("It speaks " + versions + ".")
                     : meets("It refuses " + versions + ".");
}

}  // namespace in_tls_old_versions

extern const Check tls_old_versions;
const Check tls_old_versions{
    .id = "tls/old-versions",
    .title = "Old versions of TLS",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::High,
    .transports = kSecure,
    .document = "RFC 8996",
    .section = "4",
    .requirement = "TLS 1.0, TLS 1.1 and DTLS 1.0 are not negotiated.",
    .sends = "A handshake that offers these only.",
    .conformant = "Refuses it.",
    .weakness = "CWE-326",
    .run = in_tls_old_versions::run,
};

}  // namespace portolan::conformance
