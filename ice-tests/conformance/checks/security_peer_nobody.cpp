#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_security_peer_nobody {

// Name servers of the root zone, whose addresses stay: of several networks, and on the internet
// beyond doubt.
constexpr std::string_view kPublic[] = {"193.0.14.129", "198.41.0.4", "199.7.83.42", "2001:7fd::1",
                                        "2001:503:ba3e::2:30"};
constexpr std::string_view kPrivate[] = {"10.0.0.1", "172.16.0.1", "192.168.0.1", "fd00::1"};

static Task<Judgement> run(Probe& probe) {
    const Target& target = probe.target();
    std::vector<IpAddress> peers = target.wanted_peers;
    const bool is_told = !peers.empty();
    if (!is_told) {
        for (const std::string_view text : kPublic)
            peers.push_back(*IpAddress::parse(text));
        if (!target.has_public_peers) {
            for (const std::string_view text : kPrivate)
                peers.push_back(*IpAddress::parse(text));
            const IpAddress own = probe.peer().address().ip;
            peers.push_back(own);
            if (target.relay_ip && *target.relay_ip != own) peers.push_back(*target.relay_ip);
        }
    }
    // Of those that are named, each is asked for; of the others one is enough.
    const PeersAsked asked =
        co_await ask_for_peers(probe, peers, [is_told](const PeersAsked::Answer& answer) {
            return !is_told && answer.reply.is_success() && answer.is_of_relays_family;
        });
    std::vector<std::string> permitted;
    std::vector<std::string> forbidden;
    std::string other_answer = asked.no_relay;
    for (const auto& [ip, reply, is_of_relays_family] : asked.answers) {
        if (!is_of_relays_family) continue;
        if (reply.is_success()) {
            permitted.push_back(ip.to_string());
        } else if (reply.code() == 403) {
            forbidden.push_back(ip.to_string());
        } else {
            other_answer = "CreatePermission for " + ip.to_string() + " got " + reply.said() + ".";
        }
    }
    const std::string forbids = "It forbids " + list_of(forbidden);
    if (is_told && !forbidden.empty()) {
        Judgement out = violates(forbids + ", which it is there for.");
        out.about = std::move(forbidden);
        co_return out;
    }
    if (!other_answer.empty() && (is_told || permitted.empty())) co_return undecided(other_answer);
    if (!permitted.empty()) co_return meets("It permits " + list_of(permitted) + ".");
    if (forbidden.empty()) co_return not_applicable("It has no relays of that family.");
    if (target.has_public_peers) {
        co_return violates(forbids + ": nobody on the internet can be reached through it.");
    }
    co_return undecided(forbids +
                        ": whoever it relays to is somebody else, if it relays to anybody. --peer "
                        "names one of them.");
}

constexpr Remedy kRemedies[] = {
    {"Coturn", "denied-peer-ip is about everybody: allowed-peer-ip takes out who is to be reached"},
};

}  // namespace in_security_peer_nobody

extern const Check security_peer_nobody;
const Check security_peer_nobody{
    .id = "security/peer/nobody",
    .title = "Somebody as a peer",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::High,
    .needs = kCredentials,
    .document = "RFC 8656",
    .section = "10.2",
    .requirement =
        "A server that forbids every peer is safe and useless: it has to permit somebody. Under "
        "profile webrtc-public that is a public address, and with --peer each address that is "
        "named; otherwise a server may be there for a few hosts that nobody can guess, and one "
        "that forbids all that are asked for is left open.",
    .sends =
        "CreatePermission requests for public addresses, then for private ones, this host's and "
        "the relay's own, until one is permitted. Nothing is sent there.",
    .conformant = "Answers one of them with success.",
    .remedies = in_security_peer_nobody::kRemedies,
    .run = in_security_peer_nobody::run,
};

}  // namespace portolan::conformance
