#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_peer_multicast {

static Task<Judgement> run(Probe& probe) {
    const std::vector<std::string> peers = {"224.0.0.1", "239.255.255.250", "240.0.0.1",
                                            "255.255.255.255", "ff02::1"};
    co_return co_await judge_peers(probe, peers);
}

constexpr Remedy kRemedies[] = {
    {"Coturn", "no-multicast-peers, and denied-peer-ip=240.0.0.0-255.255.255.255"},
};

}  // namespace in_security_peer_multicast

extern const Check security_peer_multicast;
const Check security_peer_multicast{
    .id = "security/peer/multicast",
    .title = "Groups and broadcast as peers",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::High,
    .needs = kCredentials,
    .document = "RFC 8656",
    .section = "21.2",
    .requirement = "Nobody may send to groups or to everybody through the server.",
    .sends =
        "CreatePermission requests for 224.0.0.1, 239.255.255.250, 240.0.0.1, "
        "255.255.255.255 and ff02::1.",
    .conformant = "Answers each with error 403 (443 where there is no relay of that family).",
    .weakness = "CWE-406",
    .remedies = in_security_peer_multicast::kRemedies,
    .run = in_security_peer_multicast::run,
};

}  // namespace portolan::conformance
