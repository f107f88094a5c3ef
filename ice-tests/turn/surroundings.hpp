#pragma once

#include <glib.h>

#include <coroutine>
#include <cstddef>
#include <memory>
#include <vector>

#include "ice-tests/turn/task.hpp"
#include "probe/transport/clock.hpp"

namespace portolan::turn {

/// What everything here runs on. The three outlive whatever is given them.
struct Surroundings {
    GMainContext* context = nullptr;
    const transport::Clock* clock = nullptr;
    transport::Random* random = nullptr;

    [[nodiscard]] transport::Time now() const { return clock->now(); }
};

/// `co_await Pause(...)` goes on after that time, or never when the coroutine is dropped.
class Pause {
  public:
    Pause(const Surroundings& where, transport::Duration duration);
    ~Pause();
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> caller);
    void await_resume() const noexcept {}

  private:
    struct Timer;
    Surroundings where_;
    transport::Duration duration_;
    std::unique_ptr<Timer> timer_;
};

/// Waits until somebody calls notify(), or for the time at most. One waits at a time.
class Signal {
  public:
    explicit Signal(const Surroundings& where);
    ~Signal();
    Signal(const Signal&) = delete;
    Signal& operator=(const Signal&) = delete;

    /// Whoever waits goes on inside this call.
    void notify();
    /// The same from the next iteration of the context.
    void notify_soon();

    class Wait {
      public:
        Wait(Signal& signal, transport::Time deadline) : signal_(signal), deadline_(deadline) {}
        ~Wait();
        Wait(const Wait&) = delete;
        Wait& operator=(const Wait&) = delete;
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> caller);
        void await_resume() const noexcept {}

      private:
        Signal& signal_;
        transport::Time deadline_;
        bool waits_ = false;
    };
    Wait until(transport::Time deadline) { return {*this, deadline}; }

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Runs them side by side; the results in their order.
template <typename T>
Task<std::vector<T>> all(Surroundings where, std::vector<Task<T>> tasks) {
    Signal signal(where);
    std::size_t open_count = tasks.size();
    for (Task<T>& task : tasks) {
        task.start([&signal, &open_count] {
            if (--open_count == 0) signal.notify_soon();
        });
    }
    while (open_count > 0)
        co_await signal.until(transport::Time::max());
    std::vector<T> out;
    out.reserve(tasks.size());
    for (Task<T>& task : tasks)
        out.push_back(task.take());
    co_return out;
}

}  // namespace portolan::turn
