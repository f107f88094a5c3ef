#include "sdp-lint/cli/config.hpp"

#include <filesystem>

#include "reports/model/json.hpp"
#include "sdp-lint/cli/input.hpp"
#include "sdp-lint/rules/linter.hpp"

namespace portolan::sdp_lint {

namespace {

using report::Json;
namespace fs = std::filesystem;

/// Reads one file's members; the first problem is kept.
class Reader {
  public:
    explicit Reader(std::string path) : path_(std::move(path)) {}

    Result<Config> read(const Json& json) {
        Config config;
        config.path = path_;
        if (!json.is_object()) fail("", "it must be an object");
        for (const auto& [key, value] : json.items()) {
            if (error_) break;
            take(config, key, value);
        }
        if (error_) return *error_;
        return config;
    }

  private:
    void fail(const std::string& key, const std::string& problem) {
        if (error_) return;
        const std::string place = key.empty() ? "" : " \"" + key + "\":";
        error_ = Error{Culprit::Usage, "config", path_ + ":" + place + " " + problem};
    }

    std::string text(const std::string& key, const Json& value) {
        if (!value.is_string()) {
            fail(key, "a string is expected");
            return "";
        }
        return value.get<std::string>();
    }
    std::vector<std::string> texts(const std::string& key, const Json& value) {
        if (value.is_string()) return {value.get<std::string>()};
        std::vector<std::string> out;
        if (!value.is_array()) fail(key, "a string or a list of strings is expected");
        for (const Json& element : value)
            out.push_back(text(key, element));
        return out;
    }

    /// As the linter will, which does not know whose words they are.
    void check_codes(const std::string& key, const lint::LintOptions& options) {
        if (const auto linter = lint::Linter::create(options); !linter) {
            fail(key, linter.error().message);
        }
    }

    void take(Config& config, const std::string& key, const Json& value) {
        if (key == "profile") {
            config.profile = lint::parse_profile(text(key, value));
            if (!config.profile) fail(key, "it takes webrtc, jsep-strict, sip or broadcast");
        } else if (key == "target") {
            for (const std::string& word : split_words(texts(key, value))) {
                auto target = lint::parse_target(word);
                if (!target) return fail(key, target.error().message);
                config.targets.push_back(std::move(*target));
            }
        } else if (key == "select") {
            config.select = split_words(texts(key, value));
            check_codes(key, {.select = config.select});
        } else if (key == "ignore") {
            config.ignore = split_words(texts(key, value));
            check_codes(key, {.ignore = config.ignore});
        } else if (key == "severity") {
            if (!value.is_object()) return fail(key, "an object of codes is expected");
            for (const auto& [code, word] : value.items()) {
                const auto severity = lint::parse_severity(text(key, word));
                if (!severity) return fail(key, "severities are error, warning, info and off");
                config.severities.emplace_back(code, *severity);
            }
            check_codes(key, {.severities = config.severities});
        } else if (key == "fail_on") {
            config.fail_on = text(key, value);
        } else if (key == "baseline") {
            config.baseline = (fs::path(path_).parent_path() / text(key, value)).string();
        } else {
            fail(key,
                 "it is not a setting; these are: profile, target, select, ignore, severity, "
                 "fail_on, baseline");
        }
    }

    std::string path_;
    std::optional<Error> error_;
};

}  // namespace

std::vector<std::string> split_words(const std::vector<std::string>& values) {
    std::vector<std::string> out;
    for (const std::string& value : values) {
        for (const std::string_view word : sdp::split(value, ',')) {
            if (!sdp::trim(word).empty()) out.emplace_back(sdp::trim(word));
        }
    }
    return out;
}

Result<Config> parse_config(std::string_view text, const std::string& path) {
    auto json = report::parse_json(text);
    if (!json) {
        return Error{Culprit::Usage, "config", path + ": " + json.error().message,
                     json.error().byte_offset};
    }
    return Reader(path).read(*json);
}

Result<Config> read_config(const std::string& path) {
    auto bytes = read_bytes(path);
    if (!bytes) return Error{Culprit::Usage, "config", bytes.error().message};
    return parse_config(*bytes, path);
}

Result<Config> find_config(const std::string& folder) {
    std::error_code problem;
    fs::path at = fs::absolute(folder.empty() ? fs::path(".") : fs::path(folder), problem);
    while (!problem) {
        const fs::path candidate = at / kConfigName;
        if (fs::is_regular_file(candidate, problem)) return read_config(candidate.string());
        problem.clear();
        if (!at.has_relative_path()) break;
        at = at.parent_path();
    }
    return Config{};
}

}  // namespace portolan::sdp_lint
