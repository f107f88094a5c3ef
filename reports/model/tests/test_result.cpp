#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "reports/model/result.hpp"

namespace portolan {
namespace {

TEST(Result, HoldsValueOrError) {
    const Result<int> good(7);
    const Result<int> bad(Error{Culprit::Peer, "stun.truncated", "cut short", 12});
    ASSERT_TRUE(good);
    EXPECT_EQ(*good, 7);
    EXPECT_EQ(good.value_or(1), 7);
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().byte_offset, 12U);
    EXPECT_EQ(bad.value_or(1), 1);
}

TEST(Result, MovesWhatCannotBeCopied) {
    Result<std::unique_ptr<int>> result(std::make_unique<int>(3));
    const std::unique_ptr<int> taken = std::move(result).value();
    EXPECT_EQ(*taken, 3);
}

TEST(Result, VoidIsSuccessByDefault) {
    const Result<void> good;
    const Result<void> bad(Error{Culprit::Usage, "x", "y"});
    EXPECT_TRUE(good);
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().code, "x");
}

TEST(Error, FullCodeStartsWithTheCulprit) {
    EXPECT_EQ(full_code({Culprit::Usage, "a", ""}), "usage.a");
    EXPECT_EQ(full_code({Culprit::Environment, "a", ""}), "environment.a");
    EXPECT_EQ(full_code({Culprit::Peer, "a", ""}), "peer.a");
    EXPECT_EQ(full_code({Culprit::Internal, "a", ""}), "internal.a");
}

}  // namespace
}  // namespace portolan
