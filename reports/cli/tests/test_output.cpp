#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "reports/cli/output.hpp"

namespace portolan::cli {
namespace {

namespace fs = std::filesystem;

class Output : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (fs::temp_directory_path() / "portolan-XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
    }
    void TearDown() override { fs::remove_all(folder_); }

    std::string path(const std::string& name) const { return (folder_ / name).string(); }
    std::size_t file_count() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
    }
    static std::string content(const std::string& file) {
        std::ifstream in(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    }

    fs::path folder_;
};

TEST_F(Output, ReplacesTheFileAndLeavesNothingElse) {
    const std::string file = path("report.json");
    EXPECT_TRUE(check_output(file));
    EXPECT_FALSE(fs::exists(file)) << "a check must not create anything";
    ASSERT_TRUE(write_output("one", file));
    ASSERT_TRUE(write_output("two", file));
    EXPECT_EQ(content(file), "two");
    EXPECT_EQ(file_count(), 1U);
}

TEST_F(Output, NewFilesHaveOrdinaryPermissionsAndOldOnesKeepTheirs) {
    const mode_t mask = umask(027);
    ASSERT_TRUE(write_output("x", path("new")));
    umask(mask);
    struct stat status {};
    ASSERT_EQ(stat(path("new").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0640U);
    ASSERT_EQ(chmod(path("new").c_str(), 0604), 0);
    ASSERT_TRUE(write_output("y", path("new")));
    ASSERT_EQ(stat(path("new").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0604U);
}

TEST_F(Output, CredentialsAreForTheOwnerAlone) {
    std::ofstream(path("old")) << "x";
    ASSERT_EQ(chmod(path("old").c_str(), 0644), 0);
    for (const char* name : {"new", "old"}) {
        ASSERT_TRUE(write_private_output("secret", path(name)));
        struct stat status {};
        ASSERT_EQ(stat(path(name).c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 07777, 0600U) << name;
        EXPECT_EQ(content(path(name)), "secret");
    }
}

TEST_F(Output, SymbolicLinksStayLinks) {
    std::ofstream(path("real")) << "old";
    fs::create_symlink("real", path("link"));
    ASSERT_TRUE(write_output("new", path("link")));
    EXPECT_TRUE(fs::is_symlink(path("link")));
    EXPECT_EQ(content(path("real")), "new");
    fs::create_symlink("later", path("dangling"));
    ASSERT_TRUE(write_output("new", path("dangling")));
    EXPECT_EQ(content(path("later")), "new");
}

TEST_F(Output, ErrorsAreTheEnvironmentsAndNameTheFile) {
    for (const std::string& file : {path("missing/report"), folder_.string(), std::string()}) {
        const auto checked = check_output(file);
        const auto written = write_output("x", file);
        ASSERT_FALSE(checked) << file;
        ASSERT_FALSE(written) << file;
        EXPECT_EQ(written.error().culprit, Culprit::Environment);
        EXPECT_NE(written.error().message.find(file), std::string::npos);
    }
    EXPECT_EQ(file_count(), 0U);
}

TEST_F(Output, AFailedWriteLeavesTheOldFileWhole) {
    const std::string file = path("report");
    ASSERT_TRUE(write_output("old", file));
    ASSERT_EQ(signal(SIGXFSZ, SIG_IGN), SIG_DFL);
    struct rlimit before {};
    getrlimit(RLIMIT_FSIZE, &before);
    const struct rlimit small { 1000, before.rlim_max };
    setrlimit(RLIMIT_FSIZE, &small);
    const auto written = write_output(std::string(100'000, 'x'), file);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);
    EXPECT_FALSE(written);
    EXPECT_EQ(content(file), "old");
    EXPECT_EQ(file_count(), 1U);
}

TEST_F(Output, DevicesAreWrittenNotReplaced) {
    ASSERT_TRUE(fs::is_character_file("/dev/full"));
    const auto written = write_output("x", "/dev/full");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().message, "cannot write to /dev/full: No space left on device");
    EXPECT_TRUE(fs::is_character_file("/dev/full"));
    EXPECT_TRUE(write_output("x", "/dev/null"));
    EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

/// write_output to what `replacement` is, as standard output.
Result<void> write_to(int replacement, const std::string& text) {
    fflush(stdout);
    const int saved = dup(STDOUT_FILENO);
    dup2(replacement, STDOUT_FILENO);
    auto result = write_output(text, std::nullopt);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    return result;
}

TEST_F(Output, AFullStandardOutputIsAnErrorAndAClosedPipeIsNot) {
    const int full = open("/dev/full", O_WRONLY);
    EXPECT_FALSE(write_to(full, "x"));
    close(full);
    ASSERT_NE(signal(SIGPIPE, SIG_IGN), SIG_ERR);
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    close(ends[0]);
    EXPECT_TRUE(write_to(ends[1], "x"));
    close(ends[1]);
    const int read_only = open("/dev/null", O_RDONLY);
    EXPECT_FALSE(write_to(read_only, "x"));
    close(read_only);
}

}  // namespace
}  // namespace portolan::cli
