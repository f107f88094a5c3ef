#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nat-sim/behavior/parameters.hpp"
#include "reports/model/json.hpp"
#include "reports/model/result.hpp"

namespace portolan::nat {

/// One JSON value of a parameter. A parameter with several values has several rows.
struct ParameterRow {
    int number = 0;                ///< of the parameter; permanent
    std::string_view pointer;      ///< JSON pointer in the parameter document: "/mapping/udp"
    std::string_view unit;         ///< "ms", "bytes", "count", "port", "" for words and booleans
    std::string_view requirement;  ///< "RFC 4787 REQ-1"; "" where no RFC asks
    std::string_view meaning;      ///< one sentence
    std::string allowed;           ///< "a | b | c", "true | false", "0 .. 65535"
    std::int64_t min = 0;          ///< of numbers, in `unit`
    std::int64_t max = 0;
    report::Json (*get)(const Parameters&) = nullptr;
    /// What is wrong with the value; empty when it was taken.
    std::string (*set)(const ParameterRow&, Parameters&, const report::Json&) = nullptr;

    /// The value of a default-constructed Parameters.
    [[nodiscard]] report::Json default_value() const { return get(Parameters{}); }
};

/// Every value of every parameter, ordered by number. The only list of them: parser, printer and
/// documentation derive from it.
const std::vector<ParameterRow>& parameter_table();

/// Members that are missing keep their defaults. Refuses, as usage error "nat.parameter" with the
/// JSON pointer in the message: unknown members, values out of range, combinations that mean
/// nothing.
Result<Parameters> parse_parameters(const report::Json& document);
Result<Parameters> parse_parameters(std::string_view text);

/// Combinations that mean nothing, as parse_parameters() reports them.
Result<void> check_parameters(const Parameters& parameters);

/// Every value, default or not; parse_parameters() gives the same parameters back.
report::Json to_json(const Parameters& parameters);

}  // namespace portolan::nat
