#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>

#include "ice-tests/mutants/fails_too.hpp"
#include "ice-tests/mutants/mutant.hpp"
#include "reports/model/id.hpp"

namespace portolan::mutants {
namespace {

TEST(Mutants, table_follows_the_enum_and_ids_are_legal_and_unique) {
    std::set<std::string_view> seen;
    std::size_t position = 0;
    for (const MutantInfo& row : mutant_table()) {
        EXPECT_EQ(static_cast<std::size_t>(row.mutant), position++) << row.check_id;
        EXPECT_TRUE(report::is_legal_id(row.check_id)) << row.check_id;
        EXPECT_TRUE(seen.insert(row.check_id).second) << row.check_id;
        EXPECT_TRUE(row.misbehaviour.ends_with('.')) << row.check_id;
        EXPECT_EQ(find_mutant(row.check_id), row.mutant);
    }
}

TEST(Mutants, what_fails_too_is_another_check_or_the_server_itself) {
    std::set<Mutant> seen;
    for (const FailsToo& row : fails_too_table()) {
        EXPECT_TRUE(seen.insert(row.mutant).second) << row.ids;
        EXPECT_EQ(fails_too(row.mutant), row.ids);
        std::istringstream ids{std::string(row.ids)};
        std::size_t count = 0;
        for (std::string id; ids >> id; ++count) {
            EXPECT_NE(id, to_string(row.mutant));
            EXPECT_TRUE(id.starts_with("server/") || find_mutant(id)) << id;
        }
        EXPECT_GT(count, 0U);
    }
    EXPECT_EQ(fails_too(Mutant::SecurityHttp), "");
}

TEST(Mutants, set_holds_what_was_added) {
    const MutantSet set{Mutant::TlsPlaintext};
    EXPECT_TRUE(set.has(Mutant::TlsPlaintext));
    EXPECT_FALSE(set.has(Mutant::SecurityHttp));
    EXPECT_FALSE(find_mutant("rfc8656/7.2/no-such-check"));
}

}  // namespace
}  // namespace portolan::mutants
