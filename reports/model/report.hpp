#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/evidence.hpp"
#include "reports/model/finding.hpp"
#include "reports/model/json.hpp"
#include "reports/model/time.hpp"

namespace portolan::report {

inline constexpr std::string_view kSchema = "portolan.report/1";

/// What belongs together: one address family on one interface, one server, one RFC section, one
/// file.
struct Section {
    std::string id = {};        ///< unique in its report, legal per is_legal_id: "udp4/eth0"
    std::string title = {};     ///< "IPv4 from eth0"
    std::string headline = {};  ///< one sentence; may be empty
    Json subject =
        Json::object();  ///< an object of scalars and arrays of scalars: what it is about
    std::vector<Finding> findings = {};

    friend bool operator==(const Section&, const Section&) = default;
};

struct Tool {
    std::string name = {};     ///< "nat-probe"
    std::string version = {};  ///< "0.1.0"

    friend bool operator==(const Tool&, const Tool&) = default;
};

/// What every tool writes and `nat-report` reads.
struct Report {
    Tool tool = {};
    Timestamp started_at = {};
    std::chrono::microseconds duration{0};
    bool simulated_time = false;  ///< `started_at` and `duration` are those of a simulation
    /// Incomplete until the run says otherwise: one that was cut off must not look whole.
    bool complete = false;
    std::optional<Reason> cut_off = {};  ///< why it is incomplete; empty in a complete one
    std::string headline = {};           ///< one sentence: what this means for a call
    Json subject = Json::object();       ///< an object: family, interface, servers
    std::vector<Section> sections = {};
    std::vector<Evidence> evidence = {};
    Json environment = Json::object();  ///< an object: system, versions, interfaces
    Json parameters = Json::object();   ///< an object: flags as given, and the seed
    Json data = Json::object();         ///< an object: what only this tool knows

    friend bool operator==(const Report&, const Report&) = default;
};

/// What the types alone cannot promise: ids legal; section and evidence ids unique; every
/// evidence_ids entry resolves; pass, fail and inconclusive carry evidence; titles, headline, tool
/// and version are not empty; payloads are objects; duration and start are in range; a complete
/// report has no cut_off. The first breach as an Internal error "report.invariant" with its JSON
/// pointer. For tests of tools, and part of from_json.
Result<void> validate(const Report& report);

/// The same report gives the same bytes. Total: invalid UTF-8 is replaced, whatever was put in.
/// Ends in a newline. Valid against report.schema.json if validate() agrees.
std::string to_json(const Report& report);

/// Errors are usage errors: "json.*" for the document, "json.shape" for a wrong value (naming its
/// JSON pointer), "report.schema" for another schema, "report.invariant" for what validate() finds.
/// Unknown keys are ignored, so that reports of later 1.x writers can be read.
Result<Report> from_json(std::string_view text, const JsonLimits& limits = {});

}  // namespace portolan::report
