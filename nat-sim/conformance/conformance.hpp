#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "nat-sim/conformance/check.hpp"
#include "reports/cli/catalogue.hpp"
#include "reports/model/report.hpp"

namespace portolan::nat::conformance {

struct CheckResult {
    const Check* check = nullptr;
    Judgement judgement;
    std::vector<std::string> transcript;  ///< what was sent and what came, with virtual times
    Time simulated{0};
};

CheckResult run_check(const Check& check, const Subject& subject);

/// What its preset says a box violates, and why: by check id.
struct Expectations {
    bool declared = false;  ///< without a declaration nothing is a surprise
    std::map<std::string, std::string, std::less<>> violations = {};
};

/// One box that was judged.
struct BoxResult {
    std::string name;
    std::vector<CheckResult> results;
    Expectations expected;
};

/// Where results and expectations differ, one sentence each: violations that were not expected,
/// expected ones that were met. Only checks that ran count.
std::vector<std::string> surprises(const BoxResult& box);

/// Sections, evidence and headline; the envelope is the caller's. `is_chain`: the boxes are of one,
/// all of it or the first ones.
void fill_report(report::Report& report, std::span<const BoxResult> boxes, bool is_chain);

/// For --list and --explain.
std::vector<cli::CatalogueEntry> catalogue();

/// must | should | may
std::string_view word_of(report::Requirement level);

}  // namespace portolan::nat::conformance
