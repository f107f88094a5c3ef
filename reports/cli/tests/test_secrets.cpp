#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <type_traits>

#include "reports/cli/secrets.hpp"
#include "reports/cli/tests/sample_tool.hpp"
#include "reports/model/tests/sample_report.hpp"
#include "reports/render/renderer.hpp"

namespace portolan::cli {
namespace {

template <typename T>
concept Streams = requires(std::ostream& out, const T& value) {
    out << value;
};
template <typename T>
concept Compares = requires(const T& a, const T& b) {
    a == b;
};

static_assert(!Streams<Secret>);
static_assert(!Compares<Secret>);
static_assert(!std::is_copy_constructible_v<Secret>);
static_assert(!std::is_copy_assignable_v<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_constructible_v<report::Json, Secret>);
static_assert(!std::is_constructible_v<report::OrderedJson, Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret>);

class SecretFile : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "portolan-XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string file(const std::string& content) const {
        const std::string path = folder_ + "/secret";
        std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
        return path;
    }

    std::string folder_;
};

TEST(Secret, MovesAndLeavesNothingBehind) {
    Secret a("hunter2");
    Secret b = std::move(a);
    EXPECT_EQ(b.reveal(), "hunter2");
    EXPECT_TRUE(a.is_empty());  // NOLINT(bugprone-use-after-move): that is the question
    const Secret c = b.clone();
    b = Secret("other");
    EXPECT_EQ(c.reveal(), "hunter2");
    EXPECT_EQ(b.reveal(), "other");
}

TEST_F(SecretFile, OneLineWithoutItsEnd) {
    EXPECT_EQ(secret_from_file(file("hunter2\n"))->reveal(), "hunter2");
    EXPECT_EQ(secret_from_file(file("hunter2\r\n"))->reveal(), "hunter2");
    EXPECT_EQ(secret_from_file(file("hunter2"))->reveal(), "hunter2");
    EXPECT_EQ(secret_from_file(file(" spaces stay "))->reveal(), " spaces stay ");
    const std::string longest(kMaxSecretBytes, 'x');
    EXPECT_EQ(secret_from_file(file(longest + "\r\n"))->reveal(), longest);
}

TEST_F(SecretFile, EverythingElseIsRefusedWithoutQuotingIt) {
    const std::string too_long(kMaxSecretBytes + 1, 'x');
    for (const std::string& content :
         {std::string(), std::string("\n"), std::string("hunter2\nmore"),
          std::string("hun\0ter2", 8), too_long, std::string(1 << 20, 'x')}) {
        const auto secret = secret_from_file(file(content));
        ASSERT_FALSE(secret);
        EXPECT_EQ(secret.error().code, "secret.file");
        EXPECT_EQ(secret.error().culprit, Culprit::Usage);
        EXPECT_EQ(secret.error().message.find("hun"), std::string::npos);
        EXPECT_EQ(secret.error().message.find("xxxx"), std::string::npos);
    }
    EXPECT_FALSE(secret_from_file(folder_));
    EXPECT_FALSE(secret_from_file(folder_ + "/missing"));
    EXPECT_FALSE(secret_from_file(""));
}

TEST_F(SecretFile, AFifoNobodyWritesToDoesNotHang) {
    const std::string path = folder_ + "/fifo";
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    EXPECT_FALSE(secret_from_file(path));
}

TEST(SecretEnvironment, MustBeSetAndNotEmpty) {
    setenv("PORTOLAN_TEST_SECRET", "hunter2", 1);
    EXPECT_EQ(secret_from_environment("PORTOLAN_TEST_SECRET")->reveal(), "hunter2");
    setenv("PORTOLAN_TEST_SECRET", "", 1);
    EXPECT_FALSE(secret_from_environment("PORTOLAN_TEST_SECRET"));
    unsetenv("PORTOLAN_TEST_SECRET");
    EXPECT_FALSE(secret_from_environment("PORTOLAN_TEST_SECRET"));
}

