#pragma once

#include <functional>
#include <memory>

#include "ice-tests/server/turn_server.hpp"
#include "ice-tests/turn/credentials.hpp"
#include "ice-tests/turn/surroundings.hpp"
#include "ice-tests/turn/tests/run_task.hpp"

namespace portolan::turn {

/// The embedded server on loopback, and what its clients need: to be a base of fixtures.
struct ServerFixture {
    void start(const std::function<void(server::TurnServerOptions&)>& change = {}) {
        server::TurnServerOptions options;
        options.addresses = {IpAddress::v4({127, 0, 0, 1})};
        options.users.push_back({"alice", cli::Secret("wonderland")});
        if (change) change(options);
        auto started =
            server::TurnServer::start(loop.context(), clock, transport::Random(1), options);
        ASSERT_TRUE(started) << started.error().message;
        server = std::move(*started);
    }
    template <typename T>
    T run(Task<T> task) {
        return run_task(loop, std::move(task));
    }

    transport::Loop loop;
    transport::GlibClock clock;
    transport::Random random{3};
    Surroundings where{loop.context(), &clock, &random};
    Credentials alice{"alice", cli::Secret("wonderland")};
    std::unique_ptr<server::TurnServer> server;
};

}  // namespace portolan::turn
