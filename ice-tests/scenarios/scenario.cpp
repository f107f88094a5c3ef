#include "ice-tests/scenarios/scenario.hpp"

#include <utility>

#include "ice-tests/scenarios/carrying.hpp"
#include "ice-tests/scenarios/connecting.hpp"
#include "ice-tests/scenarios/diagnosis.hpp"

namespace portolan::scenarios {
namespace {

// In the order in which they are run: when the first ones fail, the others are about the same.
constexpr const Scenario* kTable[] = {
    &kGathering,    &kRelayToRelay, &kHostToRelay, &kTwoServers, &kRegularNomination,
    &kRoleConflict, &kRestart,      &kTrickle,     &kRelayOnly,  &kEcho,
    &kMedia,        &kConsentLoss,  &kHold,        &kIceTcp,
};

}  // namespace

std::span<const Scenario* const> scenario_table() {
    return kTable;
}

turn::Task<ScenarioResult> run_scenario(turn::Surroundings where, const Scenario& scenario,
                                        const Target& server, const Target* second,
                                        ScenarioOptions options) {
    ScenarioResult out;
    out.scenario = &scenario;
    out.begun = where.now();
    out.transcript = std::make_shared<turn::Transcript>();
    Stage stage{.where = where,
                .server = server,
                .second = second,
                .options = options,
                .transcript = out.transcript};
    out.judgement = co_await scenario.run(stage);
    out.duration = where.now() - out.begun;
    out.data = std::move(stage.data);
    out.lines = std::move(stage.lines);
    if (out.judgement.status == Status::Violates && scenario.needs_server) {
        out.diagnosis = std::make_shared<turn::Transcript>();
        const Target& other = scenario.needs_second_server && second != nullptr ? *second : server;
        const Diagnosis found = co_await diagnose(where, server, other, out.diagnosis);
        out.cause = found.sentence;
    }
    co_return out;
}

}  // namespace portolan::scenarios
