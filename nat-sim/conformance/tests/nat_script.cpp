// Plays a packet script, read as JSON from standard input, through the simulated NAT and writes
// what came out. The tests compare it with the kernel's NAT: python/tests/netns/engine_nat.py.

#include <cstdio>
#include <iostream>
#include <iterator>

#include "nat-sim/behavior/parameter_table.hpp"
#include "nat-sim/behavior/presets/preset.hpp"
#include "nat-sim/conformance/bench.hpp"

namespace portolan::nat::conformance {
namespace {

using report::Json;

TransportAddress inside_host(const Json& step) {
    return step.at("host") == 0 ? host_a(step.at("port")) : host_b(step.at("port"));
}

TransportAddress endpoint(const Json& value) {
    return {*IpAddress::parse(value.at(0).get<std::string>()), value.at(1)};
}

/// What came back to the sender from the box itself.
Json refusal_in(const Reaction& reaction) {
    const Packet* answer = reaction.on(Side::Outside);
    if (answer == nullptr) return nullptr;
    if (answer->is_icmp_error()) {
        return "icmp " + std::to_string(answer->icmp_type) + "/" +
               std::to_string(answer->icmp_code);
    }
    const bool is_reset = answer->protocol == Protocol::Tcp && (answer->tcp_flags & kRst) != 0;
    return is_reset ? "tcp reset" : "something else";
}

Json play(const Json& steps, Bench& bench) {
    const IpAddress outside = IpAddress::v4({203, 0, 113, 1});
    Json seen = Json::array();
    for (const Json& step : steps) {
        const std::string kind = step.at("kind");
        Json result = {{"port", nullptr}, {"host", nullptr}, {"refused", nullptr}};
        if (kind == "out") {
            if (const auto port = bench.udp_out(inside_host(step), endpoint(step.at("to")))) {
                result["port"] = port->port;
            }
        } else if (kind == "in") {
            std::uint16_t port = step.at("port");
            if (port == 0) {
                const Json& shown = seen.at(step.at("reply_to").get<std::size_t>()).at("port");
                // What never came out cannot be answered.
                port = shown.is_null() ? std::uint16_t{0} : shown.get<std::uint16_t>();
            }
            if (port == 0) {
                seen.push_back(std::move(result));
                continue;
            }
            const TransportAddress sender = endpoint(step.at("sender"));
            const TransportAddress to{outside, port};
            const Reaction reaction = bench.send(Side::Outside, step.at("protocol") == "tcp"
                                                                    ? tcp_packet(sender, to, kSyn)
                                                                    : udp_packet(sender, to));
            if (const Packet* packet = reaction.on(Side::Inside)) {
                result["host"] = packet->destination.ip == host_a().ip ? 0 : 1;
            }
            result["refused"] = refusal_in(reaction);
        } else {
            bench.wait(std::chrono::milliseconds(step.at("pause_ms").get<std::int64_t>()));
        }
        seen.push_back(std::move(result));
    }
    return seen;
}

int run() {
    const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
    const Json script = Json::parse(text);
    const auto preset = load_preset(script.at("preset"));
    if (!preset) {
        std::cerr << preset.error().message << "\n";
        return 2;
    }
    Json document = preset->parameter_document;
    document.merge_patch(script.at("parameters"));
    const auto parameters = parse_parameters(document);
    if (!parameters) {
        std::cerr << parameters.error().message << "\n";
        return 2;
    }
    Subject subject;
    subject.name = preset->name;
    subject.parameters = *parameters;
    subject.seed = script.at("seed");
    Trial trial(subject);
    Bench bench = trial.bench();
    std::cout << play(script.at("steps"), bench).dump() << "\n";
    return 0;
}

}  // namespace
}  // namespace portolan::nat::conformance

int main() {
    try {
        return portolan::nat::conformance::run();
    } catch (const std::exception& problem) {
        std::cerr << problem.what() << "\n";
        return 2;
    }
}
