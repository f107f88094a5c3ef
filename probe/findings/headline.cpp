#include "probe/findings/headline.hpp"

#include <algorithm>

namespace portolan::findings {

namespace {

using discovery::Filtering;
using discovery::Mapping;
using discovery::Outcome;
using discovery::Translation;
using discovery::UdpReachability;
using discovery::VerdictKind;

/// How well calls go; greater is better.
enum class Rank { Unknown, NoNetwork, RelayOverTcp, Partly, MostlyRelay, MostlyDirect, Direct };

struct Judged {
    Rank rank = Rank::Unknown;
    std::string sentence;
};

/// To what a failure may be limited that rests on one server, or on one port; empty without that.
std::string only_what(const std::string& reason) {
    if (reason == discovery::kBlockedUnlessServer) {
        return "this server alone that does not answer over it (a second one would tell)";
    }
    if (reason == discovery::kProhibitedUnlessServer ||
        reason == discovery::kLocalFirewallUnlessServer) {
        return "this server alone to which it is refused (a second one would tell)";
    }
    if (reason == discovery::kBlockedUnlessPort || reason == discovery::kProhibitedUnlessPort ||
        reason == discovery::kLocalFirewallUnlessPort) {
        return "this port alone (a server on another one would tell)";
    }
    return {};
}

Judged judge_blocked(const Outcome& outcome) {
    switch (*outcome.udp.value) {
        case UdpReachability::NoRoute:
            return {Rank::NoNetwork, "Calls will not work: " + outcome.udp.sentence + "."};
        case UdpReachability::SomePorts:
            return {Rank::Partly, "UDP gets through, but not to every port, so that calls may need "
                                  "a TURN server on one that is open: " +
                                      outcome.udp.sentence + "."};
        case UdpReachability::LocalFirewall:
            if (outcome.udp.reason == discovery::kLocalFirewallUnlessServer ||
                outcome.udp.reason == discovery::kLocalFirewallUnlessPort) {
                return {Rank::RelayOverTcp,
                        "This computer's own firewall blocks UDP, unless it is " +
                            only_what(outcome.udp.reason) +
                            ": expect calls to work only through a TURN server over TCP or TLS, if "
                            "at all."};
            }
            return {Rank::RelayOverTcp,
                    "This computer's own firewall blocks UDP: calls will work only through a TURN "
                    "server over TCP or TLS, if at all."};
        default:
            break;
    }
    // Silence ends with the run: what would have come later was not seen.
    const bool silent = outcome.udp.value == UdpReachability::Silent;
    if (const std::string only = only_what(outcome.udp.reason); !only.empty()) {
        return {Rank::RelayOverTcp, "UDP is blocked, unless it is " + only +
                                        (silent ? ", or replies take longer than was waited" : "") +
                                        ": expect calls to work only through a TURN server over "
                                        "TCP or TLS."};
    }
    return {Rank::RelayOverTcp,
            std::string("UDP is blocked") +
                (silent ? ", or takes longer than was waited for it" : "") +
                ": calls will work only through a TURN server over TCP or TLS."};
}

bool is_endpoint_independent(Mapping mapping) {
    return mapping == Mapping::EndpointIndependent || mapping == Mapping::AddressIndependent;
}

/// RFC 4787 s4.1 and s5, seen by ICE: who can reach whom without a relay.
Judged judge(const Outcome& outcome) {
    if (outcome.udp.verdict == VerdictKind::Fail) return judge_blocked(outcome);
    if (outcome.udp.verdict != VerdictKind::Pass) {
        return {Rank::Unknown, "It is open whether calls will work: " + outcome.udp.sentence + "."};
    }
    if (!outcome.mapping.known()) {
        if (outcome.mapping.reason == "public-address-varies") {
            return {
                Rank::MostlyRelay,
                "UDP works, but this network leaves by several public addresses: expect calls to "
                "need a TURN relay with some peers."};
        }
        return {Rank::Partly,
                "UDP works; whether calls go directly is open: " + outcome.mapping.sentence + "."};
    }
    const auto filtering = outcome.filtering.value;
    const bool open = filtering == Filtering::EndpointIndependent;
    const bool by_address = filtering == Filtering::AddressDependent;
    if (!is_endpoint_independent(*outcome.mapping.value)) {
        return {Rank::MostlyRelay,
                "Calls will need a TURN relay unless the other side is open: this NAT gives each "
                "destination another port."};
    }
    if (outcome.translation.value == Translation::None && open) {
        return {Rank::Direct, "Calls will go directly: no NAT and no firewall in the way."};
    }
    if (open) {
        return {Rank::Direct, "Calls will go directly, whatever NAT the other side has."};
    }
    if (by_address) {
        return {Rank::Direct,
                "Calls will go directly with nearly everybody, also where the other side's NAT "
                "changes ports."};
    }
    // A firewall is named where something was seen to be kept out, and only there.
    std::string here;
    if (outcome.translation.value == Translation::None) {
        here = filtering ? " (a firewall, no NAT)" : " (no NAT)";
    } else if (outcome.translation.known()) {
        here = " (a well-behaved NAT)";
    }
    if (!filtering) {
        return {Rank::MostlyDirect,
                "Calls will go directly with most people" + here +
                    "; with whom not depends on the filtering, which is open: " +
                    outcome.filtering.sentence + "."};
    }
    return {Rank::MostlyDirect,
            "Calls will go directly with most people" + here +
                ", and through a TURN relay where the other side's NAT changes ports."};
}

}  // namespace

std::string section_headline(const Outcome& outcome) {
    return judge(outcome).sentence;
}

std::string report_headline(const std::vector<Outcome>& outcomes) {
    Judged best{Rank::Unknown, "Nothing could be measured."};
    bool first = true;
    for (const Outcome& outcome : outcomes) {
        Judged judged = judge(outcome);
        if (first || judged.rank > best.rank) best = std::move(judged);
        first = false;
    }
    return best.sentence;
}

}  // namespace portolan::findings
