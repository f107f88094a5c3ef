#include "reports/redact/name_words.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "reports/model/ascii.hpp"

namespace portolan::redact {
namespace {

constexpr std::array<std::string_view, 6> kSchemes{
    "stun:", "stuns:", "turn:", "turns:", "http://", "https://"};
constexpr std::array<std::string_view, 4> kOwnExtensions{".json", ".jsonl", ".sdp", ".pem"};

bool is_alnum(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

}  // namespace

bool is_in_name(char c) {
    return is_alnum(c) || c == '.' || c == '_' || c == '-';
}

bool ends_run(char c) {
    return std::isspace(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("\"'`(){}<>,;|*").find(c) != std::string_view::npos;
}

bool has_letter(std::string_view text) {
    return std::ranges::any_of(
        text, [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; });
}

std::string_view extension_of(std::string_view path) {
    const std::size_t dot = path.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || path[dot - 1] == '/') return {};
    const std::string_view out = path.substr(dot);
    const bool fits = out.size() >= 2 && out.size() <= 6 && has_letter(out) &&
                      std::ranges::all_of(out.substr(1), is_alnum);
    return fits ? out : std::string_view();
}

bool is_uri(std::string_view text) {
    return std::ranges::any_of(kSchemes, [&](std::string_view scheme) {
        return report::lower_of(text.substr(0, scheme.size())) == scheme;
    });
}

bool is_path(std::string_view run) {
    const bool is_rooted = run.starts_with('/') || run.starts_with("~/") || run.starts_with("./") ||
                           run.starts_with("../");
    return is_rooted && !run.starts_with("//") && has_letter(run);
}

std::string_view bare(std::string_view run) {
    const auto strip = [&](std::string_view what) {
        run = run.substr(0, run.find_last_not_of(what) + 1);
    };
    strip(".:!?");
    for (int i = 0; i < 2; ++i) {
        const std::size_t colon = run.rfind(':');
        const bool is_number = colon != std::string_view::npos && colon + 1 < run.size() &&
                               std::ranges::all_of(run.substr(colon + 1), [](char c) {
                                   return std::isdigit(static_cast<unsigned char>(c)) != 0;
                               });
        if (is_number) run = run.substr(0, colon);
    }
    return run;
}

std::vector<std::string_view> certified_names(std::string_view list) {
    std::vector<std::string_view> out;
    while (true) {
        const std::string_view word = list.substr(0, list.find_first_of(" \r\n"));
        list.remove_prefix(word.size());
        std::string_view name = word.substr(0, word.find_last_not_of("\"').,:;") + 1);
        const std::string_view closing = word.substr(name.size());
        const bool goes_on = closing == "," && list.starts_with(' ');
        const bool is_followed_by_words =
            closing.empty() && list.starts_with(' ') && !list.starts_with(" and others");
        if (is_followed_by_words) return out;
        if (name.starts_with("*.")) name.remove_prefix(2);
        // An IPv6 address is none.
        if (has_letter(name) && name.find(':') == std::string_view::npos) out.push_back(name);
        if (!goes_on) return out;
        list.remove_prefix(1);
    }
}

bool is_own_extension(std::string_view extension) {
    return std::ranges::find(kOwnExtensions, extension) != kOwnExtensions.end();
}

bool is_own_file(std::string_view run) {
    return has_letter(run) && is_own_extension(extension_of(run));
}

std::optional<std::string_view> host_in(std::string_view run) {
    const std::string small = report::lower_of(run);
    for (const std::string_view scheme : kSchemes) {
        const std::size_t at = small.find(scheme);
        if (at == std::string::npos || (at > 0 && is_alnum(run[at - 1]))) continue;
        std::string_view rest = run.substr(at + scheme.size());
        const auto end = std::ranges::find_if_not(rest, is_in_name) - rest.begin();
        std::string_view host = rest.substr(0, static_cast<std::size_t>(end));
        host = host.substr(0, host.find_last_not_of('.') + 1);
        if (!host.empty()) return host;
    }
    return std::nullopt;
}

}  // namespace portolan::redact
