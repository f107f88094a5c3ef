#include "probe/findings/evidence.hpp"

#include <array>
#include <cstdio>
#include <sstream>

#include "probe/stun/describe.hpp"

namespace portolan::findings {

namespace {

std::string milliseconds(discovery::Duration since) {
    std::array<char, 32> text{};
    const int size = std::snprintf(text.data(), text.size(), "%.1f ms",
                                   static_cast<double>(since.count()) / 1000.0);
    return {text.data(), static_cast<std::size_t>(size)};
}

void add_lines(std::vector<std::string>& lines, const std::string& block) {
    std::istringstream in(block);
    for (std::string line; std::getline(in, line);)
        lines.push_back("  " + line);
}

std::string meaning_of(const discovery::Arrival& arrival) {
    if (!arrival.well_formed) return "not a STUN message";
    if (arrival.message_class == stun::MessageClass::Request) return "the request itself";
    if (arrival.error_code) return "error " + std::to_string(*arrival.error_code);
    if (arrival.mapped_xor) return "sees " + arrival.mapped_xor->to_string();
    return "without XOR-MAPPED-ADDRESS";
}

}  // namespace

std::string evidence_id(const std::string& section_id, discovery::ProbeId probe) {
    return section_id + ".probe." + std::to_string(probe);
}

report::Evidence packet_evidence(const discovery::Ledger& ledger, discovery::ProbeId id,
                                 const std::string& section_id) {
    const discovery::Probe& probe = ledger.probes[static_cast<std::size_t>(id)];
    report::Evidence evidence;
    evidence.id = evidence_id(section_id, id);
    evidence.kind = report::EvidenceKind::Packets;
    evidence.title = std::string(to_string(probe.role)) + " to " + probe.destination.to_string();
    const discovery::SocketRecord* socket = ledger.socket(probe.socket);
    evidence.data = {{"role", to_string(probe.role)},
                     {"socket", probe.socket},
                     {"destination", probe.destination.to_string()},
                     {"copies_sent_count", probe.sent.size()},
                     {"replies_count", probe.arrival_count}};
    if (socket != nullptr) evidence.data["local"] = socket->local.to_string();
    std::string line = "sent " + std::to_string(probe.sent.size()) +
                       (probe.sent.size() == 1 ? " copy" : " copies");
    if (socket != nullptr) line += " from port " + std::to_string(socket->local.port);
    if (!probe.sent.empty()) {
        line += ", " + milliseconds(probe.sent.front() - ledger.started);
        if (probe.sent.size() > 1)
            line += " to " + milliseconds(probe.sent.back() - ledger.started);
        line += " after the start";
    }
    evidence.lines.push_back(line);
    if (probe.arrivals.empty()) evidence.lines.emplace_back("no reply");
    for (const discovery::Arrival& arrival : probe.arrivals) {
        evidence.lines.push_back(milliseconds(arrival.at - ledger.started) + ": " +
                                 arrival.source.to_string() + " " + meaning_of(arrival));
    }
    for (const discovery::Fault& fault : probe.faults) {
        evidence.lines.push_back(
            milliseconds(fault.at - ledger.started) + ": " + fault.report.detail +
            (fault.report.reported_by ? " from " + fault.report.reported_by->to_string() : ""));
    }
    evidence.lines.emplace_back("request:");
    add_lines(evidence.lines, stun::describe_text(probe.request));
    if (!probe.arrivals.empty()) {
        evidence.lines.emplace_back("first reply:");
        add_lines(evidence.lines, stun::describe_text(probe.arrivals.front().bytes));
    }
    return evidence;
}

report::Evidence run_evidence(const discovery::Ledger& ledger, const std::string& section_id) {
    report::Evidence evidence;
    evidence.id = section_id + ".run";
    evidence.kind = report::EvidenceKind::Timing;
    evidence.title = "the run";
    std::size_t copies = 0;
    std::size_t replies = 0;
    for (const discovery::Probe& probe : ledger.probes) {
        copies += probe.sent.size();
        replies += probe.arrival_count;
    }
    evidence.data = {{"duration_us", (ledger.ended - ledger.started).count()},
                     {"transactions_count", ledger.probes.size()},
                     {"datagrams_sent_count", copies},
                     {"replies_count", replies},
                     {"strays_count", ledger.stray_count}};
    evidence.lines.push_back(std::to_string(ledger.probes.size()) + " transactions, " +
                             std::to_string(copies) + " datagrams sent, " +
                             std::to_string(replies) + " replies in " +
                             milliseconds(ledger.ended - ledger.started));
    for (const discovery::StreamRecord& stream : ledger.streams) {
        std::string line =
            std::string(stream.tls ? "TLS" : "TCP") + " to " + stream.to.to_string() + ": ";
        if (stream.report && stream.ended) {
            line += std::string(to_string(stream.report->outcome)) + " after " +
                    milliseconds(*stream.ended - stream.started);
            if (!stream.report->detail.empty()) line += " (" + stream.report->detail + ")";
        } else {
            line += "not waited for";
        }
        evidence.lines.push_back(line);
    }
    for (const discovery::Stray& stray : ledger.strays) {
        evidence.lines.push_back(milliseconds(stray.at - ledger.started) + ": unasked from " +
                                 stray.source.to_string() + ", " + stray.what);
    }
    for (const discovery::Fault& fault : ledger.socket_faults) {
        evidence.lines.push_back("a socket could not be opened: " + fault.report.detail);
    }
    for (const std::string& error : ledger.resolution_errors)
        evidence.lines.push_back(error);
    return evidence;
}

}  // namespace portolan::findings
