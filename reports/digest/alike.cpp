#include "reports/digest/alike.hpp"

#include "reports/digest/noise.hpp"

namespace portolan::digest {

void Alike::add(const std::string& value) {
    const auto figure = figure_of(value);
    const bool is_first = count_++ == 0;
    if (is_first) first_ = value;
    varies_ |= value != first_;
    are_figures_ &= figure && (is_first || figure->second == unit_);
    if (!are_figures_) return;
    if (is_first) {
        unit_ = figure->second;
        least_ = greatest_ = {figure->first, value};
    }
    if (figure->first < least_.value) least_ = {figure->first, value};
    if (figure->first > greatest_.value) greatest_ = {figure->first, value};
}

std::string Alike::words() const {
    if (!varies_) return first_;
    if (are_figures_) return least_.text + " to " + greatest_.text;
    return first_ + " and the like";
}

}  // namespace portolan::digest
