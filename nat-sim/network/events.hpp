#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

// ns-3's clock and event queue behind a C++17 header without ns-3 in it.
namespace portolan::sim {

/// Since the world began.
using SimTime = std::chrono::nanoseconds;
using SimDuration = std::chrono::nanoseconds;

/// What happens at one time. Events at the same time run in the order in which they were scheduled.
class Action {
  public:
    virtual ~Action() = default;
    Action() = default;
    Action(const Action&) = delete;
    Action& operator=(const Action&) = delete;

    virtual void run() = 0;
};

/// An event that can still be called off. Dropping the handle does not call it off.
class EventHandle {
  public:
    EventHandle();
    ~EventHandle();
    EventHandle(EventHandle&&) noexcept;
    EventHandle& operator=(EventHandle&&) noexcept;
    EventHandle(const EventHandle&) = delete;
    EventHandle& operator=(const EventHandle&) = delete;

    [[nodiscard]] bool is_pending() const;
    void cancel();

  private:
    friend class EventQueue;
    struct State;
    std::unique_ptr<State> state_;
};

/// The simulator. ns-3 has one per process, hence at most one EventQueue at a time; the next one
/// starts from time zero and knows nothing of the last.
class EventQueue {
  public:
    EventQueue();
    ~EventQueue();
    EventQueue(const EventQueue&) = delete;
    EventQueue& operator=(const EventQueue&) = delete;

    /// Whether one exists: constructing a second one at the same time is a defect of the caller.
    static bool exists();

    [[nodiscard]] SimTime now() const;
    /// A negative delay counts as zero.
    void post(SimDuration delay, std::unique_ptr<Action> action);
    EventHandle schedule(SimDuration delay, std::function<void()> callback);
    /// Runs what is due up to and including that time, which is then the time that it is.
    void run_until(SimTime time);
    /// Ends the run_until() that is under way after the current event.
    void stop();
    [[nodiscard]] std::uint64_t executed_count() const;
};

}  // namespace portolan::sim
