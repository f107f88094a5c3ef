#include <gmock/gmock.h>

#include "ice-tests/precall/tests/precall_test.hpp"
#include "ice-tests/precall/web_check.hpp"
#include "probe/transport/tcp_connection.hpp"

namespace portolan::precall {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

TEST(WebUrl, parts_are_told_apart) {
    const auto plain = WebUrl::parse("http://check.example");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->host, "check.example");
    EXPECT_EQ(plain->port, 80);
    EXPECT_EQ(plain->path, "/");
    const auto whole = WebUrl::parse("http://[2001:db8::1]:8080/a/b?c");
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->host, "2001:db8::1");
    EXPECT_EQ(whole->port, 8080);
    EXPECT_EQ(whole->path, "/a/b?c");
    EXPECT_EQ(whole->to_string(), "http://[2001:db8::1]:8080/a/b?c");
}

TEST(WebUrl, what_is_none_is_refused) {
    for (const char* text : {"", "check.example", "https://check.example", "http://", "http:///x",
                             "http://a:0/", "http://a:99999/", "http://a:/", "http://user@a/",
                             "http://[::1/", "http://a/\r\nX: y", "http://a b/"}) {
        EXPECT_FALSE(WebUrl::parse(text)) << text;
    }
}

TEST(HttpDate, only_what_servers_send_is_read) {
    EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784'111'777);
    EXPECT_EQ(parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
    for (const char* text : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
                             "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
                             "Sun, -6 Nov 1994 08:49:37 GMT"}) {
        EXPECT_FALSE(parse_http_date(text)) << text;
    }
}

TEST(HttpHead, status_date_and_location_are_read_whatever_else_comes) {
    const auto head = parse_http_head(
        "HTTP/1.1 302 Found\r\nserver: x\r\nDATE: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
        "broken line\r\nLocation:  http://portal.example/login\x01 \r\n\r\nLocation: no\r\n");
    ASSERT_TRUE(head);
    EXPECT_EQ(head->status, 302);
    EXPECT_EQ(head->date_s, 784'111'777);
    EXPECT_THAT(head->location, HasSubstr("http://portal.example/login"));
    EXPECT_EQ(head->location.find('\x01'), std::string::npos);
    for (const char* text :
         {"", "HTTP/1.1", "HTTP/1.1 2x4 X", "SSH-2.0-OpenSSH", "HTTP/1.1 999 X", "HTTP/1.1  20"}) {
        EXPECT_FALSE(parse_http_head(text)) << text;
    }
}

/// A server on loopback that answers every connection with the same bytes.
class WebCheckTest : public PrecallTest {
  protected:
    WebCheck ask(std::string answer, bool closes = true) {
        auto opened = transport::TcpListener::open(
            loop.context(), {IpAddress::v4({127, 0, 0, 1}), 0},
            [this, answer, closes](std::unique_ptr<transport::TcpConnection> made) {
                connection = std::move(made);
                connection->set_handlers({.on_bytes = [this, answer, closes](transport::Bytes) {
                    (void)connection->send(std::as_bytes(std::span(answer)));
                    if (closes) connection->close();
                }});
            });
        EXPECT_TRUE(opened);
        WebPlan plan{.url = {.host = "127.0.0.1", .port = (*opened)->local_address().port},
                     .server = (*opened)->local_address(),
                     .limit = milliseconds(400),
                     .unix_time = [] { return 784'111'780; }};
        WebCheck out;
        run(check_web(where, plan, out));
        return out;
    }
    std::unique_ptr<transport::TcpConnection> connection;
};

TEST_F(WebCheckTest, answer_and_both_clocks_are_noted) {
    const WebCheck seen =
        ask("HTTP/1.1 204 No Content\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n");
    ASSERT_TRUE(seen.head);
    EXPECT_EQ(seen.head->status, 204);
    EXPECT_EQ(seen.answered_at_s - *seen.head->date_s, 3);
    EXPECT_FALSE(seen.problem);
}

TEST_F(WebCheckTest, what_is_no_http_is_a_problem_and_an_end_comes) {
    const WebCheck garbage = ask("SSH-2.0-OpenSSH_9.2\r\n");
    ASSERT_TRUE(garbage.problem);
    EXPECT_THAT(garbage.problem->detail, HasSubstr("no HTTP"));
    const WebCheck endless = ask("HTTP", false);
    EXPECT_TRUE(endless.is_done);
    EXPECT_TRUE(endless.problem);
    const WebCheck silent = ask("", false);
    ASSERT_TRUE(silent.problem);
    EXPECT_EQ(silent.problem->cause, Cause::Silent);
}

TEST_F(WebCheckTest, closed_port_is_named) {
    WebPlan plan{.url = {.host = "127.0.0.1", .port = 9},
                 .server = {IpAddress::v4({127, 0, 0, 1}), 9},
                 .limit = milliseconds(400),
                 .unix_time = [] { return 0; }};
    WebCheck out;
    run(check_web(where, plan, out));
    ASSERT_TRUE(out.problem);
    EXPECT_EQ(out.problem->cause, Cause::PortClosed);
}

}  // namespace
}  // namespace portolan::precall
