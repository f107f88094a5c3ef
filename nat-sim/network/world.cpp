#include "nat-sim/network/world.hpp"

#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

#include "nat-sim/network/fabric.hpp"
#include "nat-sim/network/medium.hpp"
#include "nat-sim/network/tcp_host.hpp"
#include "nat-sim/network/udp_host.hpp"

namespace portolan::sim {
namespace {

World* current_world = nullptr;

// A second one would replace what others hold references to: a defect of the caller.
void require_new(bool is_new, const std::string& name) {
    if (!is_new) throw std::invalid_argument("the simulated world has a \"" + name + "\" already");
}

}  // namespace

struct World::State {
    explicit State(const WorldOptions& its_options)
        : options(its_options), fabric(its_options.seed) {}

    WorldOptions options;
    // Last to go: packets that are still under way refer to nodes and links only when they arrive,
    // and then nobody runs them any more.
    Fabric fabric;
    std::vector<std::unique_ptr<Capture>> captures;
    std::map<std::string, std::unique_ptr<Medium>, std::less<>> media;
    std::map<std::string, std::unique_ptr<Node>, std::less<>> nodes;
    const std::function<bool()>* is_done = nullptr;
    bool is_running = false;
};

World::World(const WorldOptions& options) {
    if (current_world != nullptr) throw std::logic_error("there is a simulated world already");
    state_ = std::make_unique<State>(options);
    current_world = this;
}

World::~World() {
    current_world = nullptr;
}

World* World::current() {
    return current_world;
}

std::uint64_t World::seed() const {
    return state_->options.seed;
}
std::chrono::nanoseconds World::epoch() const {
    return state_->options.epoch;
}
SimTime World::now() const {
    return state_->fabric.events.now();
}
std::uint64_t World::seed_for(std::string_view name) const {
    return state_->fabric.seed_for(name);
}

EventHandle World::schedule(SimTime at, std::function<void()> callback) {
    return schedule_after(at - now(), std::move(callback));
}

EventHandle World::schedule_after(SimDuration delay, std::function<void()> callback) {
    return state_->fabric.events.schedule(delay, std::move(callback));
}

void World::run_until(SimTime time) {
    state_->is_running = true;
    state_->fabric.events.run_until(time);
    state_->is_running = false;
}

bool World::is_running() const {
    return state_->is_running;
}

bool World::run_until(const std::function<bool()>& done, SimDuration at_most) {
    if (done()) return true;
    const SimTime end = now() + at_most;
    state_->is_done = &done;
    run_until(end);
    state_->is_done = nullptr;
    return done();
}

void World::program_ran() {
    if (state_->is_done != nullptr && (*state_->is_done)()) stop();
}

void World::stop() {
    state_->fabric.events.stop();
}

std::uint64_t World::event_count() const {
    return state_->fabric.events.executed_count();
}

template <typename T, typename... Arguments>
T& World::add_node(std::string name, Arguments&&... arguments) {
    auto node = std::make_unique<T>(state_->fabric, name, std::forward<Arguments>(arguments)...);
    T& added = *node;
    require_new(state_->nodes.try_emplace(name, std::move(node)).second, name);
    return added;
}

Host& World::add_host(std::string name) {
    return add_node<Host>(std::move(name));
}
Router& World::add_router(std::string name) {
    return add_node<Router>(std::move(name));
}
Firewall& World::add_firewall(std::string name, const FirewallRules& rules) {
    return add_node<Firewall>(std::move(name), rules);
}
NatBox& World::add_nat(std::string name, std::unique_ptr<PacketProcessor> processor) {
    return add_node<NatBox>(std::move(name), std::move(processor));
}

Lan& World::add_lan(const std::string& name, const LinkOptions& options) {
    auto lan = std::make_unique<Lan>(state_->fabric, name, options);
    Lan& added = *lan;
    require_new(state_->media.try_emplace(name, std::move(lan)).second, name);
    return added;
}

Interface& World::attach(Node& node, Lan& lan, const InterfaceOptions& options) {
    Interface& interface = node.attach(lan, options);
    static_cast<Medium&>(lan).join(interface);
    return interface;
}

Link& World::connect(Node& a, const InterfaceOptions& at_a, Node& b, const InterfaceOptions& at_b,
                     const LinkOptions& options, std::string name) {
    return connect(a, at_a, b, at_b, options, options, std::move(name));
}

Link& World::connect(Node& a, const InterfaceOptions& at_a, Node& b, const InterfaceOptions& at_b,
                     const LinkOptions& a_to_b, const LinkOptions& b_to_a, std::string name) {
    if (name.empty()) name = a.name() + "--" + b.name();
    auto link = std::make_unique<Link>(state_->fabric, name, a_to_b, b_to_a);
    Link& added = *link;
    require_new(state_->media.try_emplace(name, std::move(link)).second, name);
    static_cast<Medium&>(added).join(a.attach(added, at_a));
    static_cast<Medium&>(added).join(b.attach(added, at_b));
    return added;
}

Node* World::node(std::string_view name) const {
    const auto found = state_->nodes.find(name);
    return found == state_->nodes.end() ? nullptr : found->second.get();
}

Link* World::link(std::string_view name) const {
    const auto found = state_->media.find(name);
    return found == state_->media.end() ? nullptr : dynamic_cast<Link*>(found->second.get());
}

Lan* World::lan(std::string_view name) const {
    const auto found = state_->media.find(name);
    return found == state_->media.end() ? nullptr : dynamic_cast<Lan*>(found->second.get());
}

Capture& World::capture(Interface& interface) {
    if (interface.capture_ == nullptr) {
        state_->captures.push_back(std::make_unique<Capture>(epoch()));
        interface.capture_ = state_->captures.back().get();
    }
    return *interface.capture_;
}

void World::set_packet_hook(PacketHook hook) {
    state_->fabric.hook = std::move(hook);
}

PacketCounts World::packet_counts() const {
    return state_->fabric.counts;
}

}  // namespace portolan::sim
