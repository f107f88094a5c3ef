#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "ice-tests/precall/visit.hpp"
#include "ice-tests/server/turn_server.hpp"
#include "probe/transport/tests/loop.hpp"

namespace portolan::precall {

/// The embedded server on loopback, and visits to it.
class PrecallTest : public testing::Test {
  protected:
    using Change = std::function<void(server::TurnServerOptions&)>;

    void start(const Change& change = {}) {
        server::TurnServerOptions options;
        options.addresses = {IpAddress::v4({127, 0, 0, 1})};
        options.users.push_back({"alice", cli::Secret("wonderland")});
        if (change) change(options);
        auto started =
            server::TurnServer::start(loop.context(), clock, transport::Random(1), options);
        ASSERT_TRUE(started) << started.error().message;
        server = std::move(*started);
    }
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
    template <typename T>
    T run(turn::Task<T> task) {
        bool done = false;
        task.start([&] { done = true; });
        EXPECT_TRUE(loop.until([&] { return done; }, std::chrono::seconds(60)));
        return task.take();
    }

    transport::Loop loop;
    transport::GlibClock clock;
    transport::Random random{3};
    turn::Surroundings where{loop.context(), &clock, &random};
    turn::Credentials alice{"alice", cli::Secret("wonderland")};
    std::unique_ptr<server::TurnServer> server;
};

}  // namespace portolan::precall
