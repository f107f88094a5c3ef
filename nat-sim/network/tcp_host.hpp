#pragma once

#include "nat-sim/network/host.hpp"

namespace portolan::sim {

class TcpHost {
  public:
    explicit TcpHost(Host& host) : host_(host) {}
    void receive(const Arrival& arrival) { host_.dropped(arrival, DropReason::NoListener); }
    void report(const IcmpArrival& /*icmp*/) {}

  private:
    Host& host_;
};

}  // namespace portolan::sim
