#include <gtest/gtest.h>

#include "probe/discovery/reply_flaw.hpp"
#include "probe/discovery/tests/server_check_test_faults.hpp"

namespace portolan::discovery::audit_world {

namespace {

ServerCheckOutcome outcome_with(Spoiled spoiled) {
    Rules rules;
    rules.spoiled = spoiled;
    return infer_server_check(run(rules).ledger);
}

bool says(const AuditCheck& check, const char* words) {
    return check.sentence.find(words) != std::string::npos;
}

// Not "nothing answers": what comes is said, with its size and what is wrong with it.
TEST(ServerCheckReplies, WhatIsNoReplyIsDescribed) {
    const ServerCheckOutcome garbage = outcome_with(Spoiled::Garbage);
    EXPECT_TRUE(says(garbage.check("audit/answers"),
                     "answers, but with datagrams that answer no request (not STUN: "))
        << garbage.check("audit/answers").sentence;
    EXPECT_TRUE(garbage.check("audit/answers").rests_on_run);
    EXPECT_TRUE(
        says(outcome_with(Spoiled::Oversized).check("audit/answers"), "bytes follow the header"));
    EXPECT_TRUE(says(outcome_with(Spoiled::Echo).check("audit/answers"), "a request"));
    EXPECT_TRUE(says(outcome_with(Spoiled::OtherMethod).check("audit/answers"), "another method"));
    EXPECT_TRUE(
        says(outcome_with(Spoiled::UnknownAttribute).check("audit/known-attributes"), "0x7"));
}

// RFC 8489 s6.3, s6.3.3: discarded. Nothing in such a response is believed.
TEST(ServerCheckReplies, WhatMustBeDiscardedTeachesNothing) {
    for (const Spoiled spoiled :
         {Spoiled::Garbage, Spoiled::Truncated, Spoiled::Oversized, Spoiled::Echo,
          Spoiled::OtherMethod, Spoiled::WrongFingerprint, Spoiled::UnknownAttribute}) {
        const ServerCheckOutcome outcome = outcome_with(spoiled);
        EXPECT_FALSE(outcome.mapped);
        EXPECT_FALSE(outcome.other_address);
    }
    for (const Spoiled spoiled :
         {Spoiled::PortZero, Spoiled::Unspecified, Spoiled::Multicast, Spoiled::Contradictory}) {
        EXPECT_FALSE(outcome_with(spoiled).mapped);
    }
}

// The same datagram twice is what networks do.
TEST(ServerCheckReplies, TheSameReplyTwiceIsNoFault) {
    const ServerCheckOutcome outcome = outcome_with(Spoiled::Twice);
    EXPECT_EQ(failed(outcome), Ids{});
    EXPECT_EQ(outcome.check("audit/replies-agree").verdict, VerdictKind::Pass);
}

// One datagram may be anybody's.
TEST(ServerCheckReplies, ASingleStrayDatagramConvictsNobody) {
    Rules rules;
    Ledger ledger = run(rules).ledger;
    ledger.stray_count = 1;
    ledger.strays = {{ledger.started, kOwn, "not STUN: 1 bytes, too short"}};
    const ServerCheckOutcome outcome = infer_server_check(ledger);
    EXPECT_EQ(failed(outcome), Ids{});
    EXPECT_EQ(outcome.check("audit/replies-well-formed").verdict, VerdictKind::Inconclusive);
    ledger.strays = {{ledger.started, kThird, "not STUN: 1 bytes, too short"}};
    EXPECT_EQ(infer_server_check(ledger).check("audit/replies-well-formed").verdict,
              VerdictKind::Pass);
}

TEST(ServerCheckReplies, WithoutSocketsTheCauseIsSaid) {
    Ledger ledger;
    ledger.servers.push_back({"stun:stun.example.org", kOwn});
    ledger.socket_faults.push_back({{}, {NetworkFault::NotPermitted, std::nullopt, "EPERM"}});
    EXPECT_TRUE(says(infer_server_check(ledger).check("audit/answers"), "EPERM"));
}

TEST(AuditFlaw, ImpossibleAddressesAreToldFromUnusualOnes) {
    for (const char* text : {"192.0.2.1:0", "0.0.0.0:1", "224.0.0.251:5353", "239.1.2.3:9",
                             "255.255.255.255:9", "[::]:9", "[ff02::1]:9"}) {
        EXPECT_FALSE(can_be_mapped(at(text))) << text;
    }
    // A DS-Lite B4 element has the third.
    for (const char* text : {"10.0.0.1:1", "127.0.0.1:9", "192.0.0.2:9", "198.18.0.1:9",
                             "100.64.0.1:9", "[fe80::1]:9", "[::1]:9"}) {
        EXPECT_TRUE(can_be_mapped(at(text))) << text;
    }
}

}  // namespace

}  // namespace portolan::discovery::audit_world
