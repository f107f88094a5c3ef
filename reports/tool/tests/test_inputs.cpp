#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "reports/digest/tests/sample.hpp"
#include "reports/tool/inputs.hpp"

namespace portolan::nat_report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Inputs : public ::testing::Test {
  protected:
    Inputs() {
        root_ = std::filesystem::path(::testing::TempDir()) /
                ("nat-report-" + std::to_string(::getpid()) + "-" +
                 ::testing::UnitTest::GetInstance()->current_test_info()->name());
        std::filesystem::create_directories(root_ / "b");
    }
    ~Inputs() override { std::filesystem::remove_all(root_); }

    std::string file(const std::string& name, const std::string& text) const {
        std::ofstream(root_ / name, std::ios::binary) << text;
        return (root_ / name).string();
    }
    std::string path(const std::string& name) const { return (root_ / name).string(); }

    std::filesystem::path root_;
};

TEST_F(Inputs, A_folder_stands_for_its_json_files_in_order) {
    const std::string second = file("b/x.json", "");
    const std::string first = file("a.json", "");
    file("notes.txt", "");
    const auto inputs = inputs_of({root_.string(), first});
    ASSERT_TRUE(inputs);
    EXPECT_THAT(inputs->files, ElementsAre(first, second, first));
}

TEST_F(Inputs, What_is_about_to_be_written_is_none_of_its_folder) {
    const std::string run = file("run.json", "");
    const std::string sum = file("sum.json", "");
    const auto inputs = inputs_of({root_.string()}, (root_ / "b/../sum.json").string());
    ASSERT_TRUE(inputs);
    EXPECT_THAT(inputs->files, ElementsAre(run));
    const auto named = inputs_of({root_.string(), sum}, sum);
    ASSERT_FALSE(named) << "what is named is wanted, and would be lost";
    EXPECT_THAT(named.error().message, HasSubstr("would replace the report itself"));
    EXPECT_FALSE(spare_inputs({run, sum}, (root_ / "b/../sum.json").string()));
    EXPECT_TRUE(spare_inputs({run, sum}, path("new.json")));
    EXPECT_TRUE(spare_inputs({run, sum}, std::nullopt));
    EXPECT_THAT(inputs_of({root_.string()}, path("new.json"))->files, ElementsAre(run, sum));
}

TEST_F(Inputs, A_link_to_nothing_in_a_folder_is_not_passed_over) {
    std::filesystem::create_symlink("gone.json", root_ / "b/link.json");
    std::filesystem::create_directory(root_ / "b/folder.json");
    const auto inputs = inputs_of({path("b")});
    ASSERT_TRUE(inputs);
    EXPECT_THAT(inputs->files, ElementsAre(path("b/link.json")));
    std::size_t broken_count = 0;
    read_each(
        *inputs, [](const std::string&, report::Report&&) {},
        [&](const std::string&, const Error& error) {
            ++broken_count;
            EXPECT_THAT(error.message, HasSubstr("link.json"));
        });
    EXPECT_EQ(broken_count, 1U);
}

TEST_F(Inputs, Pipes_in_a_folder_are_told_and_not_read) {
    const std::string run = file("b/run.json", "");
    ASSERT_EQ(::mkfifo(path("b/pipe.json").c_str(), 0600), 0);
    ASSERT_EQ(::mkfifo(path("b/pipe").c_str(), 0600), 0);
    std::filesystem::create_symlink("loop.json", root_ / "b/loop.json");
    const auto inputs = inputs_of({path("b")});
    ASSERT_TRUE(inputs);
    EXPECT_THAT(inputs->files, ElementsAre(path("b/loop.json"), run));
    EXPECT_THAT(inputs->no_files, ElementsAre(path("b/pipe.json")));
    // Who names one means it.
    EXPECT_THAT(inputs_of({path("b/pipe.json")})->files, ElementsAre(path("b/pipe.json")));
    std::vector<std::string> told;
    read_each(
        {.no_files = inputs->no_files}, [](const std::string&, report::Report&&) {},
        [&](const std::string&, const Error& error) { told.push_back(error.message); });
    EXPECT_THAT(told, ElementsAre(HasSubstr("pipe.json\": is no regular file")));
}

TEST_F(Inputs, What_is_not_there_or_holds_nothing_is_an_error) {
    const auto missing = inputs_of({path("none.json")});
    ASSERT_FALSE(missing);
    EXPECT_THAT(missing.error().message, HasSubstr("none.json"));
    const auto empty = inputs_of({path("b")});
    ASSERT_FALSE(empty);
    EXPECT_THAT(empty.error().message, HasSubstr("no file in this folder ends in .json"));
}

TEST(CommonFolder, Is_what_does_not_tell_files_apart) {
    EXPECT_EQ(common_folder_bytes({.files = {"runs/a.json", "runs/b/c.json"}}), 5U);
    EXPECT_EQ(common_folder_bytes({.files = {"runs/a.json", "runs2/a.json"}}), 0U);
    EXPECT_EQ(common_folder_bytes({.files = {"/a.json", "/b.json"}}), 1U);
    EXPECT_EQ(common_folder_bytes({.files = {"runs/a.json", "runs/a.json"}}), 5U);
    EXPECT_EQ(common_folder_bytes({.files = {"runs/a.json"}}), 0U);
    EXPECT_EQ(common_folder_bytes({.files = {}}), 0U);
    EXPECT_EQ(common_folder_bytes(
                  {.files = {"runs/a/1.json", "runs/a/2.json"}, .no_files = {"runs/b.json"}}),
              5U);
}

TEST_F(Inputs, A_broken_file_is_told_and_the_rest_is_read) {
    const std::string good =
        file("a.json", report::to_json(digest::sample(report::Verdict::pass())));
    const std::string bad = file("b.json", "{\"schema\": 1");
    const std::string other = file("c.json", "{\"schema\": \"something/1\"}");
    std::vector<std::string> read;
    std::vector<std::string> broken;
    read_each(
        {.files = {good, bad, other, good}},
        [&](const std::string& name, report::Report&&) { read.push_back(name); },
        [&](const std::string& name, const Error& error) {
            EXPECT_THAT(error.message, HasSubstr(name));
            broken.push_back(name);
        });
    EXPECT_THAT(read, ElementsAre(good, good));
    EXPECT_THAT(broken, ElementsAre(bad, other));
}

}  // namespace
}  // namespace portolan::nat_report
