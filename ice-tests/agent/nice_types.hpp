#pragma once

#include <nice/agent.h>

#include <memory>
#include <optional>
#include <vector>

#include "ice-tests/agent/agent.hpp"
#include "ice-tests/agent/candidate.hpp"

// libnice's types behind RAII, and their translation. Internal to the module.
namespace portolan::agent {

struct NiceCandidateDeleter {
    void operator()(NiceCandidate* candidate) const { nice_candidate_free(candidate); }
};
using NiceCandidatePtr = std::unique_ptr<NiceCandidate, NiceCandidateDeleter>;

/// A list that owns its candidates, as nice_agent_get_local_candidates() returns it.
struct NiceCandidateListDeleter {
    void operator()(GSList* list) const;
};
using NiceCandidateListPtr = std::unique_ptr<GSList, NiceCandidateListDeleter>;

struct GFree {
    void operator()(gchar* text) const { g_free(text); }
};
using TextPtr = std::unique_ptr<gchar, GFree>;

/// Never asks libnice for a candidate's TURN server: what its signals bring are copies without
/// one, and nice_candidate_relay_address() of 0.1.21 dereferences it.
Candidate from_nice(const NiceCandidate& candidate);
std::vector<Candidate> from_nice(const GSList* candidates);
NiceCandidatePtr to_nice(const Candidate& candidate, unsigned stream);
NiceAddress to_nice(const TransportAddress& address);
State from_nice(NiceComponentState state);

}  // namespace portolan::agent
