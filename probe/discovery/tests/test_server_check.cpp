#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "probe/discovery/tests/server_check_test_faults.hpp"

namespace portolan::discovery::audit_world {

namespace {

// RFC 5780 s6, RFC 8489 s6.3: what a good server does, passes, in about one second (ten new
// transactions a second, fifteen in all).
TEST(ServerCheck, AGoodServerPassesEverythingBehindEveryNat) {
    for (const NamedNat& path : paths()) {
        SCOPED_TRACE(path.name);
        Rules rules;
        rules.nat = path.rules;
        const Played done = run(rules);
        const ServerCheckOutcome outcome = infer_server_check(done.ledger);
        expect_well_formed(done, outcome);
        EXPECT_FALSE(done.ledger.cut_off);
        EXPECT_LE(done.elapsed, milliseconds(1300));
        EXPECT_LE(done.datagrams, 40);
        for (const AuditCheck& check : outcome.checks) {
            if (check.info->id == "audit/change-request-refused") {
                EXPECT_EQ(check.reason, "has-other-address");
            } else {
                EXPECT_EQ(check.verdict, VerdictKind::Pass)
                    << check.info->id << ": " << check.sentence;
            }
        }
    }
}

// Each fault fails exactly the checks that are about it, and says why.
TEST(ServerCheck, EachFaultFailsExactlyItsChecks) {
    for (const Fault& fault : faults()) {
        SCOPED_TRACE(fault.name);
        Rules rules;
        fault.make(rules);
        const Played done = run(rules);
        const ServerCheckOutcome outcome = infer_server_check(done.ledger);
        expect_well_formed(done, outcome);
        EXPECT_EQ(failed(outcome), fault.fails);
        if (fault.reason != nullptr) {
            EXPECT_EQ(outcome.check(*fault.fails.begin()).reason, fault.reason);
        }
        for (const char* use : {"mapping", "filtering", "lifetime"}) {
            EXPECT_EQ(
                outcome.check("audit/usable-for-" + std::string(use)).verdict != VerdictKind::Pass,
                fault.unusable_for.count(use) == 1)
                << use;
        }
    }
}

// The same behind NATs, where replies from unexpected places do not get in: the same checks or
// fewer fail, never another one.
TEST(ServerCheck, BehindNatsNoFaultFailsAnotherCheck) {
    for (const NamedNat& path : paths()) {
        for (const Fault& fault : faults()) {
            SCOPED_TRACE(std::string(path.name) + ", " + fault.name);
            Rules rules;
            fault.make(rules);
            rules.nat = path.rules;
            const Played done = run(rules);
            const ServerCheckOutcome outcome = infer_server_check(done.ledger);
            expect_well_formed(done, outcome);
            const Ids found = failed(outcome);
            for (const std::string& id : found)
                EXPECT_EQ(fault.fails.count(id), 1U) << id;
            // Only what nobody can see from here may stay open.
            const bool endpoint_dependent =
                rules.nat && rules.nat->mapping != sim::MappingRule::EndpointIndependent;
            const bool hidden = endpoint_dependent || rules.other != Other::True;
            if (!hidden) {
                EXPECT_EQ(found, fault.fails);
            }
        }
    }
}

TEST(ServerCheck, ASilentServerIsInconclusiveAndQuick) {
    Rules rules;
    rules.silent = true;
    const Played done = run(rules);
    const ServerCheckOutcome outcome = infer_server_check(done.ledger);
    expect_well_formed(done, outcome);
    EXPECT_EQ(outcome.check("audit/answers").verdict, VerdictKind::Inconclusive);
    EXPECT_EQ(outcome.check("audit/answers").reason, "no-answer");
    EXPECT_EQ(failed(outcome), Ids{});
    EXPECT_LE(done.elapsed, milliseconds(3100));
}

TEST(ServerCheck, RepliesFromAnotherAddressAreSeenWhereNoNatHidesThem) {
    Rules rules;
    rules.wrong_source = true;
    EXPECT_EQ(failed(infer_server_check(run(rules).ledger)), Ids{"audit/answers"});
    rules.nat =
        nat(sim::MappingRule::EndpointIndependent, sim::FilteringRule::AddressAndPortDependent);
    const ServerCheckOutcome hidden = infer_server_check(run(rules).ledger);
    EXPECT_EQ(hidden.check("audit/answers").verdict, VerdictKind::Inconclusive);
}

// RFC 5780 s6: a server without a second address is no worse a STUN server.
TEST(ServerCheck, APlainServerFailsNothingButCannotShowFiltering) {
    Rules rules;
    rules.other = Other::Absent;
    rules.origin_absent = true;
    rules.mapped = false;
    rules.change = Change::Rejected;
    rules.response_port = Support::Rejected;
    rules.padding = Support::Rejected;
    rules.answers_classic = false;
    rules.tcp = StreamOutcome::Refused;
    const Played done = run(rules);
    const ServerCheckOutcome outcome = infer_server_check(done.ledger);
    expect_well_formed(done, outcome);
    EXPECT_EQ(ids_with(outcome, VerdictKind::Fail), Ids{});
    EXPECT_EQ(ids_with(outcome, VerdictKind::Inconclusive), Ids{});
    EXPECT_EQ(
        ids_with(outcome, VerdictKind::Pass),
        (Ids{"audit/answers", "audit/success-response", "audit/replies-well-formed",
             "audit/replies-agree", "audit/known-attributes", "audit/xor-mapped-address",
             "audit/mapped-address-possible", "audit/change-request-refused",
             "audit/unknown-attribute-420", "audit/no-alternate-server", "audit/fingerprint"}));
    EXPECT_EQ(outcome.check("audit/usable-for-filtering").reason, "no-other-address");
}

// P1: the fault behind most false "full cone" results, in a server that names no alternate.
TEST(ServerCheck, APlainServerMustRefuseChangeRequest) {
    for (const Change change : {Change::Ignored, Change::Honoured, Change::Dropped}) {
        Rules rules;
        rules.other = Other::Absent;
        rules.change = change;
        EXPECT_EQ(failed(infer_server_check(run(rules).ledger)),
                  Ids{"audit/change-request-refused"});
    }
}

// A saved run is judged the same again.
TEST(ServerCheck, ASavedLedgerGivesTheSameOutcome) {
    for (const Fault& fault : faults()) {
        Rules rules;
        fault.make(rules);
        const Played done = run(rules);
        const auto saved = ledger_from_json(to_json(done.ledger));
        ASSERT_TRUE(saved) << fault.name << ": " << saved.error().message;
        const ServerCheckOutcome before = infer_server_check(done.ledger);
        const ServerCheckOutcome after = infer_server_check(*saved);
        for (std::size_t i = 0; i < before.checks.size(); ++i) {
            EXPECT_EQ(before.checks[i].sentence, after.checks[i].sentence) << fault.name;
            EXPECT_EQ(before.checks[i].evidence, after.checks[i].evidence) << fault.name;
        }
    }
}

TEST(ServerCheck, WithoutSocketsOrServersThereIsAnOutcome) {
    ServerCheckConfig config;
    config.server = kOwn;
    ServerCheck machine(config);
    machine.start(seconds(1));
    machine.on_socket_failed(1, {NetworkFault::NoRoute, std::nullopt, "EADDRNOTAVAIL"}, seconds(1));
    ASSERT_TRUE(machine.finished());
    EXPECT_EQ(infer_server_check(machine.ledger()).check("audit/answers").reason, "no-socket");
    EXPECT_EQ(infer_server_check(Ledger{}).checks.size(), audit_check_table().size());
}

TEST(ServerCheck, CancellingLeavesTheRestOpen) {
    Rules rules;
    ServerCheckConfig config;
    config.server = kOwn;
    ServerCheck machine(config);
    machine.start(seconds(1));
    machine.on_socket(1, at("192.168.1.10:40000"), seconds(1));
    machine.on_socket(2, at("192.168.1.10:40001"), seconds(1));
    machine.cancel(seconds(2));
    const ServerCheckOutcome outcome = infer_server_check(machine.ledger());
    EXPECT_TRUE(machine.ledger().cut_off);
    EXPECT_EQ(ids_with(outcome, VerdictKind::Fail), Ids{});
    EXPECT_EQ(outcome.check("audit/answers").verdict, VerdictKind::Inconclusive);
}

}  // namespace

}  // namespace portolan::discovery::audit_world
