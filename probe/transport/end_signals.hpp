#pragma once

#include <functional>
#include <vector>

#include "probe/transport/glib_ptr.hpp"

namespace portolan::transport {

/// Calls back on the context's thread at each SIGINT, SIGTERM and SIGHUP, as long as the result
/// lives. Not at a SIGHUP that is ignored: under nohup(1) the run is to go on.
std::vector<glib::SourcePtr> on_end_signals(GMainContext* context,
                                            const std::function<void()>& callback);

}  // namespace portolan::transport
