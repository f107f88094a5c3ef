#include <algorithm>
#include <cassert>

#include "reports/cli/options.hpp"
#include "reports/cli/values.hpp"

// What was given, as its option says; options.cpp reads it from the words.
namespace portolan::cli {

bool Arguments::has(std::string_view option) const {
    assert(specs_.contains(option));
    return given_.contains(option);
}

std::vector<std::string> Arguments::texts(std::string_view option) const {
    const auto spec = specs_.find(option);
    assert(spec != specs_.end());
    if (spec == specs_.end()) return {};
    if (const auto values = given_.find(option); values != given_.end()) return values->second;
    if (spec->second.default_value.empty()) return {};
    return {spec->second.default_value};
}

std::string Arguments::text(std::string_view option) const {
    const auto values = texts(option);
    return values.empty() ? std::string() : values.back();
}

std::optional<std::int64_t> Arguments::count(std::string_view option) const {
    const std::string value = text(option);
    const auto spec = specs_.find(option);
    const auto* const range =
        spec == specs_.end() ? nullptr : std::get_if<Count>(&spec->second.kind);
    assert(range != nullptr);
    if (value.empty() || range == nullptr) return std::nullopt;
    const auto parsed = parse_count("--" + spec->first, value, range->min, range->max);
    return parsed ? std::optional(*parsed) : std::nullopt;
}

std::optional<std::chrono::microseconds> Arguments::duration(std::string_view option) const {
    const std::string value = text(option);
    const auto spec = specs_.find(option);
    const auto* const range =
        spec == specs_.end() ? nullptr : std::get_if<Duration>(&spec->second.kind);
    assert(range != nullptr);
    if (value.empty() || range == nullptr) return std::nullopt;
    const auto parsed = parse_duration("--" + spec->first, value, range->min, range->max);
    return parsed ? std::optional(*parsed) : std::nullopt;
}

report::Json Arguments::parameters() const {
    static constexpr std::string_view kPresentation[] = {"format", "output", "verbose", "quiet"};
    report::Json json = report::Json::object();
    if (!command_.empty()) json["command"] = command_;
    if (!positionals_.empty()) json["arguments"] = positionals_;
    for (const auto& [name, values] : given_) {
        if (std::find(std::begin(kPresentation), std::end(kPresentation), name) !=
            std::end(kPresentation)) {
            continue;
        }
        const OptionSpec& spec = specs_.find(name)->second;
        if (std::holds_alternative<Flag>(spec.kind)) {
            json[name] = true;
        } else if (spec.repeatable) {
            json[name] = values;
        } else if (std::holds_alternative<Count>(spec.kind)) {
            json[name] = count(name).value_or(0);
        } else {
            json[name] = values.back();
        }
    }
    if (seed_) json["seed"] = *seed_;
    return json;
}

}  // namespace portolan::cli
