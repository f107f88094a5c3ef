#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_tls_version_1_3 {

static Task<Judgement> run(Probe& probe) {
    transport::TlsClientPolicy policy;
    policy.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3";
    const bool agreed = co_await agrees_to(probe, std::move(policy));
    co_return agreed ? meets("It speaks TLS 1.3.") : violates("It does not speak TLS 1.3.");
}

}  // namespace in_tls_version_1_3

extern const Check tls_version_1_3;
const Check tls_version_1_3{
    .id = "tls/version-1.3",
    .title = "TLS 1.3",
    .level = Level::Should,
    .axis = Axis::Security,
    .danger = Danger::Low,
    .transports = kTls,
    .document = "RFC 8446",
    .section = "1",
    .requirement = "A server speaks the current version of TLS.",
    .sends = "A handshake that offers TLS 1.3 only.",
    .conformant = "Completes it.",
    .weakness = "CWE-326",
    .run = in_tls_version_1_3::run,
};

}  // namespace portolan::conformance
