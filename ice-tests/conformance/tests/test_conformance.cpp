#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "ice-tests/conformance/probe.hpp"
#include "ice-tests/conformance/report.hpp"
#include "ice-tests/conformance/tests/suite.hpp"
#include "reports/model/id.hpp"
#include "reports/model/report.hpp"

// The suite as a whole against the embedded server.
namespace portolan::conformance::test {
namespace {

TEST(CheckTable, ids_are_legal_and_unique) {
    std::set<std::string_view> seen;
    for (const Check* check : check_table()) {
        EXPECT_TRUE(report::is_legal_id(check->id)) << check->id;
        EXPECT_TRUE(seen.insert(check->id).second) << check->id;
        EXPECT_NE(check->run, nullptr);
        for (const std::string_view text : {check->requirement, check->sends, check->conformant}) {
            EXPECT_TRUE(text.ends_with('.')) << check->id << ": " << text;
        }
        EXPECT_FALSE(document_of(*check).empty() && check->axis == Axis::Conformance) << check->id;
    }
}

struct Way {
    Transport transport;
    AddressFamily family;
};

class EveryWay : public SuiteTest, public testing::WithParamInterface<Way> {};

TEST_P(EveryWay, embedded_server_meets_all) {
    const auto [transport, family] = GetParam();
    for (const Deployment deployment :
         {Deployment::Plain, Deployment::Dual, Deployment::Closed, Deployment::Limited}) {
        // What it limits is for those alone who can forge their source.
        if (deployment == Deployment::Limited && transport != Transport::Udp) continue;
        TurnServerOptions options = options_for(deployment);
        if (deployment == Deployment::Plain && family == AddressFamily::IPv6) {
            // The peers of a client over IPv6 are on IPv6 as well.
            options.relay_addresses = {kLoopback6};
        }
        Target& server = target(start(std::move(options)), transport, family);
        const Preflight known = run(preflight(where, server));
        ASSERT_FALSE(known.unreachable) << known.unreachable->message;
        EXPECT_TRUE(server.claims_rfc8489);
        EXPECT_EQ(server.software, "Portolan");
        expect_sound(judge(server, all_for(server, deployment)));
    }
}

INSTANTIATE_TEST_SUITE_P(Suite, EveryWay,
                         testing::Values(Way{Transport::Udp, AddressFamily::IPv4},
                                         Way{Transport::Tcp, AddressFamily::IPv4},
                                         Way{Transport::Tls, AddressFamily::IPv4},
                                         Way{Transport::Dtls, AddressFamily::IPv4},
                                         Way{Transport::Udp, AddressFamily::IPv6},
                                         Way{Transport::Tcp, AddressFamily::IPv6},
                                         Way{Transport::Tls, AddressFamily::IPv6},
                                         Way{Transport::Dtls, AddressFamily::IPv6}),
                         [](const auto& given) {
                             return std::string(turn::to_string(given.param.transport)) +
                                    (given.param.family == AddressFamily::IPv4 ? "4" : "6");
                         });

TEST_F(SuiteTest, nothing_is_left_behind) {
    start(options_for(Deployment::Plain));
    const Target& server = target(*servers[0], Transport::Udp);
    (void)judge(server, all_for(server, Deployment::Plain));
    EXPECT_TRUE(loop.until([&] { return servers[0]->statistics().allocation_count <= 1; }))
        << servers[0]->statistics().allocation_count;
}

TEST_F(SuiteTest, lost_releases_are_sent_again) {
    TurnServerOptions lossy = options_for(Deployment::Plain);
    lossy.loss_pct = 10;
    start(std::move(lossy));
    const Target& server = target(*servers[0], Transport::Udp);
    (void)judge(server, only(all_for(server, Deployment::Plain), "rfc8656/7.2"));
    EXPECT_TRUE(loop.until([&] { return servers[0]->statistics().allocation_count == 0; }))
        << servers[0]->statistics().allocation_count;
}

// Whoever breaks a run off still lets go of what it holds.
TEST_F(SuiteTest, broken_off_check_leaves_nothing) {
    start(options_for(Deployment::Plain));
    const Target& server = target(*servers[0], Transport::Udp);
    const auto holds = [](Probe& probe) -> turn::Task<bool> {
        const Allocated allocated = co_await probe.allocation();
        co_return allocated.client != nullptr;
    };
    {
        Probe probe(where, server, std::make_shared<turn::Transcript>(), [](Judgement) {});
        EXPECT_TRUE(run(holds(probe)));
        EXPECT_EQ(servers[0]->statistics().allocation_count, 1U);
    }
    EXPECT_TRUE(loop.until([&] { return servers[0]->statistics().allocation_count == 0; }));
}

// Of so many random ports some would come twice.
TEST_F(SuiteTest, no_five_tuple_is_used_twice) {
    const Target& server = target(start(options_for(Deployment::Plain)), Transport::Udp);
    const auto local_address = [](Probe& probe) -> turn::Task<TransportAddress> {
        Client* client = co_await probe.client();
        co_return *client->wire().local_address();
    };
    std::set<TransportAddress> seen;
    for (int i = 0; i < 2000; ++i) {
        Probe probe(where, server, std::make_shared<turn::Transcript>(), [](Judgement) {});
        const TransportAddress local = run(local_address(probe));
        EXPECT_TRUE(seen.insert(local).second) << local.to_string();
    }
}

// Clients that went away without a word: their allocations stay on the next ports of the run.
turn::Task<bool> leave_allocation(turn::Surroundings where, const Target& target) {
    Client client(where, target.endpoint, std::make_shared<turn::Transcript>(), "past",
                  target.path);
    client.set_credentials(&*target.user);
    const auto opened = co_await client.open();
    if (!opened) co_return false;
    const Reply reply = co_await client.request(turn::allocate());
    co_return reply.is_success();
}

TEST_F(SuiteTest, an_allocation_of_another_client_is_no_finding) {
    Target& server = target(start(options_for(Deployment::Plain)), Transport::Udp);
    std::vector<const Check*> some;
    for (const Check* check : all_for(server, Deployment::Plain)) {
        if (check->id == "rfc8656/7.2/transport-missing" ||
            check->id == "rfc8656/8.2/no-allocation" || check->id == "rfc8656/7.2/lifetime-short")
            some.push_back(check);
    }
    ASSERT_EQ(some.size(), 3U);
    const auto occupy_next = [&](int count) {
        const auto before = *server.endpoint.ports;
        for (int i = 0; i < count; ++i)
            EXPECT_TRUE(run(leave_allocation(where, server)));
        server.endpoint.ports = std::make_shared<turn::PortSequence>(before);
    };
    for (const int count : {2, 12}) {
        for (const Check* check : some) {
            occupy_next(count);
            expect_sound(judge(server, {check}));
        }
        occupy_next(count);
        EXPECT_FALSE(run(preflight(where, server)).no_allocation);
    }
    TurnServerOptions wrong = options_for(Deployment::Plain);
    wrong.faults.add(server::ServerFault::TurnMismatchAlways);
    const Preflight refused =
        run(preflight(where, target(start(std::move(wrong)), Transport::Udp)));
    ASSERT_TRUE(refused.no_allocation);
    EXPECT_EQ(full_code(*refused.no_allocation), "peer.turn.mismatch");
}

TEST_F(SuiteTest, five_per_cent_loss_makes_no_finding) {
    TurnServerOptions lossy = options_for(Deployment::Plain);
    lossy.loss_pct = 5;
    start(std::move(lossy));
    const Target& server = target(*servers[0], Transport::Udp);
    for (const CheckResult& result : judge(server, all_for(server, Deployment::Plain))) {
        EXPECT_NE(result.judgement.status, Status::Violates)
            << result.check->id << ": " << result.judgement.came;
    }
}

TEST_F(SuiteTest, server_that_stops_answering_is_no_finding) {
    start(options_for(Deployment::Plain));
    // Nobody is at this address of the loopback network; a port that a server has left may be
    // taken.
    const TransportAddress nobody{IpAddress::v4({127, 77, 7, 7}), servers[0]->endpoints()[0].port};
    const Target& server = target(nobody, Transport::Udp);
    servers.clear();
    std::vector<const Check*> some;
    for (const Check* check : all_for(server, Deployment::Plain)) {
        if (check->id.starts_with("rfc8656/7.2/transport")) some.push_back(check);
    }
    ASSERT_FALSE(some.empty());
    for (const CheckResult& result : judge(server, some))
        EXPECT_EQ(result.judgement.status, Status::Undecided) << result.judgement.came;
}

TEST_F(SuiteTest, both_families_are_told_from_one) {
    const Target& server = target(start(options_for(Deployment::Dual)), Transport::Udp);
    const auto results =
        judge(server, only(all_for(server, Deployment::Plain), "rfc8656/7.2/additional-partial"));
    ASSERT_EQ(results.size(), 1U);
    EXPECT_EQ(results[0].judgement.status, Status::NotApplicable) << results[0].judgement.came;
}

TEST_F(SuiteTest, wrong_password_is_named_before_the_checks) {
    start(options_for(Deployment::Plain));
    Target& server = target(*servers[0], Transport::Udp);
    server.user->password = cli::Secret("looking-glass");
    const Preflight known = run(preflight(where, server));
    ASSERT_TRUE(known.no_allocation);
    EXPECT_EQ(full_code(*known.no_allocation), "peer.turn.credentials");
    EXPECT_THAT(known.no_allocation->message, testing::HasSubstr("401"));
}

TEST_F(SuiteTest, report_is_valid_and_holds_the_packets) {
    start(options_for(Deployment::Plain));
    Target& server = target(*servers[0], Transport::Udp);
    TargetRun done;
    done.id = "1-udp";
    done.target = &server;
    done.preflight = run(preflight(where, server));
    std::vector<const Check*> some;
    for (const Check* check : all_for(server, Deployment::Plain)) {
        if (check->id.starts_with("rfc8489/6.3")) some.push_back(check);
        if (check->id.starts_with("rfc8489/14")) done.left_out.push_back({check, "not now"});
    }
    done.results = judge(server, some);
    report::Report out;
    out.tool = {"ice-test", "0"};
    out.complete = true;
    add_to(out, done, Profile::Rfc8656);
    out.headline = headline_of(out);
    const auto valid = report::validate(out);
    EXPECT_TRUE(valid) << valid.error().message;
    EXPECT_THAT(out.headline, testing::HasSubstr("0 of "));
    EXPECT_THAT(report::to_json(out), testing::HasSubstr("XOR-MAPPED-ADDRESS"));
    EXPECT_THAT(report::to_json(out), testing::Not(testing::HasSubstr("wonderland")));
}

}  // namespace
}  // namespace portolan::conformance::test
