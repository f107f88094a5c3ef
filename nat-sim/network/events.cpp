#include "nat-sim/network/events.hpp"

// This file is C++17: g++ 12 does not take ns-3 3.37's headers as C++20.
#include <ns3/event-impl.h>
#include <ns3/nstime.h>
#include <ns3/ptr.h>
#include <ns3/simulator.h>

#include <algorithm>
#include <utility>

namespace portolan::sim {
namespace {

bool queue_exists = false;

ns3::Time to_ns3(SimDuration duration) {
    return ns3::NanoSeconds(std::max<std::int64_t>(duration.count(), 0));
}

class PostedEvent final : public ns3::EventImpl {
  public:
    explicit PostedEvent(std::unique_ptr<Action> action) : action_(std::move(action)) {}

  private:
    void Notify() override {
        // Freed before the next event runs, as its owner may be gone by then.
        const auto action = std::move(action_);
        action->run();
    }
    std::unique_ptr<Action> action_;
};

class CallbackEvent final : public ns3::EventImpl {
  public:
    explicit CallbackEvent(std::function<void()> callback) : callback_(std::move(callback)) {}

    [[nodiscard]] bool is_pending() const { return callback_ != nullptr; }
    void call_off() {
        Cancel();
        callback_ = nullptr;
    }

  private:
    void Notify() override {
        const auto callback = std::exchange(callback_, nullptr);
        if (callback) callback();
    }
    std::function<void()> callback_;
};

}  // namespace

// Holds the event itself: unlike an ns3::EventId it may outlive the simulator.
struct EventHandle::State {
    ns3::Ptr<CallbackEvent> event;
};

EventHandle::EventHandle() = default;
EventHandle::~EventHandle() = default;
EventHandle::EventHandle(EventHandle&&) noexcept = default;
EventHandle& EventHandle::operator=(EventHandle&&) noexcept = default;

bool EventHandle::is_pending() const {
    return state_ && state_->event->is_pending();
}

void EventHandle::cancel() {
    if (state_) state_->event->call_off();
    state_.reset();
}

EventQueue::EventQueue() {
    queue_exists = true;
    // Of ns-3's schedulers the quickest one for the few events that are pending here.
    ns3::ObjectFactory factory;
    factory.SetTypeId("ns3::PriorityQueueScheduler");
    ns3::Simulator::SetScheduler(factory);
}

EventQueue::~EventQueue() {
    ns3::Simulator::Destroy();
    queue_exists = false;
}

bool EventQueue::exists() {
    return queue_exists;
}

SimTime EventQueue::now() const {
    return SimTime(ns3::Simulator::Now().GetNanoSeconds());
}

void EventQueue::post(SimDuration delay, std::unique_ptr<Action> action) {
    // Simulator takes over the reference that the object is born with.
    ns3::Simulator::Schedule(to_ns3(delay),
                             ns3::Ptr<ns3::EventImpl>(new PostedEvent(std::move(action)), false));
}

EventHandle EventQueue::schedule(SimDuration delay, std::function<void()> callback) {
    EventHandle handle;
    handle.state_ = std::make_unique<EventHandle::State>();
    handle.state_->event = ns3::Ptr<CallbackEvent>(new CallbackEvent(std::move(callback)), false);
    ns3::Simulator::Schedule(to_ns3(delay), ns3::Ptr<ns3::EventImpl>(handle.state_->event));
    return handle;
}

void EventQueue::run_until(SimTime time) {
    // ns-3 stops at the first event of that time; what other events of the same time bring about
    // has to run too. The marker goes to the end of the line until it finds nobody before it.
    std::uint64_t seen_count = 0;
    EventHandle marker;
    std::function<void()> look = [&] {
        const std::uint64_t count = ns3::Simulator::GetEventCount();
        if (count - std::exchange(seen_count, count) <= 1) {
            ns3::Simulator::Stop();
        } else {
            marker = schedule(SimDuration::zero(), look);
        }
    };
    marker = schedule(time - now(), look);
    ns3::Simulator::Run();
    marker.cancel();
}

void EventQueue::stop() {
    ns3::Simulator::Stop();
}

std::uint64_t EventQueue::executed_count() const {
    return ns3::Simulator::GetEventCount();
}

}  // namespace portolan::sim
