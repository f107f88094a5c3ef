#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "probe/cli/trust.hpp"
#include "probe/transport/tests/loop.hpp"

namespace portolan::nat_probe {
namespace {

using transport::TlsCredentials;

TEST(Trust, what_is_given_is_there_at_once) {
    transport::Loop loop;
    Trust trust(loop.context());
    const Trust::Credentials given = TlsCredentials::trust_nobody();
    trust.set(given);
    Trust::Credentials got;
    trust.get([&](Trust::Credentials credentials) { got = std::move(credentials); });
    EXPECT_EQ(got, given);
}

TEST(Trust, the_systems_authorities_are_read_once_and_never_inside_the_call) {
    transport::Loop loop;
    Trust trust(loop.context());
    std::vector<Trust::Credentials> got;
    const auto take = [&](Trust::Credentials credentials) {
        got.push_back(std::move(credentials));
    };
    trust.get(take);
    trust.get(take);
    EXPECT_TRUE(got.empty());
    ASSERT_TRUE(loop.until([&] { return got.size() == 2; }));
    EXPECT_EQ(got[0], got[1]);
    trust.get(take);
    ASSERT_EQ(got.size(), 3U);
    EXPECT_EQ(got[2], got[0]);
    // Where there are none, as in a bare container, nobody is believed: null.
    EXPECT_EQ(got[0] == nullptr, !TlsCredentials::system_trust());
}

TEST(Trust, may_go_while_its_thread_reads) {
    transport::Loop loop;
    bool called = false;
    {
        Trust trust(loop.context());
        trust.get([&](const Trust::Credentials&) { called = true; });
    }
    EXPECT_FALSE(loop.until([&] { return called; }, std::chrono::milliseconds(50)));
}

}  // namespace
}  // namespace portolan::nat_probe
