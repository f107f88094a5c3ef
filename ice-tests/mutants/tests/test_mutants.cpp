#include <gtest/gtest.h>

#include <set>
#include <string>

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

TEST(Mutants, set_holds_what_was_added) {
    const MutantSet set{Mutant::TlsPlaintext};
    EXPECT_TRUE(set.has(Mutant::TlsPlaintext));
    EXPECT_FALSE(set.has(Mutant::SecurityHttp));
    EXPECT_FALSE(find_mutant("rfc8656/7.2/no-such-check"));
}

}  // namespace
}  // namespace portolan::mutants
