#include "reports/digest/essence.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <set>

namespace portolan::digest {
namespace {

constexpr std::size_t kMaxKeptDigits = 3;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// What addresses and figures consist of.
bool is_inner(char c) {
    return std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == '.' || c == ':' || c == '[' ||
           c == ']';
}

bool is_address(std::string_view word) {
    return std::ranges::count(word, '.') >= 3 || std::ranges::count(word, ':') >= 2;
}

// A word with the full stop or comma of its sentence.
std::string replace_word(std::string_view word, bool is_before_unit) {
    std::string_view core = word;
    while (!core.empty() && (core.back() == '.' || core.back() == ':'))
        core.remove_suffix(1);
    const std::string tail(word.substr(core.size()));
    if (is_address(core)) return "<address>" + tail;
    const bool is_number =
        !core.empty() && std::ranges::all_of(core, [](char c) { return is_digit(c) || c == '.'; });
    if (!is_number) return std::string(word);
    if (is_before_unit || core.find('.') != std::string_view::npos) return "<number>" + tail;
    return core.size() > kMaxKeptDigits ? "<number>" + tail : std::string(word);
}

bool is_unit_at(std::string_view rest, bool keeps_shares) {
    if (rest.starts_with(" %")) return !keeps_shares;
    return std::ranges::any_of(std::array{" ms", " s", " us", " days", "ms", "s "},
                               [&](std::string_view unit) { return rest.starts_with(unit); });
}

std::string without_noise(std::string_view sentence, bool keeps_shares) {
    std::string out;
    std::size_t at = 0;
    while (at < sentence.size()) {
        const bool starts_word =
            at == 0 || std::isalnum(static_cast<unsigned char>(sentence[at - 1])) == 0;
        if (!starts_word || !(is_digit(sentence[at]) || sentence[at] == '[' ||
                              std::isxdigit(static_cast<unsigned char>(sentence[at])) != 0)) {
            out += sentence[at++];
            continue;
        }
        std::size_t end = at;
        while (end < sentence.size() && is_inner(sentence[end]))
            ++end;
        // Letters behind it: a word like "answer", whose first letters happen to be hexadecimal.
        const bool is_word_part = end < sentence.size() &&
                                  std::isalpha(static_cast<unsigned char>(sentence[end])) != 0 &&
                                  !is_digit(sentence[at]);
        const std::string_view word = sentence.substr(at, end - at);
        out += is_word_part ? std::string(word)
                            : replace_word(word, is_unit_at(sentence.substr(end), keeps_shares));
        at = end;
    }
    return out;
}

}  // namespace

std::string essence(std::string_view sentence) {
    return without_noise(sentence, false);
}

std::string essence_with_shares(std::string_view text) {
    return without_noise(text, true);
}

std::set<std::string> subjects_of(const report::Finding& finding) {
    std::set<std::string> out;
    const auto about = finding.data.find("about");
    if (about == finding.data.end() || !about->is_array()) return out;
    for (const auto& one : *about) {
        if (one.is_string()) out.insert(one.get<std::string>());
    }
    return out;
}

std::string evidence_of(const report::Finding& finding) {
    const auto& reason = finding.verdict.reason();
    if (!reason) return {};
    // As it came, without what an acceptance says of it.
    const auto came = finding.data.find("came");
    const bool is_accepted =
        reason->code() == kAccepted.text() || reason->code() == kAcceptanceExpired.text();
    std::string out = essence(is_accepted && came != finding.data.end() && came->is_string()
                                  ? came->get<std::string>()
                                  : reason->sentence());
    for (const std::string& subject : subjects_of(finding))
        out += ' ' + subject;
    return out;
}

bool is_failure(const report::Finding& finding) {
    const auto& reason = finding.verdict.reason();
    return finding.verdict.is_fail() || (reason && reason->code() == kAccepted.text());
}

std::string transport_of(const report::Finding& finding) {
    for (const std::string& tag : finding.tags) {
        if (tag == "udp" || tag == "tcp" || tag == "tls" || tag == "dtls") return tag;
    }
    return {};
}

}  // namespace portolan::digest
