#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "probe/discovery/tests/server_check_test_world.hpp"

namespace portolan::discovery::audit_world {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Ids = std::set<std::string>;

Ids ids_with(const ServerCheckOutcome& outcome, VerdictKind kind) {
    Ids ids;
    for (const AuditCheck& check : outcome.checks) {
        if (check.verdict == kind) ids.insert(std::string(check.info->id));
    }
    return ids;
}

/// Without the three that only sum up.
Ids failed(const ServerCheckOutcome& outcome) {
    Ids ids = ids_with(outcome, VerdictKind::Fail);
    std::erase_if(ids, [](const std::string& id) { return id.find("/usable-") != id.npos; });
    return ids;
}

sim::NatRules nat(sim::MappingRule mapping, sim::FilteringRule filtering) {
    sim::NatRules rules;
    rules.mapping = mapping;
    rules.filtering = filtering;
    rules.public_ips = {kOutside};
    return rules;
}

struct NamedNat {
    const char* name;
    std::optional<sim::NatRules> rules;
};

std::vector<NamedNat> paths() {
    using sim::FilteringRule;
    using sim::MappingRule;
    constexpr auto kApdf = FilteringRule::AddressAndPortDependent;
    return {{"direct", std::nullopt},
            {"EIM+APDF", nat(MappingRule::EndpointIndependent, kApdf)},
            {"ADM+ADF", nat(MappingRule::AddressDependent, FilteringRule::AddressDependent)},
            {"APDM+APDF", nat(MappingRule::AddressAndPortDependent, kApdf)}};
}

/// What every outcome must be, whatever the server does.
void expect_well_formed(const Run& done, const ServerCheckOutcome& outcome) {
    EXPECT_TRUE(done.closed_all);
    EXPECT_LE(done.most_new_in_a_second, 10);
    EXPECT_LE(done.elapsed, seconds(5));
    ASSERT_EQ(outcome.checks.size(), audit_check_table().size());
    for (std::size_t i = 0; i < outcome.checks.size(); ++i) {
        const AuditCheck& check = outcome.checks[i];
        EXPECT_EQ(check.info, &audit_check_table()[i]);
        EXPECT_FALSE(check.sentence.empty()) << check.info->id;
        EXPECT_EQ(check.reason.empty(), check.verdict == VerdictKind::Pass) << check.info->id;
        const bool needs = check.verdict == VerdictKind::Fail ||
                           check.verdict == VerdictKind::Pass ||
                           check.verdict == VerdictKind::Inconclusive;
        if (needs && check.info->id != "audit/tcp") {
            EXPECT_FALSE(check.evidence.empty()) << check.info->id;
        }
    }
}

struct Fault {
    const char* name;
    std::function<void(Rules&)> make;
    Ids fails;
    const char* reason;  ///< of the first of them
    Ids unusable_for;    ///< "mapping", "filtering", "lifetime"
};

const Ids kAllChanges = {"audit/change-request-ip", "audit/change-request-port",
                         "audit/change-request-both"};

Ids with_none(Ids ids) {
    ids.insert("audit/change-request-none");
    return ids;
}

std::vector<Fault> faults() {
    const Ids all = {"mapping", "filtering", "lifetime"};
    const Ids mapping = {"mapping", "filtering"};
    const Ids filtering = {"filtering"};
    return {
        {"same IP",
         [](Rules& r) { r.other = Other::SameIp; },
         {"audit/other-address-distinct"},
         "same-ip",
         mapping},
        {"same port",
         [](Rules& r) { r.other = Other::SamePort; },
         {"audit/other-address-distinct"},
         "same-port",
         mapping},
        {"private",
         [](Rules& r) { r.other = Other::Private; },
         {"audit/other-address-public"},
         "less-public",
         mapping},
        {"unreachable",
         [](Rules& r) { r.other = Other::Unreachable; },
         {"audit/other-address-answers"},
         "no-reply",
         mapping},
        {"alternate port silent",
         [](Rules& r) { r.alternate_port_silent = true; },
         {"audit/other-address-answers"},
         "no-reply",
         mapping},
        {"inconsistent",
         [](Rules& r) { r.other = Other::OwnFromAlternate; },
         {"audit/other-address-consistent"},
         "contradicts",
         {}},
        {"CHANGE-REQUEST ignored", [](Rules& r) { r.change = Change::Ignored; }, kAllChanges,
         "ignored", filtering},
        {"CHANGE-REQUEST dropped", [](Rules& r) { r.change = Change::Dropped; },
         with_none(kAllChanges), "no-reply", filtering},
        {"CHANGE-REQUEST rejected", [](Rules& r) { r.change = Change::Rejected; },
         with_none(kAllChanges), "rejected", filtering},
        {"IP flag ignored",
         [](Rules& r) { r.change = Change::IgnoresIp; },
         {"audit/change-request-both", "audit/change-request-ip"},
         nullptr,
         filtering},
        {"port flag ignored",
         [](Rules& r) { r.change = Change::IgnoresPort; },
         {"audit/change-request-both", "audit/change-request-port"},
         nullptr,
         filtering},
        {"third address", [](Rules& r) { r.change = Change::ThirdAddress; }, kAllChanges, nullptr,
         filtering},
        {"origin lies",
         [](Rules& r) { r.origin_lies = true; },
         {"audit/response-origin-true"},
         "not-the-source",
         filtering},
        {"no origin",
         [](Rules& r) { r.origin_absent = true; },
         {"audit/response-origin-present"},
         "missing",
         {}},
        {"no XOR-MAPPED-ADDRESS",
         [](Rules& r) { r.xor_mapped = false; },
         {"audit/xor-mapped-address"},
         "missing",
         all},
        {"no MAPPED-ADDRESS",
         [](Rules& r) { r.mapped = false; },
         {"audit/mapped-address"},
         "missing",
         {}},
        {"wrong transaction id",
         [](Rules& r) { r.wrong_id = true; },
         {"audit/answers"},
         "wrong-transaction-id",
         all},
        {"error 500",
         [](Rules& r) { r.error = 500; },
         {"audit/success-response"},
         "error-response",
         all},
        {"error 401",
         [](Rules& r) { r.error = 401; },
         {"audit/success-response"},
         "authentication-required",
         all},
        {"RESPONSE-PORT ignored",
         [](Rules& r) { r.response_port = Support::Ignored; },
         {"audit/response-port", "audit/response-port-with-padding-refused"},
         "ignored",
         {"lifetime"}},
        {"RESPONSE-PORT dropped",
         [](Rules& r) { r.response_port = Support::Dropped; },
         {"audit/response-port", "audit/response-port-with-padding-refused"},
         "no-reply",
         {"lifetime"}},
        {"PADDING ignored",
         [](Rules& r) { r.padding = Support::Ignored; },
         {"audit/padding", "audit/response-port-with-padding-refused"},
         "missing",
         {}},
        {"RESPONSE-PORT with PADDING served",
         [](Rules& r) { r.refuses_padding_with_response_port = false; },
         {"audit/response-port-with-padding-refused"},
         "not-refused",
         {}},
        {"unknown attribute ignored",
         [](Rules& r) { r.unknown = Support::Ignored; },
         {"audit/unknown-attribute-420"},
         "ignored",
         {}},
        {"unknown attribute dropped",
         [](Rules& r) { r.unknown = Support::Dropped; },
         {"audit/unknown-attribute-420"},
         "no-reply",
         {}},
        {"420 without list",
         [](Rules& r) { r.lists_unknown = false; },
         {"audit/unknown-attribute-420"},
         "unknown-attributes-missing",
         {}},
        {"ALTERNATE-SERVER",
         [](Rules& r) { r.alternate_server = true; },
         {"audit/no-alternate-server"},
         "both",
         {}},
        {"FINGERPRINT dropped",
         [](Rules& r) { r.fingerprint = Support::Dropped; },
         {"audit/fingerprint"},
         "no-reply",
         {}},
        {"FINGERPRINT wrong",
         [](Rules& r) { r.wrong_fingerprint = true; },
         {"audit/fingerprint"},
         "wrong-fingerprint",
         {}},
    };
}

// RFC 5780 s6, RFC 8489 s6.3: what a good server does, passes, in about one second (ten new
// transactions a second, fifteen in all).
TEST(ServerCheck, AGoodServerPassesEverythingBehindEveryNat) {
    for (const NamedNat& path : paths()) {
        SCOPED_TRACE(path.name);
        Rules rules;
        rules.nat = path.rules;
        const Run done = run(rules);
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
        const Run done = run(rules);
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
            const Run done = run(rules);
            const ServerCheckOutcome outcome = infer_server_check(done.ledger);
            expect_well_formed(done, outcome);
            const Ids found = failed(outcome);
            for (const std::string& id : found)
                EXPECT_EQ(fault.fails.count(id), 1U) << id;
            // Only what nobody can see from here may stay open.
            const bool endpoint_dependent =
                rules.nat && rules.nat->mapping != sim::MappingRule::EndpointIndependent;
            const bool hidden = endpoint_dependent || rules.other != Other::True;
            if (!hidden) EXPECT_EQ(found, fault.fails);
        }
    }
}

