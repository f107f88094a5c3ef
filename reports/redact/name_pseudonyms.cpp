#include "reports/redact/name_pseudonyms.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "reports/model/ascii.hpp"
#include "reports/redact/name_words.hpp"

namespace portolan::redact {
namespace {

using report::Json;

/// Of one report; a name with blanks or other marks between words has to be looked for everywhere.
constexpr std::size_t kMostWithBlanks = 64;
constexpr std::size_t kMostLabels = 16;

/// Keys of objects whose value is a name.
constexpr std::array<std::string_view, 4> kHostKeys{"host", "hostname", "realm", "server_name"};
/// Or one with its port, or a URI.
constexpr std::array<std::string_view, 3> kServerKeys{"stun", "turn", "server"};
constexpr std::array<std::string_view, 3> kFileKeys{"ice-servers", "ca-file", "file"};
/// Before a name in quotes that stands in no URI.
constexpr std::string_view kUnresolved = "cannot resolve \"";
/// Before the names that a certificate has instead of the one expected; both are said.
constexpr std::string_view kCertified = "It is for ";
constexpr std::string_view kCertificate = "certificate";

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

}  // namespace

void NamePseudonyms::add(Kind kind, const std::string& name) {
    const bool is_new = present_.insert(name).second;
    const bool is_no_word = std::ranges::any_of(name, ends_run);
    if (is_new && is_no_word && with_blanks_.size() < kMostWithBlanks) with_blanks_.push_back(name);
    if (pseudonyms_.contains(name)) return;
    const std::string number = std::to_string(++counts_[kind]);
    switch (kind) {
        case Kind::Host:
            pseudonyms_[name] = "host" + number + ".example";
            return;
        case Kind::Interface:
            pseudonyms_[name] = "if" + number;
            return;
        case Kind::File:
            pseudonyms_[name] = "file" + number + std::string(extension_of(name));
            return;
    }
}

void NamePseudonyms::learn_host(std::string_view host) {
    const std::string name = report::lower_of(host);
    const bool is_own = name.starts_with("host") && name.ends_with(".example");
    // An IPv4 address has no letter; IPv6 ones do not come here.
    if (!has_letter(name) || name == "localhost" || is_own) return;
    add(Kind::Host, name);
}

void NamePseudonyms::learn_text(std::string_view text, std::string_view key, bool is_parameter) {
    if (is_one_of(kHostKeys, key) && std::ranges::all_of(text, is_in_name)) learn_host(text);
    if (key == "interface" && text != "lo" && !text.empty())
        add(Kind::Interface, std::string(text));
    // Where calls are told, "turn" is a transport.
    if (is_one_of(kServerKeys, key) && !is_uri(text) &&
        text.find_first_of(".:") != std::string_view::npos) {
        learn_host(text.substr(0, text.find(':')));
    }
    if (const auto at = text.find(kUnresolved); at != std::string_view::npos) {
        const std::string_view name = text.substr(at + kUnresolved.size());
        learn_host(name.substr(0, name.find('"')));
    }
    for (auto at = text.find(kCertified, std::min(text.find(kCertificate), text.size()));
         at != std::string_view::npos; at = text.find(kCertified, at + kCertified.size())) {
        for (const std::string_view name : certified_names(text.substr(at + kCertified.size()))) {
            if (std::ranges::any_of(name, ends_run)) {
                add(Kind::Host, std::string(name));
            } else {
                learn_host(name);
            }
        }
    }
    const bool is_file =
        is_one_of(kFileKeys, key) ||
        (is_parameter && (text.find('/') != std::string_view::npos || !extension_of(text).empty()));
    const bool is_one = text.find(' ') == std::string_view::npos && is_path(text);
    if (text.size() > 1 && !is_uri(text) && (is_file || is_one)) {
        add(Kind::File, std::string(text));
        const std::size_t slash = text.rfind('/');
        if (slash != std::string_view::npos && slash + 1 < text.size()) {
            add(Kind::File, std::string(text.substr(slash + 1)));
        }
    }
    const bool is_only_uri = is_uri(text) && text.find(' ') == std::string_view::npos;
    for_each_run(text, [&](std::string_view run, std::size_t) {
        if (const auto host = host_in(run)) {
            // In a sentence "stun:host" may be a form to fill in.
            if (is_only_uri || host->find('.') != std::string_view::npos) learn_host(*host);
        } else if (is_path(run) || is_own_file(bare(run))) {
            add(Kind::File, std::string(bare(run)));
        }
    });
}

void NamePseudonyms::learn_json(const Json& json, std::string_view key, bool is_parameter) {
    if (json.is_string()) {
        learn_text(json.get_ref<const std::string&>(), key, is_parameter);
    } else if (json.is_object()) {
        for (const auto& [name, member] : json.items()) {
            learn_text(name);
            learn_json(member, name, is_parameter);
        }
    } else if (json.is_array()) {
        for (const Json& element : json)
            learn_json(element, key, is_parameter);
    }
}

/// Commands that are about files say nothing else without a dash.
void NamePseudonyms::learn_arguments(const Json& parameters) {
    constexpr std::array<std::string_view, 3> kAboutFiles{"merge", "history", "diff"};
    if (!parameters.is_object() || !parameters.contains("arguments")) return;
    const auto command = parameters.find("command");
    const bool is_about_files = command != parameters.end() && command->is_string() &&
                                is_one_of(kAboutFiles, command->get_ref<const std::string&>());
    if (!is_about_files || !parameters["arguments"].is_array()) return;
    for (const Json& argument : parameters["arguments"]) {
        const std::string name = argument.is_string() ? argument.get<std::string>() : "";
        if (has_letter(name) && !name.starts_with('-')) add(Kind::File, name);
    }
}

/// What stands over the columns of a table of several runs: their files, without the extension.
void NamePseudonyms::learn_columns(const Json& figures) {
    if (!figures.is_array()) return;
    std::set<std::string> stems;
    for (const std::string& name : present_) {
        const std::string_view extension = extension_of(name);
        if (!is_own_extension(extension)) continue;
        const std::string stem = name.substr(0, name.size() - extension.size());
        stems.insert(stem.substr(stem.rfind('/') + 1));
    }
    for (const Json& figure : figures) {
        const auto columns = figure.is_object() ? figure.find("columns") : figure.end();
        if (columns == figure.end() || !columns->is_array()) continue;
        for (const Json& column : *columns) {
            if (column.is_string() && stems.contains(column)) add(Kind::File, column);
        }
    }
}

void NamePseudonyms::learn(const report::Report& report) {
    present_.clear();
    with_blanks_.clear();
    learn_text(report.headline);
    learn_json(report.subject, "");
    learn_json(report.environment, "");
    const auto interfaces = report.environment.find("interfaces");
    if (interfaces != report.environment.end() && interfaces->is_array()) {
        for (const Json& each : *interfaces) {
            const auto name = each.is_object() ? each.find("name") : each.end();
            if (name != each.end() && name->is_string()) {
                learn_text(name->get_ref<const std::string&>(), "interface");
            }
        }
    }
    learn_json(report.parameters, "", true);
    learn_arguments(report.parameters);
    if (report.cut_off) learn_text(report.cut_off->sentence());
    for (const report::Section& section : report.sections) {
        learn_text(section.title);
        learn_text(section.headline);
        learn_json(section.subject, "");
        for (const report::Finding& finding : section.findings) {
            if (finding.verdict.reason()) learn_text(finding.verdict.reason()->sentence());
            learn_text(finding.title);
            learn_text(finding.value);
            learn_text(finding.summary);
            for (const std::string& advice : finding.advice)
                learn_text(advice);
            if (finding.location) learn_text(finding.location->source, "", true);
            learn_json(finding.data, "");
        }
    }
    for (const report::Evidence& evidence : report.evidence) {
        learn_text(evidence.title);
        learn_json(evidence.data, "");
        for (const std::string& line : evidence.lines)
            learn_text(line);
    }
    for (const report::Evidence& evidence : report.evidence) {
        const auto figures = evidence.data.find("figures");
        if (figures != evidence.data.end()) learn_columns(*figures);
    }
}

const std::string* NamePseudonyms::pseudonym_of(std::string_view word) const {
    const auto of = [&](std::string_view name) -> const std::string* {
        if (!present_.contains(name)) return nullptr;
        return &pseudonyms_.find(name)->second;
    };
    if (const std::string* exact = of(word)) return exact;
    return of(report::lower_of(word));  // RFC 4343 s3: of hosts the case does not matter
}

/// Words of letters, digits, dots and hyphens; of "eth0.run" the first part may be a name, and of
/// "www.example.org" the last ones.
void NamePseudonyms::append_words(std::string& out, std::string_view run) const {
    std::size_t at = 0;
    while (at < run.size()) {
        if (!is_in_name(run[at])) {
            out += run[at++];
            continue;
        }
        std::size_t end = at;
        std::vector<std::size_t> starts{at};
        std::vector<std::size_t> ends;
        for (; end < run.size() && is_in_name(run[end]); ++end) {
            if (run[end] != '.' || starts.size() >= kMostLabels) continue;
            ends.push_back(end);
            starts.push_back(end + 1);
        }
        ends.push_back(end);
        const auto longest = [&]() -> std::optional<std::pair<std::size_t, std::size_t>> {
            for (std::size_t size = starts.size(); size > 0; --size) {
                for (std::size_t first = 0; first + size <= starts.size(); ++first) {
                    const auto from = starts[first];
                    const auto to = ends[first + size - 1];
                    if (pseudonym_of(run.substr(from, to - from)) != nullptr) return {{from, to}};
                }
            }
            return std::nullopt;
        }();
        if (longest) {
            const auto [from, to] = *longest;
            out += run.substr(at, from - at);
            out += *pseudonym_of(run.substr(from, to - from));
            out += run.substr(to, end - to);
        } else {
            out += run.substr(at, end - at);
        }
        at = end;
    }
}

void NamePseudonyms::append_run(std::string& out, std::string_view run) const {
    const std::string_view word = bare(run);
    if (const std::string* whole = pseudonym_of(word)) {
        out += *whole;
        out += run.substr(word.size());
        return;
    }
    // Of a page's address what follows the host may be anybody's.
    const std::size_t scheme = run.find("://");
    const std::size_t slash =
        scheme == std::string_view::npos ? scheme : run.find_first_of("/?#", scheme + 3);
    append_words(out, run.substr(0, slash));
    if (slash == std::string_view::npos) return;
    out += slash + 1 < word.size() ? "/..." : run.substr(slash, 1);
    out += run.substr(std::max(word.size(), slash + 1));
}

std::string NamePseudonyms::replace_in(std::string_view text) const {
    if (present_.contains(text)) return pseudonyms_.find(text)->second;
    std::string held(text);
    for (const std::string& name : with_blanks_) {
        const std::string& pseudonym = pseudonyms_.find(name)->second;
        for (std::size_t at = held.find(name); at != std::string::npos;
             at = held.find(name, at + pseudonym.size())) {
            held.replace(at, name.size(), pseudonym);
        }
    }
    std::string out;
    std::size_t done = 0;
    for_each_run(held, [&](std::string_view run, std::size_t at) {
        out += std::string_view(held).substr(done, at - done);
        append_run(out, run);
        done = at + run.size();
    });
    return out + held.substr(done);
}

std::string NamePseudonyms::of_file(const std::string& path) {
    add(Kind::File, path);
    return pseudonyms_.find(path)->second;
}

}  // namespace portolan::redact
