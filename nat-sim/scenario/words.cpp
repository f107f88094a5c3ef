#include "nat-sim/scenario/words.hpp"

namespace portolan::scenario {

namespace {

constexpr Word<Role> kRoles[] = {{Role::Controlling, "controlling"},
                                 {Role::Controlled, "controlled"}};
constexpr Word<TurnTransport> kTurn[] = {
    {TurnTransport::Udp, "udp"}, {TurnTransport::Tcp, "tcp"}, {TurnTransport::Tcp443, "tcp-443"}};
constexpr Word<EventKind> kEvents[] = {{EventKind::NatReboot, "nat-reboot"},
                                       {EventKind::AddressChange, "address-change"},
                                       {EventKind::BehaviourChange, "behaviour-change"},
                                       {EventKind::LinkDown, "link-down"},
                                       {EventKind::LinkUp, "link-up"}};

template <typename T>
std::string_view text_of(std::span<const Word<T>> words, T value) {
    for (const Word<T>& word : words) {
        if (word.value == value) return word.text;
    }
    return {};
}

}  // namespace

std::span<const Word<Role>> role_words() {
    return kRoles;
}
std::span<const Word<TurnTransport>> turn_words() {
    return kTurn;
}
std::span<const Word<EventKind>> event_words() {
    return kEvents;
}

std::string_view to_string(Role value) {
    return text_of(role_words(), value);
}
std::string_view to_string(TurnTransport value) {
    return text_of(turn_words(), value);
}
std::string_view to_string(EventKind value) {
    return text_of(event_words(), value);
}

}  // namespace portolan::scenario
