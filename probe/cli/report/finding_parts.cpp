#include "probe/cli/report/finding_parts.hpp"

#include <algorithm>

namespace portolan::nat_probe {

report::Reason reason_of(const precall::Problem& problem, const std::string& sentence) {
    const std::string code(precall::row_of(problem.cause).code.text());
    auto out = report::Reason::parse(code, sentence);
    return out ? *out : report::Reason("unknown", sentence);
}

std::string capitalised(std::string text) {
    if (!text.empty() && text.front() >= 'a' && text.front() <= 'z') {
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    }
    return text;
}

void add_remedy(report::Finding& finding, precall::Cause cause) {
    const std::string_view remedy = precall::row_of(cause).remedy;
    if (!remedy.empty()) finding.advice.emplace_back(remedy);
}

bool has_other_relay(const CallFacts& facts, const ServerFacts& server) {
    return std::ranges::any_of(facts.servers, [&](const auto& other) {
        return other.get() != &server &&
               ((other->uri.is_turn() && other->is_undecided()) || facts.serves_calls(*other) ||
                (!facts.counts(server) && facts.may_use(*other)));
    });
}

}  // namespace portolan::nat_probe
