#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "probe/transport/ice_servers.hpp"

namespace portolan::transport {
namespace {

using testing::HasSubstr;

Error error_of(std::string_view json) {
    auto servers = parse_ice_servers(json);
    EXPECT_FALSE(servers) << json;
    return servers ? Error{} : std::move(servers).error();
}

class TemporaryFile {
  public:
    explicit TemporaryFile(const std::string& content) {
        path_ = testing::TempDir() + "ice_servers_XXXXXX";
        const int fd = mkstemp(path_.data());
        EXPECT_GE(fd, 0);
        close(fd);
        std::ofstream(path_) << content;
    }
    ~TemporaryFile() { (void)std::remove(path_.c_str()); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

TEST(IceServers, one_url_or_several) {
    const auto servers = parse_ice_servers(R"({"iceServers": [
        {"urls": "stun:a.example"},
        {"urls": ["turn:b.example", "turns:b.example?transport=tcp"],
         "username": "alice", "credential": "hunter2"}]})");
    ASSERT_TRUE(servers) << servers.error().message;
    ASSERT_EQ(servers->size(), 2U);
    EXPECT_EQ((*servers)[0].urls[0].host, "a.example");
    EXPECT_FALSE((*servers)[0].username);
    EXPECT_FALSE((*servers)[0].credential);
    ASSERT_EQ((*servers)[1].urls.size(), 2U);
    EXPECT_EQ((*servers)[1].username, "alice");
    EXPECT_EQ((*servers)[1].credential->reveal(), "hunter2");
}

TEST(IceServers, other_members_are_ignored) {
    const auto servers = parse_ice_servers(
        R"({"iceTransportPolicy": "relay", "iceServers":
            [{"urls": "stun:a", "credentialType": "password", "note": 1}]})");
    EXPECT_TRUE(servers);
}

TEST(IceServers, syntax_error_has_its_byte_offset) {
    const Error error = error_of(R"({"iceServers": [)");
    EXPECT_EQ(error.culprit, Culprit::Usage);
    EXPECT_EQ(error.byte_offset, 16U) << error.message;
}

TEST(IceServers, wrong_shapes_name_the_json_pointer) {
    EXPECT_THAT(error_of("[]").message, HasSubstr("object"));
    EXPECT_THAT(error_of("{}").message, HasSubstr("iceServers"));
    EXPECT_THAT(error_of(R"({"iceServers": {}})").message, HasSubstr("/iceServers"));
    EXPECT_THAT(error_of(R"({"iceServers": [1]})").message, HasSubstr("/iceServers/0"));
    EXPECT_THAT(error_of(R"({"iceServers": [{}]})").message, HasSubstr("urls"));
    EXPECT_THAT(error_of(R"({"iceServers": [{"urls": 1}]})").message,
                HasSubstr("/iceServers/0/urls"));
    EXPECT_THAT(error_of(R"({"iceServers": [{"urls": ["stun:a", 1]}]})").message,
                HasSubstr("/iceServers/0/urls/1"));
    EXPECT_THAT(error_of(R"({"iceServers": [{"urls": "stun:a", "username": 1}]})").message,
                HasSubstr("/iceServers/0/username"));
    EXPECT_THAT(error_of(R"({"iceServers": [{"urls": "stun:a", "credential": {}}]})").message,
                HasSubstr("/iceServers/0/credential"));
}

TEST(IceServers, wrong_uri_has_pointer_and_offset_within_it) {
    const Error error = error_of(R"({"iceServers": [{"urls": ["stun:a", "stun:b:x"]}]})");
    EXPECT_EQ(error.code, "uri.port");
    EXPECT_THAT(error.message, HasSubstr("/iceServers/0/urls/1"));
    EXPECT_EQ(error.byte_offset, 7U);
}

TEST(IceServers, nothing_to_use_is_an_error) {
    EXPECT_EQ(error_of(R"({"iceServers": []})").code, "ice-servers.empty");
    EXPECT_EQ(error_of(R"({"iceServers": [{"urls": []}]})").code, "ice-servers.empty");
}

TEST(IceServers, turn_needs_credentials) {
    EXPECT_EQ(error_of(R"({"iceServers": [{"urls": "turn:a"}]})").code, "ice-servers.credentials");
    const Error error = error_of(R"({"iceServers": [{"urls": "turn:a", "username": "u"}]})");
    EXPECT_EQ(error.code, "ice-servers.credentials");
    EXPECT_THAT(error.message, HasSubstr("\"credential\""));
}

TEST(IceServers, other_types_of_credential_are_refused_by_name) {
    EXPECT_EQ(error_of(R"({"iceServers": [{"urls": "turn:a", "username": "u", "credential": "c",
                           "credentialType": "certificate"}]})")
                  .code,
              "ice-servers.credential-type");
}

// RFC 7635 in the words of the W3C's RTCOAuthCredential.
TEST(IceServers, oauth_has_a_token_and_a_key) {
    const auto servers = parse_ice_servers(
        R"({"iceServers": [{"urls": "turn:a", "username": "kid", "credentialType": "oauth",
            "credential": {"macKey": "-_8", "accessToken": "AAH/gA=="}}]})");
    ASSERT_TRUE(servers) << servers.error().message;
    const IceServer& server = servers->front();
    EXPECT_FALSE(server.credential);
    ASSERT_TRUE(server.oauth);
    EXPECT_EQ(server.oauth->mac_key.reveal(), "\xfb\xff");
    EXPECT_EQ(server.oauth->access_token.reveal(), std::string_view("\0\1\xff\x80", 4));
}

