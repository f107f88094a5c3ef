#include "nat-sim/scenario/nat_processor.hpp"

#include <utility>

namespace portolan::scenario {

namespace {

nat::Time to_nat(sim::SimTime time) {
    return std::chrono::duration_cast<nat::Time>(time);
}

sim::Side to_sim(nat::Side side) {
    return side == nat::Side::Inside ? sim::Side::Inside : sim::Side::Outside;
}

sim::PacketProcessor::Action to_sim(nat::Action action) {
    switch (action) {
        case nat::Action::Forward:
            return sim::PacketProcessor::Action::Forward;
        case nat::Action::Drop:
            return sim::PacketProcessor::Action::Drop;
        case nat::Action::Consume:
            break;
    }
    return sim::PacketProcessor::Action::Consume;
}

}  // namespace

NatProcessor::NatProcessor(const nat::Parameters& parameters, const nat::BoxAddresses& addresses,
                           std::uint64_t seed)
    : nat_(parameters, addresses, seed) {}

sim::PacketProcessor::Outcome NatProcessor::process(sim::Side from, std::vector<std::byte>& packet,
                                                    sim::SimTime now) {
    const nat::Side side = from == sim::Side::Inside ? nat::Side::Inside : nat::Side::Outside;
    if (on_decision_) before_ = packet;
    nat::Outcome outcome = nat_.process(side, packet, to_nat(now));
    if (on_decision_) on_decision_({now, side, before_, packet, &outcome});

    Outcome result;
    result.action = to_sim(outcome.action);
    result.out = to_sim(outcome.out);
    result.reason = to_string(outcome.reason);
    for (nat::Emission& due : nat_.take_due(to_nat(now)))
        result.extra.push_back({to_sim(due.out), std::move(due.bytes)});
    for (nat::Emission& extra : outcome.extra)
        result.extra.push_back({to_sim(extra.out), std::move(extra.bytes)});
    return result;
}

void NatProcessor::reboot(sim::SimTime now) {
    nat_.reboot(to_nat(now));
}

}  // namespace portolan::scenario
