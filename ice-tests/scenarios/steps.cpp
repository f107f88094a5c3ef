#include "ice-tests/scenarios/steps.hpp"

#include <array>
#include <utility>

namespace portolan::scenarios {
namespace {

using report::Json;
using std::chrono::milliseconds;
using std::chrono::seconds;

// RFC 8445 s14.2: no less than 5 ms. One call is no load that would need the default of 50 ms.
constexpr milliseconds kTa(5);
constexpr transport::Duration kPayloadLimit = seconds(3);

std::string pair_text(const agent::CandidatePair& pair) {
    return std::string(to_string(pair.local.type)) + ' ' + pair.local.address.to_string() + " to " +
           std::string(to_string(pair.remote.type)) + ' ' + pair.remote.address.to_string() +
           " over " + std::string(to_string(pair.local.transport));
}

void record_side(Stage& stage, Call& call, const char* name, const Side& side) {
    Json json = Json::object();
    json["candidates"] = Json::array();
    for (const agent::Candidate& candidate : side.candidates) {
        json["candidates"].push_back(candidate.to_sdp());
        stage.lines.push_back(std::string(name) + " has " + candidate.to_sdp());
    }
    if (side.gathered_at) {
        json["gathering_ms"] = milliseconds_of(*side.gathered_at - call.started_at());
    }
    if (!side.pairs.empty()) {
        json["selected_pair"] = pair_text(side.pairs.back());
        stage.lines.push_back(std::string(name) + " selected " + pair_text(side.pairs.back()));
    }
    if (side.connected_at) {
        json["connected_ms"] = milliseconds_of(*side.connected_at - call.started_at());
        stage.lines.push_back(std::string(name) + " was connected after " +
                              text_of(*side.connected_at - call.started_at()));
    }
    if (side.bridge) {
        json["turn"] = side.bridge->tap().to_json();
        for (const std::string& line : side.bridge->tap().lines())
            stage.lines.push_back(std::string(name) + ": " + line);
        if (!side.bridge->security().empty()) json["security"] = side.bridge->security();
    }
    stage.data[name] = std::move(json);
}

}  // namespace

double milliseconds_of(transport::Duration duration) {
    return static_cast<double>(duration.count()) / 1000.0;
}

std::string text_of(transport::Duration duration) {
    const bool is_long = duration >= seconds(10);
    const auto tenths = duration.count() / (is_long ? 100'000 : 100);
    return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) +
           (is_long ? " s" : " ms");
}

agent::AgentOptions base_options(const Stage& stage, bool controlling) {
    agent::AgentOptions out;
    out.controlling = controlling;
    out.ta = kTa;
    if (stage.server.endpoint.bind_ip) out.local_addresses = {*stage.server.endpoint.bind_ip};
    return out;
}

SidePlan relay_side(const Stage& stage, const Target& server, bool controlling) {
    SidePlan out{.relay = &server.endpoint,
                 .user = server.user ? &*server.user : nullptr,
                 .options = base_options(stage, controlling)};
    out.options.relay_only = true;
    return out;
}

void record(Stage& stage, Call& call) {
    record_side(stage, call, "offerer", call.offerer());
    record_side(stage, call, "answerer", call.answerer());
    if (const auto ready = call.time_to_ready()) {
        stage.data["ready_ms"] = milliseconds_of(*ready);
    }
}

Task<bool> connect(Stage& stage, Call& call, std::string& problem) {
    const bool is_connected = co_await call.connect(stage.options.connect_limit);
    if (!is_connected) {
        const std::string first = call.is_forbidden()
                                      ? "They cannot be connected. "
                                      : "They were not connected after " +
                                            text_of(stage.where.now() - call.started_at()) + ". ";
        problem = first + call.why_not();
        co_return false;
    }
    const bool carries = co_await call.exchange_payloads(kPayloadLimit);
    if (!carries) problem = "They were connected, and payloads did not arrive as they were sent.";
    co_return carries;
}

Task<Judgement> connect_and_close(Stage& stage, SidePlan offerer, SidePlan answerer,
                                  transport::Duration signalling_delay) {
    auto made = Call::make(stage.where, std::move(offerer), std::move(answerer), stage.transcript,
                           signalling_delay);
    if (!made) co_return undecided(made.error().message + '.');
    Call& call = **made;
    std::string problem;
    const bool works = co_await connect(stage, call, problem);
    record(stage, call);
    const bool closed = co_await call.close();
    (void)closed;
    if (!works) co_return violates(std::move(problem));
    co_return meets("Connected after " + text_of(*call.time_to_ready()) + ": " +
                    pair_text(call.offerer().pairs.back()) + ".");
}

}  // namespace portolan::scenarios
