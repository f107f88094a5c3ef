#include <gtest/gtest.h>

#include <set>
#include <string>

#include "reports/redact/address_pseudonyms.hpp"

namespace portolan::redact {
namespace {

TEST(AddressPseudonyms, The_same_address_is_replaced_by_the_same_everywhere) {
    AddressPseudonyms pseudonyms;
    EXPECT_EQ(pseudonyms.replace_in("81.2.69.142:4711 sees 81.2.69.143, not 81.2.69.142."),
              "198.18.0.1:4711 sees 198.18.0.2, not 198.18.0.1.");
    EXPECT_EQ(pseudonyms.replace_in("81.2.69.143"), "198.18.0.2");
}

TEST(AddressPseudonyms, The_kind_stays) {
    AddressPseudonyms pseudonyms;
    EXPECT_EQ(pseudonyms.replace_in("10.1.2.3 172.20.1.1 192.168.178.20 100.72.3.4 169.254.9.9"),
              "10.0.0.1 172.16.0.1 192.168.0.1 100.64.0.1 169.254.1.1");
    EXPECT_EQ(pseudonyms.replace_in("fd12:3456::1 fe80::fc:ff:fe00:1 2a02:908:1::5"),
              "fd00::1 fe80::1 2001:db8::1");
}

TEST(AddressPseudonyms, What_names_nobody_stays) {
    AddressPseudonyms pseudonyms;
    for (const char* text : {"127.0.0.1:3478", "0.0.0.0", "[::1]:3478", "::", "239.1.2.3",
                             "ff02::1", "203.0.113.7", "2001:db8::7", "255.255.255.255"}) {
        EXPECT_EQ(pseudonyms.replace_in(text), text);
    }
}

TEST(AddressPseudonyms, Two_ways_to_write_one_address_are_one) {
    AddressPseudonyms pseudonyms;
    EXPECT_EQ(pseudonyms.replace_in("2A02:908:0:0::5 2a02:908::5 [2a02:908::5]:3478"),
              "2001:db8::1 2001:db8::1 [2001:db8::1]:3478");
}

TEST(AddressPseudonyms, Translated_and_mapped_addresses_hold_the_pseudonym_of_what_is_inside) {
    AddressPseudonyms pseudonyms;
    EXPECT_EQ(pseudonyms.replace_in("81.2.69.142 64:ff9b::5102:458e ::ffff:81.2.69.142"),
              "198.18.0.1 64:ff9b::c612:1 ::ffff:198.18.0.1");
}

TEST(AddressPseudonyms, What_only_looks_like_an_address_is_left_alone) {
    AddressPseudonyms pseudonyms;
    for (const char* text :
         {"coturn 4.6.1", "at 14:59:06", "v1.2.3.4x", "0.5 ms", "81.2.69.1420", "256.1.1.1",
          "a1.2.3.4.example.org", "AB:CD:EF:01:23:45:67:89:AB:CD", "...", ":::", ""}) {
        EXPECT_EQ(pseudonyms.replace_in(text), text);
    }
    EXPECT_EQ(pseudonyms.replaced_count(), 0U);
}

TEST(AddressPseudonyms, Sentences_end_behind_addresses) {
    AddressPseudonyms pseudonyms;
    EXPECT_EQ(pseudonyms.replace_in("From 2a02:908::5: it is not 2a02:908::5. Nor 2a02:908:: nor"),
              "From 2001:db8::1: it is not 2001:db8::1. Nor 2001:db8::2 nor");
    EXPECT_EQ(pseudonyms.replace_in("81.2.69.142: 81.2.69.142:80: 81.2.69.142..."),
              "198.18.0.1: 198.18.0.1:80: 198.18.0.1...");
}

TEST(AddressPseudonyms, A_thousand_addresses_have_a_thousand_pseudonyms) {
    AddressPseudonyms pseudonyms;
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        seen.insert(pseudonyms.replace_in("8.8." + std::to_string(i / 250) + "." +
                                          std::to_string(i % 250 + 1)));
    }
    EXPECT_EQ(seen.size(), 1000U);
}

}  // namespace
}  // namespace portolan::redact
