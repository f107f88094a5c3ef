#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "probe/transport/discovery.hpp"
#include "probe/transport/tests/zone.hpp"

namespace portolan::transport {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Carrier kStreamsFirst[] = {Carrier::Tls, Carrier::Tcp, Carrier::Udp};
constexpr Carrier kDtlsFirst[] = {Carrier::Dtls, Carrier::Tls, Carrier::Tcp, Carrier::Udp};

const IpAddress kFirst = IpAddress::v4({192, 0, 2, 1});
const IpAddress kSecond = IpAddress::v4({192, 0, 2, 2});

ServerUri uri(const std::string& text) {
    return *ServerUri::parse(text);
}

Discovery resolve(const Zone& zone, const std::string& text,
                  std::span<const Carrier> preference = kAllCarriers, std::uint64_t seed = 1) {
    DnsAnswers answers;
    Discovery next = discover(uri(text), answers, preference, seed);
    for (int round = 0; round < 200 && !next.needed.empty(); ++round) {
        EXPECT_THAT(next.error, testing::Eq(std::nullopt));
        for (const DnsQuestion& question : next.needed)
            zone.answer(question, answers);
        next = discover(uri(text), answers, preference, seed);
    }
    EXPECT_THAT(next.needed, IsEmpty());
    return next;
}

std::vector<std::string> texts(const Discovery& found, Remark::Kind kind) {
    std::vector<std::string> out;
    for (const Remark& remark : found.remarks)
        if (remark.kind == kind) out.push_back(remark.text);
    return out;
}

std::vector<std::string> places(const Discovery& found) {
    std::vector<std::string> out;
    for (const Location& location : found.locations) {
        out.push_back(std::string(to_string(location.carrier)) + ' ' +
                      location.address.to_string());
    }
    return out;
}

// RFC 5928 s4.1, table 2.
TEST(Discovery, multiple_protocols_of_rfc_5928) {
    const auto found = resolve(rfc_zone(), "turn:example.net", kStreamsFirst);
    EXPECT_THAT(places(found),
                ElementsAre("udp 192.0.2.1:3478", "tls 192.0.2.1:5349", "tcp 192.0.2.1:5000"));
    EXPECT_EQ(found.locations[0].found_by,
              "NAPTR example.net, NAPTR datagram.example.net, SRV _turn._udp.example.net, "
              "addresses of a.example.net");
    EXPECT_THAT(found.remarks, IsEmpty());
}

// RFC 5928 s4.2: one record with three protocols, so that the application's order counts. (Its
// text says that the result is table 2; s3 step 4 ranks protocols by the first set of records
// only, and that has one rank.)
TEST(Discovery, remote_hosting_of_rfc_5928) {
    const auto found = resolve(rfc_zone(), "turn:example.com", kStreamsFirst);
    EXPECT_THAT(places(found),
                ElementsAre("tls 192.0.2.1:5349", "tcp 192.0.2.1:5000", "udp 192.0.2.1:3478"));
}

// RFC 5928 s4.3: the records of clients without NAPTR, for every scheme and transport.
TEST(Discovery, transport_in_the_uri_asks_for_srv_alone) {
    Zone zone = rfc_zone();
    for (const auto& [text, place] : std::vector<std::pair<std::string, std::string>>{
             {"turn:example.com?transport=udp", "udp 192.0.2.1:3478"},
             {"turn:example.com?transport=tcp", "tcp 192.0.2.1:5000"},
             {"turns:example.com?transport=tcp", "tls 192.0.2.1:5349"},
             {"turns:example.net?transport=udp", "dtls 192.0.2.1:5349"}}) {
        EXPECT_THAT(places(resolve(zone, text)), ElementsAre(place)) << text;
    }
}

// RFC 7350 appendix A, table 2: a secure URI leaves UDP and TCP out.
TEST(Discovery, secure_uri_of_rfc_7350) {
    EXPECT_THAT(places(resolve(rfc_zone(), "turns:example.net", kDtlsFirst)),
                ElementsAre("dtls 192.0.2.1:5349", "tls 192.0.2.1:5349"));
}

TEST(Discovery, address_or_port_in_the_uri_asks_for_no_service) {
    Zone zone = rfc_zone();
    zone.addresses["example.net"] = {kSecond};
    for (const auto& [text, place] : std::vector<std::pair<std::string, std::string>>{
             {"turn:192.0.2.9", "udp 192.0.2.9:3478"},
             {"turns:192.0.2.9", "tls 192.0.2.9:5349"},
             {"stun:[2001:db8::1]", "udp [2001:db8::1]:3478"},
             {"turn:example.net:3478", "udp 192.0.2.2:3478"},
             {"turn:example.net:99?transport=tcp", "tcp 192.0.2.2:99"}}) {
        const Discovery found = resolve(zone, text);
        EXPECT_THAT(places(found), ElementsAre(place)) << text;
        EXPECT_THAT(found.ahead, IsEmpty());
    }
}

// RFC 8489 s8.1.
TEST(Discovery, stun_asks_for_srv_and_then_for_the_default_port) {
    Zone zone;
    zone.naptr = rfc_zone().naptr;
    zone.addresses = {{"example.net", {kFirst, kSecond}}, {"s.example.net", {kSecond}}};
    EXPECT_THAT(places(resolve(zone, "stun:example.net")),
                ElementsAre("udp 192.0.2.1:3478", "udp 192.0.2.2:3478"));
    zone.srv = {{"_stun._udp.example.net", {{0, 0, 1234, "s.example.net"}}}};
    EXPECT_THAT(places(resolve(zone, "stun:example.net")), ElementsAre("udp 192.0.2.2:1234"));
    EXPECT_THAT(places(resolve(zone, "stuns:example.net")),
                ElementsAre("tls 192.0.2.1:5349", "tls 192.0.2.2:5349"));
}

TEST(Discovery, name_without_records_is_asked_about_once_and_side_by_side) {
    const Discovery first = discover(uri("turn:example.org"), {}, kAllCarriers, 1);
    EXPECT_THAT(first.needed, ElementsAre(DnsQuestion{DnsQuestion::Kind::Naptr, "example.org"}));
    EXPECT_THAT(first.ahead,
                ElementsAre(DnsQuestion{DnsQuestion::Kind::Addresses, "example.org"},
                            DnsQuestion{DnsQuestion::Kind::Srv, "_turn._tcp.example.org"},
                            DnsQuestion{DnsQuestion::Kind::Srv, "_turn._udp.example.org"}));
    DnsAnswers answers;
    Zone zone;
    zone.addresses = {{"example.org", {kFirst}}};
    for (const auto* questions : {&first.needed, &first.ahead})
        for (const DnsQuestion& question : *questions)
            zone.answer(question, answers);
    const Discovery second = discover(uri("turn:example.org"), answers, kAllCarriers, 1);
    EXPECT_THAT(second.needed, IsEmpty());
    EXPECT_THAT(places(second), ElementsAre("udp 192.0.2.1:3478"));
    EXPECT_EQ(second.locations[0].found_by, "addresses of example.org");
}

TEST(Discovery, naptr_of_other_services_is_none) {
    Zone zone;
    zone.naptr = {{"example.org",
                   {{10, 10, "S", "SIP+D2U", "", "_sip._udp.example.org"},
                    {20, 10, "S", "RELAY", "", "_turn._udp.example.org"},
                    {30, 10, "S", "WP:turn.udp", "", "_turn._udp.example.org"}}}};
    zone.addresses = {{"example.org", {kFirst}}};
    EXPECT_THAT(places(resolve(zone, "turn:example.org")), ElementsAre("udp 192.0.2.1:3478"));
}

// Step 5 of RFC 5928 s3.
TEST(Discovery, srv_records_count_for_every_carrier_without_naptr) {
    Zone zone;
    zone.srv = {{"_turn._tcp.example.org", {{0, 0, 7000, "t.example.org"}}}};
    zone.addresses = {{"example.org", {kFirst}}, {"t.example.org", {kSecond}}};
    EXPECT_THAT(places(resolve(zone, "turn:example.org")),
                ElementsAre("udp 192.0.2.1:3478", "tcp 192.0.2.2:7000"));
}

TEST(Discovery, srv_is_tried_by_priority_and_every_address) {
    Zone zone;
    zone.srv = {
        {"_turn._udp.example.org", {{20, 100, 2, "b.example.org"}, {10, 0, 1, "a.example.org"}}}};
    zone.addresses = {{"a.example.org", {kFirst, kSecond}}, {"b.example.org", {kFirst}}};
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        EXPECT_THAT(places(resolve(zone, "turn:example.org?transport=udp", kAllCarriers, seed)),
                    ElementsAre("udp 192.0.2.1:1", "udp 192.0.2.2:1", "udp 192.0.2.1:2"));
    }
}

