#include "ice-tests/cli/serve_bugs.hpp"

#include <algorithm>

#include "ice-tests/cli/bug_visibility.hpp"
#include "ice-tests/conformance/check.hpp"
#include "ice-tests/mutants/fails_too.hpp"
#include "reports/cli/suggest.hpp"
#include "reports/model/usage_error.hpp"

namespace portolan::ice_test {
namespace {

struct Need {
    std::string_view ids;  ///< what they begin with
    const char* option;
};

constexpr Need kNeeds[] = {
    {"tls/", "tls"},           {"rfc8489/11/classic-dtls", "tls"},
    {"rfc7350/", "tls"},       {"security/rest/", "turn-secret-file"},
    {"rfc7635/", "oauth-key"},
};

/// Its check is about servers that take no tokens.
constexpr std::string_view kWithoutTokens = "rfc7635/7/unexpected";

/// What a run has to be told to turn red, in sentences; empty: nothing.
std::string seen_with(std::string_view check_id) {
    const auto table = conformance::check_table();
    const auto found = std::ranges::find(table, check_id, &conformance::Check::id);
    if (found == table.end()) return {};
    std::string out;
    if (const std::string options = options_to_see(**found); !options.empty()) {
        out += " Red with" + options + '.';
    }
    if (const std::string needs = needs_to_see(**found); !needs.empty()) out += ' ' + needs;
    return out;
}

}  // namespace

std::vector<cli::OptionSpec> bug_option_specs() {
    return {
        {.name = "bug",
         .help = "Be wrong in the one way that this check of ice-test turn exists for; --list-bugs "
                 "explains them.",
         .kind = cli::Text{"CHECK-ID"},
         .repeatable = true},
        {.name = "list-bugs", .help = "List the checks with what --bug does, and exit."},
    };
}

Result<mutants::MutantSet> parse_bugs(const std::vector<std::string>& check_ids) {
    mutants::MutantSet out;
    for (const std::string& id : check_ids) {
        if (const auto mutant = mutants::find_mutant(id)) {
            out.add(*mutant);
            continue;
        }
        std::vector<std::string> known;
        for (const auto& row : mutants::mutant_table())
            known.emplace_back(row.check_id);
        const std::string guess = cli::did_you_mean(id, known);
        return Error{.culprit = Culprit::Usage,
                     .code = "server.bug",
                     .message = "there is no check \"" + id + "\" to fail",
                     .hint = guess.empty() ? "ice-test serve --list-bugs shows them" : guess};
    }
    return out;
}

Result<void> check_bugs_show(const cli::Arguments& arguments) {
    for (const std::string& id : arguments.texts("bug")) {
        for (const Need& need : kNeeds) {
            if (!id.starts_with(need.ids) || arguments.has(need.option)) continue;
            if (id == kWithoutTokens) continue;
            return usage_error("conflict", "--bug " + id + " needs --" + need.option);
        }
    }
    return {};
}

std::string bug_list() {
    std::size_t width = 0;
    for (const auto& row : mutants::mutant_table())
        width = std::max(width, row.check_id.size());
    std::string out;
    for (const auto& row : mutants::mutant_table()) {
        out += std::string(row.check_id) + std::string(width + 2 - row.check_id.size(), ' ') +
               std::string(row.misbehaviour) + seen_with(row.check_id);
        const std::string_view too = mutants::fails_too(row.mutant);
        if (!too.empty()) out += " May fail too: " + std::string(too) + '.';
        out += '\n';
    }
    return out;
}

}  // namespace portolan::ice_test
