#include <algorithm>

#include "nat-sim/behavior/presets/preset.hpp"
#include "reports/cli/files.hpp"
#include "reports/cli/suggest.hpp"
#include "reports/render/escape.hpp"

namespace portolan::nat {
namespace {

/// More than parse_preset() takes, so that it can say by how much a file is too large.
constexpr std::size_t kMaxReadBytes = std::size_t{2} << 20U;

bool names(const Preset& preset, std::string_view name) {
    return preset.name == name ||
           std::find(preset.aliases.begin(), preset.aliases.end(), name) != preset.aliases.end();
}

std::vector<std::string> all_names() {
    std::vector<std::string> out;
    for (const Preset& preset : built_in_presets()) {
        out.push_back(preset.name);
        out.insert(out.end(), preset.aliases.begin(), preset.aliases.end());
    }
    return out;
}

std::string shown(std::string_view text) {
    return "'" + render::escape_for_terminal(std::string(text.substr(0, 160))) + "'";
}

bool is_path(const std::string& text) {
    return text.find('/') != std::string::npos || text.ends_with(".json");
}

}  // namespace

const std::vector<Preset>& built_in_presets() {
    static const std::vector<Preset> presets = [] {
        std::vector<Preset> out;
        for (const PresetFile& file : preset_files()) {
            // That every file parses is a test; a defect here leaves the preset out.
            if (auto preset = parse_preset(file.text)) out.push_back(std::move(*preset));
        }
        std::sort(out.begin(), out.end(),
                  [](const Preset& a, const Preset& b) { return a.name < b.name; });
        return out;
    }();
    return presets;
}

Result<Preset> find_preset(std::string_view name) {
    for (const Preset& preset : built_in_presets()) {
        if (names(preset, name)) return preset;
    }
    const auto candidates = all_names();
    // Within a sentence a name such as "none" or "open" would be read as a word of it.
    std::string hint;
    if (const auto near = cli::nearest(name, candidates)) hint = "did you mean \"" + *near + "\"?";
    if (hint.empty()) hint = "nat-sim presets lists them; a file is given as ./my-nat.json";
    return Error{Culprit::Usage, "preset.unknown", "there is no preset " + shown(name), {}, hint};
}

Result<Preset> load_preset(const std::string& name_or_path) {
    if (!is_path(name_or_path)) return find_preset(name_or_path);
    const auto text = cli::read_file(name_or_path, kMaxReadBytes, "preset.file");
    if (!text) return text.error();
    auto preset = parse_preset(*text);
    if (!preset) {
        Error error = std::move(preset).error();
        error.message = shown(name_or_path) + ": " + error.message;
        return error;
    }
    if (auto boxes = boxes_of(*preset); !boxes) {
        Error error = std::move(boxes).error();
        error.message = shown(name_or_path) + ": " + error.message;
        return error;
    }
    return preset;
}

Result<std::vector<Preset>> boxes_of(const Preset& preset) {
    if (!preset.is_chain()) return std::vector<Preset>{preset};
    std::vector<Preset> out;
    for (std::size_t i = 0; i < preset.boxes.size(); ++i) {
        auto box = find_preset(preset.boxes[i]);
        if (!box) {
            Error error = std::move(box).error();
            error.message = "/boxes/" + std::to_string(i) + ": " + error.message;
            return error;
        }
        if (box->is_chain()) {
            return Error{Culprit::Usage, "preset.shape",
                         "/boxes/" + std::to_string(i) + " names a chain; name its boxes instead"};
        }
        out.push_back(std::move(*box));
    }
    return out;
}

}  // namespace portolan::nat
