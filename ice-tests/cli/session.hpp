#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ice-tests/turn/surroundings.hpp"
#include "probe/transport/clock.hpp"
#include "probe/transport/discovery.hpp"
#include "probe/transport/glib_ptr.hpp"
#include "reports/model/result.hpp"

namespace portolan::ice_test {

/// The main loop, the clock and the signals of one run. Here, and only here, the process waits.
class Session {
  public:
    explicit Session(std::uint64_t seed);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    [[nodiscard]] turn::Surroundings where() { return {context_.get(), &clock_, &random_}; }
    [[nodiscard]] bool is_interrupted() const { return is_interrupted_; }

    /// Runs a task to its end, or to SIGINT, SIGTERM or SIGHUP: then nothing, and the task is
    /// dropped, with a moment for what gives its allocations back in the background.
    template <typename T>
    std::optional<T> run(turn::Task<T>& task) {
        task.start([this] { g_main_loop_quit(loop_.get()); });
        if (!task.is_done() && !is_interrupted_) g_main_loop_run(loop_.get());
        if (task.is_done()) return task.take();
        { const turn::Task<T> dropped = std::move(task); }
        wind_up();
        return std::nullopt;
    }
    /// Where the servers of the URIs are, all of them asked for side by side. Usage error when it
    /// was interrupted.
    Result<std::vector<transport::Discovery>> locate(const std::vector<transport::ServerUri>& uris,
                                                     std::uint64_t seed);

  private:
    void wind_up();

    glib::ContextPtr context_;
    glib::LoopPtr loop_;
    transport::GlibClock clock_;
    transport::Random random_;
    std::vector<glib::SourcePtr> signals_;
    bool is_interrupted_ = false;
};

}  // namespace portolan::ice_test
