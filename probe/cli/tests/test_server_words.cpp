#include <gtest/gtest.h>

#include <string>

#include "probe/cli/server_words.hpp"

namespace portolan::nat_probe {
namespace {

std::string told(const char* password, std::string_view said) {
    cli::Redactor redactor;
    redactor.add_unless_common(cli::Secret(password));
    return without_secrets(said, redactor);
}

TEST(ServerWords, OurOwnWordsStayWhateverThePassword) {
    for (const std::string_view ours :
         {"error 401 (Unauthorized)", "error 401 (Unauthorized), 7 minutes ago",
          "error 438 (Stale nonce)", "no answer to 7 copies in 2.4 s",
          "a request without credentials got error 400 (Bad Request) without a realm"}) {
        for (const char* password :
             {"error", "401", "7", "no", "answer", "ago", "nonce", "Bad", "got", "2.4"})
            EXPECT_EQ(told(password, ours), ours) << password;
    }
}

TEST(ServerWords, WhatAServerQuotesIsTakenOut) {
    EXPECT_EQ(told("error", "error 401 (error is no password)"),
              "error 401 ([redacted] is no password)");
    EXPECT_EQ(told("401", "error 401 (wrong: 401 (sic)), 7 minutes ago"),
              "error 401 (wrong: [redacted] (sic)), 7 minutes ago");
    EXPECT_EQ(told("error", "the error error 401 (not \"error\")"),
              "the error error 401 (not \"[redacted]\")");
    EXPECT_EQ(told("Bad", "error 400 (Bad Request, Bad)"),
              "error 400 ([redacted] Request, [redacted])");
    EXPECT_EQ(told("error", "error 401 (error"), "error 401 ([redacted]");
    EXPECT_EQ(told("hunter2", "error 401 (xhunter2x)"), "error 401 (x[redacted]x)");
}

}  // namespace
}  // namespace portolan::nat_probe