// P9: loss is never held against the server.
TEST(ServerCheck, WithHeavyLossNothingFailsWrongly) {
    int inconclusive = 0;
    int checks = 0;
    for (const NamedNat& path : paths()) {
        for (std::uint64_t seed = 1; seed <= 300; ++seed) {
            Rules rules;
            rules.nat = path.rules;
            rules.loss = 0.2;
            rules.jitter = milliseconds(20);
            const Run done = run(rules, seed);
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

TEST(ServerCheck, WithHeavyLossAFaultFailsNothingElse) {
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
TEST(ServerCheck, WithLightLossSilenceIsStillProved) {
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
TEST(ServerCheck, AnOutageFailsNothing) {
    for (int from = 0; from <= 1500; from += 50) {
        Rules rules;
        rules.outage = {milliseconds(from), milliseconds(from + 2500)};
        const ServerCheckOutcome outcome = infer_server_check(run(rules).ledger);
        EXPECT_EQ(ids_with(outcome, VerdictKind::Fail), Ids{}) << from;
    }
}

TEST(ServerCheck, ASilentServerIsInconclusiveAndQuick) {
    Rules rules;
    rules.silent = true;
    const Run done = run(rules);
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
    const Run done = run(rules);
    const ServerCheckOutcome outcome = infer_server_check(done.ledger);
    expect_well_formed(done, outcome);
    EXPECT_EQ(ids_with(outcome, VerdictKind::Fail), Ids{});
    EXPECT_EQ(ids_with(outcome, VerdictKind::Inconclusive), Ids{});
    EXPECT_EQ(ids_with(outcome, VerdictKind::Pass),
              (Ids{"audit/answers", "audit/success-response", "audit/xor-mapped-address",
                   "audit/change-request-refused", "audit/unknown-attribute-420",
                   "audit/no-alternate-server", "audit/fingerprint"}));
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

// RFC 5780 s7.5: optional. Behind a NAT that needs it to let the reply in, the rest stays open.
TEST(ServerCheck, WithoutResponsePortAnEndpointDependentNatLeavesSilenceOpen) {
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

// A NAT whose mappings change midway must not be held against the server.
TEST(ServerCheck, ADriftingOrRebootingNatFailsNothing) {
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

TEST(ServerCheck, SeveralPublicAddressesFailNothing) {
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

TEST(ServerCheck, TcpIsNotWaitedForForLong) {
    Rules rules;
    rules.tcp_hangs = true;
    const Run done = run(rules);
    EXPECT_EQ(done.elapsed, milliseconds(2500));
    EXPECT_EQ(infer_server_check(done.ledger).check("audit/tcp").reason, "no-answer");
}

// A saved run is judged the same again.
TEST(ServerCheck, ASavedLedgerGivesTheSameOutcome) {
    for (const Fault& fault : faults()) {
        Rules rules;
        fault.make(rules);
        const Run done = run(rules);
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
