#include <algorithm>
#include <array>

#include "nat-sim/behavior/parameter_table.hpp"
#include "nat-sim/behavior/presets/preset.hpp"
#include "reports/cli/suggest.hpp"
#include "reports/model/id.hpp"
#include "reports/model/json_reader.hpp"
#include "reports/render/escape.hpp"

namespace portolan::nat {
namespace {

using report::Json;
using report::JsonReader;

constexpr std::size_t kMaxPresetBytes = std::size_t{256} << 10U;

Error shape(const std::string& pointer, const std::string& problem, std::string hint = {}) {
    return {Culprit::Usage,
            "preset.shape",
            (pointer.empty() ? "the document" : pointer) + " " + problem,
            {},
            std::move(hint)};
}

/// RFC 6901 s3, and nothing in it that could steer a terminal.
std::string pointer_to(const std::string& key) {
    std::string out = "/";
    for (const char c : render::escape_for_terminal(key.substr(0, report::kMaxIdBytes))) {
        if (c == '~') {
            out += "~0";
        } else if (c == '/') {
            out += "~1";
        } else {
            out += c;
        }
    }
    return out;
}

Result<void> check_members(const Json& document) {
    static const std::vector<std::string> kMembers = {
        "schema",     "name",     "summary",  "aliases", "boxes",
        "parameters", "evidence", "violates", "$schema", "carrier_grade"};
    for (const auto& [key, value] : document.items()) {
        if (std::find(kMembers.begin(), kMembers.end(), key) != kMembers.end()) continue;
        std::string hint = cli::did_you_mean(key, kMembers);
        if (hint.empty()) hint = "known are " + cli::join_or(kMembers);
        return shape(pointer_to(key), "is no member of a preset", hint);
    }
    return {};
}

std::vector<std::string> read_strings(const JsonReader& list) {
    std::vector<std::string> out;
    list.each([&](const JsonReader& entry) { out.push_back(entry.non_empty_string()); });
    return out;
}

void read_evidence(const JsonReader& list, Preset& preset) {
    list.each([&](const JsonReader& entry) {
        preset.evidence.push_back(
            {entry.member("seen").non_empty_string(), entry.member("source").non_empty_string()});
    });
}

void read_violations(const JsonReader& object, Preset& preset) {
    const Json members = object.object();
    for (const auto& [key, value] : members.items()) {
        if (!report::is_legal_id(key)) {
            object.fail("has a key that is no id of a check");
            return;
        }
        preset.violates.push_back({key, object.member(key).non_empty_string()});
    }
}

/// The parameter reader counts pointers from its own document; here they start one level up.
Error relocated(Error error) {
    constexpr std::string_view kPrefix = "NAT parameter ";
    if (error.message.compare(0, kPrefix.size(), kPrefix) == 0) {
        std::string rest = error.message.substr(kPrefix.size());
        constexpr std::string_view kDocument = "document";
        if (rest.compare(0, kDocument.size(), kDocument) == 0) rest.erase(0, kDocument.size());
        error.message = render::escape_for_terminal("/parameters" + rest);
    }
    if (error.hint.empty()) error.hint = "nat-sim presets --parameters lists what there is";
    return error;
}

bool is_legal_name(const std::string& name) {
    return report::is_legal_code(name) && name.find('.') == std::string::npos;
}

}  // namespace

Result<Preset> parse_preset(std::string_view text) {
    if (text.size() > kMaxPresetBytes) {
        return Error{Culprit::Usage, "preset.size",
                     "is larger than 256 KiB, which no preset is: " + std::to_string(text.size()) +
                         " bytes"};
    }
    auto document = report::parse_json(text);
    if (!document) return std::move(document).error();
    std::optional<Error> problem;
    const JsonReader reader(*document, problem);
    reader.object();
    if (problem) return *problem;
    if (auto known = check_members(*document); !known) return known.error();

    Preset preset;
    if (const auto schema = reader.member("schema"); schema.string() != kPresetSchema) {
        schema.fail("must be \"" + std::string(kPresetSchema) + "\"");
    }
    const auto name = reader.member("name");
    preset.name = name.non_empty_string();
    if (!problem && !is_legal_name(preset.name)) {
        name.fail("must be lower-case words and digits joined by \"-\"");
    }
    preset.summary = reader.member("summary").non_empty_string();
    if (const auto aliases = reader.find("aliases")) preset.aliases = read_strings(*aliases);
    if (const auto evidence = reader.find("evidence")) read_evidence(*evidence, preset);
    if (const auto carrier = reader.find("carrier_grade")) {
        preset.carrier_grade = carrier->boolean();
    }
    if (const auto violates = reader.find("violates")) {
        preset.declares_violations = true;
        read_violations(*violates, preset);
    }
    const auto boxes = reader.find("boxes");
    if (boxes) preset.boxes = read_strings(*boxes);
    const auto parameters = reader.find("parameters");
    if (!problem && parameters && boxes) {
        boxes->fail("excludes /parameters: a chain has those of its boxes");
    }
    if (!problem && !parameters && !boxes) {
        return shape("", "needs /parameters, or /boxes for a chain");
    }
    if (!problem && boxes && (preset.boxes.size() < 2 || preset.boxes.size() > 8)) {
        boxes->fail("must name two to eight presets");
    }
    if (problem) return *problem;
    if (parameters) {
        auto parsed = parse_parameters(parameters->raw());
        if (!parsed) return relocated(std::move(parsed).error());
        preset.parameters = std::move(*parsed);
        preset.parameter_document = parameters->raw();
    }
    return preset;
}

}  // namespace portolan::nat
