#include "nat-sim/behavior/nat.hpp"

#include "nat-sim/behavior/engine.hpp"

namespace portolan::nat {

Nat::Nat(const Parameters& parameters, const BoxAddresses& addresses, std::uint64_t seed)
    : engine_(std::make_unique<Engine>(parameters, addresses, seed)) {}
Nat::~Nat() = default;
Nat::Nat(Nat&&) noexcept = default;
Nat& Nat::operator=(Nat&&) noexcept = default;

Outcome Nat::process(Side from, std::vector<std::byte>& packet, Time now) {
    return engine_->process(from, packet, now);
}
void Nat::advance(Time now) {
    engine_->advance(now);
}
std::vector<Emission> Nat::take_due(Time now) {
    return engine_->take_due(now);
}
void Nat::reboot(Time now) {
    engine_->reboot(now);
}
void Nat::change_to_spare_address(Time now) {
    engine_->change_to_spare_address(now);
}

void Nat::change_outside_address(Ipv4 address, Time now) {
    engine_->change_outside_address(address, now);
}
void Nat::set_parameters(const Parameters& parameters, Time now) {
    engine_->set_parameters(parameters, now);
}
std::vector<MappingView> Nat::mappings() const {
    return engine_->mappings();
}
Statistics Nat::statistics() const {
    return engine_->statistics();
}
std::size_t Nat::memory_bytes() const {
    return engine_->memory_bytes();
}
bool Nat::invariants_hold() const {
    return engine_->invariants_hold();
}
void Nat::set_sabotage(Sabotage sabotage) {
    engine_->set_sabotage(sabotage);
}

}  // namespace portolan::nat
