#include <algorithm>

#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_security_peer_nobody {

// Name servers of the root zone, whose addresses stay: of several networks, and on the internet
// beyond doubt.
constexpr std::string_view kPublic[] = {"193.0.14.129", "198.41.0.4", "199.7.83.42", "2001:7fd::1",
                                        "2001:503:ba3e::2:30"};
constexpr std::string_view kPrivate[] = {"10.0.0.1", "172.16.0.1", "192.168.0.1", "fd00::1"};

struct Asked {
    std::vector<std::string> permitted;
    std::vector<std::string> forbidden;  ///< with error 403
    std::string other_answer;            ///< one that is not about the peer
};

std::string list_of(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words)
        out += (out.empty() ? "" : ", ") + word;
    return out;
}

/// One after the other, until the first that is permitted when one is enough.
static Task<Asked> ask(Probe& probe, std::vector<IpAddress> peers, bool one_is_enough) {
    Asked out;
    for (const AddressFamily family : {AddressFamily::IPv4, AddressFamily::IPv6}) {
        std::vector<IpAddress> wanted;
        std::ranges::copy_if(peers, std::back_inserter(wanted),
                             [&](const IpAddress& ip) { return ip.family() == family; });
        if (wanted.empty()) continue;
        Client* client = co_await probe.client();
        Request request = turn::allocate();
        request.family(AttributeType::RequestedAddressFamily, static_cast<std::uint8_t>(family));
        const Reply allocated = co_await client->request(request);
        if (allocated.code() == 440) continue;
        const auto relayed = allocated.address(AttributeType::XorRelayedAddress);
        if (!allocated.is_success() || !relayed || relayed->family() != family) {
            out.other_answer = "No allocation of that family: " + allocated.said() + ".";
            continue;
        }
        for (const IpAddress& ip : wanted) {
            const TransportAddress peer{ip, 9};
            const Reply reply = co_await client->request(turn::create_permission(peer));
            if (reply.is_success()) {
                out.permitted.push_back(ip.to_string());
                if (one_is_enough) co_return out;
            } else if (reply.code() == 403) {
                out.forbidden.push_back(ip.to_string());
            } else {
                out.other_answer =
                    "CreatePermission for " + ip.to_string() + " got " + reply.said() + ".";
            }
        }
    }
    co_return out;
}

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
            peers.push_back(probe.peer().address().ip);
            if (target.relay_ip) peers.push_back(*target.relay_ip);
        }
    }
    const Asked asked = co_await ask(probe, peers, !is_told);
    const std::string forbidden = "It forbids " + list_of(asked.forbidden);
    if (is_told && !asked.forbidden.empty()) {
        Judgement out = violates(forbidden + ", which it is there for.");
        out.about = asked.forbidden;
        co_return out;
    }
    if (!asked.other_answer.empty() && (is_told || asked.permitted.empty())) {
        co_return undecided(asked.other_answer);
    }
    if (!asked.permitted.empty()) {
        co_return meets("It permits " + list_of(asked.permitted) + ".");
    }
    if (asked.forbidden.empty()) co_return not_applicable("It has no relays of that family.");
    if (target.has_public_peers) {
        co_return violates(forbidden + ": nobody on the internet can be reached through it.");
    }
    co_return undecided(forbidden +
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
