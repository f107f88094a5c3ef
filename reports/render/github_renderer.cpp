#include "reports/render/github_renderer.hpp"

#include "reports/render/escape.hpp"
#include "reports/render/finding_words.hpp"

namespace portolan::render {

namespace {

/// A command is a line; its properties end at commas and colons.
std::string escape_data(std::string_view text, bool is_property) {
    std::string out;
    // A log is read on terminals. Of what ends a line, the command has forms of its own.
    if (const auto end = text.find_first_of("\r\n"); end != std::string_view::npos) {
        return escape_data(text.substr(0, end), is_property) + (text[end] == '\n' ? "%0A" : "%0D") +
               escape_data(text.substr(end + 1), is_property);
    }
    for (const char c : escape_for_terminal(text)) {
        switch (c) {
            case '%':
                out += "%25";
                break;
            case ':':
                out += is_property ? "%3A" : ":";
                break;
            case ',':
                out += is_property ? "%2C" : ",";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string_view command_of(const report::Finding& finding) {
    switch (level_of(finding)) {
        case Level::Error:
            return "error";
        case Level::Warning:
            return "warning";
        case Level::Note:
            break;
    }
    return "notice";
}

/// A place in a file says whose the finding is; of the others several sections have the same one.
std::string title_of(const report::Section& section, const report::Finding& finding) {
    std::string out = finding.id + " " + finding.title;
    if (!finding.location && !section.title.empty()) out += " (" + section.title + ")";
    return out;
}

}  // namespace

std::string GithubRenderer::render(const report::Report& report, const RenderOptions&) const {
    // First, because no more than ten of a level are shown; and without any finding there is still
    // something to read in the log.
    std::string out = "::notice title=" + escape_data(report.tool.name, true) +
                      "::" + escape_data(report.headline, false) + "\n";
    for (const auto& section : report.sections) {
        for (const auto& finding : section.findings) {
            if (finding.verdict.is_pass()) continue;
            std::string properties;
            if (const auto& at = finding.location) {
                properties = " file=" + escape_data(at->source, true);
                if (at->line > 0) properties += ",line=" + std::to_string(at->line);
                if (at->column_bytes > 0) {
                    properties += ",col=" + std::to_string(at->column_bytes);
                    if (at->length_bytes > 0)
                        properties +=
                            ",endColumn=" + std::to_string(at->column_bytes + at->length_bytes);
                }
                properties += ",";
            } else {
                properties = " ";
            }
            properties += "title=" + escape_data(title_of(section, finding), true);
            std::string message = finding_sentence(finding);
            for (const auto& advice : finding.advice)
                message += "\n" + advice;
            out += "::" + std::string(command_of(finding)) + properties +
                   "::" + escape_data(message, false) + "\n";
        }
    }
    return out;
}

}  // namespace portolan::render
