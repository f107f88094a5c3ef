#pragma once

#include <glib.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "nat-sim/network/world.hpp"
#include "probe/transport/clock.hpp"

namespace portolan::sim {

/// A process on a simulated host: while its code runs, the C library's sockets, clocks, interfaces
/// and random numbers are the simulated ones. It has one GMainContext, which is run whenever
/// something is due. Only in executables that link the nat_virtual_libc objects (see libc.hpp).
class Program {
  public:
    /// The name must be unique in the world: the process's random numbers derive from it.
    Program(World& world, Host& host, std::string name);
    /// Everything that run() made must be gone by now. Descriptors that are still open are closed.
    ~Program();
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    [[nodiscard]] World& world() const { return world_; }
    [[nodiscard]] Host& host() const { return host_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] GMainContext* context() const;
    /// The same time as g_get_monotonic_time() tells inside run().
    [[nodiscard]] const transport::Clock& clock() const;
    /// A generator for the components that want one.
    [[nodiscard]] transport::Random& random();

    /// Runs the function now, as code of this process, and lets its context run after it. May be
    /// called from within another program's code. All use of objects that own sockets belongs
    /// inside, their destruction too.
    template <typename Function>
    auto run(Function&& function) {
        const Scope scope(*this);
        return std::forward<Function>(function)();
    }
    /// The same at a later time.
    void start_at(SimTime at, std::function<void()> function);

    /// How many iterations of its context have been run.
    [[nodiscard]] std::uint64_t iteration_count() const;
    /// How often its code asked to wait for input where time cannot pass, namely inside an event,
    /// and was told that there is none. Code meant for the simulated world never does.
    [[nodiscard]] std::uint64_t impossible_wait_count() const;

  private:
    class Scope {
      public:
        explicit Scope(Program& program);
        ~Scope();
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

      private:
        Program& program_;
        void* previous_;
    };
    struct State;

    World& world_;
    Host& host_;
    std::string name_;
    std::shared_ptr<State> state_;
};

}  // namespace portolan::sim
