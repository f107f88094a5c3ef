#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>

#include "nat-sim/behavior/parameter_table.hpp"
#include "nat-sim/behavior/presets/preset.hpp"

namespace portolan::nat {
namespace {

using report::Json;
using testing::Contains;
using testing::HasSubstr;

const std::string kFolder = PORTOLAN_SOURCE_DIR "/nat-sim/behavior/presets/";

std::string error_of(const std::string& text) {
    const auto preset = parse_preset(text);
    return preset ? "no error" : full_code(preset.error()) + ": " + preset.error().message;
}

std::string minimal(const std::string& rest) {
    return R"({"schema": "portolan.nat-preset/1", "name": "mine", "summary": "Mine.")" + rest + "}";
}

std::string file_text(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Presets, every_file_parses_and_is_named_as_its_file) {
    ASSERT_GE(preset_files().size(), 40U);
    for (const PresetFile& file : preset_files()) {
        const auto preset = parse_preset(file.text);
        ASSERT_TRUE(preset) << file.stem << ": " << preset.error().message;
        EXPECT_EQ(preset->name, file.stem);
        EXPECT_TRUE(preset->summary.ends_with(".")) << file.stem;
        EXPECT_FALSE(preset->evidence.empty()) << file.stem << " cites nobody";
    }
    EXPECT_EQ(built_in_presets().size(), preset_files().size());
}

TEST(Presets, names_and_aliases_are_unique) {
    std::set<std::string> seen;
    for (const Preset& preset : built_in_presets()) {
        EXPECT_TRUE(seen.insert(preset.name).second) << preset.name;
        for (const auto& alias : preset.aliases)
            EXPECT_TRUE(seen.insert(alias).second) << alias;
    }
}

TEST(Presets, permanent_names_are_there) {
    for (const char* name :
         {"eim-eif",      "eim-adf",      "eim-apdf",        "adm-eif",
          "adm-adf",      "adm-apdf",     "apdm-eif",        "apdm-adf",
          "apdm-apdf",    "linux-masq",   "linux-masq-open", "linux-masq-range",
          "linux-random", "freebsd-pf",   "fullcone-ct",     "easyaf",
          "home-generic", "corp-fw",      "fortigate-fpr",   "aws-natgw",
          "azure-natgw",  "gcp-cloudnat", "vpp-ed",          "tnsr-ei",
          "junos-mx",     "cgn-rfc6888",  "cgn-cell-sym",    "ec2-1to1",
          "nat444",       "nat64-mobile", "udp-blocked",     "udp-tcp-in-blocked",
          "http-only",    "open",         "ipv6-firewall",   "nptv6",
          "pion-vnet",    "natlab-easy",  "natlab-hard",     "libwebrtc-cone"}) {
        EXPECT_TRUE(find_preset(name)) << name;
    }
}

TEST(Presets, only_parameters_that_differ_from_the_defaults_are_written) {
    for (const Preset& preset : built_in_presets()) {
        for (const ParameterRow& row : parameter_table()) {
            const Json::json_pointer pointer{std::string(row.pointer)};
            if (!preset.parameter_document.contains(pointer)) continue;
            EXPECT_NE(preset.parameter_document[pointer], row.default_value())
                << preset.name << row.pointer;
        }
    }
}

TEST(Presets, the_nine_combinations_are_what_their_names_say) {
    using M = MappingRule;
    using F = FilteringRule;
    const std::pair<const char*, M> mappings[] = {{"eim", M::EndpointIndependent},
                                                  {"adm", M::AddressDependent},
                                                  {"apdm", M::AddressAndPortDependent}};
    const std::pair<const char*, F> filterings[] = {{"eif", F::EndpointIndependent},
                                                    {"adf", F::AddressDependent},
                                                    {"apdf", F::AddressAndPortDependent}};
    for (const auto& [mapping, mapping_rule] : mappings) {
        for (const auto& [filtering, filtering_rule] : filterings) {
            const auto preset = find_preset(std::string(mapping) + "-" + filtering);
            ASSERT_TRUE(preset);
            EXPECT_EQ(preset->parameters.mapping.udp, mapping_rule);
            EXPECT_EQ(preset->parameters.mapping.tcp, mapping_rule);
            EXPECT_EQ(preset->parameters.filtering.udp, filtering_rule);
            EXPECT_EQ(preset->parameters.filtering.tcp, filtering_rule);
            EXPECT_EQ(preset->parameters.filtering.icmp, filtering_rule);
        }
    }
}

TEST(Presets, aliases_find_the_preset) {
    EXPECT_EQ(find_preset("full cone")->name, "eim-eif");
    EXPECT_EQ(find_preset("symmetric")->name, "apdm-apdf");
    EXPECT_EQ(find_preset("port-restricted-cone")->name, "eim-apdf");
}

TEST(Presets, an_unknown_name_gets_the_nearest_one) {
    const auto preset = find_preset("linux-mask");
    ASSERT_FALSE(preset);
    EXPECT_EQ(full_code(preset.error()), "usage.preset.unknown");
    EXPECT_THAT(preset.error().hint, HasSubstr("linux-masq"));
    EXPECT_THAT(find_preset("zzzzzzzzz").error().hint, HasSubstr("nat-sim presets"));
}

TEST(Presets, a_chain_names_boxes_that_are_none) {
    for (const Preset& preset : built_in_presets()) {
        const auto boxes = boxes_of(preset);
        ASSERT_TRUE(boxes) << preset.name << ": " << boxes.error().message;
        EXPECT_EQ(boxes->size(), preset.is_chain() ? preset.boxes.size() : 1U);
    }
    const auto nested = parse_preset(minimal(R"(, "boxes": ["nat444", "eim-eif"])"));
    ASSERT_TRUE(nested);
    EXPECT_THAT(boxes_of(*nested).error().message, HasSubstr("/boxes/0 names a chain"));
    const auto unknown = parse_preset(minimal(R"(, "boxes": ["eim-eif", "eim-eiff"])"));
    ASSERT_TRUE(unknown);
    EXPECT_THAT(boxes_of(*unknown).error().message, HasSubstr("/boxes/1"));
    EXPECT_THAT(boxes_of(*unknown).error().hint, HasSubstr("eim-eif"));
}

TEST(Presets, bad_files_are_refused_with_their_place) {
    EXPECT_THAT(error_of(""), HasSubstr("usage.json"));
    EXPECT_THAT(error_of("[]"), HasSubstr("usage.json.shape"));
    EXPECT_THAT(error_of(std::string(1 << 20, 'x')), HasSubstr("usage.preset.size"));
    EXPECT_THAT(error_of(minimal("")), HasSubstr("needs /parameters"));
    EXPECT_THAT(error_of(minimal(R"(, "parameters": {}, "boxes": ["open", "open"])")),
                HasSubstr("/boxes: excludes /parameters"));
    EXPECT_THAT(error_of(minimal(R"(, "boxes": ["open"])")), HasSubstr("/boxes"));
    EXPECT_THAT(error_of(minimal(R"(, "parametres": {})")), HasSubstr("/parametres"));
    EXPECT_THAT(error_of(minimal(R"(, "parameters": {"mapping": {"udpp": "x"}})")),
                HasSubstr("/parameters/mapping/udpp"));
    EXPECT_THAT(error_of(minimal(R"(, "parameters": {"mapping": {"udp": "symmetric"}})")),
                HasSubstr("/parameters/mapping/udp: must be endpoint-independent"));
    EXPECT_THAT(error_of(minimal(R"(, "parameters": {"port_allocation": {"overlap": true}})")),
                HasSubstr("/parameters/port_allocation/overlap"));
    EXPECT_THAT(error_of(minimal(R"(, "parameters": 7)")), HasSubstr("/parameters: must be"));
    EXPECT_THAT(error_of(minimal(R"(, "parameters": {}, "evidence": [{"seen": "x"}])")),
                HasSubstr("/evidence/0: must have \"source\""));
    EXPECT_THAT(error_of(minimal(R"(, "parameters": {}, "violates": {"a b": "x"})")),
                HasSubstr("/violates"));
    EXPECT_THAT(error_of(R"({"schema": "portolan.nat-preset/2"})"), HasSubstr("/schema"));
    EXPECT_THAT(
        error_of(R"({"schema": "portolan.nat-preset/1", "name": "My NAT", "summary": "x"})"),
        HasSubstr("/name"));
}

TEST(Presets, a_file_is_read_by_path_and_named_in_errors) {
    const auto preset = load_preset(kFolder + "home-generic.json");
    ASSERT_TRUE(preset) << preset.error().message;
    EXPECT_EQ(preset->name, "home-generic");
    EXPECT_THAT(load_preset("./no-such.json").error().message, HasSubstr("no-such.json"));
    EXPECT_THAT(load_preset(kFolder).error().message, HasSubstr("cannot read \"" + kFolder));
    const auto wrong = load_preset(kFolder + "schema/nat-preset.schema.json");
    ASSERT_FALSE(wrong);
    EXPECT_THAT(wrong.error().message, HasSubstr("nat-preset.schema.json'"));
}

TEST(Presets, the_shipped_schema_is_the_one_that_the_parameter_table_gives) {
    EXPECT_EQ(file_text(kFolder + "schema/nat-preset.schema.json"), preset_schema().dump(2) + "\n");
}

}  // namespace
}  // namespace portolan::nat
