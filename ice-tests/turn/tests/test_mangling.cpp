#include <gtest/gtest.h>

#include <span>
#include <string_view>

#include "ice-tests/turn/credentials.hpp"
#include "ice-tests/turn/mangling.hpp"

namespace portolan::turn {
namespace {

std::string mangled(std::string_view sent, std::string_view came) {
    return how_mangled(std::as_bytes(std::span(sent)), std::as_bytes(std::span(came)))
        .value_or("nothing");
}

TEST(Mangling, the_first_byte_that_differs_is_named) {
    EXPECT_EQ(mangled("portolan", "portolam"), "byte 8 of 8 is 0x6d, and 0x6e was sent");
    EXPECT_EQ(mangled("portolan", "Portolam"), "byte 1 of 8 is 0x50, and 0x70 was sent");
    EXPECT_EQ(mangled("portolan", "portol"), "it ends after byte 6 of 8");
    EXPECT_EQ(mangled("portolan", "portolan2"), "it has 9 bytes, and 8 were sent");
}

TEST(Mangling, something_else_is_not_mangled_data) {
    EXPECT_EQ(mangled("portolan", "portolan"), "nothing");
    EXPECT_EQ(mangled("portolan", "por"), "nothing");
    EXPECT_EQ(mangled("portolan", "xyzxyzxy"), "nothing");
    EXPECT_EQ(mangled("portolan", ""), "nothing");
}

TEST(Credentials, time_of_a_username_is_read) {
    EXPECT_EQ(expiry_of("1700000000:alice"), 1'700'000'000);
    EXPECT_FALSE(expiry_of("alice"));
}

}  // namespace
}  // namespace portolan::turn
