#include "ice-tests/turn/surroundings.hpp"

#include <algorithm>
#include <chrono>

#include "probe/transport/glib_ptr.hpp"

namespace portolan::turn {

struct Pause::Timer {
    glib::SourcePtr source;
};

Pause::Pause(const Surroundings& where, transport::Duration duration)
    : where_(where), duration_(duration) {}
Pause::~Pause() = default;

void Pause::await_suspend(std::coroutine_handle<> caller) {
    timer_ = std::make_unique<Timer>();
    timer_->source = glib::call_after(where_.context, duration_, [caller] { caller.resume(); });
}

struct Signal::State {
    Surroundings where;
    std::coroutine_handle<> waiting = nullptr;
    glib::SourcePtr deadline;
    glib::SourcePtr soon;
};

Signal::Signal(const Surroundings& where) : state_(std::make_unique<State>()) {
    state_->where = where;
}
Signal::~Signal() = default;

void Signal::notify() {
    if (!state_->waiting) return;
    state_->deadline.reset();
    std::exchange(state_->waiting, nullptr).resume();
}

void Signal::notify_soon() {
    state_->soon = glib::call_soon(state_->where.context, [this] { notify(); });
}

void Signal::Wait::await_suspend(std::coroutine_handle<> caller) {
    State& state = *signal_.state_;
    waits_ = true;
    state.waiting = caller;
    if (deadline_ == transport::Time::max()) return;
    const transport::Duration left =
        std::max(deadline_ - state.where.now(), transport::Duration(0));
    Signal* signal = &signal_;
    state.deadline = glib::call_after(state.where.context, left, [signal] { signal->notify(); });
}

Signal::Wait::~Wait() {
    // When the coroutine is dropped while it waits. The signal outlives those who wait for it.
    if (!waits_) return;
    signal_.state_->waiting = nullptr;
    signal_.state_->deadline.reset();
}

}  // namespace portolan::turn
