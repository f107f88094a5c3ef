#include "probe/findings/catalogue.hpp"

#include <algorithm>
#include <cassert>

#include "probe/discovery/server_check.hpp"

namespace portolan::findings {

std::span<const FindingInfo> finding_table() {
    using report::Impact;
    using report::Severity;
    static const std::vector<FindingInfo> kTable = {
        {"udp/reachability",
         "UDP",
         Severity::High,
         Impact::NeedsRelay,
         true,
         {{"RFC 5780", "4.2"}},
         {"Whether UDP gets to the server and back. \"Blocked\" is said only on evidence that it "
          "is "
          "not just this server: STUN is answered over TCP or TLS at the very address that is "
          "silent over UDP; or three public servers in different networks are silent although "
          "their hosts answer over TCP; or this host refuses to send; or a router that is near, or "
          "the same for several networks, says by ICMP that UDP is prohibited. What rests on one "
          "server or one port says so: where a silent server names another port and address over "
          "TCP, these are asked too, and one that answers shows that UDP as such gets out.",
          "A server that is merely silent, whose TCP port merely opens or refuses, or that a "
          "distant "
          "router reports as unreachable, leaves the question open (inconclusive)."},
         "Configure a TURN server that also listens on TCP and on TLS port 443, or have UDP "
         "allowed."},
        {"nat/translation",
         "NAT",
         Severity::Info,
         Impact::Cosmetic,
         false,
         {{"RFC 5780", "4.3"}},
         {"Whether the server sees this host's own address or another one. Without translation "
          "there "
          "may still be a firewall: see nat/filtering."},
         ""},
        {"nat/mapping",
         "Mapping",
         Severity::Medium,
         Impact::NeedsRelay,
         true,
         {{"RFC 4787", "4.1"}, {"RFC 5780", "4.3"}},
         {"Whether one local socket keeps one public address and port whatever it sends to. One "
          "socket sends to four destinations: two addresses with two ports each. A fifth look at "
          "the "
          "first destination excludes that the mapping merely changed with time; three equal and "
          "one "
          "different answer are repeated on a fresh socket.",
          "Endpoint-independent mapping lets a peer send to the address that a STUN server saw; "
          "with "
          "any other (\"symmetric\" NAT) that address is useless to the peer. RFC 4787 REQ-1 "
          "requires "
          "the former. address-independent and endpoint-dependent are what servers without RFC "
          "5780 "
          "can show."},
         "Calls between two such networks need a TURN relay: make sure one is configured."},
        {"nat/filtering",
         "Filtering",
         Severity::Low,
         Impact::Degrades,
         true,
         {{"RFC 4787", "5"}, {"RFC 5780", "4.4"}},
         {"Which packets from outside are let in to a socket: from anywhere, from addresses it has "
          "sent to, or only from addresses and ports it has sent to. Two fresh sockets ask the "
          "server "
          "to answer from its other address and from its other port.",
          "Silence counts as filtering only while plain requests on the same socket are answered, "
          "while the other address is seen to answer, and after the server has been seen to honour "
          "the same CHANGE-REQUEST on a path that no filter may close. The probability that loss "
          "made "
          "the silence is stated."},
         ""},
        {"nat/pooling",
         "Public addresses",
         Severity::Low,
         Impact::Degrades,
         false,
         {{"RFC 4787", "4.1"}},
         {"Whether all sockets of this host share one public IP address (paired, RFC 4787 REQ-2), "
          "each "
          "may get another (arbitrary), or even one socket leaves by several, depending on the "
          "destination (multi-egress: several uplinks)."},
         "If calls fail now and then, pin this host to one uplink or one public address."},
        {"nat/port-allocation",
         "Ports",
         Severity::Info,
         Impact::Cosmetic,
         false,
         {{"RFC 4787", "4.2"}},
         {"How the NAT picks public ports: the same as the local port, one step after the other, "
          "or "
          "by no simple rule; whether parity is kept."},
         ""},
        {"nat/port-collision",
         "Port collisions",
         Severity::Low,
         Impact::Degrades,
         false,
         {{"RFC 4787", "4.2.1"}},
         {"A NAT that preserves ports must give another port when two hosts behind it use the same "
          "one; many then do so for single destinations, which breaks endpoint independence just "
          "there."},
         "Another host behind this NAT used the same port: start the call again to get a fresh "
         "one."},
        {"nat/payload-rewriting",
         "Payload",
         Severity::Low,
         Impact::Degrades,
         false,
         {{"RFC 5780", "3.6"}, {"RFC 4787", "7"}},
         {"Whether something rewrites IP addresses inside packets (an ALG). MAPPED-ADDRESS, sent "
          "in "
          "the clear, is compared with XOR-MAPPED-ADDRESS."},
         "Switch off application layer gateways (ALG, \"SIP helper\") in the router."},
        {"nat/layers",
         "Layers",
         Severity::Info,
         Impact::Cosmetic,
         false,
         {{"RFC 6598", "4"}},
         {"Signs of a carrier-grade or second NAT: an address in 100.64.0.0/10, or a public server "
          "that sees a private one. Their absence proves nothing."},
         "Port forwarding in your own router will not reach through the provider's NAT."},
        {"nat/stability",
         "Stability",
         Severity::Medium,
         Impact::Degrades,
         false,
         {{"RFC 4787", "8"}},
         {"Whether a mapping stayed the same while it was in use during the run (RFC 4787 REQ-11: "
          "deterministic behaviour)."},
         "Run the probe again; if mappings keep changing, expect calls to drop."},
        {"nat/hairpinning",
         "Hairpinning",
         Severity::Info,
         Impact::Cosmetic,
         false,
         {{"RFC 4787", "6"}, {"RFC 5780", "3.4"}},
         {"Whether two hosts behind this NAT can reach each other by their public addresses. "
          "Tested "
          "only with --invasive: some firewalls take such packets for an attack."},
         "Peers in the same network depend on their private addresses being exchanged."},
        {"nat/binding-lifetime",
         "Binding lifetime",
         Severity::Medium,
         Impact::Degrades,
         false,
         {{"RFC 4787", "4.3"}, {"RFC 5780", "4.6"}},
         {"How long the NAT remembers a binding that nobody uses, and which direction of traffic "
          "refreshes it. Tested with --lifetime: a socket for each duration falls silent at the "
          "same "
          "time. RFC 4787 REQ-5 asks for two minutes at least, REQ-6 for refresh by outgoing "
          "packets."},
         "Send keepalives more often than the binding lives: those of ICE, every 15 s (RFC 8445 "
         "s11), keep only what lives longer than that."},
        {"server/not-asked",
         "Not asked",
         Severity::Info,
         Impact::Cosmetic,
         false,
         {{"RFC 8489", "8"}},
         {"Servers that were named and not asked: their names have no address, or none of the "
          "family asked for, or they are not reached with STUN over UDP; or nat-probe report has "
          "asked them with the credentials of an entry of the iceServers file before. What the "
          "report says rests on the others alone, and so does the exit code."},
         "Correct the name, or have the DNS answer for it."},
        {"server/audit",
         "STUN server",
         Severity::Info,
         Impact::Cosmetic,
         false,
         {{"RFC 5780", "6"}},
         {"What the server showed of itself on the way. A server that contradicts itself is not "
          "believed; nat-probe audit-server checks it thoroughly."},
         "Use another STUN server, or have this one corrected."},
        {"run/vantage",
         "Vantage point",
         Severity::Info,
         Impact::Cosmetic,
         true,
         {{"RFC 5780", "4"}},
         {"Reported where every server that answered is in this machine's own network or its "
          "provider's (private addresses, 100.64.0.0/10): the verdicts hold for the way to it, and "
          "how calls leave for the Internet stays open."},
         "Name a server outside with --stun."},
        {"run/repeatability",
         "Repetitions",
         Severity::Medium,
         Impact::Degrades,
         true,
         {{"RFC 4787", "8"}},
         {"With --repeat: whether every repetition, on fresh sockets, came to the same verdicts."},
         "The network does not behave the same way each time: look for load balancing or "
         "failover."},
    };
    return kTable;
}

const FindingInfo& finding_info(std::string_view id) {
    const auto table = finding_table();
    const auto row =
        std::find_if(table.begin(), table.end(), [&](const auto& info) { return info.id == id; });
    assert(row != table.end());
    return *row;
}

cli::CatalogueEntry catalogue_entry(const FindingInfo& info) {
    cli::CatalogueEntry entry;
    entry.id = info.id;
    entry.title = info.title;
    entry.explanation = info.explanation;
    entry.references = info.references;
    return entry;
}

std::vector<cli::CatalogueEntry> catalogue() {
    std::vector<cli::CatalogueEntry> entries;
    for (const FindingInfo& info : finding_table())
        entries.push_back(catalogue_entry(info));
    for (const discovery::AuditCheckInfo& info : discovery::audit_check_table()) {
        cli::CatalogueEntry entry;
        entry.id = info.id;
        entry.title = info.title;
        entry.explanation = {std::string(info.explanation)};
        entry.references = {{std::string(info.document), std::string(info.section)}};
        entry.attributes = {std::string(report::to_string(info.requirement))};
        entries.push_back(std::move(entry));
    }
    return entries;
}

}  // namespace portolan::findings
