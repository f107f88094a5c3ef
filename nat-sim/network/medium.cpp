#include "nat-sim/network/medium.hpp"

#include <algorithm>
#include <utility>

#include "nat-sim/network/capture.hpp"
#include "nat-sim/network/egress.hpp"
#include "nat-sim/network/fabric.hpp"
#include "nat-sim/network/ip.hpp"
#include "nat-sim/network/node.hpp"

namespace portolan::sim {
namespace {

// Linux asks three times, a second apart (neighbour/default: mcast_solicit, retrans_time_ms).
constexpr int kNeighbourTries = 3;
constexpr SimDuration kNeighbourInterval = std::chrono::seconds(1);

void record(const Fabric& fabric, const Interface& from, const Packet& packet) {
    if (from.capture() != nullptr) from.capture()->add(fabric.events.now(), packet.bytes);
}

}  // namespace

Medium::Medium(Fabric& fabric, std::string name) : fabric_(fabric), name_(std::move(name)) {}
Medium::~Medium() = default;

void Medium::set_up(bool is_up) {
    if (is_up_ && !is_up) ++outage_count_;
    is_up_ = is_up;
}

Link::Link(Fabric& fabric, std::string name, const LinkOptions& a_to_b, const LinkOptions& b_to_a)
    : Medium(fabric, std::move(name)) {
    directions_.push_back(std::make_unique<Egress>(fabric, *this, this->name() + "/0", a_to_b));
    directions_.push_back(std::make_unique<Egress>(fabric, *this, this->name() + "/1", b_to_a));
}

Link::~Link() = default;

void Link::join(Interface& interface) {
    ends_.push_back(&interface);
}

Egress& Link::egress_of(const Interface& from) const {
    return *directions_[ends_.front() == &from ? 0 : 1];
}

void Link::set_options(const LinkOptions& both) {
    for (const auto& direction : directions_)
        direction->set_options(both);
}

void Link::set_options_from(const Node& sender, const LinkOptions& options) {
    for (const Interface* end : ends_) {
        if (&end->node() == &sender) egress_of(*end).set_options(options);
    }
}

const LinkOptions& Link::options_from(const Interface& from) const {
    return egress_of(from).options();
}

std::size_t Link::mtu_bytes(const Interface& from) const {
    return egress_of(from).options().mtu_bytes;
}

void Link::transmit(Interface& from, const IpAddress& /*next_hop*/, Packet packet) {
    if (!is_up()) return fabric_.drop(DropReason::LinkDown, packet, &from.node(), &from);
    record(fabric_, from, packet);
    egress_of(from).send(*ends_[ends_.front() == &from ? 1 : 0], std::move(packet));
}

class Lan::Search final : public Action {
  public:
    Search(Lan& lan, Interface& from, IpAddress next_hop, Packet packet, int tries_left)
        : lan_(lan),
          from_(from),
          next_hop_(next_hop),
          packet_(std::move(packet)),
          tries_left_(tries_left) {}

    void run() override { lan_.try_transmit(from_, next_hop_, std::move(packet_), tries_left_); }

  private:
    Lan& lan_;
    Interface& from_;
    IpAddress next_hop_;
    Packet packet_;
    int tries_left_;
};

Lan::Lan(Fabric& fabric, std::string name, const LinkOptions& options)
    : Medium(fabric, std::move(name)), options_(options) {}

Lan::~Lan() = default;

void Lan::join(Interface& interface) {
    members_.push_back(&interface);
    const std::string member = name() + '/' + interface.node().name() + '/' + interface.name();
    egresses_.push_back(std::make_unique<Egress>(fabric_, *this, member, options_));
}

void Lan::set_options(const LinkOptions& options) {
    options_ = options;
    for (const auto& egress : egresses_)
        egress->set_options(options);
}

std::size_t Lan::mtu_bytes(const Interface& /*from*/) const {
    return options_.mtu_bytes;
}

void Lan::transmit(Interface& from, const IpAddress& next_hop, Packet packet) {
    try_transmit(from, next_hop, std::move(packet), kNeighbourTries);
}

void Lan::try_transmit(Interface& from, const IpAddress& next_hop, Packet packet, int tries_left) {
    if (!is_up() || !from.is_up()) {
        return fabric_.drop(DropReason::LinkDown, packet, &from.node(), &from);
    }
    const auto is_next_hop = [&](const Interface* member) {
        return member != &from && member->is_up() && member->owns(next_hop);
    };
    const auto to = std::ranges::find_if(members_, is_next_hop);
    if (to != members_.end()) {
        record(fabric_, from, packet);
        const auto sender = std::ranges::find(members_, &from) - members_.begin();
        return egresses_[static_cast<std::size_t>(sender)]->send(**to, std::move(packet));
    }
    if (tries_left == 0) return from.node().no_neighbour(from, std::move(packet));
    fabric_.events.post(
        kNeighbourInterval,
        std::make_unique<Search>(*this, from, next_hop, std::move(packet), tries_left - 1));
}

}  // namespace portolan::sim
