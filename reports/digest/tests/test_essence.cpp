#include <gtest/gtest.h>

#include "reports/digest/essence.hpp"

namespace portolan::digest {
namespace {

TEST(Essence, Keeps_codes_and_words_and_drops_what_differs_from_run_to_run) {
    EXPECT_EQ(essence("Relay 127.0.0.1:49153 took 12.3 ms, and 7 copies got error 400."),
              "Relay <address> took <number> ms, and 7 copies got error 400.");
    EXPECT_EQ(essence("The ports are from 50012 to 65001."),
              "The ports are from <number> to <number>.");
    EXPECT_EQ(essence("It permits 10.0.0.1, fe80::1, [2001:db8::1]:3478."),
              "It permits <address>, <address>, <address>.");
    EXPECT_EQ(essence("no answer to 7 copies in 5.0 s"), "no answer to 7 copies in <number> s");
    EXPECT_NE(essence("It got error 401."), essence("It got error 400."));
    EXPECT_EQ(essence("A dead bed answers face to face"), "A dead bed answers face to face");
}

}  // namespace
}  // namespace portolan::digest
