#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/finding.hpp"
#include "reports/model/result.hpp"
#include "reports/render/renderer.hpp"

namespace portolan::cli {

/// One id that a tool can report, for --list, --explain and the documents.
struct CatalogueEntry {
    std::string id;
    std::string title;
    std::string name = {};  ///< --explain knows it by this as well: "ufrag-length"
    std::vector<std::string> explanation = {};  ///< paragraphs
    std::vector<report::Reference> references = {};
    std::vector<std::string> attributes = {};  ///< "must", "fast", "udp": shown by --list
};

/// Makes the entries when somebody asks for them, and not at every start: those of hundreds of
/// checks take longer than a short run. Empty: there are none.
using Catalogue = std::function<std::vector<CatalogueEntry>()>;

/// The entries of all of them, in the order given.
Catalogue joined(std::vector<Catalogue> parts);

/// --list: one line an entry, in the order given; as JSON an array of objects.
std::string list_catalogue(std::span<const CatalogueEntry> entries, render::Format format);

/// --explain ID, by id or name, in any case. What does not exist is a usage error "unknown-id" with
/// the names that have the word in them, else with what is nearest.
Result<std::string> explain(std::span<const CatalogueEntry> entries, std::string_view id,
                            render::Format format, std::size_t width_columns);

/// Positions, ascending and each once, of the ids that any of the prefixes selects. A prefix that
/// ends where a word of some id ends ("rfc8656/7.2") selects only there, so not "rfc8656/7.20/x";
/// any other is taken letter by letter ("IC01"). A prefix that selects nothing is a usage error
/// "unknown-id": a check that silently does not run is a check that passes. No prefixes: all ids;
/// no ids at all is an error too.
Result<std::vector<std::size_t>> select_by_prefix(std::span<const std::string> ids,
                                                  std::span<const std::string> prefixes);

}  // namespace portolan::cli