// RFC 2782: records of one priority are chosen in proportion to their weights.
TEST(Discovery, srv_weights_decide_how_often_a_record_comes_first) {
    Zone zone;
    zone.srv = {
        {"_turn._udp.example.org",
         {{0, 10, 1, "a.example.org"}, {0, 30, 2, "a.example.org"}, {0, 0, 3, "a.example.org"}}}};
    zone.addresses = {{"a.example.org", {kFirst}}};
    std::map<std::string, int> firsts;
    constexpr int kRunCount = 4000;
    for (int seed = 0; seed < kRunCount; ++seed) {
        const auto found = places(resolve(zone, "turn:example.org?transport=udp", kAllCarriers,
                                          static_cast<std::uint64_t>(seed)));
        ASSERT_THAT(found, SizeIs(3));
        ++firsts[found.front()];
    }
    // Of 41 numbers, 0 to 40, one is the third's, ten the first's, thirty the second's; five
    // standard deviations either way.
    EXPECT_NEAR(firsts["udp 192.0.2.1:1"], kRunCount * 10 / 41, 140);
    EXPECT_NEAR(firsts["udp 192.0.2.1:2"], kRunCount * 30 / 41, 140);
    EXPECT_NEAR(firsts["udp 192.0.2.1:3"], kRunCount / 41, 50);
}

