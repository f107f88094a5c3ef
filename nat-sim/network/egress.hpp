#pragma once

#include <deque>
#include <memory>
#include <string_view>

#include "nat-sim/network/fabric.hpp"
#include "nat-sim/network/interface.hpp"
#include "nat-sim/network/link_options.hpp"
#include "nat-sim/network/medium.hpp"

namespace portolan::sim {

/// One direction of a link, or what one member of a LAN sends: queue, rate, loss, delay. One event
/// per packet that arrives.
class Egress {
  public:
    Egress(Fabric& fabric, Medium& medium, std::string_view name, const LinkOptions& options)
        : fabric_(fabric), medium_(medium), options_(options), draws_(fabric.seed_for(name)) {}

    [[nodiscard]] const LinkOptions& options() const { return options_; }
    void set_options(const LinkOptions& options) { options_ = options; }
    void send(Interface& to, Packet packet);

  private:
    struct Waiting {
        SimTime departs_at;
        std::size_t size_bytes;
    };

    /// When it has left; nothing when the queue is full.
    std::optional<SimTime> enqueue(std::size_t size_bytes);
    [[nodiscard]] std::optional<DropReason> lose();
    void launch(Interface& to, Packet packet, SimTime departure);

    Fabric& fabric_;
    Medium& medium_;
    LinkOptions options_;
    DrawSource draws_;
    bool is_bad_ = false;
    SimTime free_at_{};
    SimTime last_arrival_{};
    std::deque<Waiting> waiting_;
    std::size_t waiting_bytes_ = 0;
};

}  // namespace portolan::sim
