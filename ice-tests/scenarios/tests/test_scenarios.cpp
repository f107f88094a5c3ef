#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "ice-tests/conformance/headline.hpp"
#include "ice-tests/scenarios/report.hpp"
#include "ice-tests/scenarios/scenario.hpp"
#include "ice-tests/server/turn_server.hpp"
#include "ice-tests/turn/client.hpp"
#include "probe/transport/tests/loop.hpp"
#include "reports/model/id.hpp"
#include "reports/model/report.hpp"

// Every scenario through the embedded server, which is sound, and through one that is not, or with
// an agent that is not.
namespace portolan::scenarios {
namespace {

using server::ServerFault;
using server::TurnServer;
using server::TurnServerOptions;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using turn::Transport;

const Scenario& scenario(std::string_view id) {
    for (const Scenario* row : scenario_table()) {
        if (row->id == id) return *row;
    }
    throw std::out_of_range(std::string(id));
}

class ScenarioTest : public testing::Test {
  protected:
    const Target& start(Transport transport = Transport::Udp,
                        const std::function<void(TurnServerOptions&)>& change = {},
                        const char* ip = "127.0.0.1") {
        TurnServerOptions options;
        options.addresses = {*IpAddress::parse(ip)};
        options.users.push_back({"alice", cli::Secret("wonderland")});
        if (change) change(options);
        auto started = TurnServer::start(loop.context(), clock,
                                         transport::Random(servers.size() + 1), options);
        EXPECT_TRUE(started) << started.error().message;
        servers.push_back(std::move(*started));
        auto made = std::make_unique<Target>();
        const TransportAddress at = servers.back()->endpoints()[0];
        made->uri = "turn:" + at.to_string();
        made->endpoint = {.transport = transport, .server = at, .bind_ip = at.ip};
        made->user = turn::Credentials{"alice", cli::Secret("wonderland")};
        made->path = std::make_shared<turn::PathEstimate>();
        targets.push_back(std::move(made));
        return *targets.back();
    }
    const Target& start_with(ServerFault fault) {
        return start(Transport::Udp,
                     [fault](TurnServerOptions& options) { options.faults.add(fault); });
    }
    ScenarioResult play(std::string_view id, const Target& server,
                        Sabotage sabotage = Sabotage::None, const Target* second = nullptr) {
        ScenarioOptions options{
            .hold = seconds(3), .media = seconds(1), .connect_limit = limit, .sabotage = sabotage};
        auto task = run_scenario(where, scenario(id), server, second, options);
        bool done = false;
        task.start([&] { done = true; });
        EXPECT_TRUE(loop.until([&] { return done; }, seconds(90)));
        ScenarioResult out = task.take();
        played.insert(id);
        return out;
    }
    void expect_sound(std::string_view id, const Target& server, const Target* second = nullptr) {
        const ScenarioResult result = play(id, server, Sabotage::None, second);
        EXPECT_EQ(result.judgement.status, Status::Meets) << id << ": " << result.judgement.came;
        EXPECT_EQ(result.cause, "");
    }
    /// Whatever else, it is a failure that says why.
    ScenarioResult expect_red(std::string_view id, const Target& server, Sabotage sabotage,
                              const std::string& why, const Target* second = nullptr) {
        limit = seconds(2);
        ScenarioResult result = play(id, server, sabotage, second);
        EXPECT_EQ(result.judgement.status, Status::Violates) << id << ": " << result.judgement.came;
        EXPECT_THAT(result.judgement.came + ' ' + result.cause, HasSubstr(why)) << id;
        if (scenario(id).needs_server) {
            EXPECT_THAT(result.cause, HasSubstr("Our own TURN client"));
        }
        return result;
    }

