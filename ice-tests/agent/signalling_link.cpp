#include "ice-tests/agent/signalling_link.hpp"

#include <deque>
#include <utility>

#include "probe/transport/glib_ptr.hpp"

namespace portolan::agent {

struct SignallingLink::Wire {
    struct End {
        Negotiation* receiver = nullptr;
        std::deque<std::pair<SignallingMessage, glib::SourcePtr>> on_the_way;
        std::deque<SignallingMessage> arrived;  ///< before there was a receiver
    };

    Wire(GMainContext* main_context, std::chrono::microseconds one_way_delay)
        : context(glib::share(main_context)), delay(one_way_delay) {}

    void send(End& to, const SignallingMessage& message);
    void deliver_first(End& to);
    static void hand_over(End& to);

    glib::ContextPtr context;
    std::chrono::microseconds delay;
    End offerer;
    End answerer;
};

void SignallingLink::Wire::send(End& to, const SignallingMessage& message) {
    to.on_the_way.emplace_back(
        message, glib::call_after(context.get(), delay, [this, &to] { deliver_first(to); }));
}

// All timers are equally long, so whichever ends is the first message's.
void SignallingLink::Wire::deliver_first(End& to) {
    if (to.on_the_way.empty()) return;
    to.arrived.push_back(std::move(to.on_the_way.front().first));
    const auto finished = std::move(to.on_the_way.front().second);
    to.on_the_way.pop_front();
    hand_over(to);
}

void SignallingLink::Wire::hand_over(End& to) {
    while (to.receiver != nullptr && !to.arrived.empty()) {
        const SignallingMessage message = std::move(to.arrived.front());
        to.arrived.pop_front();
        to.receiver->receive(message);
    }
}

SignallingLink::SignallingLink(GMainContext* context, std::chrono::microseconds one_way_delay)
    : wire_(std::make_shared<Wire>(context, one_way_delay)) {}

SignallingLink::~SignallingLink() {
    disconnect();
}

// The ends may be kept by sides that live longer than the link.
Negotiation::Send SignallingLink::toward_offerer() {
    return [wire = std::weak_ptr(wire_)](const SignallingMessage& message) {
        if (const auto alive = wire.lock()) alive->send(alive->offerer, message);
    };
}

Negotiation::Send SignallingLink::toward_answerer() {
    return [wire = std::weak_ptr(wire_)](const SignallingMessage& message) {
        if (const auto alive = wire.lock()) alive->send(alive->answerer, message);
    };
}

void SignallingLink::connect(Negotiation& offerer, Negotiation& answerer) {
    wire_->offerer.receiver = &offerer;
    wire_->answerer.receiver = &answerer;
    Wire::hand_over(wire_->offerer);
    Wire::hand_over(wire_->answerer);
}

void SignallingLink::disconnect() {
    for (Wire::End* end : {&wire_->offerer, &wire_->answerer}) {
        end->receiver = nullptr;
        end->on_the_way.clear();
        end->arrived.clear();
    }
}

}  // namespace portolan::agent
