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

std::vector<std::string> ids_of(std::span<const CatalogueEntry> entries) {
    std::vector<std::string> ids;
    ids.reserve(entries.size());
    for (const auto& entry : entries)
        ids.push_back(entry.id);
    return ids;
}

Error unknown_id(std::string_view id, std::span<const std::string> ids,
                 const std::string& problem) {
    std::string hint = did_you_mean(id, ids);
    if (hint.empty()) hint = "--list shows every id";
    return {Culprit::Usage,
            "unknown-id",
            problem + " '" + escape_for_terminal(id.substr(0, report::kMaxIdBytes)) + "'",
            {},
            hint};
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
    auto found = std::find_if(entries.begin(), entries.end(),
                              [&](const auto& entry) { return entry.id == id; });
    // No two ids differ in their case alone, and nobody has to remember which letters are capital.
    if (found == entries.end()) {
        found = std::find_if(entries.begin(), entries.end(), [&](const auto& entry) {
            return report::equal_in_any_case(entry.id, id);
        });
    }
    if (found == entries.end()) return unknown_id(id, ids_of(entries), "there is no id");
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
        if (by_letter.empty()) return unknown_id(prefix, ids, "no id starts with");
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
