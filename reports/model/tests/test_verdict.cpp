#include <gtest/gtest.h>

#include <type_traits>

#include "reports/model/evidence.hpp"
#include "reports/model/finding.hpp"
#include "reports/model/verdict.hpp"

namespace portolan::report {
namespace {

static_assert(!std::is_default_constructible_v<Verdict>, "a verdict has to be reached");
static_assert(!std::is_default_constructible_v<Reason>, "a reason has to be given");
static_assert(!std::is_default_constructible_v<Finding>, "a finding has to have a verdict");
static_assert(!std::is_constructible_v<ReasonCode, std::string>, "codes are literals");

TEST(Verdict, WordsAreExactlyTheContract) {
    EXPECT_EQ(to_string(Outcome::Pass), "pass");
    EXPECT_EQ(to_string(Outcome::Fail), "fail");
    EXPECT_EQ(to_string(Outcome::Inconclusive), "inconclusive");
    EXPECT_EQ(to_string(Outcome::NotTested), "not_tested");
    EXPECT_EQ(to_string(Outcome::Unsupported), "unsupported");
    for (const char* word : {"pass", "fail", "inconclusive", "not_tested", "unsupported"}) {
        ASSERT_TRUE(parse_outcome(word));
        EXPECT_EQ(to_string(*parse_outcome(word)), word);
    }
    EXPECT_FALSE(parse_outcome("PASS"));
    EXPECT_FALSE(parse_outcome(""));
}

TEST(Verdict, EveryOutcomeButPassHasAReason) {
    const Reason why("no-reply", "Nothing came back.");
    EXPECT_FALSE(Verdict::pass().reason());
    for (const auto& verdict : {Verdict::fail(why), Verdict::inconclusive(why),
                                Verdict::not_tested(why), Verdict::unsupported(why)}) {
        ASSERT_TRUE(verdict.reason());
        EXPECT_EQ(*verdict.reason(), why);
        EXPECT_FALSE(verdict.is_pass());
    }
    EXPECT_FALSE(Verdict::make(Outcome::Pass, why));
    EXPECT_FALSE(Verdict::make(Outcome::Fail, std::nullopt));
    EXPECT_TRUE(Verdict::make(Outcome::Fail, why));
    EXPECT_TRUE(Verdict::make(Outcome::Pass, std::nullopt));
}

TEST(Verdict, OnlyPassAndFailAreAnswers) {
    EXPECT_FALSE(Verdict::pass().is_open());
    EXPECT_FALSE(Verdict::fail({"a", "b"}).is_open());
    EXPECT_TRUE(Verdict::inconclusive({"a", "b"}).is_open());
    EXPECT_TRUE(Verdict::not_tested({"a", "b"}).is_open());
    EXPECT_TRUE(Verdict::unsupported({"a", "b"}).is_open());
}

TEST(Reason, EmptySentenceBecomesTheWordsOfTheCode) {
    EXPECT_EQ(Reason("server.no-reply", "").sentence(), "server no reply");
}

TEST(Reason, FromOutsideMustBeLegal) {
    EXPECT_TRUE(Reason::parse("a.b-c", "x"));
    for (const char* code : {"", "A", "a b", "-a", "a-", "a--b", "a.-b", "a_b", "\xC3\xA4"}) {
        EXPECT_FALSE(Reason::parse(code, "x")) << code;
    }
    EXPECT_FALSE(Reason::parse("a", ""));
    EXPECT_FALSE(Reason::parse(std::string(kMaxIdBytes + 1, 'a'), "x"));
}

TEST(Reason, FromErrorKeepsItsCodeAndMessage) {
    const Reason reason = Reason::from_error({Culprit::Peer, "tls.alert", "The server said 42."});
    EXPECT_EQ(reason.code(), "peer.tls.alert");
    EXPECT_EQ(reason.sentence(), "The server said 42.");
    EXPECT_EQ(Reason::from_error({Culprit::Peer, "Bad Code", ""}).code(), "peer");
}

TEST(Id, TakesTheThreeFormsInUseAndNothingElse) {
    for (const char* id :
         {"nat.mapping", "IC018", "rfc8656/7.2/requested-transport-missing", "4"}) {
        EXPECT_TRUE(is_legal_id(id)) << id;
    }
    for (const char* id : {"", "a b", ".a", "/a", "a\n", "\xC3\xA4", "a\"b"}) {
        EXPECT_FALSE(is_legal_id(id)) << id;
    }
    EXPECT_FALSE(is_legal_id(std::string(kMaxIdBytes + 1, 'a')));
}

TEST(Words, EveryRowRoundTripsAndScalesAreOrdered) {
    for (const char* word : {"info", "low", "medium", "high", "critical"}) {
        ASSERT_TRUE(parse_severity(word)) << word;
        EXPECT_EQ(to_string(*parse_severity(word)), word);
    }
    for (const char* word :
         {"cosmetic", "degrades", "needs-relay", "breaks-video", "breaks-call"}) {
        ASSERT_TRUE(parse_impact(word)) << word;
        EXPECT_EQ(to_string(*parse_impact(word)), word);
    }
    for (const char* word : {"may", "should", "must"}) {
        ASSERT_TRUE(parse_requirement(word)) << word;
        EXPECT_EQ(to_string(*parse_requirement(word)), word);
    }
    for (const char* word :
         {"packets", "timing", "measurement", "seed", "environment", "input", "derivation"}) {
        ASSERT_TRUE(parse_evidence_kind(word)) << word;
        EXPECT_EQ(to_string(*parse_evidence_kind(word)), word);
    }
    EXPECT_LT(Severity::Info, Severity::Critical);
    EXPECT_LT(Impact::Cosmetic, Impact::BreaksCall);
    EXPECT_LT(Requirement::Should, Requirement::Must);
    EXPECT_FALSE(parse_severity("must"));
    EXPECT_FALSE(parse_impact("high"));
}

}  // namespace
}  // namespace portolan::report
