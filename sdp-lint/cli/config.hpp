#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/model/result.hpp"
#include "sdp-lint/rules/browsers.hpp"

namespace portolan::sdp_lint {

inline constexpr std::string_view kConfigName = "sdp-lint.json";

/// What a configuration file says; what it does not say is empty.
struct Config {
    std::string path = {};  ///< where it was found; empty for none
    std::optional<lint::Profile> profile = {};
    std::vector<lint::Target> targets = {};
    std::vector<std::string> select = {};
    std::vector<std::string> ignore = {};
    std::vector<std::pair<std::string, lint::Severity>> severities = {};
    std::optional<std::string> fail_on = {};
    std::optional<std::string> baseline =
        {};  ///< relative to the file's folder, made absolute to it
};

/// Usage error "config" naming the place for what is no configuration; unknown keys are refused,
/// because a misspelt one would silently do nothing.
Result<Config> parse_config(std::string_view text, const std::string& path);

/// The first sdp-lint.json in the folder or above it; an empty Config when there is none.
Result<Config> find_config(const std::string& folder);

/// Usage error "config" when it cannot be read.
Result<Config> read_config(const std::string& path);

/// "a,b" and "c" are a, b and c.
std::vector<std::string> split_words(const std::vector<std::string>& values);

}  // namespace portolan::sdp_lint
