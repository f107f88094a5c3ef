#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "reports/cli/catalogue.hpp"
#include "reports/cli/tests/sample_tool.hpp"

namespace portolan::cli {
namespace {

using Positions = std::vector<std::size_t>;
using Words = std::vector<std::string>;

const Words kIds{
    "rfc8656/7.2/lifetime", "rfc8656/7.2/transport", "rfc8656/7.20/other", "IC011", "IC018",
    "nat.mapping"};

TEST(Select, NothingAskedIsEverything) {
    EXPECT_EQ(*select_by_prefix(kIds, Words{}), (Positions{0, 1, 2, 3, 4, 5}));
}

TEST(Select, PrefixesEndAtWordsWhereTheyCan) {
    EXPECT_EQ(*select_by_prefix(kIds, Words{"rfc8656/7.2"}), (Positions{0, 1}));
    EXPECT_EQ(*select_by_prefix(kIds, Words{"rfc8656/7"}), (Positions{0, 1, 2}));
    EXPECT_EQ(*select_by_prefix(kIds, Words{"rfc8656/7.2/"}), (Positions{0, 1}));
    EXPECT_EQ(*select_by_prefix(kIds, Words{"IC01"}), (Positions{3, 4}));
    EXPECT_EQ(*select_by_prefix(kIds, Words{"IC018"}), (Positions{4}));
    EXPECT_EQ(*select_by_prefix(kIds, Words{"nat", "IC011", "nat.mapping"}), (Positions{3, 5}));
}

TEST(Select, WhatSelectsNothingIsAUsageError) {
    for (const char* prefix : {"IC02", "rfc8657", "ic018", "", "mapping"}) {
        const auto selected = select_by_prefix(kIds, Words{"IC018", prefix});
        ASSERT_FALSE(selected) << prefix;
        EXPECT_EQ(selected.error().culprit, Culprit::Usage);
        EXPECT_EQ(selected.error().code, "unknown-id");
    }
    EXPECT_EQ(select_by_prefix(kIds, Words{"IC019"}).error().hint, "did you mean IC011?");
    EXPECT_EQ(select_by_prefix(kIds, Words{"zzz"}).error().hint, "--list shows every id");
    EXPECT_FALSE(select_by_prefix(Words{}, Words{}));
}

TEST(Catalogue, ListIsAlignedTextOrJson) {
    const auto entries = testing::sample_tool().catalogue();
    EXPECT_EQ(list_catalogue(entries, render::Format::Text),
              "nat.mapping    Mapping    decides\nnat.filtering  Filtering\n");
    const auto json = report::parse_json(list_catalogue(entries, render::Format::Json));
    ASSERT_TRUE(json);
    EXPECT_EQ((*json)[0]["id"], "nat.mapping");
    EXPECT_EQ((*json)[0]["references"][0]["section"], "4.1");
}

TEST(Catalogue, PartsAreJoinedInOrderAndMadeWhenAskedFor) {
    int made = 0;
    const auto part = [&made](const char* id) {
        return [&made, id] {
            ++made;
            return std::vector<CatalogueEntry>{{.id = id, .title = "Title"}};
        };
    };
    const Catalogue both = joined({part("b"), part("a")});
    EXPECT_EQ(made, 0);
    const auto entries = both();
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[0].id + entries[1].id, "ba");
    EXPECT_EQ(made, 2);
}

TEST(Catalogue, ExplainFindsWholeIdsInAnyCase) {
    const auto entries = testing::sample_tool().catalogue();
    EXPECT_EQ(*explain(entries, "nat.mapping", render::Format::Text, 80),
              "nat.mapping: Mapping\n\nWhether the same public port is used for every peer.\n\n"
              "References:\n  RFC 4787, section 4.1\n");
    EXPECT_EQ(*explain(entries, "NAT.Mapping", render::Format::Text, 80),
              *explain(entries, "nat.mapping", render::Format::Text, 80));
    EXPECT_FALSE(explain(entries, "nat", render::Format::Text, 80));
    const auto missing = explain(entries, "nat.maping", render::Format::Text, 80);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().message, "there is no id 'nat.maping'");
    EXPECT_EQ(missing.error().hint, "did you mean nat.mapping?");
}

TEST(Catalogue, ExplainTakesNamesAsWell) {
    const std::vector<CatalogueEntry> entries = {
        {.id = "IC003", .title = "Length", .name = "ufrag-length"},
        {.id = "MS012", .title = "Plan B", .name = "plan-b"},
        {.id = "ZZ001", .title = "Nameless"}};
    const auto text = [&](const char* word) {
        return explain(entries, word, render::Format::Text, 80);
    };
    const auto hint = [&](const char* word) {
        const auto told = text(word);
        return told ? "found" : told.error().hint;
    };
    for (const char* word : {"IC003", "ic003", "ufrag-length", "UFRAG-Length"})
        EXPECT_EQ(*text(word), "IC003: Length\n") << word;
    EXPECT_EQ(hint("ufrag-lenght"), "did you mean ufrag-length (IC003)?");
    EXPECT_EQ(hint("plan"), "did you mean plan-b (MS012)?");
    EXPECT_EQ(hint("ic0003"), "did you mean ufrag-length (IC003)?");
    EXPECT_EQ(hint("ZZ0001"), "did you mean ZZ001?");
    EXPECT_EQ(hint("marzipan-on-toast"), "--list shows every id");
    EXPECT_EQ(hint(""), "--list shows every id");
}

}  // namespace
}  // namespace portolan::cli
