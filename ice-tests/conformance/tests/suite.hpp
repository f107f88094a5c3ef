#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ice-tests/conformance/preflight.hpp"
#include "ice-tests/conformance/runner.hpp"
#include "ice-tests/server/turn_server.hpp"
#include "ice-tests/turn/client.hpp"
#include "ice-tests/turn/tests/run_task.hpp"
#include "probe/transport/self_signed.hpp"

namespace portolan::conformance::test {

using server::TurnServer;
using server::TurnServerOptions;
using turn::Transport;

inline const IpAddress kLoopback4 = IpAddress::v4({127, 0, 0, 1});
inline const IpAddress kLoopback6 = *IpAddress::parse("::1");

/// What a server has to be for a check to say something about it.
enum class Deployment {
    Plain,    ///< relays of one family, to everybody
    Dual,     ///< relays of both
    Closed,   ///< the same, and nothing near is a peer: what may stand on the internet
    Limited,  ///< the same, with few challenges for whoever proves nothing
};

/// The one that the check is about.
Deployment deployment_for(const Check& check);
/// A transport that the check is about.
Transport transport_for(const Check& check);
TurnServerOptions options_for(Deployment deployment);
/// For a check that sees a lifetime end: one that lasts seconds, on the server and in the target's
/// words.
void shorten(TurnServerOptions& options);
Lifetimes short_lifetimes();

/// What a server with third-party authorization shares with somebody, on both sides.
turn::ThirdPartyKey third_party_key();
server::ThirdPartyKey third_party();

/// Embedded servers and targets on one main loop.
class SuiteTest : public testing::Test {
  protected:
    /// Adds the addresses and the identity.
    TurnServer& start(TurnServerOptions options, std::vector<IpAddress> addresses,
                      bool with_identity);
    TurnServer& start(TurnServerOptions options) {
        return start(std::move(options), {kLoopback4, kLoopback6}, true);
    }
    static transport::PemIdentity made_for(const mutants::MutantSet& mutants);
    /// That server over that transport, with all the credentials that it takes.
    Target& target(const TurnServer& server, Transport transport,
                   AddressFamily family = AddressFamily::IPv4);
    Target& target(const TransportAddress& at, Transport transport);

    template <typename T>
    T run(turn::Task<T> task) {
        return turn::run_task(loop, std::move(task), std::chrono::seconds(200));
    }
    std::vector<CheckResult> judge(const Target& target, std::vector<const Check*> checks) {
        return run(run_checks(where, target, std::move(checks), {}));
    }
    /// All that are about such a deployment, and can be run against the target.
    static std::vector<const Check*> all_for(const Target& target, Deployment deployment);
    /// Those whose ids begin so.
    static std::vector<const Check*> only(std::vector<const Check*> checks,
                                          std::string_view prefix);
    static void expect_sound(const std::vector<CheckResult>& results);

    transport::Loop loop;
    transport::GlibClock clock;
    transport::Random random{5};
    turn::Surroundings where{loop.context(), &clock, &random};
    std::optional<transport::PemIdentity> identity;
    std::string trusted_pem;  // of the server that was started last
    std::vector<std::unique_ptr<TurnServer>> servers;
    std::vector<std::unique_ptr<Target>> targets;
};

}  // namespace portolan::conformance::test
