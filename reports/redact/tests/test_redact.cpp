#include <gtest/gtest.h>

#include "reports/redact/redact.hpp"

namespace portolan::redact {
namespace {

constexpr const char* kSecretAddress = "81.2.69.142";

/// An address in every place that can hold one.
report::Report full() {
    const std::string address = kSecretAddress;
    report::Report out;
    out.tool = {"nat-probe", "1"};
    out.headline = "Seen as " + address + ".";
    out.cut_off = report::Reason("budget", "While asking " + address + ".");
    out.subject = {{"mapped", address + ":4711"}, {"by " + address, {address}}};
    out.environment = {{"interfaces", {{{"addresses", {address}}}}}};
    out.parameters = {{"stun", {"stun:" + address}}};
    out.data = {{"ledgers", address}};
    report::Finding finding{.id = "nat/mapping",
                            .title = "Mapping",
                            .verdict = report::Verdict::fail(
                                report::Reason("dependent", "It is " + address + " for one."))};
    finding.value = address;
    finding.summary = address;
    finding.advice = {"Ask " + address + "."};
    finding.location = report::Location{.source = address};
    finding.data = {{"reply_hex", "0101003c2112a442dc30f04c8f524e875f0bd38f"}, {"from", address}};
    finding.evidence_ids = {"probe." + address};
    report::Section section{.id = address, .title = address, .headline = address};
    section.subject = {{"local", address}};
    section.findings.push_back(finding);
    out.sections.push_back(section);
    out.evidence.push_back(
        {.id = "probe." + address,
         .title = "A probe to " + address,
         .data = {{"destination", address}},
         .lines = {address + " sees " + address, "  first reply:",
                   "  0018  00 01 d1 67 51 02 45 8e  XOR-MAPPED-ADDRESS", "  0020  c6 12"}});
    return out;
}

TEST(Redact, No_address_is_left_anywhere_and_the_report_is_still_one) {
    Pseudonyms pseudonyms;
    const report::Report out = redacted(full(), pseudonyms);
    const std::string json = report::to_json(out);
    EXPECT_EQ(json.find(kSecretAddress), std::string::npos) << json;
    EXPECT_EQ(json.find("5102458e"), std::string::npos);
    EXPECT_EQ(json.find("51 02 45 8e"), std::string::npos);
    EXPECT_EQ(json.find("dc30f04c"), std::string::npos);
    EXPECT_EQ(json.find("c6 12"), std::string::npos);
    const auto valid = report::validate(out);
    EXPECT_TRUE(valid) << valid.error().message;
    EXPECT_EQ(out.headline, "Seen as 198.18.0.1.");
    EXPECT_EQ(out.subject["mapped"], "198.18.0.1:4711");
    EXPECT_TRUE(out.data["redacted"].get<bool>());
}

TEST(Redact, Verdicts_ids_and_seeds_stay) {
    Pseudonyms pseudonyms;
    report::Report report = full();
    report.parameters["seed"] = "15295612807462416";
    report.parameters["digest"] = "0123456789abcdef";
    report.sections[0].findings[0].data["seed"] = "18446744073709551615";
    report.sections[0].findings[0].data["bytes"] = "184467440737095516150";
    const report::Report out = redacted(report, pseudonyms);
    EXPECT_EQ(out.parameters["digest"], "0123456789abcdef");
    EXPECT_EQ(out.sections[0].findings[0].data["seed"], "18446744073709551615");
    EXPECT_EQ(out.sections[0].findings[0].data["bytes"], "[bytes left out]");
    EXPECT_EQ(out.sections[0].findings[0].id, "nat/mapping");
    EXPECT_EQ(out.sections[0].findings[0].verdict.reason()->code(), "dependent");
    EXPECT_TRUE(out.sections[0].findings[0].verdict.is_fail());
}

}  // namespace
}  // namespace portolan::redact
