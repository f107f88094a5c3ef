#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nat-sim/behavior/parameters.hpp"
#include "reports/model/json.hpp"
#include "reports/model/result.hpp"

namespace portolan::nat {

inline constexpr std::string_view kPresetSchema = "portolan.nat-preset/1";

/// Who saw that behaviour where.
struct PresetEvidence {
    std::string seen;    ///< what, one sentence
    std::string source;  ///< document and place
};

/// A requirement that this NAT breaks because it is what it is.
struct ExpectedViolation {
    std::string check_id;  ///< "rfc4787/req-1"
    std::string why;       ///< one sentence
};

/// A NAT with a name, or a chain of them.
struct Preset {
    std::string name;     ///< permanent; lower-case words joined by "-"
    std::string summary;  ///< one sentence for people
    std::vector<std::string> aliases = {};
    std::vector<std::string> boxes = {};  ///< of a chain: presets, from the hosts outwards
    Parameters parameters = {};           ///< of a single box
    report::Json parameter_document = report::Json::object();  ///< what differs from the defaults
    std::vector<PresetEvidence> evidence = {};
    bool carrier_grade = false;        ///< RFC 6888 applies
    bool declares_violations = false;  ///< `violates` is there, if only as an empty list
    std::vector<ExpectedViolation> violates = {};

    bool is_chain() const { return !boxes.empty(); }
};

/// Reads one preset file. Usage errors: "json.*" for bad syntax, with the byte offset;
/// "preset.shape" for a wrong or unknown member and "nat.parameter" for a wrong parameter, both
/// with the JSON pointer; "preset.size" for a file above 256 KiB, which no preset is.
Result<Preset> parse_preset(std::string_view text);

/// The presets that come with the program, by name. They are inside it: no file is read.
const std::vector<Preset>& built_in_presets();

/// By name or alias. Usage error "preset.unknown" with the nearest name as hint.
Result<Preset> find_preset(std::string_view name);

/// A name or alias; or, where it has a "/" or ends in ".json", a file. Errors of a file's content
/// name the file.
Result<Preset> load_preset(const std::string& name_or_path);

/// The boxes of a chain, from the hosts outwards; the preset itself when it is a single box.
Result<std::vector<Preset>> boxes_of(const Preset& preset);

/// JSON Schema (2020-12) of preset files, derived from the parameter table. The shipped
/// schema/nat-preset.schema.json is this, word for word.
report::OrderedJson preset_schema();

/// The texts that the program carries: file stem and content, by name.
struct PresetFile {
    std::string_view stem;
    std::string_view text;
};
const std::vector<PresetFile>& preset_files();

}  // namespace portolan::nat
