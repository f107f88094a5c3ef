#pragma once

#include <string_view>
#include <vector>

#include "nat-sim/conformance/bench.hpp"

namespace portolan::nat::conformance {

using ParameterEdit = void (*)(Parameters&);
/// Changes a packet that comes out of the box, the `number`-th; false: it does not come out.
using PacketEdit = bool (*)(Side out, Packet& packet, unsigned number);
/// Changes a packet on its way into the box; its checksums are made right again.
using IncomingEdit = void (*)(Side from, Packet& packet);

/// One check and a fault that it has to notice.
struct SabotageRow {
    std::string_view check_id;
    ParameterEdit base = nullptr;   ///< what a box needs to meet the requirement
    ParameterEdit fault = nullptr;  ///< the device is other than it is said to be
    PacketEdit edit = nullptr;      ///< or its packets are
    IncomingEdit incoming = nullptr;
    PacketEdit repair = nullptr;    ///< makes the sound device conform where the simulator does not
    bool one_address = false;       ///< the faulty device knows the first outside address only
    bool hairpins_queries = false;  ///< the sound device does, which the simulator does not
    bool emits_refusal = false;     ///< the faulty device refuses when time passes
};

const std::vector<SabotageRow>& sabotage_table();

/// The subject that meets the requirement.
Subject sound_subject(const SabotageRow& row);
DeviceMaker faulty_maker(const SabotageRow& row);

}  // namespace portolan::nat::conformance
