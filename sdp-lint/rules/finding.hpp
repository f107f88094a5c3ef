#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sdp-lint/rules/catalogue.hpp"
#include "sdp-lint/sdp/text.hpp"

namespace portolan::lint {

/// A place in one of the descriptions that were linted together. `description` is its position
/// among them. An empty range is a place where something is missing.
struct Place {
    std::uint32_t description = 0;
    sdp::ByteRange range = {};

    friend bool operator==(const Place&, const Place&) = default;
    friend auto operator<=>(const Place&, const Place&) = default;
};

struct Related {
    Place place;
    std::string label;  ///< "the section's own a=mid", no full stop
};

/// Puts `replacement` in the place of these bytes.
struct Edit {
    Place place;
    std::string replacement;

    friend bool operator==(const Edit&, const Edit&) = default;
};

struct Fix {
    std::string title;        ///< "write s=-"
    std::vector<Edit> edits;  ///< all of them or none
};

/// One defect. Its safety of fix, title and advice are in the catalogue's row.
struct Finding {
    Code code;
    Severity severity = Severity::Error;
    Place place;
    std::string message;  ///< what is wrong here, with the values; one sentence, no full stop
    std::vector<Related> related = {};
    std::optional<Fix> fix = {};
};

}  // namespace portolan::lint
