#include <gtest/gtest.h>

#include "probe/discovery/tests/server_check_test_faults.hpp"

namespace portolan::discovery::audit_world {

namespace {

// P9: loss is never held against the server.
TEST(ServerCheckPath, WithHeavyLossNothingFailsWrongly) {
    int inconclusive = 0;
    int checks = 0;
    for (const NamedNat& path : paths()) {
        for (std::uint64_t seed = 1; seed <= 300; ++seed) {
            Rules rules;
            rules.nat = path.rules;
            rules.loss = 0.2;
            rules.jitter = milliseconds(20);
            const Played done = run(rules, seed);
            const ServerCheckOutcome outcome = infer_server_check(done.ledger);
            ASSERT_EQ(ids_with(outcome, VerdictKind::Fail), Ids{})
                << path.name << ", seed " << seed;
            ASSERT_LE(done.most_new_in_a_second, 10);
            checks += static_cast<int>(outcome.checks.size());
            inconclusive += static_cast<int>(ids_with(outcome, VerdictKind::Inconclusive).size());
        }
    }
    // Most of it is given up after eight copies: 0.36^8 each.
    EXPECT_LT(inconclusive, checks / 100);
}

TEST(ServerCheckPath, WithHeavyLossAFaultFailsNothingElse) {
    for (const Fault& fault : faults()) {
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            Rules rules;
            fault.make(rules);
            rules.loss = 0.2;
            const ServerCheckOutcome outcome = infer_server_check(run(rules, seed).ledger);
            for (const std::string& id : failed(outcome)) {
                ASSERT_EQ(fault.fails.count(id), 1U)
                    << fault.name << ", seed " << seed << ", " << id;
            }
        }
    }
}

// 5 % loss each way is still enough to convict a server that drops CHANGE-REQUEST.
TEST(ServerCheckPath, WithLightLossSilenceIsStillProved) {
    int proved = 0;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        Rules rules;
        rules.change = Change::Dropped;
        rules.loss = 0.05;
        proved += failed(infer_server_check(run(rules, seed).ledger)) == with_none(kAllChanges);
    }
    EXPECT_GE(proved, 45);
}

// An outage silences requests and controls alike.
TEST(ServerCheckPath, AnOutageFailsNothing) {
    for (int from = 0; from <= 1500; from += 50) {
        Rules rules;
        rules.outage = {milliseconds(from), milliseconds(from + 2500)};
        const ServerCheckOutcome outcome = infer_server_check(run(rules).ledger);
        EXPECT_EQ(ids_with(outcome, VerdictKind::Fail), Ids{}) << from;
    }
}

// RFC 5780 s7.5: optional. Behind a NAT that needs it to let the reply in, the rest stays open.
TEST(ServerCheckPath, WithoutResponsePortAnEndpointDependentNatLeavesSilenceOpen) {
    Rules rules;
    rules.response_port = Support::Rejected;
    rules.nat =
        nat(sim::MappingRule::AddressAndPortDependent, sim::FilteringRule::AddressAndPortDependent);
    const ServerCheckOutcome outcome = infer_server_check(run(rules).ledger);
    EXPECT_EQ(ids_with(outcome, VerdictKind::Fail), Ids{});
    EXPECT_EQ(outcome.check("audit/response-port").verdict, VerdictKind::Unsupported);
    for (const std::string& id : kAllChanges) {
        EXPECT_EQ(outcome.check(id).reason, "path-not-open") << id;
    }
}

// Behind such a NAT an answer from where it was asked stays out, as no answer does.
TEST(ServerCheckPath, AnEndpointDependentNatDoesNotTellIgnoredFromDropped) {
    for (const Change change : {Change::Ignored, Change::Dropped}) {
        Rules rules;
        rules.change = change;
        rules.nat = nat(sim::MappingRule::AddressAndPortDependent,
                        sim::FilteringRule::AddressAndPortDependent);
        const ServerCheckOutcome outcome = infer_server_check(run(rules).ledger);
        const AuditCheck& check = outcome.check("audit/change-request-both");
        EXPECT_EQ(check.verdict, VerdictKind::Fail);
        EXPECT_EQ(check.reason, "not-honoured");
        EXPECT_NE(check.sentence.find("cannot be told which"), std::string::npos);
    }
}

// A NAT whose mappings change midway must not be held against the server.
TEST(ServerCheckPath, ADriftingOrRebootingNatFailsNothing) {
    for (int at = 50; at <= 1300; at += 50) {
        for (const bool reboot : {false, true}) {
            Rules rules;
            rules.nat = nat(sim::MappingRule::EndpointIndependent,
                            sim::FilteringRule::AddressAndPortDependent);
            (reboot ? rules.nat->reboot_at : rules.nat->drift_at) = milliseconds(at);
            EXPECT_EQ(ids_with(infer_server_check(run(rules).ledger), VerdictKind::Fail), Ids{})
                << (reboot ? "reboot at " : "drift at ") << at;
        }
    }
}

TEST(ServerCheckPath, SeveralPublicAddressesFailNothing) {
    for (const sim::PoolRule pool : {sim::PoolRule::Arbitrary, sim::PoolRule::ByDestination}) {
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            Rules rules;
            rules.nat = nat(sim::MappingRule::AddressDependent,
                            sim::FilteringRule::AddressAndPortDependent);
            rules.nat->public_ips.push_back(*IpAddress::parse("81.2.69.143"));
            rules.nat->pool = pool;
            EXPECT_EQ(ids_with(infer_server_check(run(rules, seed).ledger), VerdictKind::Fail),
                      Ids{})
                << seed;
        }
    }
}

TEST(ServerCheckPath, TcpIsNotWaitedForForLong) {
    Rules rules;
    rules.tcp_hangs = true;
    const Played done = run(rules);
    EXPECT_EQ(done.elapsed, milliseconds(2500));
    EXPECT_EQ(infer_server_check(done.ledger).check("audit/tcp").reason, "no-answer");
}

}  // namespace

}  // namespace portolan::discovery::audit_world
