#pragma once

#include <gtest/gtest.h>

#include <chrono>

#include "ice-tests/precall/visit.hpp"
#include "ice-tests/turn/tests/server_fixture.hpp"

namespace portolan::precall {

/// The embedded server on loopback, and visits to it.
class PrecallTest : public testing::Test, protected turn::ServerFixture {
  protected:
    [[nodiscard]] VisitPlan plan(turn::Transport transport = turn::Transport::Udp) const {
        VisitPlan out;
        out.endpoint.transport = transport;
        if (server) {
            out.endpoint.server = turn::is_secure(transport) ? server->secure_endpoints().front()
                                                             : server->endpoints().front();
        }
        out.wants_relay = true;
        out.credentials = &alice;
        out.step_limit = std::chrono::milliseconds(500);
        return out;
    }
    void visit_with(const VisitPlan& plan, Visit& out) {
        run(make_visit(where, plan, "client", out));
    }
};

}  // namespace portolan::precall
