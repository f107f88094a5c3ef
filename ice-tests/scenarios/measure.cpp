#include "ice-tests/scenarios/measure.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "ice-tests/media/delay_histogram.hpp"
#include "ice-tests/turn/client.hpp"
#include "ice-tests/turn/credentials.hpp"

namespace portolan::scenarios {
namespace {

using conformance::Target;
using gate::Budget;
using gate::Measured;
using std::chrono::milliseconds;
using std::chrono::seconds;
using stun::AttributeType;
using turn::Client;
using turn::Reply;
using turn::Surroundings;
using turn::Task;

constexpr int kAllocationCount = 20;
constexpr transport::Duration kStepLimit = seconds(5);
constexpr std::size_t kDatagramBytes = 1000;
constexpr transport::Duration kSendTime = seconds(1);
constexpr transport::Duration kDrain = milliseconds(300);
// More than the bound, so that a relay which carries just that much is seen to.
constexpr double kHeadroom = 1.25;
// One thread of one process cannot tell the relay's limit from its own above this.
constexpr double kMostKbps = 200'000;
constexpr std::uint16_t kChannel = 0x4000;

Measured nothing(std::string why) {
    return {.value = std::nullopt, .why_not = std::move(why)};
}

Measured not_applicable(std::string why) {
    return {.value = std::nullopt, .why_not = std::move(why), .applies = false};
}

std::unique_ptr<Client> own_client(const Surroundings& where, const Target& target,
                                   std::string name) {
    auto out = std::make_unique<Client>(
        where, target.endpoint, std::make_shared<turn::Transcript>(), std::move(name), target.path);
    if (target.user) out->set_credentials(&*target.user);
    out->limit_wait(kStepLimit);
    return out;
}

// The Allocate request alone: connection, TLS and the challenge are other costs.
Task<Measured> allocate_p95(Surroundings where, const Target& target) {
    if (!target.user) co_return nothing("No username and credential were given.");
    media::DelayHistogram times;
    for (int i = 0; i < kAllocationCount; ++i) {
        const auto client = own_client(where, target, "client");
        const auto opened = co_await client->open();
        if (!opened) co_return nothing(opened.error().message + '.');
        const Reply learnt = co_await client->learn();
        if (!client->challenge()) co_return nothing("No challenge: " + learnt.said() + '.');
        const Reply reply = co_await client->request(turn::allocate());
        if (!reply.is_success()) co_return nothing("Allocate got " + reply.said() + '.');
        times.add(reply.round_trip);
        const Reply released = co_await client->request(turn::refresh(0));
        (void)released;
    }
    co_return Measured{.value = static_cast<double>(times.percentile(95)->count()) / 1000.0};
}

// Octets of UDP payload; the headers are the same both ways.
Task<Measured> amplification(Surroundings where, const Target& target) {
    if (target.endpoint.transport != turn::Transport::Udp) {
        co_return not_applicable("Over " + std::string(turn::to_string(target.endpoint.transport)) +
                                 " nobody is answered whose address was not seen to be his.");
    }
    const auto client = own_client(where, target, "client");
    const auto opened = co_await client->open();
    if (!opened) co_return nothing(opened.error().message + '.');
    double most = 0;
    for (const turn::Request& request : {turn::binding(), turn::allocate()}) {
        const stun::TransactionId id = client->new_id();
        std::vector<std::byte> message = request.build(id);
        const auto sent_bytes = static_cast<double>(message.size());
        const Reply reply = co_await client->exchange(std::move(message), id);
        if (reply.has_come())
            most = std::max(most, static_cast<double>(reply.bytes.size()) / sent_bytes);
    }
    if (most == 0) co_return nothing("Nothing was answered.");
    co_return Measured{.value = most};
}

Task<Measured> certificate_days(Surroundings where, const Target& target, seconds unix_time) {
    if (!turn::is_secure(target.endpoint.transport)) {
        co_return not_applicable("There is no certificate without TLS.");
    }
    const auto client = own_client(where, target, "client");
    const auto opened = co_await client->open();
    if (!opened) co_return nothing(opened.error().message + '.');
    const auto facts = client->wire().tls_facts();
    if (!facts || facts->expires_at_s == 0) {
        co_return nothing("The certificate does not say how long it is good.");
    }
    const seconds left = seconds(facts->expires_at_s) - unix_time;
    co_return Measured{.value = static_cast<double>(left.count()) / 86'400.0};
}

/// draft-uberti-behave-turn-rest-00: "expiry:name".
Measured credential_lifetime(const Target& target, seconds unix_time) {
    if (!target.user) return nothing("No username and credential were given.");
    const std::string& name = target.user->username;
    std::int64_t expiry_s = 0;
    const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), expiry_s);
    const bool is_timed = problem == std::errc() &&
                          (end == name.data() + name.size() || *end == ':') && expiry_s > 1'000'000;
    if (!is_timed) {
        return nothing(
            "The username has no time in it, so that the credential may be good for ever.");
    }
    return {.value = static_cast<double>(expiry_s - unix_time.count()) / 3600.0};
}

Task<Measured> throughput(Surroundings where, const Target& target, double bound_kbps) {
    if (bound_kbps * kHeadroom > kMostKbps) {
        co_return nothing("This host alone cannot send so much.");
    }
    const auto sender = own_client(where, target, "sender");
    const auto receiver = own_client(where, target, "receiver");
    std::optional<TransportAddress> relays[2];
    for (int i = 0; i < 2; ++i) {
        Client& client = i == 0 ? *sender : *receiver;
        const auto opened = co_await client.open();
        if (!opened) co_return nothing(opened.error().message + '.');
        const Reply reply = co_await client.request(turn::allocate());
        relays[i] = reply.address(AttributeType::XorRelayedAddress);
        if (!reply.is_success() || !relays[i]) {
            co_return nothing("Allocate got " + reply.said() + '.');
        }
    }
    const Reply bound = co_await sender->request(turn::channel_bind(kChannel, *relays[1]));
    if (!bound.is_success()) co_return nothing("ChannelBind got " + bound.said() + '.');
    const Reply bound_back = co_await receiver->request(turn::channel_bind(kChannel, *relays[0]));
    if (!bound_back.is_success()) co_return nothing("ChannelBind got " + bound_back.said() + '.');
    const std::vector<std::byte> payload(kDatagramBytes, std::byte{0x80});
    const double per_us = bound_kbps * kHeadroom / (8.0 * kDatagramBytes * 1000.0);
    const transport::Time begun = where.now();
    std::size_t sent_count = 0;
    std::size_t received_bytes = 0;
    transport::Time last = begun;
    while (where.now() < begun + kSendTime + kDrain) {
        const auto due = static_cast<std::size_t>(
            per_us * static_cast<double>(
                         std::min(where.now() - begun, transport::Duration(kSendTime)).count()));
        for (; sent_count < due; ++sent_count)
            sender->send_channel_data(kChannel, payload);
        const transport::Time soon = where.now() + milliseconds(2);
        while (const auto incoming = co_await receiver->next_incoming(soon)) {
            received_bytes += incoming->data.size();
            last = where.now();
        }
    }
    for (Client* client : {sender.get(), receiver.get()}) {
        const Reply released = co_await client->request(turn::refresh(0));
        (void)released;
    }
    const double span_us =
        static_cast<double>(std::max(last - begun, transport::Duration(kSendTime)).count());
    const double kbps = static_cast<double>(received_bytes) * 8.0 * 1000.0 / span_us;
    const double sent_kbps = static_cast<double>(sent_count) * kDatagramBytes * 8.0 * 1000.0 /
                             static_cast<double>(transport::Duration(kSendTime).count());
    if (kbps < bound_kbps && sent_kbps < bound_kbps) {
        co_return nothing("This host did not get so much sent.");
    }
    co_return Measured{.value = kbps};
}

/// A figure of a scenario's data, by its path.
Measured figure_of(const std::vector<ScenarioResult>& results, std::string_view id,
                   const char* pointer) {
    for (const ScenarioResult& result : results) {
        if (result.scenario->id != id) continue;
        const report::Json::json_pointer place(pointer);
        if (result.data.contains(place) && result.data[place].is_number()) {
            return {.value = result.data[place].get<double>()};
        }
        return nothing(std::string(id) + " did not come so far: " + result.judgement.came);
    }
    return nothing(std::string(id) + " was not run.");
}

}  // namespace

