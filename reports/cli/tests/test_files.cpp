#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "reports/cli/files.hpp"

namespace portolan::cli {
namespace {

using testing::HasSubstr;

/// A file of its own for each test, gone with it.
struct Scratch {
    std::string path = std::filesystem::temp_directory_path() /
                       ("portolan-files-" + std::to_string(::getpid()) + "-" +
                        testing::UnitTest::GetInstance()->current_test_info()->name());

    explicit Scratch(const std::string& text) {
        std::ofstream out(path, std::ios::binary);
        out << text;
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() { std::remove(path.c_str()); }
};

TEST(Files, a_file_is_read_as_it_is) {
    const std::string text("a\0b\r\n\xff", 6);
    EXPECT_EQ(read_file(Scratch(text).path).value_or("?"), text);
    EXPECT_EQ(read_file(Scratch("").path).value_or("?"), "");
}

TEST(Files, one_of_the_largest_size_is_read_and_a_byte_more_is_not) {
    const Scratch file(std::string(std::size_t{1} << 20, 'x'));
    EXPECT_EQ(read_file(file.path, std::size_t{1} << 20).value_or("").size(), std::size_t{1} << 20);
    std::ofstream(file.path, std::ios::app) << "y";
    const auto longer = read_file(file.path, std::size_t{1} << 20);
    ASSERT_FALSE(longer);
    EXPECT_EQ(longer.error().message, '"' + file.path + "\" is larger than 1 MiB");
}

TEST(Files, what_cannot_be_read_is_named_with_the_reason_and_the_callers_code) {
    const auto missing = read_file("/no/such/file", kMaxFileBytes, "wanted.file");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().culprit, Culprit::Usage);
    EXPECT_EQ(missing.error().code, "wanted.file");
    EXPECT_EQ(missing.error().message, "cannot read \"/no/such/file\": No such file or directory");
    const auto folder = read_file("/");
    ASSERT_FALSE(folder);
    EXPECT_EQ(folder.error().message, "cannot read \"/\": Is a directory");
}

TEST(Files, a_pipe_is_read_to_its_end_and_a_mute_one_is_left) {
    const Scratch place("");
    const std::string pipe = place.path + ".pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    std::thread writer([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        std::ofstream(pipe) << std::string(200'000, 'x');
    });
    EXPECT_EQ(read_file(pipe).value_or("?").size(), 200'000U);
    writer.join();
    const auto mute = read_file(pipe);
    std::remove(pipe.c_str());
    ASSERT_FALSE(mute);
    EXPECT_THAT(mute.error().message, HasSubstr("nobody writes to this pipe"));
}

TEST(Files, a_file_that_is_no_report_is_named) {
    const Scratch file("{");
    const auto report = read_report(file.path);
    ASSERT_FALSE(report);
    EXPECT_THAT(report.error().message, HasSubstr(file.path + ": "));
    EXPECT_THAT(report.error().hint, HasSubstr("--format json"));
}

}  // namespace
}  // namespace portolan::cli