TEST(Redactor, ReplacesEveryFormOfEverySecret) {
    Redactor redactor;
    redactor.add(Secret(""));
    EXPECT_EQ(redactor.redact(std::string_view("anything")), "anything");
    redactor.add(Secret("p@ss\"w/rd"));
    EXPECT_EQ(redactor.redact(std::string_view("a p@ss\"w/rd b p@ss\"w/rd")),
              "a [redacted] b [redacted]");
    EXPECT_EQ(redactor.redact(std::string_view("x=p%40ss%22w%2Frd")), "x=[redacted]");
    EXPECT_EQ(redactor.redact(std::string_view("x=p%40ss%22w%2frd")), "x=[redacted]");
    EXPECT_EQ(redactor.redact(std::string_view(R"({"x":"p@ss\"w/rd"})")), R"({"x":"[redacted]"})");
}

TEST(Redactor, CommonWordsAreNoNewsInOurOwnReport) {
    auto report = testing::sample_report();
    const auto before = to_json(report);
    Redactor redactor;
    for (const char* common : {"1", "pass", "udp", "IPv4", "mapping", "5.5.5.10"}) {
        redactor.add_unless_common(Secret(common));
    }
    redactor.redact(report);
    EXPECT_EQ(to_json(report), before);
    EXPECT_EQ(redactor.redact(std::string_view("error 400 (not pass)")),
              "error 400 (not [redacted])");
    // What nobody's words contain is taken out of everything.
    redactor.add_unless_common(Secret("hunter2"));
    report.headline = "hunter2";
    redactor.redact(report);
    EXPECT_EQ(report.headline, "[redacted]");
}

TEST(Redactor, ACommonWordStaysInOurMessagesAndGoesFromWhatTheyQuote) {
    Redactor redactor;
    redactor.add_unless_common(Secret("the"));
    redactor.add_unless_common(Secret("12"));
    for (const char* ours :
         {"only the first 12 of 13 servers are asked", "cannot write to /tmp/the: no such file",
          "the server's name is not the host's: it's 12", "192.0.2.10:12 is not asked"}) {
        EXPECT_EQ(redactor.redact_message(ours), ours);
    }
    for (const auto& [message, safe] :
         {std::pair{"--stun cannot be 'turn:the'", "--stun cannot be 'turn:[redacted]'"},
          {"the word is \"the\", not the \"12\"",
           "the word is \"[redacted]\", not the \"[redacted]\""},
          {"the server's 'the' is none of the others'",
           "the server's '[redacted]' is none of the others'"},
          {"turn:bob:the@relay.example is none", "turn:bob:[redacted]@relay.example is none"},
          {"the URI has ?credential=12", "the URI has ?credential=[redacted]"}}) {
        EXPECT_EQ(redactor.redact_message(message), safe);
    }
    // What nobody's words contain goes from everywhere.
    redactor.add_unless_common(Secret("hunter2"));
    EXPECT_EQ(redactor.redact_message("about hunter2"), "about [redacted]");
}

TEST(Redactor, AShortSecretIsTakenOutWhereItIsAWordAndSpoilsNoOther) {
    const auto redacted = [](const char* secret, std::string_view text) {
        Redactor redactor;
        redactor.add_unless_common(Secret(secret));
        return redactor.redact(text);
    };
    const std::string_view ours = "cannot read the file: there are errors on line 12, e-mail us.";
    for (const char* secret : {"e", "r", "re", ":", ",", ".", "-", "1", "err", "rea"})
        EXPECT_EQ(redacted(secret, ours), ours) << secret;
    for (const auto& [quoted, safe] :
         {std::pair{R"(the password "e" is refused)", R"(the password "[redacted]" is refused)"},
          {"turn:bob:e@relay.example", "turn:bob:[redacted]@relay.example"},
          {"?credential=e&x=1", "?credential=[redacted]&x=1"},
          {R"({"credential":"e"})", R"({"credential":"[redacted]"})"},
          {"e", "[redacted]"},
          {"e, e", "[redacted], [redacted]"},
          {"bob e", "bob [redacted]"},
          {"You gave e.", "You gave [redacted]."},
          {"You gave e. Why?", "You gave [redacted]. Why?"}})
        EXPECT_EQ(redacted("e", quoted), safe);
    EXPECT_EQ(redacted("a b", "it was \"a b\""), "it was \"[redacted]\"");
    EXPECT_EQ(redacted("%", "it was '%25'"), "it was '[redacted]'");
    EXPECT_EQ(redacted("mapping", "mappings of a mapping"), "mappings of a [redacted]");
    // Nobody's words contain this one.
    EXPECT_EQ(redacted("hunter2", "xhunter2x"), "x[redacted]x");
}

TEST(Redactor, OverlapsLeaveNoPieces) {
    Redactor redactor;
    redactor.add(Secret("abcd"));
    redactor.add(Secret("cdef"));
    redactor.add(Secret("aa"));
    EXPECT_EQ(redactor.redact(std::string_view("xabcdefx")), "x[redacted]x");
    EXPECT_EQ(redactor.redact(std::string_view("aaa")), "[redacted]");
}

TEST(Redactor, NothingSecretLeavesAReportInAnyFormat) {
    const std::string secret = "S3cr\xC3\xA4t\"/%\\";
    auto report = testing::sample_report();
    report.headline += secret;
    report.complete = false;
    report.cut_off = report::Reason("x", secret);
    for (auto* payload : {&report.subject, &report.environment, &report.parameters, &report.data}) {
        (*payload)["a" + secret] = {secret + "b", "c"};
    }
    report.data["deep"] = {{"er", {{secret, secret}}}};
    for (auto& section : report.sections) {
        section.title += secret;
        section.headline += secret;
        section.subject[secret] = secret;
        for (auto& finding : section.findings) {
            finding.title += secret;
            finding.value += secret;
            finding.summary += secret;
            finding.advice.push_back(secret);
            finding.tags.push_back(secret);
            finding.location = report::Location{secret, 1, 1, 1, 1};
            finding.data[secret] = secret;
            if (finding.verdict.reason()) {
                finding.verdict = report::Verdict::fail({"x", secret});
                finding.evidence_ids = {"udp4.mapping"};
            }
        }
    }
    for (auto& item : report.evidence) {
        item.title += secret;
        item.lines.push_back(secret);
        item.data[secret] = secret;
    }
    Redactor redactor;
    redactor.add(Secret(secret));
    redactor.redact(report);
    EXPECT_TRUE(report::validate(report));
    for (const auto& row : render::formats()) {
        const std::string text = row.renderer().render(report, {.verbose = true});
        EXPECT_EQ(text.find("S3cr"), std::string::npos) << row.name;
        // Without the brackets, which Markdown escapes.
        EXPECT_NE(text.find("redacted"), std::string::npos) << row.name;
    }
}

}  // namespace
}  // namespace portolan::cli
