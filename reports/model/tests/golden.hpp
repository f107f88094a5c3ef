#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace portolan::testing {

/// Compares with a file of the source tree. `PORTOLAN_REGENERATE_GOLDEN=1` writes the file instead,
/// and the test then fails all the same: a run that rewrites what it checks against proves nothing.
inline void expect_golden(const std::string& path_from_root, std::string_view actual) {
    const std::filesystem::path path = std::filesystem::path(PORTOLAN_SOURCE_DIR) / path_from_root;
    const char* const regenerate = std::getenv("PORTOLAN_REGENERATE_GOLDEN");
    if (regenerate != nullptr && std::string_view(regenerate) == "1") {
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary | std::ios::trunc) << actual;
        ADD_FAILURE() << "rewrote " << path_from_root
                      << ": look at the difference, then run without PORTOLAN_REGENERATE_GOLDEN";
        return;
    }
    std::ifstream in(path, std::ios::binary);
    ASSERT_TRUE(in) << path_from_root << " is missing; PORTOLAN_REGENERATE_GOLDEN=1 writes it";
    const std::string expected{std::istreambuf_iterator<char>(in),
                               std::istreambuf_iterator<char>()};
    EXPECT_EQ(expected, actual) << path_from_root
                                << " differs; PORTOLAN_REGENERATE_GOLDEN=1 rewrites it";
}

}  // namespace portolan::testing
