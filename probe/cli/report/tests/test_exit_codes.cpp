#include <gmock/gmock.h>

#include <functional>
#include <string>
#include <vector>

#include "probe/cli/report/tests/facts_builder.hpp"
#include "probe/cli/report/tests/written_report.hpp"

namespace portolan::nat_probe {
namespace {

using cli::ExitCode;
using precall::Cause;
using precall::Problem;
using precall::Step;
using testing::StartsWith;

void without_name(FactsBuilder& built, const char* uri, Cause cause) {
    ServerFacts& server = built.add(uri);
    server.attempts.clear();
    server.lookup_problem = Problem{Step::Resolve, cause, "no answer"};
}

struct Case {
    const char* what;
    std::function<void(FactsBuilder&)> build;
    const char* begins;
    ExitCode ends;
};

/// 0 where calls work, 1 where they do not or no relay that is named can be used, 3 where it is
/// open: the first sentence and the exit code say the same.
TEST(ExitCodes, are_what_the_first_sentence_says) {
    constexpr const char* kOpen = "It is open whether calls will work: ";
    constexpr const char* kUnusable =
        "Your relay cannot be used, and whether calls work without it is open: ";
    const std::vector<Case> cases = {
        {"DNS fails, relay",
         [](auto& b) { without_name(b, "turn:t.example", Cause::NameServiceFails); }, kUnusable,
         ExitCode::Findings},
        {"DNS fails, STUN alone",
         [](auto& b) { without_name(b, "stun:t.example", Cause::NameServiceFails); }, kOpen,
         ExitCode::Inconclusive},
        {"no such name, relay",
         [](auto& b) { without_name(b, "turn:t.example", Cause::NameNotFound); }, kUnusable,
         ExitCode::Findings},
        {"no such name, STUN alone",
         [](auto& b) { without_name(b, "stun:t.example", Cause::NameNotFound); }, kOpen,
         ExitCode::Inconclusive},
        {"relay is dead", [](auto& b) { b.bad("turn:t.example", Step::Ask, Cause::PortClosed); },
         kUnusable, ExitCode::Findings},
        {"STUN server is dead",
         [](auto& b) { b.bad("stun:t.example", Step::Ask, Cause::PortClosed); }, kOpen,
         ExitCode::Inconclusive},
        {"relay is silent", [](auto& b) { b.bad("turn:t.example", Step::Ask, Cause::Silent); },
         kUnusable, ExitCode::Findings},
        {"STUN server is silent",
         [](auto& b) { b.bad("stun:t.example", Step::Ask, Cause::Silent); }, kOpen,
         ExitCode::Inconclusive},
        {"relay by UDP is silent, TCP refuses the password",
         [](auto& b) {
             b.bad("turn:t.example", Step::Ask, Cause::Silent);
             b.bad("turn:t.example?transport=tcp", Step::Allocate, Cause::WrongCredentials);
         },
         kUnusable, ExitCode::Findings},
        {"relay by UDP alone is silent, STUN answers over TCP",
         [](auto& b) {
             b.bad("turn:t.example", Step::Ask, Cause::Silent);
             b.blocked_nat();
             b.facts.nats[0].outcome.udp.reason = discovery::kBlockedUnlessServer;
         },
         kUnusable, ExitCode::Findings},
        {"UDP is blocked for sure, no relay over TCP",
         [](auto& b) {
             b.bad("turn:t.example", Step::Ask, Cause::Silent);
             b.blocked_nat();
         },
         "Calls will not work: ", ExitCode::Findings},
        {"the relay over TCP saves it",
         [](auto& b) {
             b.bad("turn:t.example", Step::Ask, Cause::Silent);
             b.good("turn:t.example?transport=tcp");
         },
         "Calls will work, but only", ExitCode::Ok},
        {"no authorities",
         [](auto& b) { b.bad("turns:t.example", Step::Handshake, Cause::NoAuthorities); },
         kUnusable, ExitCode::Findings},
        {"one is dead, and the run ended before the other was known",
         [](auto& b) {
             b.bad("turn:t.example", Step::Ask, Cause::PortClosed);
             b.add("turn:u.example").best()->visit.under_way = Step::Ask;
             b.facts.is_cut_off = true;
         },
         "It is not known yet", ExitCode::Inconclusive},
        {"the relay over TCP forbids its peers, UDP is lost",
         [](auto& b) {
             b.bad("turn:t.example", Step::Ask, Cause::Silent);
             ServerFacts& server = b.good("turn:t.example?transport=tcp");
             server.no_media_because.clear();
             server.wants_media = true;
             server.audio.problem = Problem{Step::Permit, Cause::Forbidden, "error 403"};
         },
         kOpen, ExitCode::Inconclusive},
        {"direct calls are left",
         [](auto& b) {
             b.bad("turn:t.example", Step::Allocate, Cause::WrongCredentials);
             b.well_behaved_nat();
         },
         "Calls will work with about 89 % of people only, because the relay cannot be used",
         ExitCode::Findings},
    };
    for (const Case& each : cases) {
        FactsBuilder built;
        each.build(built);
        const auto report = written(built.facts);
        EXPECT_THAT(report.headline, StartsWith(each.begins)) << each.what;
        EXPECT_EQ(exit_code(report), each.ends) << each.what << ": " << report.headline;
    }
}

}  // namespace
}  // namespace portolan::nat_probe
