#include <gtest/gtest.h>

#include <functional>

#include "reports/model/report.hpp"
#include "reports/model/tests/sample_report.hpp"

namespace portolan::report {
namespace {

struct Breach {
    const char* where;
    std::function<void(Report&)> make;
};

TEST(Validate, TheSampleIsValid) {
    const auto valid = validate(testing::sample_report());
    EXPECT_TRUE(valid) << valid.error().message;
}

TEST(Validate, EachBreachIsFoundWhereItIs) {
    const Breach breaches[] = {
        {"/tool/name", [](Report& r) { r.tool.name = ""; }},
        {"/tool/version", [](Report& r) { r.tool.version = ""; }},
        {"/started_at", [](Report& r) { r.started_at = Timestamp::max(); }},
        {"/duration_us", [](Report& r) { r.duration = std::chrono::microseconds(-1); }},
        {"/cut_off", [](Report& r) { r.cut_off = Reason("interrupted", "x"); }},
        {"/headline", [](Report& r) { r.headline = ""; }},
        {"/subject",
         [](Report& r) {
             r.subject["a"] = {{"b", 1}};
         }},
        {"/environment", [](Report& r) { r.environment = 1; }},
        {"/parameters", [](Report& r) { r.parameters = nullptr; }},
        {"/data", [](Report& r) { r.data = "x"; }},
        {"/evidence/1/id", [](Report& r) { r.evidence[1].id = "udp4.mapping"; }},
        {"/evidence/0/id", [](Report& r) { r.evidence[0].id = "a b"; }},
        {"/evidence/0/title", [](Report& r) { r.evidence[0].title = ""; }},
        {"/evidence/0/data", [](Report& r) { r.evidence[0].data = Json::array(); }},
        {"/sections/1/id", [](Report& r) { r.sections[1].id = r.sections[0].id; }},
        {"/sections/0/id", [](Report& r) { r.sections[0].id = ""; }},
        {"/sections/0/title", [](Report& r) { r.sections[0].title = ""; }},
        {"/sections/0/subject",
         [](Report& r) {
             r.sections[0].subject = {{"a", Json::array({Json::array()})}};
         }},
        {"/sections/0/findings/0/id", [](Report& r) { r.sections[0].findings[0].id = "?"; }},
        {"/sections/0/findings/0/title", [](Report& r) { r.sections[0].findings[0].title = ""; }},
        {"/sections/0/findings/0/evidence_ids",
         [](Report& r) { r.sections[0].findings[0].evidence_ids.clear(); }},
        {"/sections/0/findings/1/evidence_ids",
         [](Report& r) { r.sections[0].findings[1].evidence_ids[0] = "elsewhere"; }},
        {"/sections/0/findings/1/evidence_ids",
         [](Report& r) { r.sections[0].findings[1].evidence_ids[0] = "udp4.filtering.control"; }},
        {"/sections/0/findings/0/references",
         [](Report& r) { r.sections[0].findings[0].references[0].document = ""; }},
        {"/sections/0/findings/1/location/source",
         [](Report& r) { r.sections[0].findings[1].location->source = ""; }},
        {"/sections/0/findings/0/data", [](Report& r) { r.sections[0].findings[0].data = 1; }},
    };
    for (const auto& breach : breaches) {
        Report report = testing::sample_report();
        breach.make(report);
        const auto valid = validate(report);
        ASSERT_FALSE(valid) << breach.where;
        EXPECT_EQ(valid.error().code, "report.invariant");
        EXPECT_EQ(valid.error().message.rfind(std::string(breach.where) + ":", 0), 0U)
            << breach.where << " / " << valid.error().message;
        // The writer must not die of it either.
        EXPECT_TRUE(parse_json(to_json(report))) << breach.where;
    }
}

}  // namespace
}  // namespace portolan::report
