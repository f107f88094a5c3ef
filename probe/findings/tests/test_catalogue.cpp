#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "probe/discovery/server_check.hpp"
#include "probe/findings/catalogue.hpp"

namespace portolan::findings {
namespace {

TEST(Catalogue, HasEveryFindingAndEveryAuditCheckOnce) {
    const auto entries = catalogue();
    EXPECT_EQ(entries.size(), finding_table().size() + discovery::audit_check_table().size());
    std::set<std::string> ids;
    for (const auto& entry : entries) {
        EXPECT_TRUE(ids.insert(entry.id).second) << entry.id;
        EXPECT_FALSE(entry.title.empty()) << entry.id;
        EXPECT_FALSE(entry.explanation.empty()) << entry.id;
        EXPECT_FALSE(entry.references.empty()) << entry.id;
    }
    for (const FindingInfo& info : finding_table())
        EXPECT_TRUE(ids.contains(std::string(info.id))) << info.id;
    for (const auto& info : discovery::audit_check_table())
        EXPECT_TRUE(ids.contains(std::string(info.id))) << info.id;
}

/// --list shows how much a server owes each check.
TEST(Catalogue, AuditChecksSayWhatIsRequired) {
    const auto entries = catalogue();
    for (const auto& info : discovery::audit_check_table()) {
        const auto entry = std::find_if(entries.begin(), entries.end(),
                                        [&](const auto& each) { return each.id == info.id; });
        ASSERT_NE(entry, entries.end()) << info.id;
        EXPECT_EQ(entry->attributes,
                  std::vector<std::string>{std::string(report::to_string(info.requirement))});
        EXPECT_EQ(entry->explanation.front(), info.explanation);
        ASSERT_EQ(entry->references.size(), 1U);
        EXPECT_EQ(entry->references.front().document, info.document);
        EXPECT_EQ(entry->references.front().section, info.section);
    }
}

}  // namespace
}  // namespace portolan::findings
