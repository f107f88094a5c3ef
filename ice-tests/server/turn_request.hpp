#pragma once

#include "ice-tests/server/turn_core.hpp"

namespace portolan::server {

/// One request while it is answered. Internal to the core.
struct TurnCore::Request {
    transport::Time now{};
    const FiveTuple& tuple;
    const stun::MessageView& message;
    const Principal* principal = nullptr;  ///< nullptr until it is authenticated
};

}  // namespace portolan::server
