#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ice-tests/conformance/check.hpp"
#include "ice-tests/conformance/target.hpp"
#include "ice-tests/turn/surroundings.hpp"
#include "ice-tests/turn/transcript.hpp"
#include "reports/model/json.hpp"

namespace portolan::scenarios {

using conformance::CheckClass;
using conformance::Judgement;
using conformance::Level;
using conformance::Status;
using conformance::Target;

/// Ways to run a scenario wrongly: what tests use to see that each can fail. Nothing else does.
enum class Sabotage {
    None,
    AggressiveNomination,  ///< the offerer nominates with its first check
    NoRoleConflict,        ///< one side controls, as usual
    CutRestart,            ///< nothing passes once the restart has begun
    NoTrickle,             ///< descriptions wait for all candidates
    NoCut,                 ///< the path that should go silent does not
    HostCandidates,        ///< the relay-only side is not relay-only
    NoTcp,                 ///< the answerer of an ICE-TCP call has UDP only
    DropPayloads,          ///< every third datagram of media is lost, in each direction
    ManglePayloads,        ///< a bit of each echo is turned
    ForeignPriority,       ///< the candidates' priorities are not those of relays
};

struct ScenarioOptions {
    transport::Duration hold = std::chrono::minutes(10);
    transport::Duration media = std::chrono::seconds(3);
    transport::Duration connect_limit = std::chrono::seconds(15);
    Sabotage sabotage = Sabotage::None;
};

/// What one run of a scenario works with, and what it leaves behind for the report.
struct Stage {
    turn::Surroundings where;
    const Target& server;
    const Target* second = nullptr;  ///< another server, for what needs two
    ScenarioOptions options;
    std::shared_ptr<turn::Transcript> transcript;
    report::Json data = report::Json::object();  ///< figures; units in key names
    std::vector<std::string> lines = {};         ///< the same for people

    [[nodiscard]] bool is(Sabotage sabotage) const { return options.sabotage == sabotage; }
};

/// Two libnice agents in this process, and what they must be able to do with the servers given.
struct Scenario {
    std::string_view id;  ///< permanent: "ice/relay-to-relay"
    std::string_view title;
    Level level = Level::Must;
    CheckClass check_class = CheckClass::Fast;
    bool needs_second_server = false;
    bool needs_server = true;
    bool is_between_relays = true;  ///< a call that needs both relays as each other's peers
    bool is_about_data = false;     ///< carries payloads after the connection is made
    std::string_view document;
    std::string_view section;
    std::string_view requirement;  ///< in our words
    std::string_view does;         ///< what is done
    std::string_view expected;
    turn::Task<Judgement> (*run)(Stage& stage) = nullptr;
};

std::span<const Scenario* const> scenario_table();

struct ScenarioResult {
    const Scenario* scenario = nullptr;
    Judgement judgement;
    std::string cause = {};  ///< of a failure: what our own client found out, one sentence
    report::Json data = report::Json::object();
    std::vector<std::string> lines = {};
    std::shared_ptr<turn::Transcript> transcript = {};
    std::shared_ptr<turn::Transcript> diagnosis = {};  ///< what our own client sent and got
    transport::Time begun{};
    transport::Duration duration{0};
};

/// Runs it, and has a failure explained by our own TURN client on the same servers.
turn::Task<ScenarioResult> run_scenario(turn::Surroundings where, const Scenario& scenario,
                                        const Target& server, const Target* second,
                                        ScenarioOptions options);

}  // namespace portolan::scenarios
