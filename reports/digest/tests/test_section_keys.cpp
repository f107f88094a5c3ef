#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/digest/comparison.hpp"
#include "reports/digest/history.hpp"
#include "reports/digest/section_keys.hpp"
#include "reports/digest/tests/sample.hpp"

namespace portolan::digest {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct Server {
    std::string uri;
    std::string transport;
    report::Verdict verdict = report::Verdict::pass();
    std::string value = {};
};

/// As nat-probe report writes it: a section for each server, numbered as they were given.
report::Report of_servers(const std::vector<Server>& servers, int hour = 1) {
    report::Report out = sample(report::Verdict::pass());
    out.started_at =
        std::chrono::sys_days(std::chrono::year(2026) / 11 / 28) + std::chrono::hours(hour);
    out.sections.clear();
    for (const Server& server : servers) {
        report::Section section = sample(server.verdict, "").sections.front();
        section.id = "server-" + std::to_string(out.sections.size() + 1);
        section.title = server.uri + " over " + server.transport;
        section.subject = {{"uri", server.uri}, {"transport", server.transport}};
        section.findings.front().value = server.value;
        out.sections.push_back(std::move(section));
    }
    return out;
}

report::Report history_of(const report::Report& first, const report::Report& second) {
    History history;
    history.add("a", first);
    history.add("b", second);
    report::Report out = history.finish();
    out.tool = {"nat-report", "1"};
    const auto valid = report::validate(out);
    EXPECT_TRUE(valid) << valid.error().message;
    return out;
}

const Server kSound{"turn:one.example", "udp", report::Verdict::pass(), "20 ms"};
const Server kBroken{"turn:two.example", "udp", failure("Error 500.")};
const Server kBrokenOverTcp{"turn:one.example", "tcp", failure("Error 500.")};
const Server kOther{"turn:three.example", "udp"};
const Server kMoved{"turn:one.example:4000", "udp", report::Verdict::pass(), "20 ms"};

TEST(SectionKeys, A_server_is_its_url_and_transport_wherever_it_stands) {
    EXPECT_THAT(
        section_keys(of_servers({kSound, kBrokenOverTcp, kSound})),
        ElementsAre("turn:one.example udp", "turn:one.example tcp", "turn:one.example udp 2"));
    EXPECT_THAT(section_keys(sample(report::Verdict::pass())), ElementsAre("s"));
    EXPECT_FALSE(is_of_server("server-1"));
    EXPECT_TRUE(is_of_server("turn:one.example "));
}

TEST(SectionKeys, The_built_in_server_has_another_port_in_each_run) {
    report::Report out = of_servers({kSound});
    out.sections.push_back({.id = "simulated-nat", .title = "A simulated home router"});
    EXPECT_THAT(section_keys(out), ElementsAre("server-1", "simulated-nat"));
}

TEST(SectionKeys, Another_order_of_servers_is_no_change) {
    const report::Report first = of_servers({kSound, kBroken, kBrokenOverTcp}, 1);
    const report::Report second = of_servers({kBrokenOverTcp, kBroken, kSound}, 2);
    EXPECT_THAT(history_of(first, second).headline, HasSubstr("nothing has changed; "));
    const auto compared = compare(first, second, "a", "b");
    ASSERT_TRUE(compared);
    EXPECT_THAT(compared->sections.front().findings, IsEmpty()) << compared->headline;
}

TEST(SectionKeys, Equal_servers_are_told_apart_by_their_turn) {
    const report::Report out =
        history_of(of_servers({kSound, kSound}, 1),
                   of_servers({kSound, {"turn:one.example", "udp", failure("Error 401.")}}, 2));
    EXPECT_THAT(out.headline, HasSubstr("1 worse, 0 otherwise"));
    EXPECT_TRUE(out.sections.at(1).findings.front().verdict.is_fail());
}

TEST(SectionKeys, A_server_that_is_new_does_not_take_the_place_of_one_that_is_gone) {
    const report::Report first = of_servers({kSound}, 1);
    const report::Report second = of_servers({kBroken}, 2);
    const report::Report history = history_of(first, second);
    ASSERT_EQ(history.sections.size(), 2U);
    EXPECT_EQ(history.sections[0].title, "ice-test, turn:one.example over udp");
    EXPECT_EQ(history.sections[1].title, "ice-test, turn:two.example over udp");
    EXPECT_NE(history.sections[0].id, history.sections[1].id);
    EXPECT_EQ(history.sections[0].findings.front().summary,
              "The same in the 1 run of 2 that tells it; not in the last one.");
    EXPECT_THAT(history.sections[1].findings.front().verdict.reason()->sentence(),
                HasSubstr("It fails in the 1 run of 2 that tells it: "));
}

TEST(SectionKeys, With_a_server_in_both_no_other_takes_the_place_of_one_that_is_gone) {
    const auto compared =
        compare(of_servers({kSound, kOther}), of_servers({kBroken, kOther}), "a", "b");
    ASSERT_TRUE(compared);
    EXPECT_THAT(compared->headline, Not(HasSubstr("compared")));
    const auto& findings = compared->sections.front().findings;
    ASSERT_EQ(findings.size(), 2U);
    EXPECT_EQ(findings[0].data["before"], "not in the report");
    EXPECT_EQ(findings[1].data["after"], "not in the report");
}

TEST(SectionKeys, One_server_each_is_compared_whatever_its_port) {
    const auto same = compare(of_servers({kSound}), of_servers({kMoved}), "a", "b");
    ASSERT_TRUE(same);
    EXPECT_EQ(same->headline,
              "Nothing differs in 1 finding. turn:one.example is compared with "
              "turn:one.example:4000.");
    EXPECT_THAT(same->evidence.front().lines,
                Contains("turn:one.example is compared with turn:one.example:4000"));
    const auto worse = compare(of_servers({kSound}), of_servers({kBroken}), "a", "b");
    ASSERT_TRUE(worse);
    const auto& findings = worse->sections.front().findings;
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_TRUE(findings[0].verdict.is_fail());
    EXPECT_EQ(findings[0].data["before"], "pass (20 ms)");
}

TEST(SectionKeys, Equally_many_servers_with_none_in_common_are_compared_in_their_order) {
    const report::Report first = of_servers({kSound, kOther, kBrokenOverTcp});
    const report::Report second =
        of_servers({kMoved, kBroken, {"turn:one.example:4000", "tcp", failure("Error 500.")}});
    const auto compared = compare(first, second, "a", "b");
    ASSERT_TRUE(compared);
    EXPECT_THAT(compared->headline,
                HasSubstr("1 of 3 findings differ: 1 worse, 0 better, 0 otherwise. No URL is in "
                          "both: the 2 of each are compared in their order, turn:one.example with "
                          "turn:one.example:4000 first."));
    const auto more = compare(of_servers({kSound}), of_servers({kMoved, kBroken}), "a", "b");
    ASSERT_TRUE(more);
    EXPECT_EQ(more->sections.front().findings.size(), 3U);
}

}  // namespace
}  // namespace portolan::digest
