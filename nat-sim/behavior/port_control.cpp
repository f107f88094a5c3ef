#include "nat-sim/behavior/engine.hpp"

namespace portolan::nat {

bool Engine::answer_port_control(Passage&, const Ipv4Header&, const Transport&) {
    return false;
}

}  // namespace portolan::nat
