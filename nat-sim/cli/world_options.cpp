#include "nat-sim/cli/world_options.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "nat-sim/behavior/parameter_table.hpp"
#include "nat-sim/behavior/presets/preset.hpp"
#include "nat-sim/scenario/nat_choice.hpp"
#include "nat-sim/scenario/words.hpp"
#include "reports/cli/output.hpp"
#include "reports/cli/suggest.hpp"

namespace portolan::nat_sim {

namespace {

Error cannot_write(const std::string& option, const std::string& path, const std::string& why) {
    return {.culprit = Culprit::Environment,
            .code = "output",
            .message = option + ": cannot write " + path + ": " + why};
}

}  // namespace

std::vector<cli::OptionSpec> recording_options() {
    return {
        {.name = "pcap",
         .help = "Folder for packet captures, inside and outside of each NAT, for tshark and the "
                 "like. It is made if it is not there.",
         .kind = cli::Text{"DIR"}},
        {.name = "events",
         .help = "File for the decisions of the NATs, one JSON object a line: the packet before "
                 "and after, what was done with it, why, and the requirement behind it.",
         .kind = cli::Text{"FILE"}},
    };
}

cli::OptionSpec family_option() {
    return {.name = "family",
            .help = "Which addresses the hosts have.",
            .kind = cli::Choice{{"4", "6", "both"}},
            .default_value = "4"};
}

cli::OptionSpec set_option() {
    return {.name = "set",
            .help =
                "A NAT parameter in place of the presets' own, for instance hairpin=off or "
                "filtering/udp=endpoint-independent. nat-sim presets --parameters lists them.",
            .kind = cli::Text{"NAME=VALUE"},
            .repeatable = true};
}

Result<Recording> Recording::open(const cli::Arguments& arguments) {
    Recording out;
    for (const char* option : {"pcap", "events"}) {
        if (!arguments.has(option)) continue;
        const std::string path = arguments.text(option);
        if (!path.empty() && path != "-") continue;
        // Standard output is the report's.
        return Error{.culprit = Culprit::Usage,
                     .code = "value",
                     .message = "--" + std::string(option) + ": \"" + path + "\" is no path",
                     .hint = path.empty() ? "" : "what is written there needs a file of its own"};
    }
    if (arguments.has("pcap")) {
        out.folder_ = arguments.text("pcap");
        std::error_code error;
        std::filesystem::create_directories(out.folder_, error);
        if (error) return cannot_write("--pcap", out.folder_, error.message());
        if (!std::filesystem::is_directory(out.folder_, error)) {
            return cannot_write("--pcap", out.folder_, "it is not a folder");
        }
    }
    if (arguments.has("events")) {
        out.events_path_ = arguments.text("events");
        if (auto writable = cli::check_output(out.events_path_); !writable) {
            return writable.error();
        }
        out.lines_ = std::make_shared<std::string>();
    }
    return out;
}

scenario::CallOptions Recording::options() {
    scenario::CallOptions out;
    out.capture = !folder_.empty();
    if (lines_) {
        out.on_nat_event = [lines = lines_](const std::string& line) { *lines += line + "\n"; };
    }
    return out;
}

Result<void> Recording::write(const std::vector<scenario::CaptureFile>& captures) const {
    for (const scenario::CaptureFile& capture : captures) {
        const std::string path = folder_ + "/" + capture.name;
        std::ofstream file(path, std::ios::binary | std::ios::trunc);
        file.write(reinterpret_cast<const char*>(capture.bytes.data()),
                   static_cast<std::streamsize>(capture.bytes.size()));
        file.close();
        if (!file) return cannot_write("--pcap", path, std::strerror(errno));
    }
    if (lines_) return cli::write_output(*lines_, events_path_);
    return {};
}

Families families_of(const cli::Arguments& arguments) {
    const std::string family = arguments.text("family");
    return {family != "6", family != "4"};
}

Result<report::Json> parameters_of(const cli::Arguments& arguments) {
    report::Json out = report::Json::object();
    for (const std::string& setting : arguments.texts("set")) {
        const std::size_t equals = setting.find('=');
        std::string name = setting.substr(0, equals);
        if (equals == std::string::npos || name.empty()) {
            return Error{Culprit::Usage, "value", "--set: \"" + setting + "\" is not NAME=VALUE"};
        }
        if (name.front() != '/') name.insert(0, "/");
        std::vector<std::string> names;
        for (const nat::ParameterRow& row : nat::parameter_table())
            names.emplace_back(row.pointer.substr(1));
        if (std::find(names.begin(), names.end(), name.substr(1)) == names.end()) {
            return Error{.culprit = Culprit::Usage,
                         .code = "value",
                         .message = "--set: there is no parameter " + name,
                         .hint = cli::did_you_mean(name.substr(1), names)};
        }
        const std::string text = setting.substr(equals + 1);
        auto value = report::Json::parse(text, nullptr, false);
        if (value.is_discarded()) value = text;
        out[report::Json::json_pointer(name)] = std::move(value);
    }
    return out;
}

Result<void> check_settings(const std::vector<std::string>& presets,
                            const report::Json& parameters) {
    if (parameters.empty()) return {};
    for (const std::string& preset : presets) {
        if (preset == scenario::kInternet) continue;
        const auto boxes = scenario::resolve_nat({.preset = preset, .parameters = parameters});
        if (boxes) continue;
        Error error = boxes.error();
        constexpr std::string_view kPrefix = "NAT parameter ";
        if (error.message.starts_with(kPrefix)) error.message.erase(0, kPrefix.size());
        error.message = "--set, with " + preset + ": " + error.message;
        return error;
    }
    return {};
}

Result<void> check_different(const std::string& option, const std::vector<std::string>& values) {
    for (auto value = values.begin(); value != values.end(); ++value) {
        if (std::find(values.begin(), value, *value) == value) continue;
        return Error{.culprit = Culprit::Usage,
                     .code = "value",
                     .message = option + ": " + *value + " is given twice"};
    }
    return {};
}

Result<void> check_preset(const std::string& option, const std::string& name) {
    if (name == scenario::kInternet) return {};
    const auto preset = nat::load_preset(name);
    if (preset) return {};
    Error error = preset.error();
    error.message = option + ": " + error.message;
    return error;
}

}  // namespace portolan::nat_sim
