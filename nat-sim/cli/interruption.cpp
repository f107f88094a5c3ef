#include "nat-sim/cli/interruption.hpp"

namespace portolan::nat_sim {

namespace {

volatile std::sig_atomic_t came = 0;

void note(int number) {
    came = number;
}

void install(int number, struct sigaction& before) {
    sigaction(number, nullptr, &before);
    if (before.sa_handler == SIG_IGN) return;
    struct sigaction action {};
    action.sa_handler = note;
    // The second one finds the default again. Waits end with EINTR and look.
    action.sa_flags = SA_RESETHAND;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, nullptr);
}

}  // namespace

Interruption::Interruption() {
    came = 0;
    install(SIGINT, before_int_);
    install(SIGTERM, before_term_);
}

Interruption::~Interruption() {
    sigaction(SIGINT, &before_int_, nullptr);
    sigaction(SIGTERM, &before_term_, nullptr);
}

bool Interruption::has_come() {
    return came != 0;
}

std::string Interruption::name() {
    switch (came) {
        case SIGINT:
            return "SIGINT";
        case SIGTERM:
            return "SIGTERM";
        default:
            return {};
    }
}

}  // namespace portolan::nat_sim
