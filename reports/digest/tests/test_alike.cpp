#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "reports/digest/alike.hpp"

namespace portolan::digest {
namespace {

std::string words_of(const std::vector<std::string>& values) {
    Alike alike;
    for (const std::string& value : values)
        alike.add(value);
    EXPECT_EQ(alike.count(), values.size());
    return alike.words();
}

TEST(Alike, Words_are_those_that_were_read) {
    EXPECT_EQ(words_of({"MOS 4.4", "MOS 4.4"}), "MOS 4.4");
    EXPECT_EQ(words_of({"20.5 ms", "9 ms", "49.9 ms"}), "9 ms to 49.9 ms");
    EXPECT_EQ(words_of({"20.5 ms", "9 s"}), "20.5 ms and the like");
    EXPECT_EQ(words_of({"MOS 4.4", "MOS 2.1"}), "MOS 4.4 and the like");
}

TEST(Alike, Addresses_are_no_figures) {
    EXPECT_EQ(words_of({"81.2.0.1", "82.3.0.1"}), "81.2.0.1 and the like");
    EXPECT_EQ(words_of({"81.2.0.1:80", "81.2.0.1:81"}), "81.2.0.1:80 and the like");
}

}  // namespace
}  // namespace portolan::digest
