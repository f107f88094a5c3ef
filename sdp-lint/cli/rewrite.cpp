#include "sdp-lint/cli/rewrite.hpp"

#include <algorithm>
#include <map>

#include "reports/model/json.hpp"
#include "sdp-lint/rules/anonymize.hpp"
#include "sdp-lint/rules/anonymize_within.hpp"

namespace portolan::sdp_lint {

namespace {

/// A stretch of a file and what comes in its place.
struct Change {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::string text;
};

/// What differs between the texts, as a change of the file.
Change change_of(const Source& source, std::string_view before, std::string_view after) {
    const std::size_t shorter = std::min(before.size(), after.size());
    std::size_t head = 0;
    while (head < shorter && before[head] == after[head])
        ++head;
    std::size_t tail = 0;
    while (tail < shorter - head &&
           before[before.size() - 1 - tail] == after[after.size() - 1 - tail])
        ++tail;
    const sdp::ByteRange there = source.in_file(
        {static_cast<std::uint32_t>(head), static_cast<std::uint32_t>(before.size() - tail)});
    return {there.begin, there.end,
            source.as_in_file(after.substr(head, after.size() - tail - head))};
}

std::string_view type_of(sdp::DescriptionKind kind) {
    return kind == sdp::DescriptionKind::Answer ? "answer" : "offer";
}

}  // namespace

Rewritten rewrite(const Inputs& inputs, const lint::Linter& linter, lint::FixLevel level) {
    Rewritten out;
    std::map<const InputFile*, std::vector<Change>> changes;
    for (const Session& session : inputs.sessions) {
        std::vector<lint::FixedText> texts;
        for (const Source* source : session.sources) {
            texts.push_back(
                {source->unwrapped.text, source->unwrapped.kind, source->unwrapped.form});
        }
        lint::FixOutcome outcome = lint::fix_all(linter, std::move(texts), level);
        for (std::size_t i = 0; i < session.sources.size(); ++i) {
            const Source& source = *session.sources[i];
            if (outcome.texts[i].text == source.unwrapped.text) continue;
            changes[source.file].push_back(
                change_of(source, source.unwrapped.text, outcome.texts[i].text));
        }
        std::move(outcome.fixed.begin(), outcome.fixed.end(), std::back_inserter(out.fixed));
    }
    for (const auto& file : inputs.files) {
        const auto found = changes.find(file.get());
        if (found == changes.end()) continue;
        std::vector<Change>& list = found->second;
        std::sort(list.begin(), list.end(),
                  [](const Change& a, const Change& b) { return a.begin < b.begin; });
        std::string text;
        std::size_t at = 0;
        for (const Change& change : list) {
            text += file->bytes.substr(at, change.begin - at) + change.text;
            at = change.end;
        }
        text += file->bytes.substr(at);
        out.files.emplace_back(file.get(), std::move(text));
    }
    return out;
}

std::string not_understood(const Inputs& inputs) {
    constexpr std::size_t kMostNamed = 8;
    std::vector<std::string> found;
    std::size_t count = 0;
    const auto add = [&](const Source& source, std::string_view what) {
        if (++count > kMostNamed) return;
        const auto at = source.location_of(source.description->document().range_of(what));
        found.push_back(report::to_valid_utf8(std::string(what.substr(0, 40))) + " (line " +
                        std::to_string(at.line) + ")");
    };
    for (const auto& source : inputs.sources) {
        const sdp::Document& document = source->description->document();
        for (const sdp::Attribute& attribute : document.attributes()) {
            const bool is_unknown = attribute.id == sdp::Attr::Unknown && !attribute.value.empty();
            if (is_unknown || lint::holds_unknown(attribute))
                add(*source, sdp::span_of(document.line_of(attribute).text, attribute.name));
        }
        for (const sdp::Line& line : document.lines()) {
            if (line.type == '\0' && !sdp::trim(line.text).empty() &&
                !line.text.starts_with("candidate:") && !lint::is_around_description(line.text))
                add(*source, line.text.substr(0, line.text.find_first_of(": ")));
        }
    }
    std::string out;
    for (const std::string& each : found)
        out += (out.empty() ? "" : ", ") + each;
    if (count > kMostNamed) out += " and " + std::to_string(count - kMostNamed) + " more";
    return out;
}

std::string left_out(const Inputs& inputs) {
    std::string out;
    for (const auto& source : inputs.sources) {
        for (const sdp::Line& line : source->description->document().lines()) {
            if (line.type != '\0' || !lint::is_around_description(line.text)) continue;
            const auto at =
                source->location_of(source->description->document().range_of(line.text));
            out += (out.empty() ? "" : ", ") + std::to_string(at.line);
        }
    }
    return out;
}

std::string anonymized(const Inputs& inputs) {
    lint::Anonymizer anonymizer;
    if (inputs.sources.size() == 1) {
        std::string text = anonymizer.anonymize(*inputs.sources.front()->description);
        if (!text.ends_with('\n')) text += "\r\n";
        return text;
    }
    report::OrderedJson list = report::OrderedJson::array();
    for (const auto& source : inputs.sources) {
        report::OrderedJson entry = report::OrderedJson::object();
        const std::string text = report::to_valid_utf8(anonymizer.anonymize(*source->description));
        if (source->unwrapped.is_candidate) {
            entry["candidate"] = text;
            if (source->unwrapped.mid) {
                entry["sdpMid"] =
                    report::to_valid_utf8(anonymizer.anonymize_mid(*source->unwrapped.mid));
            }
        } else {
            if (source->unwrapped.kind != sdp::DescriptionKind::Unknown) {
                entry["type"] = type_of(source->unwrapped.kind);
            }
            entry["sdp"] = text;
        }
        list.push_back(std::move(entry));
    }
    return list.dump(2) + "\n";
}

}  // namespace portolan::sdp_lint
