#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "probe/transport/dns_records.hpp"
#include "probe/transport/tests/loop.hpp"

namespace portolan::transport {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// RFC 1035 s4.1, by hand: two octets, a character string, a name, a record.
std::string u16(unsigned value) {
    return {static_cast<char>(value >> 8U), static_cast<char>(value & 0xFFU)};
}
std::string text(const std::string& value) {
    return static_cast<char>(value.size()) + value;
}
std::string name(std::initializer_list<const char*> labels) {
    std::string out;
    for (const char* label : labels)
        out += text(label);
    return out + std::string(1, '\0');
}
std::string record(unsigned type, const std::string& data) {
    return u16(0xC00C) + u16(type) + u16(1) + u16(0) + u16(60) + u16(unsigned(data.size())) + data;
}
std::string message(unsigned type, const std::vector<std::string>& records) {
    std::string out =
        u16(7) + u16(0x8180) + u16(1) + u16(unsigned(records.size())) + u16(0) + u16(0);
    out += name({"Example", "net"}) + u16(type) + u16(1);
    for (const std::string& one : records)
        out += one;
    return out;
}

Result<Records> parse(const std::string& bytes, RecordType type) {
    return parse_records(std::as_bytes(std::span(bytes)), type);
}

TEST(DnsRecords, srv_and_naptr_are_read_in_their_order) {
    const std::string target = text("A") + u16(0xC00C);  // compressed: A.Example.net
    const auto srv = parse(
        message(33, {record(5, name({"alias"})), record(33, u16(1) + u16(2) + u16(3478) + target),
                     record(33, u16(3) + u16(0) + u16(9) + name({}))}),
        RecordType::Srv);
    ASSERT_TRUE(srv);
    EXPECT_THAT(srv->srv,
                ElementsAre(SrvRecord{1, 2, 3478, "a.example.net"}, SrvRecord{3, 0, 9, ""}));
    const auto naptr =
        parse(message(35, {record(35, u16(100) + u16(10) + text("S") + text("RELAY:turn.udp") +
                                          text("") + name({"_turn", "_udp", "Example"}))}),
              RecordType::Naptr);
    ASSERT_TRUE(naptr);
    EXPECT_THAT(naptr->naptr,
                ElementsAre(NaptrRecord{100, 10, "S", "RELAY:turn.udp", "", "_turn._udp.example"}));
}

TEST(DnsRecords, every_cut_of_a_message_is_malformed) {
    const std::string whole =
        message(35, {record(35, u16(1) + u16(1) + text("A") + text("RELAY:turn.tls") + text("") +
                                    name({"a", "example"}))});
    ASSERT_TRUE(parse(whole, RecordType::Naptr));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto cut = parse(whole.substr(0, size), RecordType::Naptr);
        ASSERT_FALSE(cut) << size;
        EXPECT_EQ(full_code(cut.error()), "peer.dns.malformed");
    }
}

TEST(DnsRecords, record_that_ends_early_or_late_is_malformed) {
    for (const std::string& data : {u16(1) + u16(2), u16(1) + u16(2) + u16(3) + name({"a"}) + "x",
                                    u16(1) + u16(2) + u16(3)}) {
        EXPECT_FALSE(parse(message(33, {record(33, data)}), RecordType::Srv));
    }
    EXPECT_FALSE(parse(message(35, {record(35, u16(1) + u16(2) + "\x7fS")}), RecordType::Naptr));
}

TEST(DnsRecords, dropped_question_does_not_call_back) {
    Loop loop;
    SystemRecords records(loop.context());
    bool called = false;
    (void)records.ask(RecordType::Srv, "_turn._udp.no-such-host.invalid",
                      [&](const auto&) { called = true; });
    loop.settle();
    EXPECT_FALSE(called);
}

// Whatever the machine's name servers are: an answer, or an error that names the question.
TEST(DnsRecords, name_that_cannot_exist_has_none_or_an_error_that_says_why) {
    Loop loop;
    SystemRecords records(loop.context(), std::chrono::milliseconds(300));
    std::optional<Result<Records>> answer;
    const auto lookup = records.ask(RecordType::Naptr, "no-such-host.invalid",
                                    [&](auto result) { answer = std::move(result); });
    EXPECT_FALSE(answer) << "called before ask() returned";
    ASSERT_TRUE(loop.until([&] { return answer.has_value(); }, std::chrono::seconds(3)));
    if (*answer) {
        EXPECT_THAT((*answer)->naptr, IsEmpty());
    } else {
        EXPECT_THAT(answer->error().message, HasSubstr("NAPTR no-such-host.invalid"));
        EXPECT_EQ(answer->error().culprit, Culprit::Environment);
    }
}

}  // namespace
}  // namespace portolan::transport
