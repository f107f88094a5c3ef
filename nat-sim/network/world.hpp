#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "nat-sim/network/boxes.hpp"
#include "nat-sim/network/capture.hpp"
#include "nat-sim/network/events.hpp"
#include "nat-sim/network/host.hpp"
#include "nat-sim/network/interface.hpp"
#include "nat-sim/network/link_options.hpp"
#include "nat-sim/network/packet_log.hpp"
#include "nat-sim/network/packet_processor.hpp"

namespace portolan::sim {

class Lan;
class Link;

/// 2026-01-01 00:00:00 UTC.
inline constexpr std::chrono::seconds kDefaultEpoch{1767225600};

struct WorldOptions {
    std::uint64_t seed = 1;
    std::chrono::nanoseconds epoch = kDefaultEpoch;  ///< the time of day at which it begins
};

/// A network, its time and everything in it. Names of nodes, links and LANs must be unique: the
/// random numbers of each derive from the seed and its name, so that adding one does not change
/// what another draws. One world at a time in a process (ns-3's simulator is a singleton), any
/// number one after the other; a second one at once, or a name used twice, is a defect of the
/// caller and throws std::logic_error. What add_*() and connect() return lives as long as the
/// world.
class World {
  public:
    explicit World(const WorldOptions& options = {});
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    /// The world that exists now, if one does.
    static World* current();

    [[nodiscard]] std::uint64_t seed() const;
    [[nodiscard]] std::chrono::nanoseconds epoch() const;
    [[nodiscard]] SimTime now() const;

    /// At an absolute time; a time that has passed means now.
    EventHandle schedule(SimTime at, std::function<void()> callback);
    EventHandle schedule_after(SimDuration delay, std::function<void()> callback);
    void run_until(SimTime time);
    void run(SimDuration duration) { run_until(now() + duration); }
    /// Until `done` holds, which is asked after each event of a program; false when the time ran
    /// out.
    bool run_until(const std::function<bool()>& done, SimDuration at_most);
    void stop();
    /// Inside of run() or run_until(), where time cannot be waited for.
    [[nodiscard]] bool is_running() const;
    [[nodiscard]] std::uint64_t event_count() const;

    Host& add_host(std::string name);
    Router& add_router(std::string name);
    Firewall& add_firewall(std::string name, const FirewallRules& rules = {});
    NatBox& add_nat(std::string name, std::unique_ptr<PacketProcessor> processor);
    /// A switched segment: its members reach each other directly, each with these options on what
    /// it sends.
    Lan& add_lan(const std::string& name, const LinkOptions& options = {});

    Interface& attach(Node& node, Lan& lan, const InterfaceOptions& options = {});
    /// A link between two nodes, named "a--b" unless `name` says otherwise; the options for both
    /// directions can differ.
    Link& connect(Node& a, const InterfaceOptions& at_a, Node& b, const InterfaceOptions& at_b,
                  const LinkOptions& options = {}, std::string name = {});
    Link& connect(Node& a, const InterfaceOptions& at_a, Node& b, const InterfaceOptions& at_b,
                  const LinkOptions& a_to_b, const LinkOptions& b_to_a, std::string name = {});

    [[nodiscard]] Node* node(std::string_view name) const;
    [[nodiscard]] Link* link(std::string_view name) const;
    [[nodiscard]] Lan* lan(std::string_view name) const;

    /// Both directions, from now on.
    Capture& capture(Interface& interface);
    /// Called for each step of each packet. Empty: no more.
    void set_packet_hook(PacketHook hook);
    [[nodiscard]] PacketCounts packet_counts() const;

    /// A generator of its own for each name, from the seed.
    [[nodiscard]] std::uint64_t seed_for(std::string_view name) const;
    /// Tells run_until(done) to ask again.
    void program_ran();

  private:
    struct State;
    template <typename T, typename... Arguments>
    T& add_node(std::string name, Arguments&&... arguments);
    std::unique_ptr<State> state_;
};

}  // namespace portolan::sim
