#pragma once

#include "probe/cli/report/facts.hpp"

namespace portolan::nat_probe {

/// One cause for what was asked twice: of two visits to one endpoint over UDP, of which one was
/// refused and one got no answer, both were refused. And no host is said to refuse TCP where a
/// router rejects UDP to it: that may refuse in its name.
void settle_causes(CallFacts& facts);

/// What the classification of a family was too short to see, and the visits of the same run did:
/// that TCP gets through, and that silence over UDP lasted. Verdicts stay as they are.
void tell_of_visits(const CallFacts& facts, NatFacts& nat);

}  // namespace portolan::nat_probe
