#pragma once

#include "sdp-lint/rules/rule.hpp"

/// The checks of the ICE group that are about candidates.
namespace portolan::lint {

/// IC008, IC009, IC010, IC011, IC012, IC014, IC015, IC016, IC017
void candidate_fields(const Description& description, Reporter& reporter);
/// IC018, IC019, IC020
void related_addresses(const Description& description, Reporter& reporter);
/// IC021, IC022, IC023, IC024
void tcp_types(const Description& description, Reporter& reporter);
/// IC025, IC026, IC031
void candidate_addresses(const Description& description, Reporter& reporter);
/// IC040
void candidate_generation(const Description& description, Reporter& reporter);
/// IC041
void fragment_form(const Description& description, Reporter& reporter);

/// IC027, IC028, IC029, IC030
void candidate_sets(const Description& description, Reporter& reporter);
/// IC013, IC032, IC038
void candidate_places(const Description& description, Reporter& reporter);
/// IC033, IC034, IC035
void reachability(const Description& description, Reporter& reporter);
/// IC037
void default_destination_known(const Description& description, Reporter& reporter);

}  // namespace portolan::lint
