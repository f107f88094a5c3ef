#pragma once

#include <string>
#include <vector>

#include "probe/discovery/inference.hpp"
#include "probe/discovery/ledger.hpp"
#include "probe/discovery/lifetime.hpp"
#include "reports/model/report.hpp"

namespace portolan::findings {

/// One run of the discovery machine, judged: a section with a finding for each behaviour, and the
/// packets as evidence. `section_id` ("ipv4", "ipv4/eth0") prefixes the evidence ids.
struct Classification {
    report::Section section;
    std::vector<report::Evidence> evidence;
};

struct SectionNames {
    std::string id;       ///< legal per is_legal_id
    std::string title;    ///< "IPv4"
    bool decides = true;  ///< whether its open questions make the run inconclusive
};

Classification classify(const discovery::Ledger& ledger, const discovery::Outcome& outcome,
                        const SectionNames& names);

/// Adds nat/binding-lifetime to a section.
void add_lifetime(Classification& classification, const discovery::Ledger& ledger,
                  const discovery::Judgement<discovery::Lifetime>& lifetime,
                  const SectionNames& names);

/// Adds run/repeatability: did all runs of one section agree? Where they did not, the headline
/// says what each came to, and the section is open.
void add_repeatability(Classification& classification, const std::vector<discovery::Outcome>& runs);

}  // namespace portolan::findings
