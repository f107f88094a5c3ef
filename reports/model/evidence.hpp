#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/json.hpp"

namespace portolan::report {

enum class EvidenceKind {
    Packets,      ///< what was sent and what came back, and when
    Timing,       ///< durations of steps
    Measurement,  ///< counts and statistics: loss, jitter, throughput
    Seed,         ///< what makes a random run repeatable
    Environment,  ///< what this machine is: interfaces, routes, versions
    Input,        ///< a part of what was given to be judged: an SDP line, a URI
    Derivation,   ///< how a verdict follows from other evidence
};

/// packets | timing | measurement | seed | environment | input | derivation
std::string_view to_string(EvidenceKind kind);
std::optional<EvidenceKind> parse_evidence_kind(std::string_view word);

/// What somebody else needs to come to the same verdict, or to a better one.
struct Evidence {
    std::string id = {};  ///< unique in its report, legal per is_legal_id: "udp4.filtering.control"
    EvidenceKind kind = EvidenceKind::Packets;
    std::string title = {};               ///< a few words
    Json data = Json::object();           ///< an object; units in key names
    std::vector<std::string> lines = {};  ///< for people: one line each, annotated hex dumps too

    friend bool operator==(const Evidence&, const Evidence&) = default;
};

}  // namespace portolan::report
