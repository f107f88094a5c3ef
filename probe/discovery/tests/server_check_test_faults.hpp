#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "probe/discovery/tests/server_check_test_world.hpp"

/// What the tests of the server check share: the faults with the checks that each must fail, the
/// paths on which they are tried, and what every outcome must be.
namespace portolan::discovery::audit_world {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Ids = std::set<std::string>;

inline Ids ids_with(const ServerCheckOutcome& outcome, VerdictKind kind) {
    Ids ids;
    for (const AuditCheck& check : outcome.checks) {
        if (check.verdict == kind) ids.insert(std::string(check.info->id));
    }
    return ids;
}

/// Without the three that only sum up.
inline Ids failed(const ServerCheckOutcome& outcome) {
    Ids ids = ids_with(outcome, VerdictKind::Fail);
    std::erase_if(ids, [](const std::string& id) { return id.find("/usable-") != id.npos; });
    return ids;
}

inline sim::NatRules nat(sim::MappingRule mapping, sim::FilteringRule filtering) {
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

inline std::vector<NamedNat> paths() {
    using sim::FilteringRule;
    using sim::MappingRule;
    return {{"direct", std::nullopt},
            {"EIM+APDF", nat(MappingRule::EndpointIndependent, sim::kApdf)},
            {"ADM+ADF", nat(MappingRule::AddressDependent, FilteringRule::AddressDependent)},
            {"APDM+APDF", nat(MappingRule::AddressAndPortDependent, sim::kApdf)}};
}

/// What every outcome must be, whatever the server does.
inline void expect_well_formed(const Played& done, const ServerCheckOutcome& outcome) {
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

inline const Ids kAllChanges = {"audit/change-request-ip", "audit/change-request-port",
                                "audit/change-request-both"};

inline Ids with_none(Ids ids) {
    ids.insert("audit/change-request-none");
    return ids;
}

inline std::vector<Fault> faults() {
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
        {"garbage",
         [](Rules& r) { r.spoiled = Spoiled::Garbage; },
         {"audit/answers", "audit/replies-well-formed"},
         "malformed-reply",
         all},
        {"truncated",
         [](Rules& r) { r.spoiled = Spoiled::Truncated; },
         {"audit/answers", "audit/replies-well-formed"},
         "malformed-reply",
         all},
        {"oversized",
         [](Rules& r) { r.spoiled = Spoiled::Oversized; },
         {"audit/answers", "audit/replies-well-formed"},
         "malformed-reply",
         all},
        {"other method",
         [](Rules& r) { r.spoiled = Spoiled::OtherMethod; },
         {"audit/answers", "audit/replies-well-formed"},
         "malformed-reply",
         all},
        {"echo",
         [](Rules& r) { r.spoiled = Spoiled::Echo; },
         {"audit/answers", "audit/replies-well-formed"},
         "not-a-response",
         all},
        {"garbage beside right replies",
         [](Rules& r) { r.spoiled = Spoiled::GarbageBeside; },
         {"audit/replies-well-formed"},
         "malformed-reply",
         {}},
        {"wrong FINGERPRINT everywhere",
         [](Rules& r) { r.spoiled = Spoiled::WrongFingerprint; },
         {"audit/answers", "audit/fingerprint"},
         "wrong-fingerprint",
         all},
        {"unknown attribute in responses",
         [](Rules& r) { r.spoiled = Spoiled::UnknownAttribute; },
         {"audit/answers", "audit/known-attributes"},
         "unknown-attribute",
         all},
        {"mapped port 0",
         [](Rules& r) { r.spoiled = Spoiled::PortZero; },
         {"audit/mapped-address-possible"},
         "impossible",
         all},
        {"mapped to nowhere",
         [](Rules& r) { r.spoiled = Spoiled::Unspecified; },
         {"audit/mapped-address-possible"},
         "impossible",
         all},
        {"mapped to a group",
         [](Rules& r) { r.spoiled = Spoiled::Multicast; },
         {"audit/mapped-address-possible"},
         "impossible",
         all},
        {"mapped to another family",
         [](Rules& r) { r.spoiled = Spoiled::OtherFamily; },
         {"audit/mapped-address-possible"},
         "other-family",
         all},
        {"contradictory replies",
         [](Rules& r) { r.spoiled = Spoiled::Contradictory; },
         {"audit/replies-agree"},
         "contradicts",
         all},
        {"FINGERPRINT wrong",
         [](Rules& r) { r.wrong_fingerprint = true; },
         {"audit/fingerprint"},
         "wrong-fingerprint",
         {}},
    };
}

}  // namespace portolan::discovery::audit_world
