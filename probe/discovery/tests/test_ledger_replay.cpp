#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "probe/discovery/tests/matrix.hpp"
#include "probe/discovery/tests/run.hpp"

// A saved ledger is the whole evidence: read back, it gives the same verdicts.
namespace portolan::discovery::sim {
namespace {

/// Something different for every seed, faults and all.
Scenario varied(std::uint64_t seed) {
    Random random(seed);
    const MappingRule mapping = kMappings[random.below(kMappings.size())];
    const FilteringRule filtering = kFilterings[random.below(kFilterings.size())];
    Scenario scenario = cell_scenario({mapping, filtering, 0.1 * random.below(3)}, seed);
    if (random.chance(0.2)) {
        use_servers(scenario, {plain_server(kPlain1), plain_server(kPlain2)});
    }
    ServerRules& server = scenario.world.servers.front();
    switch (random.below(10)) {
        case 0:
            server.change_request = ChangeRequestRule::Ignored;
            break;
        case 1:
            server.change_request = ChangeRequestRule::Rejected;
            break;
        case 2:
            server.change_request = ChangeRequestRule::Dropped;
            break;
        case 3:
            server.origin = OriginRule::Lies;
            break;
        case 4:
            server.garbage_first = true;
            break;
        case 5:
            server.state = ServerState::PortClosed;
            break;
        case 6:
            scenario.world.udp = UdpPolicy::Prohibited;
            break;
        case 7:
            scenario.world.udp = UdpPolicy::HostFirewall;
            break;
        case 8:
            scenario.world.nats[0].rewrites_payload = true;
            break;
        default:
            break;
    }
    if (random.chance(0.2)) scenario.world.hostility = {.rate = 0.5, .icmp_rate = 0.2};
    if (random.chance(0.2)) scenario.config.hairpin = true;
    if (random.chance(0.1)) scenario.config.budget = std::chrono::milliseconds(150);
    return scenario;
}

TEST(LedgerReplay, gives_the_same_verdicts) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        const RunResult result = run(varied(seed), seed);
        const std::string text = to_json(result.ledger).dump();
        const auto json = nlohmann::json::parse(text);
        const auto again = ledger_from_json(json);
        ASSERT_TRUE(again) << "seed " << seed << ": " << again.error().message;
        const Outcome outcome = infer(*again);
        EXPECT_EQ(describe(outcome), describe(result.outcome)) << "seed " << seed;
        EXPECT_EQ(outcome.mapped, result.outcome.mapped);
        EXPECT_EQ(outcome.local, result.outcome.local);
        EXPECT_EQ(outcome.rtt, result.outcome.rtt);
        EXPECT_EQ(outcome.filtering.error_bound, result.outcome.filtering.error_bound);
        EXPECT_EQ(outcome.filtering.evidence, result.outcome.filtering.evidence);
        EXPECT_EQ(outcome.mapping.evidence, result.outcome.mapping.evidence);
        EXPECT_EQ(outcome.mapping.sentence, result.outcome.mapping.sentence);
        EXPECT_EQ(outcome.filtering.sentence, result.outcome.filtering.sentence);
        EXPECT_EQ(to_json(*again).dump(), text) << "seed " << seed << ": written, read, written";
    }
}

TEST(LedgerReplay, refuses_more_arrivals_than_a_run_keeps) {
    nlohmann::json ledger = to_json(run(varied(1), 1).ledger);
    nlohmann::json& arrivals = ledger["probes"][0]["arrivals"];
    ASSERT_FALSE(arrivals.empty());
    const nlohmann::json one = arrivals[0];
    while (arrivals.size() < kMaxArrivals)
        arrivals.push_back(one);
    EXPECT_TRUE(ledger_from_json(ledger));
    arrivals.push_back(one);
    const auto read = ledger_from_json(ledger);
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().message, testing::HasSubstr("/probes/0/arrivals"));
}

/// A ledger without one of its members, or with one of another type, is refused with its place, or
/// read; never taken for something else by crashing.
TEST(LedgerReplay, refuses_or_survives_every_mutilation) {
    const nlohmann::json whole = to_json(run(varied(17), 17).ledger);
    const nlohmann::json flat = whole.flatten();
    const nlohmann::json replacements[] = {
        nullptr, -1, 1e300, "x", nlohmann::json::array(), nlohmann::json::object(), true};
    for (const auto& [pointer, value] : flat.items()) {
        for (const nlohmann::json& replacement : replacements) {
            nlohmann::json changed = whole;
            changed[nlohmann::json::json_pointer(pointer)] = replacement;
            const auto read = ledger_from_json(changed);
            if (read) {
                (void)describe(infer(*read));
            } else {
                EXPECT_FALSE(read.error().message.empty()) << pointer;
                EXPECT_EQ(read.error().culprit, Culprit::Usage) << pointer;
            }
        }
        nlohmann::json changed = whole;
        const nlohmann::json::json_pointer at(pointer);
        nlohmann::json& parent = changed[at.parent_pointer()];
        if (parent.is_object()) {
            parent.erase(at.back());
            const auto read = ledger_from_json(changed);
            if (read) (void)describe(infer(*read));
        }
    }
    for (const nlohmann::json& replacement : replacements) {
        EXPECT_FALSE(ledger_from_json(replacement));
    }
}

}  // namespace
}  // namespace portolan::discovery::sim
