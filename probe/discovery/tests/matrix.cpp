#include "probe/discovery/tests/matrix.hpp"

#include <algorithm>

namespace portolan::discovery::sim {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::size_t kMaxComplaints = 5;

/// Cells see different luck for the same seed: otherwise their runs would not be independent.
std::uint64_t luck(const Cell& cell, std::uint64_t seed) {
    const auto place = static_cast<std::uint64_t>(cell.mapping) * 16 +
                       static_cast<std::uint64_t>(cell.filtering) * 4;
    return Random(seed ^ (place << 48U)).next();
}

/// What the seed decides of a network.
void vary(Scenario& scenario, double loss, std::uint64_t seed) {
    Random random(seed);
    Link& link = scenario.world.link;
    link.rtt = microseconds(random.between(5'000, 300'000));
    link.jitter = microseconds(random.between(0, link.rtt.count() / 4));
    link.loss = loss;
    link.duplication = random.chance(0.3) ? 0.02 : 0.0;
    scenario.world.timer_slack = random.chance(0.5) ? milliseconds(2) : Duration{};
    scenario.world.driver_knows_local_ip = random.chance(0.7);
    NatRules& nat = scenario.world.nats.front();
    constexpr std::array kPortRules{PortRule::Preserving, PortRule::Sequential, PortRule::Random,
                                    PortRule::Parity};
    nat.ports = kPortRules[random.below(kPortRules.size())];
    nat.port_step = static_cast<int>(random.between(1, 4));
    nat.first_port = static_cast<std::uint16_t>(random.between(1024, 60000));
}

}  // namespace

double Tally::undecided_mapping() const {
    const int exact = mapping[static_cast<std::size_t>(Grade::Right)];
    return runs == 0 ? 0.0 : static_cast<double>(runs - exact) / runs;
}

double Tally::undecided_filtering() const {
    const int exact = filtering[static_cast<std::size_t>(Grade::Right)];
    return runs == 0 ? 0.0 : static_cast<double>(runs - exact) / runs;
}

Scenario cell_scenario(const Cell& cell, std::uint64_t seed) {
    Scenario scenario = behind(cell.mapping, cell.filtering);
    scenario.config.sabotage = cell.sabotage;
    vary(scenario, cell.loss, luck(cell, seed));
    return scenario;
}

Tally run_cell(const Cell& cell, std::uint64_t seed_base, int runs) {
    Tally tally;
    World world;
    Scenario scenario = cell_scenario(cell, seed_base);
    for (int i = 0; i < runs; ++i) {
        const std::uint64_t seed = seed_base + static_cast<std::uint64_t>(i);
        const std::uint64_t chance = luck(cell, seed);
        vary(scenario, cell.loss, chance);
        world.reset(scenario.world, chance);
        Config config = scenario.config;
        config.seed = chance;
        world.add(std::move(config));
        world.run();
        const Outcome outcome = world.outcome();
        const Grade mapping = grade_mapping(outcome, cell.mapping);
        const Grade filtering = grade_filtering(outcome, cell.filtering);
        ++tally.runs;
        ++tally.mapping[static_cast<std::size_t>(mapping)];
        ++tally.filtering[static_cast<std::size_t>(filtering)];
        tally.total_elapsed += world.elapsed();
        tally.longest = std::max(tally.longest, world.elapsed());
        tally.packets += world.trace().packets_sent;

        std::vector<std::string> wrong = defects(outcome, world.ledger());
        for (const std::string& violation : world.trace().violations)
            wrong.push_back(violation);
        if (grade_translation(outcome, cell.mapping) == Grade::Wrong) {
            wrong.emplace_back("translation is wrong");
        }
        // The server answers over UDP; saying that UDP is blocked would be wrong at any loss.
        if (outcome.udp.verdict == VerdictKind::Fail) wrong.emplace_back("reachability is wrong");
        if (outcome.stable.value == false) wrong.emplace_back("stability is wrong");
        if (!wrong.empty()) ++tally.other_wrong;
        if (mapping == Grade::Wrong) wrong.emplace_back("mapping is wrong");
        if (filtering == Grade::Wrong) wrong.emplace_back("filtering is wrong");
        if (!wrong.empty() && tally.complaints.size() < kMaxComplaints) {
            std::string text = scenario.name + ", loss " + std::to_string(cell.loss) + ", seed " +
                               std::to_string(seed) + ":";
            for (const std::string& part : wrong)
                text += " " + part + ";";
            tally.complaints.push_back(text + " got " + describe(outcome));
        }
    }
    return tally;
}

}  // namespace portolan::discovery::sim
