#include "reports/digest/causes.hpp"

#include <algorithm>

namespace portolan::digest {

void Causes::Runs::add(std::size_t run, const std::string& name) {
    if (count++ > 0 && run == last_run) return;
    ++run_count;
    last_run = run;
    if (names.size() < kMostNames) names.push_back(name);
}

std::string Causes::Runs::words() const {
    std::string out;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const bool is_last = i + 1 == names.size() && run_count == names.size();
        out += (i == 0 ? "" : is_last ? " and " : ", ") + names[i];
    }
    if (run_count > names.size()) {
        out += " and " + std::to_string(run_count - names.size()) + " more";
    }
    if (count > run_count) out += ", " + std::to_string(count) + " times";
    return out;
}

void Causes::add(std::size_t run, const std::string& name, const report::Finding& failure) {
    all_.add(run, name);
    for (const std::string& line : failure.advice) {
        auto at = std::ranges::find(advice_, line, [](const auto& each) { return each.first; });
        if (at == advice_.end()) {
            if (advice_.size() == kMostCauses) continue;
            at = advice_.insert(at, {line, {}});
        }
        at->second.add(run, name);
    }
    const auto& reason = failure.verdict.reason();
    if (!reason) return;
    auto cause = std::ranges::find_if(causes_, [&](const Cause& each) {
        return each.code == reason->code() && each.advice == failure.advice;
    });
    if (cause == causes_.end()) {
        if (causes_.size() == kMostCauses) {
            ++other_count_;
            return;
        }
        cause = causes_.insert(cause, Cause{.code = reason->code(), .advice = failure.advice});
    }
    cause->sentences.add(reason->sentence());
    cause->runs.add(run, name);
}

std::vector<const Causes::Cause*> Causes::by_frequency() const {
    std::vector<const Cause*> out;
    for (const Cause& cause : causes_)
        out.push_back(&cause);
    std::ranges::stable_sort(out, [](const Cause* a, const Cause* b) {
        return std::pair(a->runs.run_count, a->runs.count) >
               std::pair(b->runs.run_count, b->runs.count);
    });
    return out;
}

std::string Causes::words() const {
    std::string out;
    for (const Cause* cause : by_frequency()) {
        std::string sentence = cause->sentences.words();
        while (sentence.ends_with('.'))
            sentence.pop_back();
        out += (out.empty() ? "" : "; ") + sentence + ", in " + cause->runs.words();
    }
    if (other_count_ > 0) {
        out += "; and " + std::to_string(other_count_) + " times for other causes";
    }
    return out;
}

std::vector<std::string> Causes::advice() const {
    std::vector<std::string> out;
    for (const auto& [line, runs] : advice_) {
        const bool is_closed = line.ends_with('.');
        out.push_back(line.substr(0, line.size() - (is_closed ? 1 : 0)) + " (in " + runs.words() +
                      ")" + (is_closed ? "." : ""));
    }
    return out;
}

report::Json Causes::data() const {
    report::Json out = report::Json::array();
    for (const Cause* cause : by_frequency()) {
        out.push_back({{"code", cause->code},
                       {"count", cause->runs.count},
                       {"run_count", cause->runs.run_count},
                       {"sentence", cause->sentences.words()}});
    }
    return out;
}

}  // namespace portolan::digest
