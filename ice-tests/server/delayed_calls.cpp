#include "ice-tests/server/delayed_calls.hpp"

#include <utility>

namespace portolan::server {

void DelayedCalls::run(std::function<void()> call) {
    if (delay_ <= transport::Duration::zero()) return call();
    if (waiting_.size() >= kMaxWaitingCount) return;
    const std::uint64_t number = next_++;
    waiting_[number] =
        glib::call_after(context_.get(), delay_, [this, number, call = std::move(call)] {
            const auto finished = waiting_.extract(number);
            call();
        });
}

}  // namespace portolan::server
