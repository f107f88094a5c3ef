#include "reports/digest/causes.hpp"

#include <algorithm>
#include <string_view>

namespace portolan::digest {
namespace {

/// Addresses, names of hosts and files, figures: what differs from run to run. Words do not have
/// such within.
bool is_particular(std::string_view word) {
    const std::size_t last = word.find_last_not_of(".,:;!?)\"'");
    word = word.substr(0, last == std::string_view::npos ? 0 : last + 1);
    return word.find_first_of("0123456789.:/@\"") != std::string_view::npos;
}

/// The words of a sentence, and the codes of its errors: of one cause these are the same.
std::string wording(std::string_view sentence) {
    constexpr std::string_view kBlanks = " \t\r\n";
    std::string out;
    std::string_view before;
    while (true) {
        sentence.remove_prefix(std::min(sentence.find_first_not_of(kBlanks), sentence.size()));
        if (sentence.empty()) return out;
        const std::string_view word = sentence.substr(0, sentence.find_first_of(kBlanks));
        const bool is_code = before.ends_with("error");
        out += (is_particular(word) && !is_code ? std::string_view("*") : word);
        out += ' ';
        before = word;
        sentence.remove_prefix(word.size());
    }
}

}  // namespace

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
    const std::string words = wording(reason->sentence());
    auto cause = std::ranges::find_if(causes_, [&](const Cause& each) {
        return each.code == reason->code() && each.wording == words &&
               each.advice == failure.advice;
    });
    if (cause == causes_.end()) {
        if (causes_.size() == kMostCauses) {
            ++other_count_;
            return;
        }
        cause = causes_.insert(
            cause, Cause{.code = reason->code(), .wording = words, .advice = failure.advice});
    }
    const std::string& sentence = reason->sentence();
    cause->sentences.add(sentence.substr(0, sentence.find_last_not_of('.') + 1));
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
        out += (out.empty() ? "" : "; ") + cause->sentences.words() + ", in " + cause->runs.words();
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