TEST(IceServers, oauth_without_either_or_not_in_base64_is_an_error) {
    const auto code = [](const std::string& credential) {
        return error_of(R"({"iceServers": [{"urls": "turn:a", "username": "kid",
                            "credentialType": "oauth", "credential": )" +
                        credential + "}]}")
            .code;
    };
    EXPECT_EQ(code(R"("text")"), "json.shape");
    EXPECT_EQ(code(R"({"macKey": "AAAA"})"), "json.shape");
    EXPECT_EQ(code(R"({"accessToken": "AAAA"})"), "json.shape");
    for (const char* text : {"A", "AAAAA", "AA*A", "===", "AA AA"}) {
        EXPECT_EQ(code(R"({"macKey": "AAAA", "accessToken": ")" + std::string(text) + "\"}"),
                  "ice-servers.base64")
            << text;
    }
}

TEST(IceServers, url_with_other_credentials_is_not_the_same) {
    const auto servers = parse_ice_servers(R"({"iceServers": [
        {"urls": ["turn:a", "stun:a"], "username": "alice", "credential": "one"},
        {"urls": ["turn:b", "turn:a"], "username": "alice", "credential": "two"},
        {"urls": ["turn:a", "stun:a"], "username": "alice", "credential": "one"},
        {"urls": "turn:a", "username": "bob", "credential": "one"},
        {"urls": "turn:a", "username": "alice", "credentialType": "oauth",
         "credential": {"macKey": "AAAA", "accessToken": "AAAA"}},
        {"urls": "turn:a", "username": "alice", "credentialType": "oauth",
         "credential": {"macKey": "AAAA", "accessToken": "AAAA"}},
        {"urls": "turn:a", "username": "alice", "credentialType": "oauth",
         "credential": {"macKey": "AAAA", "accessToken": "BBBB"}},
        {"urls": ["turn:a?transport=tcp", "turn:a:3478"], "username": "bob", "credential": "x"}]})");
    ASSERT_TRUE(servers) << servers.error().message;
    std::vector<std::string> uris;
    std::vector<std::vector<std::size_t>> entries;
    for (const DistinctUrl& url : distinct_urls(*servers)) {
        uris.push_back(url.uri.to_string());
        entries.push_back(url.entries);
    }
    EXPECT_THAT(uris, testing::ElementsAre("turn:a", "stun:a", "turn:b", "turn:a?transport=tcp",
                                           "turn:a:3478"));
    EXPECT_EQ(entries,
              (std::vector<std::vector<std::size_t>>{{0, 1, 3, 4, 6}, {0}, {1}, {7}, {7}}));
    EXPECT_EQ(entry_pointer(3), "/iceServers/3");
}

TEST(IceServers, too_many_urls_are_refused) {
    std::string urls = R"("stun:a")";
    for (std::size_t i = 0; i < kMaxIceServerUrlCount; ++i)
        urls += R"(,"stun:a")";
    EXPECT_EQ(error_of(R"({"iceServers": [{"urls": [)" + urls + "]}]}").code,
              "ice-servers.too-many");
}

TEST(IceServers, errors_never_repeat_a_credential) {
    for (const char* json :
         {R"({"iceServers": [{"urls": "turn:a", "credential": "hunter2"}]})",
          R"({"iceServers": [{"urls": "turn:u:hunter2@a", "credential": "hunter2"}]})",
          R"({"iceServers": [{"urls": "turn:a", "credential": "hunter2", "username": 1}]})",
          R"({"iceServers": [{"urls": "turn:a", "credential": "hunter2)"}) {
        const Error error = error_of(json);
        EXPECT_THAT(error.message + error.hint, testing::Not(HasSubstr("hunter2"))) << json;
    }
}

TEST(IceServers, file_is_read) {
    const TemporaryFile file(R"({"iceServers": [{"urls": "stun:a"}]})");
    const auto servers = read_ice_servers(file.path());
    ASSERT_TRUE(servers) << servers.error().message;
    EXPECT_EQ((*servers)[0].urls[0].host, "a");
}

TEST(IceServers, file_errors_name_the_file) {
    const TemporaryFile empty("");
    const TemporaryFile large(std::string(kMaxIceServersBytes + 1, ' '));
    for (const std::string& path :
         {empty.path(), large.path(), std::string("/nonexistent/ice.json"), std::string("/")}) {
        const auto servers = read_ice_servers(path);
        ASSERT_FALSE(servers) << path;
        EXPECT_EQ(servers.error().culprit, Culprit::Usage);
        EXPECT_THAT(servers.error().message, HasSubstr('"' + path + '"'));
    }
    EXPECT_EQ(read_ice_servers("/").error().code, "ice-servers.file");
    EXPECT_THAT(read_ice_servers("/nonexistent/ice.json").error().message,
                HasSubstr("No such file or directory"));
    EXPECT_THAT(read_ice_servers("/").error().message, HasSubstr("Is a directory"));
}

}  // namespace
}  // namespace portolan::transport
