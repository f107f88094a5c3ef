#pragma once

#include <string>

#include "nat-sim/behavior/nat.hpp"

// One proof for each parameter, in the order of their numbers.

namespace portolan::nat::test::proofs {

std::string mapping(Sabotage sabotage);
std::string checksum(Sabotage sabotage);
std::string filtering(Sabotage sabotage);
std::string port_allocation(Sabotage sabotage);
std::string conflict(Sabotage sabotage);
std::string reply_binding(Sabotage sabotage);
std::string pooling(Sabotage sabotage);
std::string timers(Sabotage sabotage);
std::string refresh(Sabotage sabotage);
std::string hairpin(Sabotage sabotage);
std::string capacity(Sabotage sabotage);
std::string exhaustion(Sabotage sabotage);
std::string inbound_first(Sabotage sabotage);
std::string unsolicited_answer(Sabotage sabotage);
std::string protocol_coupling(Sabotage sabotage);
std::string icmp(Sabotage sabotage);
std::string fragments_case(Sabotage sabotage);
std::string alg(Sabotage sabotage);
std::string events(Sabotage sabotage);
std::string port_control(Sabotage sabotage);
std::string forwarding(Sabotage sabotage);
std::string realms(Sabotage sabotage);
std::string seed(Sabotage sabotage);
std::string kind(Sabotage sabotage);
std::string policy(Sabotage sabotage);

}  // namespace portolan::nat::test::proofs
