#pragma once

#include <memory>
#include <string>

#include "ice-tests/conformance/target.hpp"
#include "ice-tests/turn/surroundings.hpp"
#include "ice-tests/turn/transcript.hpp"

namespace portolan::scenarios {

struct Diagnosis {
    bool is_relaying = false;  ///< data got from one relay to the other, both ways
    std::string sentence;      ///< which step failed and how, or that none did
};

/// Does with our own client what two agents need of their servers: allocations, permissions for
/// each other's relays, data between them. Names the step that fails.
turn::Task<Diagnosis> diagnose(turn::Surroundings where, const conformance::Target& first,
                               const conformance::Target& second,
                               std::shared_ptr<turn::Transcript> transcript);

/// Whether one of the servers refuses the other's relay as a peer (403): then no call between two
/// relays will come about, however long one waits.
turn::Task<bool> forbids_relays(turn::Surroundings where, const conformance::Target& first,
                                const conformance::Target& second);

/// Whether a permission, and a channel, still let data through after that time: for calls that
/// broke off in the middle.
turn::Task<Diagnosis> diagnose_hold(turn::Surroundings where, const conformance::Target& server,
                                    transport::Duration held,
                                    std::shared_ptr<turn::Transcript> transcript);

}  // namespace portolan::scenarios
