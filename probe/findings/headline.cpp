#include "probe/findings/headline.hpp"

#include <algorithm>
#include <utility>

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
    std::string why_open = {};  ///< where the rank is Unknown: what the answer waits for
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
            return {Rank::Partly,
                    "UDP gets through, but not to every port, so that calls may need "
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
    const std::string over_tcp =
        std::string("through a TURN server over TCP or TLS") +
        (outcome.streams_work ? "." : ", if at all: TCP was not seen to get through either.");
    if (const std::string only = only_what(outcome.udp.reason); !only.empty()) {
        return {Rank::RelayOverTcp, "UDP is blocked, unless it is " + only +
                                        (silent ? ", or replies take longer than was waited" : "") +
                                        ": expect calls to work only " + over_tcp};
    }
    return {Rank::RelayOverTcp, std::string("UDP is blocked") +
                                    (silent ? ", or takes longer than was waited for it" : "") +
                                    ": calls will work only " + over_tcp};
}

bool is_endpoint_independent(Mapping mapping) {
    return mapping == Mapping::EndpointIndependent || mapping == Mapping::AddressIndependent;
}

/// RFC 4787 s4.1 and s5, seen by ICE: who can reach whom without a relay.
Judged judge(const Outcome& outcome) {
    if (outcome.udp.verdict == VerdictKind::Fail) return judge_blocked(outcome);
    if (outcome.udp.verdict != VerdictKind::Pass) {
        return {Rank::Unknown, "It is open whether calls will work: " + outcome.udp.sentence + ".",
                "whether calls work there is open (" + outcome.udp.sentence + ")"};
    }
    if (!outcome.mapping.known()) {
        if (outcome.mapping.reason == "public-address-varies") {
            return {
                Rank::MostlyRelay,
                "UDP works, but this network leaves by several public addresses: expect calls to "
                "need a TURN relay with some peers."};
        }
        if (outcome.mapping.reason == "local-address-varies") {
            return {Rank::Partly,
                    "UDP works, but this computer's own routing table sends to some servers from "
                    "another address than to others (a VPN for a part of the traffic?): how calls "
                    "go depends on which way they take; look at each with --interface."};
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
    // A mapping by port would be invisible to servers that all use one.
    const bool one_port = outcome.mapping.value == Mapping::AddressIndependent &&
                          outcome.translation.value != Translation::None;
    const std::string condition =
        one_port ? ", unless this NAT maps by port, which servers that all use one cannot show"
                 : "";
    if (open) {
        return {Rank::Direct,
                "Calls will go directly, whatever NAT the other side has" + condition + "."};
    }
    if (by_address) {
        return {Rank::Direct,
                "Calls will go directly with nearly everybody, also where the other side's NAT "
                "changes ports" +
                    condition + "."};
    }
    // A firewall is named where something was seen to be kept out, and only there.
    std::string here;
    if (outcome.translation.value == Translation::None) {
        here = filtering ? " (a firewall, no NAT)" : " (no NAT)";
    } else if (one_port) {
        here = condition;
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

/// Only servers with addresses of this host's, its own network's or its provider's: how they are
/// reached says nothing of the way to the Internet.
std::string only_inside(const Outcome& outcome) {
    bool any = false;
    bool is_this_host = true;
    bool is_provider = false;
    for (const discovery::ServerAudit& server : outcome.servers) {
        if (!server.answers) continue;
        any = true;
        const AddressClass kind = server.address.ip.address_class();
        if (kind != AddressClass::Loopback && kind != AddressClass::Private &&
            kind != AddressClass::LinkLocal && kind != AddressClass::SharedCgn) {
            return {};
        }
        is_this_host &= kind == AddressClass::Loopback;
        is_provider |= kind == AddressClass::SharedCgn;
    }
    if (!any) return {};
    if (is_this_host) return "this machine";
    // RFC 6598: the addresses between a provider's customers and its NAT.
    return is_provider ? "the provider's own network" : "this machine's own network";
}

/// What was lost on the way spoils a call that its addresses would allow.
std::string loss_remark(const Outcome& outcome) {
    constexpr int kEnough = 20;
    constexpr int kHighPct = 20;
    if (!outcome.loss || outcome.loss->sent < kEnough) return {};
    const int pct = outcome.loss->unanswered * 100 / outcome.loss->sent;
    if (pct < kHighPct) return {};
    return " But " + std::to_string(pct) + " % of " + std::to_string(outcome.loss->sent) +
           " plain requests got no answer: unless the server limits how often it answers, packets "
           "are lost, and calls will suffer.";
}

Judged judge_run(const Outcome& outcome) {
    Judged judged = judge(outcome);
    if (judged.rank < Rank::Partly) return judged;
    if (const std::string inside = only_inside(outcome); !inside.empty()) {
        const std::string why =
            "only a server on " + inside + " was asked, which says nothing of the way to others";
        return {Rank::Unknown,
                "It is open how calls will go: " + why + "; name one outside with --stun.", why};
    }
    return judged;
}

/// Equal answers together, in the order in which they were first given.
struct Count {
    Judged judged;
    std::size_t run_count = 0;
};

std::vector<Count> counted(const std::vector<Outcome>& runs) {
    std::vector<Count> out;
    for (const Outcome& run : runs) {
        Judged judged = judge_run(run);
        const auto same = std::find_if(out.begin(), out.end(), [&](const Count& count) {
            return count.judged.sentence == judged.sentence;
        });
        if (same != out.end()) {
            ++same->run_count;
        } else {
            out.push_back({std::move(judged), 1});
        }
    }
    return out;
}

/// What was left open in one run contradicts nothing that another has shown.
void drop_open(std::vector<Count>& counts) {
    const auto is_open = [](const Count& count) { return count.judged.rank == Rank::Unknown; };
    if (std::all_of(counts.begin(), counts.end(), is_open)) {
        counts.resize(std::min<std::size_t>(counts.size(), 1));
    } else {
        std::erase_if(counts, is_open);
    }
}

Judged judge_runs(const std::vector<Outcome>& runs) {
    std::vector<Count> counts = counted(runs);
    drop_open(counts);
    if (counts.size() == 1) return std::move(counts.front().judged);
    std::string sentence =
        "It is open how calls will go, for " + std::to_string(runs.size()) + " runs disagree.";
    for (const Count& count : counts) {
        sentence += ' ' + std::to_string(count.run_count) +
                    (count.run_count == 1 ? " run" : " runs") + ": " + count.judged.sentence;
    }
    return {Rank::Unknown, std::move(sentence)};
}

}  // namespace

std::string section_headline(const std::vector<Outcome>& runs) {
    std::string sentence = judge_runs(runs).sentence;
    if (!runs.front().route_note.empty()) sentence += ' ' + runs.front().route_note;
    // One remark for all: the share differs from run to run.
    for (const Outcome& run : runs) {
        if (judge_run(run).rank < Rank::Partly) continue;
        if (const std::string remark = loss_remark(run); !remark.empty()) return sentence + remark;
    }
    return sentence;
}

std::string only_asked_inside(const Outcome& outcome) {
    if (judge(outcome).rank < Rank::Partly) return {};
    const std::string inside = only_inside(outcome);
    return inside == "this machine" ? std::string() : inside;
}

std::string report_headline(const std::vector<SectionRuns>& sections) {
    if (sections.empty()) return "Nothing could be measured.";
    std::vector<std::pair<std::string, std::string>> titles_by_sentence;
    // What is open in a section, beside others that are not.
    std::string open;
    std::string notes;
    const bool any_known = std::any_of(
        sections.begin(), sections.end(),
        [](const SectionRuns& section) { return judge_runs(section.runs).rank != Rank::Unknown; });
    for (const SectionRuns& section : sections) {
        const Judged judged = judge_runs(section.runs);
        if (any_known && judged.rank == Rank::Unknown && !judged.why_open.empty()) {
            open += (open.empty() ? " Over " : "; over ") + section.title + ": " + judged.why_open;
            const std::string& note = section.runs.front().route_note;
            if (!note.empty()) notes += ' ' + note;
            continue;
        }
        std::string sentence = section_headline(section.runs);
        const auto same = std::find_if(titles_by_sentence.begin(), titles_by_sentence.end(),
                                       [&](const auto& known) { return known.second == sentence; });
        if (same != titles_by_sentence.end()) {
            same->first += ", " + section.title;
        } else {
            titles_by_sentence.emplace_back(section.title, std::move(sentence));
        }
    }
    if (!open.empty()) open += '.' + notes;
    if (titles_by_sentence.size() == 1 && open.empty()) {
        return std::move(titles_by_sentence.front().second);
    }
    std::string out;
    for (const auto& [titles, sentence] : titles_by_sentence) {
        if (!out.empty()) out += ' ';
        out += titles;
        out += ": ";
        out += sentence;
    }
    return out + open;
}

}  // namespace portolan::findings
