#pragma once

#include <cstddef>
#include <string>

#include "reports/model/figure.hpp"

namespace portolan::render {

/// A figure with its caption, the drawing, what it shows in words, and its numbers as a table.
/// `number` is unique on the page; `evidence` is what the figure rests on, linked when it is there.
std::string figure_html(const report::Figure& figure, std::size_t number,
                        const report::Evidence* evidence);

/// All figures of an evidence. One that cannot be drawn is named, with the reason. `next_number`
/// counts on.
std::string figures_html(const report::Evidence& evidence, std::size_t& next_number);

/// The anchor of an evidence on the page: ids of evidence are told from those of findings.
std::string evidence_anchor(std::string_view evidence_id);

}  // namespace portolan::render
