#pragma once

#include <memory>
#include <vector>

#include "ice-tests/agent/options.hpp"
#include "ice-tests/server/stun_server.hpp"
#include "ice-tests/server/turn_server.hpp"
#include "nat-sim/scenario/lab.hpp"
#include "nat-sim/virtual/program.hpp"
#include "reports/model/result.hpp"

namespace portolan::scenario {

/// The embedded servers on their hosts: a STUN server with two addresses of each family and two
/// ports (RFC 5780), and for each party with TURN a server of its own whose relays have another
/// address, so that NATs that look at addresses are seen to.
class Servers {
  public:
    /// Must be called from an event. The scenario is used during the call only.
    static Result<std::unique_ptr<Servers>> start(Lab& lab, const Scenario& scenario);
    ~Servers();
    Servers(const Servers&) = delete;
    Servers& operator=(const Servers&) = delete;

    /// What a party's agent is told about its TURN server.
    static std::vector<agent::TurnServerRef> turn_refs(const Scenario& scenario, std::size_t index);
    [[nodiscard]] server::StunServer& stun() { return *stun_; }

  private:
    Servers() = default;

    struct Turn {
        std::unique_ptr<sim::Program> program;
        std::vector<std::unique_ptr<server::TurnServer>> servers;
    };
    std::unique_ptr<sim::Program> stun_program_;
    std::unique_ptr<server::StunServer> stun_;
    std::vector<Turn> turns_;
};

}  // namespace portolan::scenario
