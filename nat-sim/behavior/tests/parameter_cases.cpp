#include "nat-sim/behavior/tests/parameter_cases.hpp"

#include "nat-sim/behavior/tests/parameter_proofs.hpp"

namespace portolan::nat::test {

const std::vector<ParameterCase>& parameter_cases() {
    static const std::vector<ParameterCase> cases = {
        {1, Sabotage::Mapping, "mapping", proofs::mapping},
        {2, Sabotage::Filtering, "filtering", proofs::filtering},
        {3, Sabotage::PortAllocation, "port_allocation", proofs::port_allocation},
        {4, Sabotage::Conflict, "conflict", proofs::conflict},
        {5, Sabotage::ReplyBinding, "reply_binding", proofs::reply_binding},
        {6, Sabotage::Pooling, "pooling", proofs::pooling},
        {7, Sabotage::Timers, "timers", proofs::timers},
        {8, Sabotage::Refresh, "refresh", proofs::refresh},
        {9, Sabotage::Hairpin, "hairpin", proofs::hairpin},
        {10, Sabotage::Capacity, "capacity", proofs::capacity},
        {11, Sabotage::Exhaustion, "exhaustion", proofs::exhaustion},
        {12, Sabotage::InboundFirst, "unsolicited", proofs::inbound_first},
        {12, Sabotage::UnsolicitedAnswer, "unsolicited_answer", proofs::unsolicited_answer},
        {13, Sabotage::ProtocolCoupling, "protocol_coupling", proofs::protocol_coupling},
        {14, Sabotage::Icmp, "icmp", proofs::icmp},
        {15, Sabotage::Fragments, "fragments", proofs::fragments_case},
        {16, Sabotage::Alg, "alg", proofs::alg},
        {17, Sabotage::Events, "events", proofs::events},
        {18, Sabotage::PortControl, "port_control", proofs::port_control},
        {19, Sabotage::Forwarding, "forwarding", proofs::forwarding},
        {20, Sabotage::Realms, "realms", proofs::realms},
        {21, Sabotage::Seed, "seed", proofs::seed},
        {22, Sabotage::Kind, "kind", proofs::kind},
        {23, Sabotage::Policy, "policy", proofs::policy},
        {0, Sabotage::Checksum, "checksum", proofs::checksum},
    };
    return cases;
}

}  // namespace portolan::nat::test
