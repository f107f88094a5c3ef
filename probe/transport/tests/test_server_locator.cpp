#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "probe/transport/server_locator.hpp"
#include "probe/transport/tests/loop.hpp"
#include "probe/transport/tests/zone.hpp"

namespace portolan::transport {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// A zone's SRV and NAPTR records, each answer after some time, or never.
class ZoneRecords final : public RecordSource {
  public:
    ZoneRecords(GMainContext* context, Zone zone) : context_(context), zone_(std::move(zone)) {}

    std::unique_ptr<Lookup> ask(RecordType type, std::string_view name,
                                Callback callback) override {
        asked.emplace_back(name);
        if (silent.contains(std::string(name))) return std::make_unique<Lookup>();
        DnsAnswers answers;
        zone_.answer({type == RecordType::Srv ? DnsQuestion::Kind::Srv : DnsQuestion::Kind::Naptr,
                      std::string(name)},
                     answers);
        Records records;
        if (!answers.srv.empty()) records.srv = *answers.srv.begin()->second;
        if (!answers.naptr.empty()) records.naptr = *answers.naptr.begin()->second;
        struct Waiting final : Lookup {
            glib::SourcePtr source;
        };
        auto out = std::make_unique<Waiting>();
        out->source = glib::call_soon(
            context_, [callback = std::move(callback), records] { callback(records); });
        return out;
    }

    std::vector<std::string> asked;
    std::set<std::string> silent;

  private:
    GMainContext* context_;
    Zone zone_;
};

class ServerLocatorTest : public testing::Test {
  protected:
    Discovery locate(const std::string& text) {
        HostTable hosts(loop.context(), zone.addresses);
        ServerLocator locator(loop.context(), hosts, records, 1, std::chrono::milliseconds(200));
        std::optional<Discovery> found;
        std::unique_ptr<ServerLocator::Search> search;
        search = locator.locate(*ServerUri::parse(text), [&](Discovery discovery) {
            EXPECT_FALSE(found) << "called twice";
            found = std::move(discovery);
            search.reset();  // as a caller may
        });
        EXPECT_FALSE(found) << "called before locate() returned";
        EXPECT_TRUE(loop.until([&] { return found.has_value(); }));
        loop.settle();
        return std::move(*found);
    }

    Loop loop;
    Zone zone = rfc_zone();
    ZoneRecords records{loop.context(), zone};
};

TEST_F(ServerLocatorTest, follows_the_records_to_their_end) {
    const Discovery found = locate("turn:example.net");
    ASSERT_THAT(found.locations, SizeIs(4));
    EXPECT_EQ(found.locations[0].address.to_string(), "192.0.2.1:3478");
    EXPECT_EQ(found.locations[3].carrier, Carrier::Tls);
    EXPECT_THAT(std::set<std::string>(records.asked.begin(), records.asked.end()),
                SizeIs(records.asked.size()))
        << "nothing is asked twice";
}

TEST_F(ServerLocatorTest, address_in_the_uri_asks_nobody) {
    const Discovery found = locate("turn:192.0.2.7");
    ASSERT_THAT(found.locations, SizeIs(1));
    EXPECT_THAT(records.asked, IsEmpty());
}

TEST_F(ServerLocatorTest, silence_about_what_is_not_needed_keeps_nobody_waiting) {
    records.silent = {"_turn._udp.example.com", "_turn._tcp.example.com"};
    const Discovery found = locate("turn:example.com");
    EXPECT_THAT(found.locations, SizeIs(3));
    EXPECT_THAT(found.remarks, IsEmpty());
}

TEST_F(ServerLocatorTest, time_that_is_over_is_said_and_leaves_what_is_known) {
    records.silent = {"stream.example.net"};
    const Discovery found = locate("turn:example.net");
    EXPECT_THAT(found.locations, SizeIs(2));
    ASSERT_THAT(found.remarks, SizeIs(1));
    EXPECT_THAT(found.remarks[0].text, HasSubstr("longer than 200 ms"));
}

TEST_F(ServerLocatorTest, dropped_search_does_not_call_back) {
    HostTable hosts(loop.context(), zone.addresses);
    ServerLocator locator(loop.context(), hosts, records, 1);
    bool called = false;
    (void)locator.locate(*ServerUri::parse("turn:example.net"),
                         [&](const auto&) { called = true; });
    loop.settle();
    EXPECT_FALSE(called);
}

}  // namespace
}  // namespace portolan::transport