    /// What shall fail need not be waited for.
    transport::Duration limit = seconds(15);
    transport::Loop loop;
    transport::GlibClock clock;
    transport::Random random{3};
    turn::Surroundings where{loop.context(), &clock, &random};
    std::vector<std::unique_ptr<TurnServer>> servers;
    std::vector<std::unique_ptr<Target>> targets;
    std::set<std::string_view> played;
};

TEST_F(ScenarioTest, Every_fast_one_is_met_through_the_embedded_server) {
    for (const Transport transport : {Transport::Udp, Transport::Tcp}) {
        const Target& server = start(transport);
        const Target& second = start(Transport::Udp);
        for (const Scenario* row : scenario_table()) {
            if (row->check_class == CheckClass::Fast) expect_sound(row->id, server, &second);
        }
        EXPECT_EQ(servers[servers.size() - 2]->statistics().allocation_count, 0U)
            << "allocations are given back";
    }
}

// RFC 8656 s7.2: relays are IPv4 ones unless asked otherwise, which libnice does not.
TEST_F(ScenarioTest, Every_fast_one_is_met_through_a_server_that_is_reached_by_ipv6) {
    for (const Transport transport : {Transport::Udp, Transport::Tcp}) {
        start(
            transport,
            [](TurnServerOptions& options) {
                options.relay_addresses = {IpAddress::v4({127, 0, 0, 1})};
            },
            "::1");
        targets.back()->relay_ip = IpAddress::v4({127, 0, 0, 1});
    }
    for (const Scenario* row : scenario_table()) {
        if (row->check_class == CheckClass::Fast) {
            expect_sound(row->id, *targets[0], targets[1].get());
        }
    }
}

TEST_F(ScenarioTest, Those_that_take_a_while_are_met_through_the_embedded_server) {
    const Target& server = start();
    for (const Scenario* row : scenario_table()) {
        if (row->check_class != CheckClass::Fast) expect_sound(row->id, server);
    }
}

TEST_F(ScenarioTest, Server_that_forbids_its_own_relays_is_named_with_code_and_peer) {
    const Target& server = start_with(ServerFault::TurnForbidsPeers);
    for (const char* id : {"ice/relay-to-relay", "ice/role-conflict"}) {
        const ScenarioResult result =
            expect_red(id, server, Sabotage::None, "CreatePermission for 127.0.0.1 got error 403");
        EXPECT_THAT(result.judgement.came, HasSubstr("error 403"))
            << "what libnice itself was told";
    }
}

TEST_F(ScenarioTest, Host_that_the_server_forbids_is_not_waited_for) {
    for (const Transport transport : {Transport::Udp, Transport::Tcp}) {
        const Target& server = start(transport, [](TurnServerOptions& options) {
            options.faults.add(ServerFault::TurnForbidsPeers);
        });
        const transport::Time begun = where.now();
        const ScenarioResult result = play("ice/host-to-relay", server);
        EXPECT_LT(where.now() - begun, seconds(2)) << "libnice gives up after seven";
        EXPECT_EQ(result.judgement.status, Status::Violates);
        EXPECT_THAT(result.judgement.came,
                    HasSubstr("They cannot be connected. The offerer's CreatePermission for "
                              "127.0.0.1"));
        EXPECT_THAT(result.judgement.came, HasSubstr("error 403"));
        EXPECT_THAT(result.cause, HasSubstr("error 403"));
    }
}

TEST_F(ScenarioTest, Two_servers_of_which_the_second_forbids_the_first) {
    const Target& server = start();
    const Target& second = start_with(ServerFault::TurnForbidsPeers);
    expect_red("ice/two-servers", server, Sabotage::None, "403", &second);
}

TEST_F(ScenarioTest, Wrong_password_is_named_by_code) {
    start();
    targets.back()->user = turn::Credentials{"alice", cli::Secret("looking-glass")};
    const ScenarioResult result =
        expect_red("ice/gathering", *targets.back(), Sabotage::None, "401");
    EXPECT_THAT(result.cause,
                AllOf(HasSubstr("after a correct challenge"), Not(HasSubstr("looking-glass"))));
}

TEST_F(ScenarioTest, Server_that_delivers_nothing_is_named) {
    const Target& server = start_with(ServerFault::TurnDropsData);
    expect_red("ice/host-to-relay", server, Sabotage::None, "nothing gets from");
}

TEST_F(ScenarioTest, Server_whose_allocation_goes_unanswered_is_named_by_step) {
    const Target& server = start_with(ServerFault::TurnSilentAllocate);
    expect_red("ice/relay-to-relay", server, Sabotage::None, "Allocate got no answer to 7 copies");
}

TEST_F(ScenarioTest, Relay_at_no_address_is_none) {
    const Target& server = start_with(ServerFault::TurnRelayedUnspecified);
    expect_red("ice/gathering", server, Sabotage::None, "");
}

TEST_F(ScenarioTest, Each_agent_that_is_wrong_turns_its_scenario_red) {
    const Target& server = start();
    expect_red("ice/gathering", server, Sabotage::ForeignPriority, "not preferred less");
    expect_red("ice/regular-nomination", server, Sabotage::AggressiveNomination,
               "before any pair was known to be valid");
    expect_red("ice/restart", server, Sabotage::CutRestart, "After the restart");
    expect_red("ice/trickle", server, Sabotage::NoTrickle, "the offer waited for all");
    expect_red("ice/relay-only", server, Sabotage::HostCandidates, "typ host");
    expect_red("ice/echo", server, Sabotage::DropPayloads, "are lost");
    expect_red("ice/echo", server, Sabotage::ManglePayloads, "not as they were sent");
    expect_red("ice/media", server, Sabotage::DropPayloads, "dissatisfied");
    expect_red("ice/hold", server, Sabotage::DropPayloads, "were lost");
    expect_red("ice/consent-loss", server, Sabotage::NoCut, "still takes itself for connected");
    expect_red("ice/tcp", server, Sabotage::NoTcp, "other families or transports");
}

TEST_F(ScenarioTest, Without_a_conflict_nothing_is_said_of_conflicts) {
    const ScenarioResult result = play("ice/role-conflict", start(), Sabotage::NoRoleConflict);
    EXPECT_EQ(result.judgement.status, Status::Undecided) << result.judgement.came;
}

TEST_F(ScenarioTest, Permission_that_ends_early_breaks_the_call_off_and_is_named) {
    const Target& server = start(Transport::Udp, [](TurnServerOptions& options) {
        options.lifetimes.permission = seconds(2);
        options.lifetimes.channel = seconds(2);
    });
    ScenarioOptions options{.hold = seconds(20)};
    auto task = run_scenario(where, scenario("ice/hold"), server, nullptr, options);
    bool done = false;
    task.start([&] { done = true; });
    ASSERT_TRUE(loop.until([&] { return done; }, seconds(60)));
    const ScenarioResult result = task.take();
    EXPECT_EQ(result.judgement.status, Status::Violates) << result.judgement.came;
    EXPECT_THAT(result.judgement.came, HasSubstr("the permission has ended"));
}

TEST_F(ScenarioTest, Report_is_valid_and_every_failure_has_its_evidence) {
    const Target& server = start_with(ServerFault::TurnForbidsPeers);
    ServerRun run{.id = "1-udp", .server = &server};
    run.preflight.transcript = std::make_shared<turn::Transcript>();
    run.preflight.relayed = server.endpoint.server;
    run.results.push_back(play("ice/relay-to-relay", server));
    run.results.push_back(play("ice/gathering", server));
    run.left_out.push_back({&scenario("ice/two-servers"), "It needs a second server."});
    report::Report report;
    report.tool = {"ice-test", "1"};
    report.complete = true;
    add_to(report, run);
    report.headline = conformance::headline_of(report, "ICE scenario");
    const auto valid = report::validate(report);
    EXPECT_TRUE(valid) << valid.error().message;
    EXPECT_EQ(report.headline,
              "1 of 3 ICE scenarios failed, 1 passed, 0 were left open, 1 was not run.");
    const std::string json = report::to_json(report);
    EXPECT_THAT(json, AllOf(HasSubstr("1-udp/ice/relay-to-relay/own-client"),
                            Not(HasSubstr("wonderland"))));
}

TEST(Scenarios, Ids_are_legal_unique_and_documented) {
    std::set<std::string_view> ids;
    for (const Scenario* row : scenario_table()) {
        EXPECT_TRUE(row->id.starts_with("ice/") && report::is_legal_id(row->id)) << row->id;
        EXPECT_TRUE(ids.insert(row->id).second) << row->id;
        for (const std::string_view text : {row->title, row->document, row->section,
                                            row->requirement, row->does, row->expected}) {
            EXPECT_FALSE(text.empty()) << row->id;
        }
    }
    EXPECT_EQ(catalogue().size(), ids.size());
}

}  // namespace
}  // namespace portolan::scenarios
