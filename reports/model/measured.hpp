#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reports/model/json.hpp"

namespace portolan::report {

/// A quantity that many samples tell of, and where it lies: what another run has to leave before it
/// can be called changed. Whoever measures includes what the computer itself may have added.
struct Measured {
    std::string quantity;            ///< "round trip", "loss"
    std::string unit;                ///< "ms", "%"
    double value = 0;                ///< in the unit, as low and high, and low <= value <= high
    double low = 0;                  ///< of the samples, or of the interval of 95 %
    double high = 0;                 ///< as low
    std::uint64_t sample_count = 0;  ///< a single one has no spread
};

/// Appends to the array "measured" of a finding's data, under the names of the members above.
void add_measured(Json& data, const Measured& measured);

/// What add_measured() wrote; elements that are none, or are out of order, are left out.
std::vector<Measured> measured_of(const Json& data);

}  // namespace portolan::report
