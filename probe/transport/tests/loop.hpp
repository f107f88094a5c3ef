#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>

#include "probe/transport/glib_ptr.hpp"

namespace portolan::transport {

/// A context that tests run by hand until something has happened.
class Loop {
  public:
    [[nodiscard]] GMainContext* context() const { return context_.get(); }

    /// False when it did not happen in time: generous, because it only costs when a test fails.
    [[nodiscard]] bool until(const std::function<bool()>& done,
                             std::chrono::microseconds deadline = std::chrono::seconds(20)) {
        bool is_late = false;
        const auto timer = glib::call_after(context(), deadline, [&] { is_late = true; });
        while (!done() && !is_late)
            g_main_context_iteration(context(), TRUE);
        return done();
    }

    /// For what must not happen: lets everything that is ready run, several times over.
    void settle() {
        for (int i = 0; i < 100; ++i)
            g_main_context_iteration(context(), FALSE);
    }

  private:
    glib::ContextPtr context_ = glib::new_context();
};

}  // namespace portolan::transport
