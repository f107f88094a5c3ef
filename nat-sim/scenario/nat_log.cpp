#include "nat-sim/scenario/nat_log.hpp"

#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "nat-sim/network/ip.hpp"
#include "reports/model/json.hpp"

namespace portolan::scenario {

namespace {

using report::Json;

std::string protocol_name(std::uint8_t protocol) {
    switch (protocol) {
        case sim::kProtocolUdp:
            return "udp";
        case sim::kProtocolTcp:
            return "tcp";
        case sim::kProtocolIcmp:
            return "icmp";
        case sim::kProtocolIcmpV6:
            return "icmpv6";
        default:
            return std::to_string(protocol);
    }
}

Json describe(std::span<const std::byte> packet) {
    const auto header = sim::parse_ip(packet);
    if (!header) return {{"bytes_count", packet.size()}, {"malformed", true}};
    Json out = {{"protocol", protocol_name(header->protocol)},
                {"source", header->source.to_string()},
                {"destination", header->destination.to_string()},
                {"bytes_count", packet.size()}};
    const bool has_ports =
        header->protocol == sim::kProtocolUdp || header->protocol == sim::kProtocolTcp;
    const auto payload = packet.subspan(header->header_bytes);
    if (has_ports && header->fragment_offset_bytes == 0 && payload.size() >= 4) {
        out["source"] = TransportAddress{header->source, sim::read_u16(payload, 0)}.to_string();
        out["destination"] =
            TransportAddress{header->destination, sim::read_u16(payload, 2)}.to_string();
    }
    if (header->is_fragment()) out["fragment_offset_bytes"] = header->fragment_offset_bytes;
    return out;
}

std::string_view name_of(nat::Action action) {
    switch (action) {
        case nat::Action::Forward:
            return "forward";
        case nat::Action::Drop:
            return "drop";
        case nat::Action::Consume:
            break;
    }
    return "consume";
}

std::string_view name_of(nat::Side side) {
    return side == nat::Side::Inside ? "inside" : "outside";
}

std::string line_of(const std::string& box, const NatDecision& decision) {
    const nat::Outcome& outcome = *decision.outcome;
    const nat::ReasonRow& why = nat::reason_table()[static_cast<std::size_t>(outcome.reason)];
    Json line = {{"at_us", std::chrono::duration_cast<Duration>(decision.at).count()},
                 {"box", box},
                 {"from", name_of(decision.from)},
                 {"action", name_of(outcome.action)},
                 {"reason", why.name},
                 {"packet", describe(decision.before)}};
    if (!why.requirement.empty()) line["requirement"] = why.requirement;
    if (outcome.action == nat::Action::Forward) {
        line["to"] = name_of(outcome.out);
        line["becomes"] = describe(decision.after);
    }
    if (outcome.mapping != 0) line["mapping"] = outcome.mapping;
    if (outcome.mapping_created) line["mapping_created"] = true;
    if (outcome.hairpinned) line["hairpinned"] = true;
    if (!outcome.extra.empty()) line["sends_count"] = outcome.extra.size();
    return line.dump();
}

}  // namespace

void log_nat_decisions(Lab& lab, std::function<void(const std::string&)> sink) {
    const auto shared = std::make_shared<std::function<void(const std::string&)>>(std::move(sink));
    for (const Box& box : lab.boxes()) {
        if (!box.processor) continue;
        box.processor->set_on_decision([shared, name = box.name](const NatDecision& decision) {
            (*shared)(line_of(name, decision));
        });
    }
}

std::vector<std::pair<std::string, sim::Capture*>> start_captures(Lab& lab) {
    std::vector<std::pair<std::string, sim::Capture*>> out;
    for (const Box& box : lab.boxes()) {
        if (box.inside) {
            out.emplace_back(box.name + ".inside.pcap", &lab.world().capture(*box.inside));
        }
        out.emplace_back(box.name + ".outside.pcap", &lab.world().capture(*box.outside));
    }
    return out;
}

}  // namespace portolan::scenario
