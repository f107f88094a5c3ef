#include "reports/cli/catalogue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "reports/cli/suggest.hpp"
#include "reports/model/ascii.hpp"
#include "reports/render/escape.hpp"

namespace portolan::cli {
namespace {

using render::escape_for_terminal;

Error unknown_id(std::string_view id, const std::string& problem, const std::string& hint) {
    return {Culprit::Usage,
            "unknown-id",
            problem + " '" + escape_for_terminal(id.substr(0, report::kMaxIdBytes)) + "'",
            {},
            hint.empty() ? "--list shows every id" : hint};
}

/// "ufrag-length (IC003)"
std::string called(const CatalogueEntry& entry) {
    return entry.name.empty() ? entry.id : entry.name + " (" + entry.id + ")";
}

/// By id or name; no two ids differ in their case alone, and nobody has to remember which letters
/// are capital.
const CatalogueEntry* find(std::span<const CatalogueEntry> entries, std::string_view word) {
    const auto found = std::ranges::find_if(entries, [&](const CatalogueEntry& entry) {
        return report::equal_in_any_case(entry.id, word) ||
               (!entry.name.empty() && report::equal_in_any_case(entry.name, word));
    });
    return found == entries.end() ? nullptr : &*found;
}

/// What may have been meant by the word; "" when nothing is like it.
std::string hint_of(std::span<const CatalogueEntry> entries, std::string_view word) {
    constexpr std::size_t kMostNamed = 6;
    constexpr std::size_t kLeastBytes = 3;
    const std::string small = report::lower_of(word);
    std::vector<std::string> all;
    std::vector<std::string> having;
    std::size_t count = 0;
    for (const CatalogueEntry& entry : entries) {
        all.push_back(report::lower_of(entry.id));
        if (entry.name.empty()) continue;
        all.push_back(report::lower_of(entry.name));
        if (small.size() < kLeastBytes || all.back().find(small) == std::string::npos) continue;
        if (++count <= kMostNamed) having.push_back(called(entry));
    }
    if (!having.empty()) {
        return "did you mean " + join_or(having) + "?" +
               (count > kMostNamed ? " --list shows all" : "");
    }
    const auto near = nearest(small, all);
    return near ? "did you mean " + called(*find(entries, *near)) + "?" : "";
}

report::OrderedJson to_json_entry(const CatalogueEntry& entry) {
    report::OrderedJson references = report::OrderedJson::array();
    for (const auto& reference : entry.references) {
        references.push_back({{"document", reference.document}, {"section", reference.section}});
    }
    return {{"id", entry.id},
            {"title", entry.title},
            {"explanation", entry.explanation},
            {"references", std::move(references)},
            {"attributes", entry.attributes}};
}

std::string dump(const report::OrderedJson& json) {
    return json.dump(2, ' ', false, report::OrderedJson::error_handler_t::replace) + "\n";
}

bool is_word_end(std::string_view id, std::size_t at) {
    return at == id.size() || id[at] == '/' || id[at] == '.' || id[at] == '-' || id[at] == ':' ||
           id[at] == '_';
}

}  // namespace

Catalogue joined(std::vector<Catalogue> parts) {
    return [parts = std::move(parts)] {
        std::vector<CatalogueEntry> entries;
        for (const Catalogue& part : parts)
            std::ranges::move(part(), std::back_inserter(entries));
        return entries;
    };
}

std::string list_catalogue(std::span<const CatalogueEntry> entries, render::Format format) {
    if (format == render::Format::Json) {
        report::OrderedJson list = report::OrderedJson::array();
        for (const auto& entry : entries)
            list.push_back(to_json_entry(entry));
        return dump(list);
    }
    std::size_t id_columns = 0;
    std::size_t title_columns = 0;
    for (const auto& entry : entries) {
        id_columns = std::max(id_columns, entry.id.size());
        title_columns = std::max(title_columns, render::display_width(entry.title));
    }
    std::string text;
    for (const auto& entry : entries) {
        text += render::pad_right(entry.id, id_columns) + "  ";
        std::string attributes;
        for (const auto& attribute : entry.attributes) {
            attributes += (attributes.empty() ? "" : ", ") + attribute;
        }
        text += attributes.empty()
                    ? entry.title
                    : render::pad_right(entry.title, title_columns) + "  " + attributes;
        text += '\n';
    }
    return text;
}

Result<std::string> explain(std::span<const CatalogueEntry> entries, std::string_view id,
                            render::Format format, std::size_t width_columns) {
    const CatalogueEntry* const found = find(entries, id);
    if (found == nullptr) return unknown_id(id, "there is no id", hint_of(entries, id));
    if (format == render::Format::Json) return dump(to_json_entry(*found));
    std::string text = found->id + ": " + found->title + "\n";
    for (const auto& paragraph : found->explanation) {
        text += '\n';
        for (const auto& line : render::wrap(paragraph, width_columns))
            text += line + "\n";
    }
    if (!found->references.empty()) text += "\nReferences:\n";
    for (const auto& reference : found->references) {
        text += "  " + reference.document;
        if (!reference.section.empty()) text += ", section " + reference.section;
        text += '\n';
    }
    return text;
}

Result<std::vector<std::size_t>> select_by_prefix(std::span<const std::string> ids,
                                                  std::span<const std::string> prefixes) {
    if (ids.empty()) {
        return Error{Culprit::Usage, "unknown-id", "there is nothing to select from"};
    }
    std::vector<bool> selected(ids.size(), prefixes.empty());
    for (const auto& prefix : prefixes) {
        std::vector<std::size_t> by_letter;
        std::vector<std::size_t> by_word;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            if (prefix.empty() || !ids[i].starts_with(prefix)) continue;
            by_letter.push_back(i);
            if (is_word_end(ids[i], prefix.size())) by_word.push_back(i);
        }
        if (by_letter.empty()) {
            return unknown_id(prefix, "no id starts with", did_you_mean(prefix, ids));
        }
        for (const std::size_t i : by_word.empty() ? by_letter : by_word)
            selected[i] = true;
    }
    std::vector<std::size_t> positions;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (selected[i]) positions.push_back(i);
    }
    return positions;
}

}  // namespace portolan::cli
