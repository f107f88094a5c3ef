#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_peer_re_encoded {

static Task<Judgement> run(Probe& probe) {
    const std::vector<std::string> peers = {"::7f00:1",      "::a00:1",         "2002:7f00:1::1",
                                            "2002:a00:1::1", "64:ff9b::7f00:1", "64:ff9b::a00:1"};
    co_return co_await judge_peers(probe, peers);
}

constexpr Remedy kRemedies[] = {
    {"Coturn", "upgrade to coturn 4.13.1 or later"},
};

}  // namespace in_security_peer_re_encoded

extern const Check security_peer_re_encoded;
const Check security_peer_re_encoded{
    .id = "security/peer/re-encoded",
    .title = "IPv4 addresses in IPv6 clothes",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::High,
    .needs = kCredentials,
    .document = "RFC 8656",
    .section = "21.2",
    .requirement =
        "An IPv4 address that is forbidden stays so when it is written as an IPv6 "
        "address.",
    .sends =
        "CreatePermission requests for 127.0.0.1 and 10.0.0.1 as ::a.b.c.d, 2002::/16 and"
        " 64:ff9b::/96, on an allocation with an IPv6 relay.",
    .conformant = "Answers each with error 403.",
    .weakness = "CVE-2026-73212",
    .remedies = in_security_peer_re_encoded::kRemedies,
    .run = in_security_peer_re_encoded::run,
};

}  // namespace portolan::conformance
