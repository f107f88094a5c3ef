#include "nat-sim/scenario/defaults.hpp"

#include "nat-sim/scenario/check.hpp"
#include "nat-sim/scenario/words.hpp"

namespace portolan::scenario {

namespace {

constexpr Word<TurnChoice> kTurnChoices[] = {{TurnChoice::None, "none"},
                                             {TurnChoice::Udp, "udp"},
                                             {TurnChoice::Tcp, "tcp"},
                                             {TurnChoice::AOnly, "a-only"},
                                             {TurnChoice::BOnly, "b-only"}};

}  // namespace

std::string_view to_string(TurnChoice choice) {
    for (const auto& word : kTurnChoices) {
        if (word.value == choice) return word.text;
    }
    return {};
}

std::optional<TurnChoice> parse_turn_choice(std::string_view text) {
    for (const auto& word : kTurnChoices) {
        if (word.text == text) return word.value;
    }
    return std::nullopt;
}

Result<Scenario> scenario_of(const CallSpec& spec) {
    Scenario out;
    out.name = spec.a + " x " + spec.b;
    out.seed = spec.seed;
    out.media.duration = spec.media;
    const std::string presets[] = {spec.a, spec.b};
    const char* names[] = {"home-a", "home-b"};
    for (std::size_t i = 0; i < 2; ++i) {
        Party& party = out.parties[i];
        party.name = i == 0 ? "A" : "B";
        party.role = i == 0 ? Role::Controlling : Role::Controlled;
        party.ipv4 = spec.ipv4;
        party.ipv6 = spec.ipv6;
        const bool has_turn = spec.turn == TurnChoice::Udp || spec.turn == TurnChoice::Tcp ||
                              spec.turn == (i == 0 ? TurnChoice::AOnly : TurnChoice::BOnly);
        if (has_turn) {
            party.turn = {spec.turn == TurnChoice::Tcp ? TurnTransport::Tcp : TurnTransport::Udp};
        }
        if (presets[i] == kInternet) continue;
        Network network;
        network.name = names[i];
        network.given_index = out.networks.size();
        network.nat = NatChoice{.preset = presets[i], .parameters = spec.parameters};
        party.network = out.networks.size();
        // The host is next to its box.
        party.link.delay = std::chrono::milliseconds(1);
        out.networks.push_back(std::move(network));
    }
    return complete(std::move(out));
}

}  // namespace portolan::scenario
