#include "sdp-lint/cli/rule_names.hpp"

#include "reports/cli/suggest.hpp"
#include "sdp-lint/rules/catalogue.hpp"
#include "sdp-lint/sdp/text.hpp"

namespace portolan::sdp_lint {

namespace {

std::string called(const lint::CatalogueRow& row) {
    return std::string(row.name) + " (" + std::string(row.code_text) + ")";
}

/// By code or name, in any case; nullptr for none.
const lint::CatalogueRow* row_called(std::string_view word) {
    for (const lint::CatalogueRow& row : lint::catalogue()) {
        if (sdp::equals_ignore_case(row.code_text, word) || sdp::equals_ignore_case(row.name, word))
            return &row;
    }
    return nullptr;
}

/// What may have been meant by the word, in small letters.
std::string hint_of(const std::string& word) {
    constexpr std::size_t kMostNamed = 6;
    constexpr std::size_t kLeastBytes = 3;
    std::vector<std::string> all;
    std::vector<std::string> found;
    std::size_t count = 0;
    for (const lint::CatalogueRow& row : lint::catalogue()) {
        all.emplace_back(row.name);
        all.push_back(sdp::lower_of(row.code_text));
        if (word.size() < kLeastBytes || row.name.find(word) == row.name.npos) continue;
        if (++count <= kMostNamed) found.push_back(called(row));
    }
    if (!found.empty()) {
        return "did you mean " + cli::join_or(found) + "?" +
               (count > kMostNamed ? " --rules lists them all" : "");
    }
    const auto near = cli::nearest(word, all);
    if (!near) return "--rules lists every code and name";
    return "did you mean " + called(*row_called(*near)) + "?";
}

}  // namespace

Result<std::string> code_of_rule(std::string_view word) {
    if (const lint::CatalogueRow* const row = row_called(word)) return std::string(row->code_text);
    return Error{Culprit::Usage,
                 "unknown-id",
                 "no rule has the code or name '" + std::string(word) + "'",
                 {},
                 hint_of(sdp::lower_of(word))};
}

Result<std::vector<std::string>> with_codes(std::vector<std::string> arguments) {
    constexpr std::string_view kOption = "--explain";
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        if (argument == "--") break;
        const bool is_joined = argument.starts_with(std::string(kOption) + "=");
        if (!is_joined && (argument != kOption || i + 1 == arguments.size())) continue;
        std::string& value = is_joined ? arguments[i] : arguments[++i];
        const std::string_view head =
            std::string_view(value).substr(0, is_joined ? kOption.size() + 1 : 0);
        auto code = code_of_rule(std::string_view(value).substr(head.size()));
        if (!code) return std::move(code).error();
        value = std::string(head) + *code;
    }
    return arguments;
}

}  // namespace portolan::sdp_lint