Task<Figures> measure_server(Surroundings where, const Target& target, const Budget& budget,
                             seconds unix_time) {
    Figures out;
    if (budget.contains("allocate_p95_ms")) {
        out["allocate_p95_ms"] = co_await allocate_p95(where, target);
    }
    if (budget.contains("amplification")) {
        out["amplification"] = co_await amplification(where, target);
    }
    if (budget.contains("certificate_days")) {
        out["certificate_days"] = co_await certificate_days(where, target, unix_time);
    }
    if (budget.contains("credential_lifetime_h")) {
        out["credential_lifetime_h"] = credential_lifetime(target, unix_time);
    }
    co_return out;
}

Task<Figures> measure_calls(Surroundings where, const Target& target, const Budget& budget,
                            const std::vector<ScenarioResult>& results) {
    Figures out;
    out["gather_ms"] = figure_of(results, "ice/gathering", "/offerer/gathering_ms");
    out["ice_ready_ms"] = figure_of(results, "ice/relay-to-relay", "/ready_ms");
    for (const char* percentile : {"p50", "p95", "p99"}) {
        const std::string name = std::string("rtt_") + percentile + "_over_direct_ms";
        out["relay_" + name] = figure_of(results, "ice/echo", ("/echo/" + name).c_str());
    }
    out["loss_pct"] = figure_of(results, "ice/echo", "/echo/loss_pct");
    const auto bound = budget.find("throughput_kbps");
    if (bound != budget.end()) {
        out["throughput_kbps"] = co_await throughput(where, target, bound->second);
    }
    co_return out;
}

std::string_view scenario_of(std::string_view budget_id) {
    if (budget_id == "budget/gather") return "ice/gathering";
    if (budget_id == "budget/ice-ready") return "ice/relay-to-relay";
    const bool is_echoed = budget_id.starts_with("budget/relay-rtt") || budget_id == "budget/loss";
    return is_echoed ? "ice/echo" : "";
}

}  // namespace portolan::scenarios
