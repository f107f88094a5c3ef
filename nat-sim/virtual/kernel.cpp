#include "nat-sim/virtual/kernel.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "nat-sim/virtual/real_libc.hpp"
#include "nat-sim/virtual/socket.hpp"

namespace portolan::sim {
namespace {

// A machine that has been up for a while: zero is special to some programs.
constexpr std::chrono::seconds kUptime{1000};

// A context may find a timer due in less than a millisecond, dispatch it, and find the same again:
// libnice's consent timer re-arms with whole milliseconds. On a real machine it would go round for
// that long. After this many turns without input at one instant, time moves on instead, first a
// little, then more.
constexpr int kMaxIdleTurns = 8;
constexpr SimDuration kFirstPause = std::chrono::microseconds(50);
constexpr SimDuration kLongestPause = std::chrono::milliseconds(1);

thread_local Process* current_process = nullptr;

// Descriptors that exist only to have a number are copies of one socket that nobody uses.
int number_source() {
    static const int fd = real::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return fd;
}

}  // namespace

std::array<std::atomic<Socket*>, SocketTable::kMaxDescriptors> SocketTable::slots_{};

int SocketTable::add(std::unique_ptr<Socket> socket) {
    const int fd = real::fcntl(number_source(), F_DUPFD_CLOEXEC, 3);
    if (fd < 0) return -errno;
    if (static_cast<std::size_t>(fd) >= kMaxDescriptors) {
        real::close(fd);
        return -EMFILE;
    }
    socket->descriptor = fd;
    slots_[static_cast<std::size_t>(fd)].store(socket.release(), std::memory_order_release);
    return fd;
}

int SocketTable::close(int fd) {
    const std::unique_ptr<Socket> closed(
        slots_[static_cast<std::size_t>(fd)].exchange(nullptr, std::memory_order_acq_rel));
    return real::close(fd);
}

Process::Process(World& world, Host& host, const std::string& name)
    : world_(world),
      host_(host),
      context_(g_main_context_new()),
      random_state_(world.seed_for("process/" + name)) {
    g_main_context_set_poll_func(context_, &Process::poll);
    // Owned by this thread for good: otherwise each new source would wake "the other thread" by a
    // write to an eventfd.
    g_main_context_acquire(context_);
    // A new context polls nothing but that eventfd. With no other thread about, nobody needs to.
    GPollFD item{};
    int timeout_ms = 0;
    if (g_main_context_query(context_, G_MAXINT, &timeout_ms, &item, 1) == 1) wake_up_fd_ = item.fd;
}

Process::~Process() {
    g_main_context_release(context_);
    g_main_context_unref(context_);
}

Process* Process::current() {
    return current_process;
}

Process* Process::set_current(Process* process) {
    return std::exchange(current_process, process);
}

std::chrono::nanoseconds Process::monotonic() const {
    return kUptime + world_.now();
}

std::chrono::nanoseconds Process::realtime() const {
    return world_.epoch() + world_.now();
}

void Process::fill_random(void* bytes, std::size_t count) {
    auto* out = static_cast<unsigned char*>(bytes);
    while (count > 0) {
        random_state_ += 0x9E3779B97F4A7C15U;  // SplitMix64, as everywhere in the simulated world
        std::uint64_t z = random_state_;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        z ^= z >> 31U;
        const std::size_t n = std::min(count, sizeof z);
        std::memcpy(out, &z, n);
        out += n;
        count -= n;
    }
}

void Process::wake() {
    if (is_woken_) return;
    is_woken_ = true;
    world_.schedule_after(SimDuration::zero(), [self = weak_from_this()] {
        if (const auto process = self.lock()) {
            process->is_woken_ = false;
            process->run_context();
        }
    });
}

void Process::wake_after(SimDuration delay) {
    const SimTime at = world_.now() + delay;
    if (wake_up_.is_pending() && wakes_at_ == at) return;
    wake_up_.cancel();
    wakes_at_ = at;
    wake_up_ = world_.schedule_after(delay, [self = weak_from_this()] {
        if (const auto process = self.lock()) process->run_context();
    });
}

int Process::poll(GPollFD* descriptors, guint count, int timeout_ms) {
    Process* const process = current();
    const int wake_up_fd = process != nullptr ? process->wake_up_fd_ : -1;
    int ready_count = 0;
    for (guint i = 0; i < count; ++i) {
        GPollFD& item = descriptors[i];
        item.revents = 0;
        if (Socket* socket = SocketTable::find(item.fd)) {
            const unsigned always = POLLERR | POLLHUP;
            item.revents = static_cast<gushort>(static_cast<unsigned>(socket->ready()) &
                                                (item.events | always));
        } else if (item.fd != wake_up_fd) {
            // Whatever real ones a program has.
            pollfd real_item{.fd = item.fd, .events = static_cast<short>(item.events)};
            if (real::poll(&real_item, 1, 0) > 0) {
                item.revents = static_cast<gushort>(real_item.revents);
            }
        }
        if (item.revents != 0) ++ready_count;
    }
    if (process != nullptr) {
        process->polled_timeout_ms_ = timeout_ms;
        process->polled_ready_ = ready_count > 0;
    }
    return ready_count;
}

void Process::run_context() {
    if (is_running_ || context_ == nullptr) return;
    const auto alive = shared_from_this();
    Process* const before = set_current(this);
    is_running_ = true;
    int idle_turns = 0;
    bool must_pause = false;
    for (;;) {
        ++iteration_count_;
        const bool has_dispatched = g_main_context_iteration(context_, TRUE) != FALSE;
        if (!has_dispatched && polled_timeout_ms_ != 0) break;
        idle_turns = polled_ready_ ? 0 : idle_turns + 1;
        if (idle_turns >= kMaxIdleTurns) {
            must_pause = true;
            break;
        }
    }
    is_running_ = false;
    set_current(before);
    if (must_pause) {
        const bool goes_on = spin_at_ + spin_pause_ == world_.now();
        spin_pause_ = goes_on ? std::min(spin_pause_ * 2, kLongestPause) : kFirstPause;
        spin_at_ = world_.now();
        wake_after(spin_pause_);
    } else if (polled_timeout_ms_ > 0) {
        wake_after(std::chrono::milliseconds(polled_timeout_ms_));
    } else {
        wake_up_.cancel();
    }
    world_.program_ran();
}

bool Process::wait(const std::function<bool()>& is_ready, std::optional<SimDuration> at_most) {
    if (is_ready()) return true;
    if (world_.is_running()) {
        ++impossible_wait_count_;
        return false;
    }
    // A day stands for ever: nothing that could happen by itself takes longer.
    return world_.run_until(is_ready, at_most.value_or(std::chrono::hours(24)));
}

void Process::end() {
    wake_up_.cancel();
    for (Socket* socket : std::exchange(sockets_, {}))
        socket->orphan();
}

}  // namespace portolan::sim
