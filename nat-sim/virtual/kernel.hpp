#pragma once

#include <glib.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nat-sim/network/world.hpp"

namespace portolan::sim {

class Socket;

/// A simulated process as the simulated kernel sees it.
class Process : public std::enable_shared_from_this<Process> {
  public:
    Process(World& world, Host& host, const std::string& name);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    /// The process whose code is running in this thread; nothing outside of Program::run().
    static Process* current();
    /// Returns the one before.
    static Process* set_current(Process* process);

    [[nodiscard]] World& world() const { return world_; }
    [[nodiscard]] Host& host() const { return host_; }
    [[nodiscard]] GMainContext* context() const { return context_; }
    [[nodiscard]] std::uint64_t iteration_count() const { return iteration_count_; }

    /// CLOCK_MONOTONIC and CLOCK_REALTIME.
    [[nodiscard]] std::chrono::nanoseconds monotonic() const;
    [[nodiscard]] std::chrono::nanoseconds realtime() const;
    void fill_random(void* bytes, std::size_t count);

    /// Something may be ready: runs the context, from an event of its own.
    void wake();
    /// Lets simulated time pass until `is_ready` or the time is over; how blocking calls block.
    /// Within an event time cannot pass: false at once, and counted.
    bool wait(const std::function<bool()>& is_ready, std::optional<SimDuration> at_most);
    [[nodiscard]] std::uint64_t impossible_wait_count() const { return impossible_wait_count_; }

    /// The end of the process: its open sockets close.
    void end();

  private:
    friend class Socket;
    static int poll(GPollFD* descriptors, guint count, int timeout_ms);
    void run_context();
    void wake_after(SimDuration delay);

    World& world_;
    Host& host_;
    GMainContext* context_;
    std::uint64_t random_state_;
    std::vector<Socket*> sockets_;
    EventHandle wake_up_;
    SimTime wakes_at_{};
    int wake_up_fd_ = -1;
    bool is_woken_ = false;
    bool is_running_ = false;
    int polled_timeout_ms_ = 0;
    bool polled_ready_ = false;
    SimDuration spin_pause_{};
    SimTime spin_at_{};
    std::uint64_t iteration_count_ = 0;
    std::uint64_t impossible_wait_count_ = 0;
};

/// Which descriptors are simulated. Each has a real descriptor behind it, for its number only.
class SocketTable {
  public:
    static constexpr std::size_t kMaxDescriptors = 65536;

    /// Safe from any thread, as GLib's own threads use descriptors too.
    static Socket* find(int fd) {
        if (fd < 0 || static_cast<std::size_t>(fd) >= kMaxDescriptors) return nullptr;
        return slots_[static_cast<std::size_t>(fd)].load(std::memory_order_acquire);
    }
    /// A new number for it; negative errno on failure. Owns the socket from now on.
    static int add(std::unique_ptr<Socket> socket);
    /// Closes both.
    static int close(int fd);

  private:
    static std::array<std::atomic<Socket*>, kMaxDescriptors> slots_;
};

}  // namespace portolan::sim
