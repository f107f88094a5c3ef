#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/json.hpp"
#include "reports/model/verdict.hpp"

namespace portolan::report {

/// How bad a failure of this finding is, on one scale for all tools, so that they can be mixed,
/// sorted and gated. In order: a greater value is worse.
enum class Severity { Info, Low, Medium, High, Critical };

/// info | low | medium | high | critical
std::string_view to_string(Severity severity);
std::optional<Severity> parse_severity(std::string_view word);

/// What a failure does to a call. In order: a greater value is worse.
enum class Impact { Cosmetic, Degrades, NeedsRelay, BreaksVideo, BreaksCall };

/// cosmetic | degrades | needs-relay | breaks-video | breaks-call
std::string_view to_string(Impact impact);
std::optional<Impact> parse_impact(std::string_view word);

/// How strongly the rule behind a finding binds (RFC 2119, RFC 8174). In order of strength.
enum class Requirement { May, Should, Must };

/// may | should | must
std::string_view to_string(Requirement requirement);
std::optional<Requirement> parse_requirement(std::string_view word);

/// Where a rule is written: {"RFC 4787", "4.1"}; for other documents {"ITU-T G.107", "7"}.
struct Reference {
    std::string document = {};  ///< never empty
    std::string section = {};   ///< without the section sign; empty for the whole document

    friend bool operator==(const Reference&, const Reference&) = default;
};

/// Where in an input a finding points. Lines and columns count from 1; columns and offsets are
/// bytes. Zero means unknown.
struct Location {
    std::string source = {};  ///< a file name, or what the input is called ("offer"); never empty
    std::uint64_t line = 0;
    std::uint64_t column_bytes = 0;
    std::uint64_t byte_offset = 0;
    std::uint64_t length_bytes = 0;

    friend bool operator==(const Location&, const Location&) = default;
};

/// One answered, or openly unanswered, question.
struct Finding {
    std::string id;     ///< a permanent literal, legal per is_legal_id; may repeat in a report
    std::string title;  ///< two or three words, the same in every run: "Mapping"
    Verdict verdict;
    Severity severity = Severity::Info;           ///< of a failure; says nothing about a pass
    std::optional<Impact> impact = {};            ///< of a failure, where a call is concerned
    std::optional<Requirement> requirement = {};  ///< where a document demands it
    bool decides = false;                         ///< left open, the whole run is inconclusive
    std::string value = {};                       ///< for machines: "endpoint-independent"
    std::string summary = {};                     ///< what it means, one sentence
    std::vector<std::string> advice = {};         ///< what to do, one sentence each
    std::vector<std::string> tags = {};           ///< axes and filters: "security", "CWE-200"
    std::vector<Reference> references = {};
    std::vector<std::string> evidence_ids = {};  ///< into Report::evidence
    std::optional<Location> location = {};
    Json data = Json::object();  ///< an object: figures and fixes, by tool; units in key names

    friend bool operator==(const Finding&, const Finding&) = default;
};

}  // namespace portolan::report
