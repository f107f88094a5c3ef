#pragma once

#include "reports/model/report.hpp"

namespace portolan::testing {

/// A report that uses every field and every outcome, and is valid.
inline report::Report sample_report() {
    using namespace report;
    Report r;
    r.tool = {"nat-probe", "0.1.0"};
    r.started_at = *parse_rfc3339("2026-08-30T12:00:00.25Z");
    r.duration = std::chrono::microseconds(351'204);
    r.complete = true;
    r.headline = "Calls will work directly with most peers; with a strict NAT they need a relay.";
    r.subject = {{"family", "both"}, {"servers", {"stun:192.0.2.1:3478", "stun:192.0.2.2:3478"}}};

    Section v4{.id = "udp4/eth0",
               .title = "IPv4 from eth0",
               .headline = "A NAT with stable mappings that lets in only whom you wrote to.",
               .subject = {{"local", "192.168.1.20"}, {"mapped", "203.0.113.7"}}};
    v4.findings.push_back({.id = "nat.mapping",
                           .title = "Mapping",
                           .verdict = Verdict::pass(),
                           .decides = true,
                           .value = "endpoint-independent",
                           .summary = "The same public port for every peer.",
                           .references = {{"RFC 4787", "4.1"}, {"RFC 5780", "4.3"}},
                           .evidence_ids = {"udp4.mapping"},
                           .data = {{"mapped_port_count", 1}}});
    v4.findings.push_back(
        {.id = "nat.filtering",
         .title = "Filtering",
         .verdict = Verdict::fail({"needs-relay",
                                   "Peers behind a NAT with changing ports "
                                   "cannot get through."}),
         .severity = Severity::Medium,
         .impact = Impact::NeedsRelay,
         .requirement = Requirement::Should,
         .decides = true,
         .value = "address-and-port-dependent",
         .summary = "Only answers from exactly the address and port that you wrote to get in.",
         .advice = {"Configure a TURN server, so that these calls have a way."},
         .tags = {"behaviour"},
         .references = {{"RFC 4787", "5"}},
         .evidence_ids = {"udp4.filtering", "udp4.filtering.control"},
         .location = Location{"capture", 1, 2, 3, 4}});
    v4.findings.push_back(
        {.id = "nat.hairpin",
         .title = "Hairpin",
         .verdict = Verdict::not_tested({"not-asked", "Sent only with --invasive."})});
    r.sections.push_back(v4);

    Section v6{.id = "udp6/eth0", .title = "IPv6 from eth0"};
    v6.findings.push_back(
        {.id = "nat.mapping",
         .title = "Mapping",
         .verdict = Verdict::inconclusive({"no-reply", "No server answered over IPv6."}),
         .evidence_ids = {"udp6.reach"}});
    v6.findings.push_back({.id = "nat.filtering",
                           .title = "Filtering",
                           .verdict = Verdict::unsupported(
                               {"server.no-other-address", "The server has no second address."})});
    r.sections.push_back(v6);

    r.evidence = {
        {.id = "udp4.mapping",
         .kind = EvidenceKind::Packets,
         .title = "four destinations, one socket",
         .data = {{"rtt_us", {40'112, 40'090, 40'201, 40'177}}, {"mapped", "203.0.113.7:40000"}},
         .lines = {"+0 us      > 192.0.2.1:3478 Binding request",
                   "+40112 us  < 192.0.2.1:3478 Binding success"}},
        {.id = "udp4.filtering",
         .kind = EvidenceKind::Packets,
         .title = "three copies, no reply from the other address",
         .data = {{"copy_count", 3}, {"wait_us", 300'000}}},
        {.id = "udp4.filtering.control",
         .kind = EvidenceKind::Timing,
         .title = "the control on the same socket was answered",
         .data = {{"rtt_us", 40'050}}},
        {.id = "udp6.reach",
         .kind = EvidenceKind::Environment,
         .title = "no IPv6 route",
         .data = {{"errno", "ENETUNREACH"}}},
    };
    r.environment = {{"system", "Linux"}};
    r.parameters = {{"seed", 18446744073709551615ULL}, {"family", "both"}};
    r.data = {{"loss_bound", 0.000125}};
    return r;
}

}  // namespace portolan::testing
