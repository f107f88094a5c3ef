#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_tls_plaintext {

static Task<Judgement> run(Probe& probe) {
    co_return co_await judge_transport(probe, Transport::Tcp,
                                       "It answered a plaintext request on its TLS port.",
                                       "Plaintext gets no answer on the TLS port.");
}

constexpr Remedy kRemedies[] = {
    {"Coturn", "coturn serves plaintext on every port: put a TLS proxy in front, or filter"},
};

}  // namespace in_tls_plaintext

extern const Check tls_plaintext;
const Check tls_plaintext{
    .id = "tls/plaintext",
    .title = "Plaintext on the TLS port",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::High,
    .transports = kTls,
    .document = "RFC 8656",
    .section = "3.1",
    .requirement = "Who asks for TLS must not be served without: the TLS port speaks TLS only.",
    .sends = "A Binding request in plaintext over TCP to the TLS port.",
    .conformant = "Does not answer it.",
    .weakness = "CWE-319",
    .remedies = in_tls_plaintext::kRemedies,
    .run = in_tls_plaintext::run,
};

}  // namespace portolan::conformance
