#pragma once

#include <optional>
#include <string>

#include "probe/stun/transport_address.hpp"
#include "reports/model/result.hpp"

namespace portolan::transport {

/// A question to the kernel's routing tables (rtnetlink); no packet is sent.
struct RouteQuestion {
    IpAddress to;
    std::optional<IpAddress> from = {};  ///< the source that a socket is bound to
    std::string by = {};                 ///< the interface that a socket is bound to
};

/// The interface by which packets would leave; nothing when no route matches. With `by`, a socket
/// bound to the interface sends even so, as if the destination were on its link. Error:
/// environment.transport.route with errno, where the tables cannot be asked.
Result<std::optional<std::string>> route_interface(const RouteQuestion& question);

}  // namespace portolan::transport
