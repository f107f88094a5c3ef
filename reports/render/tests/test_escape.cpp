#include <gtest/gtest.h>

#include <string>

#include "reports/render/escape.hpp"

namespace portolan::render {
namespace {

TEST(Escape, OrdinaryTextStays) {
    const char* text =
        "Coturn-4.6.1 'dan Eider' \xC3\xA4 \xE2\x82\xAC \xE6\xB8\xAF \xF0\x9F\x9A\xA2";
    EXPECT_EQ(escape_for_terminal(text), text);
}

TEST(Escape, TerminalSequencesLoseTheirTeeth) {
    EXPECT_EQ(escape_for_terminal("\x1b[2J\x1b]0;owned\x07"), "\\x1b[2J\\x1b]0;owned\\x07");
    EXPECT_EQ(escape_for_terminal("\xC2\x9B"
                                  "31m"),
              "\\u{9b}31m");
    EXPECT_EQ(escape_for_terminal("a\r\n\tb\x7f"), "a\\r\\n\\tb\\x7f");
    EXPECT_EQ(escape_for_terminal(std::string("a\0b", 3)), "a\\x00b");
}

TEST(Escape, TextCannotBeReorderedOrHidden) {
    EXPECT_EQ(escape_for_terminal("\xE2\x80\xAE"
                                  "txt"),
              "\\u{202e}txt");
    EXPECT_EQ(escape_for_terminal("\xE2\x81\xA6"
                                  "a\xE2\x80\x8B"),
              "\\u{2066}a\\u{200b}");
    EXPECT_EQ(escape_for_terminal("\xE2\x80\xA8"), "\\u{2028}");
    EXPECT_EQ(escape_for_terminal("\xEF\xBB\xBF"), "\\u{feff}");
}

TEST(Escape, EveryInvalidByteIsShown) {
    EXPECT_EQ(escape_for_terminal("\xFF\xC3"), "\\xff\\xc3");
    EXPECT_EQ(escape_for_terminal("\xC0\x9B"), "\\xc0\\x9b");
    EXPECT_EQ(escape_for_terminal("\xED\xA0\x80"), "\\xed\\xa0\\x80");
    EXPECT_EQ(escape_for_terminal("\xE0\x82\x9B"), "\\xe0\\x82\\x9b");
}

TEST(Escape, NoByteGetsThroughThatATerminalObeys) {
    for (int a = 0; a < 256; ++a) {
        for (int b = 0; b < 256; ++b) {
            const char bytes[] = {static_cast<char>(a), static_cast<char>(b), 'x'};
            for (const char c : escape_for_terminal(std::string_view(bytes, 3))) {
                EXPECT_GE(static_cast<unsigned char>(c), 0x20U);
                EXPECT_NE(c, 0x7F);
            }
        }
    }
}

TEST(Width, CountsColumnsNotBytes) {
    EXPECT_EQ(display_width("abc"), 3U);
    EXPECT_EQ(display_width("\xC3\xA4"), 1U);
    EXPECT_EQ(display_width("e\xCC\x81"), 1U);
    EXPECT_EQ(display_width("\xE6\xB8\xAF"), 2U);
    EXPECT_EQ(display_width("\xF0\x9F\x9A\xA2"), 2U);
    EXPECT_EQ(pad_right("\xE6\xB8\xAF", 4), "\xE6\xB8\xAF  ");
    EXPECT_EQ(pad_right("abcdef", 4), "abcdef");
}

TEST(Wrap, BreaksAtSpacesOnly) {
    EXPECT_EQ(wrap("", 10), std::vector<std::string>{""});
    EXPECT_EQ(wrap("one two three", 7), (std::vector<std::string>{"one two", "three"}));
    EXPECT_EQ(wrap("one  two ", 80), std::vector<std::string>{"one two"});
    EXPECT_EQ(wrap("a incomprehensibilities b", 5),
              (std::vector<std::string>{"a", "incomprehensibilities", "b"}));
}

}  // namespace
}  // namespace portolan::render
