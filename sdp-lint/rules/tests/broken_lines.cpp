#include "sdp-lint/rules/tests/broken_lines.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace portolan::lint {

namespace {

using Line = std::string_view;

std::string name_of(Line line) {
    if (!line.starts_with("a=")) return "";
    return std::string(line.substr(2, std::min(line.find(':'), line.size()) - 2));
}

bool is_free_text(Line line) {
    return line.starts_with("s=") || line.starts_with("i=");
}

std::string upper_type(Line line) {
    std::string out(line);
    out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
    return out;
}

std::string upper_name(Line line, std::size_t letter_count) {
    std::string out(line);
    const std::size_t end = 2 + std::min(name_of(line).size(), letter_count);
    for (std::size_t i = 2; i < end; ++i)
        out[i] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[i])));
    return out;
}

/// Attributes whose value everybody begins right behind the colon.
bool has_tight_value(Line line) {
    static const std::set<std::string, std::less<>> kNames{
        "candidate",   "rtpmap",      "fmtp",
        "rtcp-fb",     "rtcp",        "ssrc",
        "ssrc-group",  "group",       "msid",
        "extmap",      "rid",         "simulcast",
        "ice-ufrag",   "mid",         "ice-pwd",
        "setup",       "sctp-port",   "ptime",
        "ice-options", "fingerprint", "max-message-size"};
    return line.find(':') != Line::npos && kNames.contains(name_of(line));
}

std::string with_blank_at(Line line, std::size_t at) {
    return std::string(line.substr(0, at)) + " " + std::string(line.substr(at));
}

}  // namespace

std::vector<Breakage> repairable_breakages() {
    return {
        {"a blank in front", [](Line line) { return " " + std::string(line); }},
        {"tabs in front", [](Line line) { return "\t\t" + std::string(line); }},
        {"a capital letter", upper_type},
        {"a blank before the sign", [](Line line) { return with_blank_at(line, 1); }},
        {"a blank behind the sign",
         [](Line line) { return is_free_text(line) ? std::string(line) : with_blank_at(line, 2); }},
        {"a blank at the end",
         [](Line line) { return std::string(line) + (is_free_text(line) ? "" : " "); }},
        {"a name in capitals", [](Line line) { return upper_name(line, line.size()); }},
        {"a blank before the colon",
         [](Line line) {
             const std::size_t colon = line.find(':');
             return name_of(line).empty() || colon == Line::npos ? std::string(line)
                                                                 : with_blank_at(line, colon);
         }},
        {"a blank behind the colon",
         [](Line line) {
             return has_tight_value(line) ? with_blank_at(line, line.find(':') + 1)
                                          : std::string(line);
         }},
        {"tabs between fields",
         [](Line line) {
             std::string out(line);
             if (Line("octm").find(line[0]) != Line::npos)
                 std::replace(out.begin(), out.end(), ' ', '\t');
             return out;
         }},
        {"a blank line behind it", [](Line line) { return std::string(line) + "\r\n"; }},
    };
}

std::vector<Breakage> other_breakages() {
    return {
        {"no type", [](Line line) { return std::string(line.substr(2)); }},
        {"another type", [](Line line) { return "x" + std::string(line.substr(1)); }},
        {"a quote in front", [](Line line) { return "\"" + std::string(line); }},
        {"quoted from a mail", [](Line line) { return "> " + std::string(line); }},
        {"no sign", [](Line line) { return std::string(line).erase(1, 1); }},
        {"a NUL inside", [](Line line) { return std::string(line).insert(2, 1, '\0'); }},
        {"a colon for the sign", [](Line line) { return std::string(line).replace(1, 1, ":"); }},
    };
}

std::vector<std::pair<std::string, std::string>> descriptions_below(const std::string& folder) {
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.path().extension() != ".sdp") continue;
        std::ifstream in(entry.path(), std::ios::binary);
        std::stringstream content;
        content << in.rdbuf();
        out.emplace_back(entry.path().string(), join_lines(split_lines(content.str())));
    }
    std::sort(out.begin(), out.end());
    return out;
}

std::vector<std::string> split_lines(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.emplace_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::string join_lines(const std::vector<std::string>& lines) {
    std::string out;
    for (const std::string& line : lines)
        out += line + "\r\n";
    return out;
}

}  // namespace portolan::lint
