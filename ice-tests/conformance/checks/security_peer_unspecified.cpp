#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_peer_unspecified {

static Task<Judgement> run(Probe& probe) {
    const std::vector<std::string> peers = {"0.0.0.0", "0.1.2.3", "::"};
    co_return co_await judge_peers(probe, peers);
}

constexpr Remedy kRemedies[] = {
    {"Coturn", "upgrade to coturn 4.5.2 or later"},
};

}  // namespace in_security_peer_unspecified

extern const Check security_peer_unspecified;
const Check security_peer_unspecified{
    .id = "security/peer/unspecified",
    .title = "Unspecified addresses as peers",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::High,
    .needs = kCredentials,
    .document = "RFC 8656",
    .section = "21.2",
    .requirement = "0.0.0.0 and :: mean this host: they are no peers.",
    .sends = "CreatePermission requests for 0.0.0.0, 0.1.2.3 and ::.",
    .conformant = "Answers each with error 403 (443 where there is no relay of that family).",
    .weakness = "CVE-2020-26262",
    .remedies = in_security_peer_unspecified::kRemedies,
    .run = in_security_peer_unspecified::run,
};

}  // namespace portolan::conformance