TEST(Discovery, target_dot_says_that_there_is_no_service) {
    Zone zone;
    zone.srv = {{"_turn._udp.example.org", {{0, 0, 0, ""}}}};
    zone.addresses = {{"example.org", {kFirst}}};
    const Discovery found = resolve(zone, "turn:example.org?transport=udp");
    EXPECT_THAT(found.locations, IsEmpty());
    ASSERT_TRUE(found.error);
    EXPECT_EQ(full_code(*found.error), "environment.discovery.nothing");
    EXPECT_THAT(found.error->message, HasSubstr("_turn._udp.example.org says that there is no"));
}

TEST(Discovery, questions_without_an_answer_fall_back_and_are_said) {
    Zone zone;
    zone.addresses = {{"example.org", {kFirst}}};
    for (const char* name : {"example.org", "_turn._udp.example.org", "_turn._tcp.example.org"}) {
        zone.failing[name] = {.culprit = Culprit::Environment,
                              .code = "dns.timeout",
                              .message = std::string("no answer about ") + name};
    }
    const Discovery found = resolve(zone, "turn:example.org");
    EXPECT_THAT(places(found), ElementsAre("udp 192.0.2.1:3478"));
    EXPECT_THAT(texts(found, Remark::Kind::Unanswered), SizeIs(3));
}

TEST(Discovery, name_that_does_not_exist_is_the_resolvers_error) {
    const Discovery found = resolve({}, "turn:example.org");
    ASSERT_TRUE(found.error);
    EXPECT_EQ(full_code(*found.error), "environment.resolve.not-found");
    EXPECT_THAT(found.error->message, HasSubstr("example.org"));
}

TEST(Discovery, records_that_lead_nowhere_are_passed_by_with_a_remark) {
    Zone zone = rfc_zone();
    auto& records = zone.naptr["example.net"];
    const auto first = [&](NaptrRecord record) {
        records.insert(records.begin(), std::move(record));
    };
    first({1, 1, "", "RELAY:turn.udp", "", "empty.example.net"});
    first({2, 1, "S", "RELAY:turn.udp", "", "_turn._udp.gone.example.net"});
    first({3, 1, "A", "RELAY:turn.udp", "", "gone.example.net"});
    first({4, 1, "U", "RELAY:turn.udp", "", "u.example.net"});
    first({5, 1, "S", "RELAY:turn.udp", "!.*!x!", ""});
    first({6, 1, "", "RELAY:turn.udp", "", "example.net"});  // round and round
    const Discovery found = resolve(zone, "turn:example.net", kStreamsFirst);
    EXPECT_THAT(places(found),
                ElementsAre("udp 192.0.2.1:3478", "tls 192.0.2.1:5349", "tcp 192.0.2.1:5000"));
    const std::string all = testing::PrintToString(texts(found, Remark::Kind::Fault));
    for (const char* part :
         {"empty.example.net has no NAPTR record for RELAY:turn.udp",
          "there is no SRV _turn._udp.gone.example.net", "cannot resolve \\\"gone.example.net",
          "a flag other than S and A", "regular expression", "lead on and on"}) {
        EXPECT_THAT(all, HasSubstr(part));
    }
}

// RFC 3958 s2.2.5: a protocol that the first set does not name is not taken up later.
TEST(Discovery, protocol_is_not_changed_on_the_way) {
    Zone zone = rfc_zone();
    zone.naptr["example.net"] = {{100, 10, "", "RELAY:turn.udp", "", "stream.example.net"}};
    const Discovery found = resolve(zone, "turn:example.net");
    EXPECT_THAT(found.locations, IsEmpty());
    ASSERT_TRUE(found.error);
    EXPECT_EQ(full_code(*found.error), "environment.discovery.nothing");
}

TEST(Discovery, number_of_questions_is_bounded) {
    Zone zone;
    for (int i = 0; i < 200; ++i) {
        const std::string target = 'a' + std::to_string(i) + ".example.org";
        zone.srv["_turn._udp.example.org"].push_back({0, 0, 1, target});
        zone.addresses[target] = {kFirst};
    }
    const Discovery found = resolve(zone, "turn:example.org?transport=udp");
    EXPECT_THAT(found.locations, SizeIs(1));
    EXPECT_THAT(testing::PrintToString(texts(found, Remark::Kind::Fault)),
                HasSubstr("more than 64 questions"));
}

}  // namespace
}  // namespace portolan::transport
