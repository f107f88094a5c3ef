#pragma once

#include <glib.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>

#include "probe/transport/clock.hpp"
#include "probe/transport/glib_ptr.hpp"

namespace portolan::server {

/// Calls that happen a fixed time after they were asked for, in that order; at once without a
/// delay. Dropped when this goes.
class DelayedCalls {
  public:
    /// More than this many waiting at once and further ones are dropped: a flood must not fill the
    /// memory.
    static constexpr std::size_t kMaxWaitingCount = 10'000;

    DelayedCalls(GMainContext* context, transport::Duration delay)
        : context_(glib::share(context)), delay_(delay) {}

    void run(std::function<void()> call);
    [[nodiscard]] std::size_t waiting_count() const { return waiting_.size(); }

  private:
    glib::ContextPtr context_;
    transport::Duration delay_;
    std::uint64_t next_ = 0;
    std::map<std::uint64_t, glib::SourcePtr> waiting_;
};

}  // namespace portolan::server
