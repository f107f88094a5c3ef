#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "reports/cli/options.hpp"
#include "reports/cli/tests/sample_tool.hpp"

namespace portolan::cli {
namespace {

using Words = std::vector<std::string>;

Result<Arguments> parse(const Words& words) {
    static const ToolSpec kTool = testing::sample_tool();
    return parse_arguments(kTool, words);
}

/// "message (hint)"
std::string refusal(const Words& words) {
    const auto result = parse(words);
    if (result) return "accepted";
    EXPECT_EQ(result.error().culprit, Culprit::Usage);
    return result.error().message +
           (result.error().hint.empty() ? "" : " (" + result.error().hint + ")");
}

TEST(Options, DefaultsHoldWhenNothingIsGiven) {
    const auto args = parse({});
    ASSERT_TRUE(args) << args.error().message;
    EXPECT_EQ(args->command(), "");
    EXPECT_FALSE(args->has("family"));
    EXPECT_EQ(args->text("family"), "both");
    EXPECT_EQ(args->count("repeat"), 1);
    EXPECT_EQ(args->duration("budget"), std::chrono::seconds(10));
    EXPECT_TRUE(args->texts("stun").empty());
    EXPECT_EQ(args->format(), render::Format::Text);
    EXPECT_EQ(args->fail_on().severity, report::Severity::High);
    EXPECT_FALSE(args->output());
    EXPECT_FALSE(args->seed());
}

TEST(Options, EveryFormOfGivingAValue) {
    const auto args = parse({"--stun", "stun:a", "--stun=stun:b", "--family=4", "-ofile", "-v",
                             "--seed", "0x10", "--budget", "0.5s", "--repeat=7", "--invasive",
                             "--format", "json", "--fail-on", "must,critical"});
    ASSERT_TRUE(args) << args.error().message;
    EXPECT_EQ(args->texts("stun"), (Words{"stun:a", "stun:b"}));
    EXPECT_EQ(args->text("family"), "4");
    EXPECT_EQ(args->output(), "file");
    EXPECT_TRUE(args->verbose());
    EXPECT_EQ(args->seed(), 16U);
    EXPECT_EQ(args->duration("budget"), std::chrono::milliseconds(500));
    EXPECT_EQ(args->count("repeat"), 7);
    EXPECT_TRUE(args->has("invasive"));
    EXPECT_EQ(args->format(), render::Format::Json);
    EXPECT_EQ(args->fail_on().requirement, report::Requirement::Must);
    EXPECT_EQ(args->parameters().dump(),
              R"({"budget":"0.5s","fail-on":"must,critical","family":"4","invasive":true,)"
              R"("repeat":7,"seed":16,"stun":["stun:a","stun:b"]})");
}

TEST(Options, CommandsHaveTheirOwn) {
    const auto args = parse({"audit-server", "--strict", "stun:a", "--format=json"});
    ASSERT_TRUE(args) << args.error().message;
    EXPECT_EQ(args->command(), "audit-server");
    EXPECT_EQ(args->positionals(), Words{"stun:a"});
    EXPECT_EQ(args->parameters().dump(),
              R"({"arguments":["stun:a"],"command":"audit-server","strict":true})");
    const auto dashes = parse({"audit-server", "--", "--not-an-option"});
    ASSERT_TRUE(dashes) << dashes.error().message;
    EXPECT_EQ(dashes->positionals(), Words{"--not-an-option"});
}

TEST(Options, UnknownOptionsNameTheNearest) {
    EXPECT_EQ(refusal({"--famly", "4"}), "unknown option '--famly' (did you mean --family?)");
    EXPECT_EQ(refusal({"--fmaily=4"}), "unknown option '--fmaily' (did you mean --family?)");
    EXPECT_EQ(refusal({"--zzzzzz"}), "unknown option '--zzzzzz'");
    EXPECT_EQ(refusal({"-x"}), "unknown option '-x'");
    EXPECT_EQ(refusal({"--secret-knop"}), "unknown option '--secret-knop'")
        << "hidden options are not advertised";
    EXPECT_EQ(refusal({"--\x1b[31m"}), "unknown option '--\\x1b[31m'");
    EXPECT_EQ(refusal({"--strict"}),
              "unknown option '--strict' (it belongs to nat-sample audit-server)");
    EXPECT_EQ(refusal({"audit-server", "--family=4", "stun:a"}),
              "unknown option '--family' (it belongs to nat-sample without a command)");
}

TEST(Options, AbbreviationsAreNotGuessed) {
    EXPECT_EQ(refusal({"--fam", "4"}), "unknown option '--fam'");
    EXPECT_EQ(refusal({"--verb"}), "unknown option '--verb'");
    EXPECT_EQ(refusal({"--invasiv"}), "unknown option '--invasiv' (did you mean --invasive?)");
}

TEST(Options, ValuesAreCheckedBeforeAnyWork) {
    EXPECT_EQ(refusal({"--family", "5"}), "--family cannot be '5': it takes 4, 6 or both");
    EXPECT_EQ(refusal({"--family", "bothe"}),
              "--family cannot be 'bothe': it takes 4, 6 or both (did you mean both?)");
    EXPECT_EQ(
        refusal({"--format", "pdf"}),
        "--format cannot be 'pdf': it takes text, json, jsonl, junit, sarif, github, markdown "
        "or html");
    EXPECT_EQ(refusal({"--repeat", "0"}),
              "--repeat cannot be '0': it takes a whole number from 1 to 100");
    EXPECT_EQ(
        refusal({"--budget", "10"}),
        "--budget cannot be '10': it takes a time from 100ms to 2m, with its unit: us, ms, s, "
        "m or h");
    EXPECT_EQ(refusal({"--seed", "x"}),
              "--seed cannot be 'x': it takes a whole number from 0 to 18446744073709551615");
    EXPECT_NE(refusal({"--fail-on", "bad"}).find("--fail-on does not know 'bad'"),
              std::string::npos);
}

TEST(Options, ValuesWhereNoneBelongsAndNoneWhereOneDoes) {
    EXPECT_EQ(refusal({"--invasive=yes"}), "--invasive takes no value");
    EXPECT_EQ(refusal({"--family"}), "--family needs a value");
    EXPECT_EQ(refusal({"--family="}), "--family needs a value");
    EXPECT_EQ(refusal({"-o"}), "--output needs a value");
    EXPECT_EQ(refusal({"--output", "--verbose"}), "--output needs a value");
}

TEST(Options, ContradictionsAndRepetitionsAreRefused) {
    EXPECT_EQ(refusal({"--family", "4", "--family", "6"}), "--family can be given only once");
    EXPECT_EQ(refusal({"-v", "-q"}), "--verbose and --quiet exclude each other");
    EXPECT_EQ(refusal({"--list", "--explain", "x"}), "--list and --explain exclude each other");
    EXPECT_EQ(refusal({"-v", "-v"}), "accepted");
}

TEST(Options, WordsThatAreNoOptions) {
    EXPECT_EQ(refusal({"audit-sever", "x"}),
              "unknown command 'audit-sever' (did you mean audit-server?)");
    EXPECT_EQ(refusal({"something"}),
              "unknown command 'something' (the commands are audit-server or merge)");
    EXPECT_EQ(refusal({"--verbose", "audit-server"}),
              "unexpected argument 'audit-server' (a command must be the first word: nat-sample "
              "audit-server)");
    EXPECT_EQ(refusal({"audit-server"}), "the argument URI is missing");
    EXPECT_EQ(refusal({"audit-server", "a", "b"}), "unexpected argument 'b'");
    EXPECT_EQ(refusal({"merge", "a"}), "the argument RUN is missing");
    EXPECT_EQ(refusal({"merge", "a", "b", "c"}), "accepted");
    EXPECT_EQ(refusal({""}), "unexpected argument ''");
}

TEST(Options, QuestionsAboutTheToolDemandNothingElse) {
    EXPECT_TRUE(parse({"--help"})->help());
    EXPECT_TRUE(parse({"-h"})->help());
    EXPECT_TRUE(parse({"audit-server", "--help"})->help());
    EXPECT_TRUE(parse({"--version"})->version());
    EXPECT_TRUE(parse({"--help-man"})->help_man());
    EXPECT_TRUE(parse({"--list", "--format=json"})->list());
    EXPECT_EQ(parse({"--explain", "nat.mapping"})->explain(), "nat.mapping");
    EXPECT_EQ(refusal({"--hlep"}), "unknown option '--hlep' (did you mean --help?)");
}

TEST(Options, AToolOfCommandsNeedsOne) {
    ToolSpec tool = testing::sample_tool();
    tool.commands.erase(tool.commands.begin());
    const auto none = parse_arguments(tool, Words{});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, "missing-command");
    EXPECT_EQ(none.error().hint, "the commands are audit-server or merge");
    EXPECT_TRUE(parse_arguments(tool, Words{"--help"})->help());
    EXPECT_FALSE(parse_arguments(tool, Words{"--stun", "x"}));
}

}  // namespace
}  // namespace portolan::cli
