#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "reports/model/figure.hpp"
#include "reports/redact/redact.hpp"

namespace portolan::redact {
namespace {

/// A report that says so in one evidence's line, of a host with such interfaces.
report::Report saying(const std::string& line, const std::vector<std::string>& interfaces = {}) {
    report::Report out;
    for (const std::string& name : interfaces)
        out.environment["interfaces"].push_back({{"name", name}, {"addresses", {"10.1.1.1"}}});
    report::Evidence evidence{.id = "e", .title = "E"};
    evidence.lines = {line};
    out.evidence.push_back(evidence);
    return out;
}

std::string replaced(const std::string& line, const std::vector<std::string>& interfaces = {}) {
    NamePseudonyms names;
    names.learn(saying(line, interfaces));
    return names.replace_in(line);
}

TEST(NamePseudonyms, Hosts_of_URIs_are_replaced_wherever_they_stand) {
    EXPECT_EQ(replaced("turns:turn.corp.de:443?transport=tcp of turn.corp.de, not of "
                       "stun:Stun.Corp.de; TURN.CORP.DE. And turn.corp.dev"),
              "turns:host1.example:443?transport=tcp of host1.example, not of "
              "stun:host2.example; host1.example. And turn.corp.dev");
    EXPECT_EQ(replaced("https://portal.hotel.com:8080/login?room=12 of portal.hotel.com"),
              "https://host1.example:8080/... of host1.example");
    EXPECT_EQ(replaced("turn:corp.de through www.corp.de"),
              "turn:host1.example through www.host1.example");
}

TEST(NamePseudonyms, Addresses_and_forms_to_fill_in_are_no_names) {
    for (const char* line :
         {"turn:192.0.2.1:3478", "turn:[2001:db8::1]:3478", "turn:127.0.0.1 stun:host[:port]",
          "STUN: reachable", "stun:localhost", "8 of 9 over IPv4/IPv6 or UDP/TLS/RTP/SAVPF 24/7",
          "http://host1.example/..."}) {
        EXPECT_EQ(replaced(line), line);
    }
}

TEST(NamePseudonyms, Interfaces_are_known_by_the_environment) {
    EXPECT_EQ(replaced("IPv4 from eth0, by wg0 (a tunnel); lo, eth01, ipv4/eth0.run, fe80::1%wg0",
                       {"eth0", "wg0", "lo"}),
              "IPv4 from if1, by if2 (a tunnel); lo, eth01, ipv4/if1.run, fe80::1%if2");
    EXPECT_EQ(replaced("from eth0"), "from eth0") << "nobody said that this is a name";
}

TEST(NamePseudonyms, Files_keep_what_they_end_in) {
    EXPECT_EQ(replaced("cannot read \"/srv/joe/ice.json\": /srv/joe/ice.json:12:3: see "
                       "/srv/joe, ~/x.pem."),
              "cannot read \"file1.json\": file1.json:12:3: see file2, file3.pem.");
    report::Report report = saying("own.json is a file, and so is My Files/a b.sdp, 12");
    report.parameters = {{"ice-servers", "own.json"}, {"arguments", {"My Files/a b.sdp", "12"}}};
    NamePseudonyms names;
    names.learn(report);
    EXPECT_EQ(names.replace_in(report.evidence[0].lines[0]),
              "file4.json is a file, and so is file1.sdp, 12");
}

TEST(NamePseudonyms, Files_of_these_tools_are_known_by_what_they_end_in) {
    EXPECT_EQ(replaced("Fails in 2 of 3: acme/berlin.json and paris.json; see json, .json, 8.2"),
              "Fails in 2 of 3: file1.json and file2.json; see json, .json, 8.2");
}

TEST(NamePseudonyms, Saved_digests_name_their_folder_and_its_files) {
    report::Report report = saying("Fails in acme/berlin.json: see acme");
    report.parameters = {{"command", "merge"}, {"arguments", {"acme", "--format"}}};
    report.evidence[0].data = {
        {"figures", {{{"columns", {"berlin", "other"}}, {"title", "berlin and other"}}}}};
    Pseudonyms pseudonyms;
    const report::Report out = redacted(report, pseudonyms);
    EXPECT_EQ(out.evidence[0].lines[0].find("acme"), std::string::npos);
    EXPECT_EQ(out.evidence[0].data.dump().find("berlin"), std::string::npos);
    EXPECT_NE(out.evidence[0].data.dump().find("other"), std::string::npos);
    EXPECT_EQ(out.parameters["command"], "merge");
    EXPECT_EQ(out.parameters["arguments"][1], "--format");
}

TEST(NamePseudonyms, Names_that_nobody_resolves_are_names) {
    EXPECT_EQ(replaced("Its name does not exist (cannot resolve \"turn.corp.de\": no such name)"),
              "Its name does not exist (cannot resolve \"host1.example\": no such name)");
}

TEST(NamePseudonyms, Certificates_name_hosts) {
    const std::string it = "The name in the certificate does not match the expected. It is for ";
    const auto said = [&](const std::string& names) {
        const std::string out = replaced(it + names);
        EXPECT_TRUE(out.starts_with(it)) << out;
        return out.substr(std::min(it.size(), out.size()));
    };
    EXPECT_EQ(said("turn.corp.de, *.In.corp.de, f*.corp.de, mail, 192.0.2.7, 2001:db8::ab and "
                   "others); in.corp.de, mail"),
              "host1.example, *.host2.example, host3.example, host4.example, 192.0.2.7, "
              "2001:db8::ab and others); host2.example, host4.example");
    EXPECT_EQ(said("turn.corp.de, and for no address) and turn.corp.de, www.turn.corp.de"),
              "host1.example, and for no address) and host1.example, www.host1.example");
    EXPECT_EQ(said("turn.corp.de"), "host1.example");
    // What merged reports say behind it.
    EXPECT_EQ(said("turn.corp.de), in one, two and three"),
              "host1.example), in one, two and three");
    EXPECT_EQ(said("turn.corp.de, in one, two. In no call, and for none"),
              "host1.example, in one, two. In no call, and for none");
    EXPECT_EQ(replaced("It is for others, for whom nobody is."),
              "It is for others, for whom nobody is.");
}

TEST(NamePseudonyms, Transports_are_no_hosts) {
    report::Report report = saying("over udp, none");
    report.evidence[0].data = {{"calls", {{{"turn", "udp"}}, {{"turn", "none"}}}}};
    Pseudonyms pseudonyms;
    EXPECT_EQ(redacted(report, pseudonyms).evidence[0].lines[0], "over udp, none");
    report.evidence[0].data = {{"turn", "turn.corp.de:3478"}};
    report.evidence[0].lines = {"to turn.corp.de"};
    EXPECT_EQ(redacted(report, pseudonyms).evidence[0].lines[0], "to host1.example");
}

TEST(NamePseudonyms, Titles_say_whose_a_finding_is_in_parentheses) {
    report::Report report = saying("");
    report.sections.push_back(
        {.id = "s",
         .title = "S",
         .findings = {{.id = "relay/data",
                       .title = "Relay (turn:turn.corp.de:3478 over UDP, 198.51.7.9)",
                       .verdict = report::Verdict::pass()}}});
    Pseudonyms pseudonyms;
    const std::string title = redacted(report, pseudonyms).sections[0].findings[0].title;
    EXPECT_TRUE(title.starts_with("Relay (turn:host1.example:3478 over UDP, ")) << title;
    EXPECT_EQ(title.find("198.51.7.9"), std::string::npos);
}

TEST(NamePseudonyms, Equal_names_of_two_reports_have_equal_pseudonyms_and_the_first_ends) {
    NamePseudonyms names;
    names.learn(saying("from eth0 and eth1", {"eth0", "eth1"}));
    EXPECT_EQ(names.replace_in("eth0 eth1"), "if1 if2");
    names.learn(saying("from eth1 to eth2", {"eth1", "eth2"}));
    EXPECT_EQ(names.replace_in("eth0 eth1 eth2"), "eth0 if2 if3");
}

TEST(NamePseudonyms, Own_words_stay_although_somebody_is_called_so) {
    report::Report report = saying("a relay", {"relay", "kind", "answered"});
    report.evidence[0].data = report::Json::parse(
        R"({"figures": [{"kind": "ladder", "title": "from relay", "lanes": [{"name": "relay"}],
            "exchanges": [{"at_us": 1, "from": 0, "to": 0, "state": "answered"}]}]})");
    const report::Finding finding{
        .id = "relay/data",
        .title = "relay",
        .verdict = report::Verdict::fail(report::Reason("relay", "No relay."))};
    report.sections.push_back({.id = "s", .title = "S", .findings = {finding}});
    Pseudonyms pseudonyms;
    const report::Report out = redacted(report, pseudonyms);
    EXPECT_EQ(out.sections[0].findings[0].id, "relay/data");
    EXPECT_EQ(out.sections[0].findings[0].verdict.reason()->code(), "relay");
    EXPECT_EQ(out.sections[0].findings[0].verdict.reason()->sentence(), "No if1.");
    const auto figures = report::figures_of(out.evidence[0]);
    ASSERT_EQ(figures.size(), 1U);
    ASSERT_TRUE(figures[0]) << figures[0].error().message;
    EXPECT_EQ(figures[0]->title, "from if1");
}

TEST(NamePseudonyms, Long_texts_take_linear_time) {
    std::string line = "turn:a.b";
    for (int i = 0; i < 200'000; ++i)
        line += ".c";
    line += " /" + std::string(200'000, '/') + "x";
    EXPECT_FALSE(replaced(line).empty());
}

}  // namespace
}  // namespace portolan::redact
