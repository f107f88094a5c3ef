#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "ice-tests/conformance/probe.hpp"
#include "ice-tests/conformance/report.hpp"
#include "ice-tests/conformance/runner.hpp"
#include "ice-tests/conformance/tests/sabotage.hpp"
#include "ice-tests/mutants/mutant.hpp"
#include "ice-tests/server/turn_server.hpp"
#include "ice-tests/turn/client.hpp"
#include "probe/transport/tests/loop.hpp"
#include "reports/model/id.hpp"
#include "reports/model/report.hpp"

// Every check against the embedded server, which is sound, and against one that is not.
namespace portolan::conformance {
namespace {

using server::TurnServer;
using server::TurnServerOptions;
using turn::Transport;

// What the embedded server does not do, and says so when asked.
const std::set<std::string_view> kNotMetByTheServer = {
    "security/rest/ttl",  // it has no limit for the time of a credential
};

// What cannot be shown on the loopback interface, or without TLS.
const std::set<std::string_view> kWithoutSabotage = {
    "rfc8656/7.2/dual-stack",  // its own test below
    "rfc8656/7.2/ipv4-by-default",
    "security/peer/ipv6-local",
    "security/peer/re-encoded",
    "security/peer/tunnel",
    "security/rest/ttl",
    "tls/on-plain-port",
    "tls/plaintext",
};

TurnServerOptions sound_options() {
    TurnServerOptions out;
    out.addresses = {IpAddress::v4({127, 0, 0, 1})};
    out.users.push_back({"alice", cli::Secret("wonderland")});
    out.users.push_back({"bob", cli::Secret("builder")});
    out.shared_secret = cli::Secret("north");
    return out;
}

// The deployment checks want a server that relays to nobody near.
TurnServerOptions closed_options() {
    TurnServerOptions out = sound_options();
    out.quotas.user_allocation_count = 100;
    out.peers.loopback = false;
    // A server without NAT behaviour discovery.
    out.faults.add(server::ServerFault::NoResponsePort);
    for (const char* range :
         {"0.0.0.0/8",     "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
          "172.16.0.0/12", "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
          "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",    "::/127",
          "fc00::/7",      "fe80::/9",        "2001::/32",      "2002::/16",      "64:ff9b::/96",
          "::/96"}) {
        out.peers.denied.push_back(*server::IpRange::parse(range));
    }
    return out;
}

bool is_of_deployment(const Check& check) {
    return check.id.starts_with("security/") || check.id == "rfc8656/7.2/quota";
}

class SuiteTest : public testing::Test {
  protected:
    void start(const TurnServerOptions& options) {
        auto started = TurnServer::start(loop.context(), clock,
                                         transport::Random(servers.size() + 1), options);
        ASSERT_TRUE(started) << started.error().message;
        servers.push_back(std::move(*started));
    }
    Target& target(Transport transport, const TransportAddress& at) {
        auto made = std::make_unique<Target>();
        made->uri = "turn:" + at.to_string();
        made->endpoint = {.transport = transport,
                          .server = at,
                          .bind_ip = at.ip,
                          .ports = std::make_shared<turn::PortSequence>(where.now()),
                          .server_name = {},
                          .trust = {},
                          .filter = {}};
        made->user = turn::Credentials{"alice", cli::Secret("wonderland")};
        made->second_user = turn::Credentials{"bob", cli::Secret("builder")};
        made->shared_secret = cli::Secret("north");
        made->path = std::make_shared<turn::PathEstimate>();
        targets.push_back(std::move(made));
        return *targets.back();
    }
    template <typename T>
    T run(turn::Task<T> task) {
        bool done = false;
        task.start([&] { done = true; });
        EXPECT_TRUE(loop.until([&] { return done; }, std::chrono::seconds(200)));
        return task.take();
    }
    std::vector<CheckResult> judge(const Target& target, std::vector<const Check*> checks) {
        return run(run_checks(where, target, std::move(checks), {}));
    }
    static std::vector<const Check*> all_for(const Target& target, bool deployment) {
        std::vector<const Check*> out;
        for (const Check* check : check_table()) {
            if (is_about(*check, target) && !missing_for(*check, target) &&
                is_of_deployment(*check) == deployment && check->check_class != CheckClass::Long &&
                !kNotMetByTheServer.contains(check->id)) {
                out.push_back(check);
            }
        }
        return out;
    }
    static void expect_sound(const std::vector<CheckResult>& results) {
        EXPECT_FALSE(results.empty());
        for (const CheckResult& result : results) {
            EXPECT_TRUE(result.judgement.status == Status::Meets ||
                        result.judgement.status == Status::NotApplicable)
                << result.check->id << ": " << to_string(result.judgement.status) << ": "
                << result.judgement.came;
        }
    }

    transport::Loop loop;
    transport::GlibClock clock;
    transport::Random random{5};
    turn::Surroundings where{loop.context(), &clock, &random};
    std::vector<std::unique_ptr<TurnServer>> servers;
    std::vector<std::unique_ptr<Target>> targets;
};

TEST(CheckTable, ids_are_legal_unique_and_have_a_mutant_and_a_sabotage) {
    std::set<std::string_view> seen;
    std::set<std::string_view> sabotaged;
    for (const SabotageRow& row : sabotage_table())
        EXPECT_TRUE(sabotaged.insert(row.check_id).second) << row.check_id;
    for (const Check* check : check_table()) {
        EXPECT_TRUE(report::is_legal_id(check->id)) << check->id;
        EXPECT_TRUE(seen.insert(check->id).second) << check->id;
        EXPECT_TRUE(mutants::find_mutant(check->id)) << check->id << " has no mutant";
        EXPECT_NE(sabotaged.contains(check->id), kWithoutSabotage.contains(check->id)) << check->id;
        EXPECT_NE(check->run, nullptr);
        for (const std::string_view text : {check->requirement, check->sends, check->conformant}) {
            EXPECT_TRUE(text.ends_with('.')) << check->id << ": " << text;
        }
        EXPECT_FALSE(document_of(*check).empty() && check->axis == Axis::Conformance) << check->id;
    }
    for (const std::string_view id : sabotaged)
        EXPECT_TRUE(seen.contains(id)) << id << " is no check";
}

TEST_F(SuiteTest, embedded_server_meets_all_over_udp) {
    start(sound_options());
    Target& server = target(Transport::Udp, servers[0]->endpoints()[0]);
    const Preflight known = run(preflight(where, server));
    ASSERT_FALSE(known.unreachable) << known.unreachable->message;
    ASSERT_FALSE(known.no_allocation) << known.no_allocation->message;
    EXPECT_TRUE(server.claims_rfc8489);
    EXPECT_EQ(server.software, "Portolan");
    const auto begun = clock.now();
    expect_sound(judge(server, all_for(server, false)));
    EXPECT_LT(clock.now() - begun, std::chrono::seconds(60));
}

TEST_F(SuiteTest, embedded_server_meets_all_over_tcp) {
    start(sound_options());
    const Target& server = target(Transport::Tcp, servers[0]->endpoints()[0]);
    expect_sound(judge(server, all_for(server, false)));
}

TEST_F(SuiteTest, closed_deployment_is_secure) {
    start(closed_options());
    const Target& server = target(Transport::Udp, servers[0]->endpoints()[0]);
    expect_sound(judge(server, all_for(server, true)));
}

TEST_F(SuiteTest, nothing_is_left_behind) {
    start(sound_options());
    const Target& server = target(Transport::Udp, servers[0]->endpoints()[0]);
    (void)judge(server, all_for(server, false));
    EXPECT_TRUE(loop.until([&] { return servers[0]->statistics().allocation_count <= 1; }))
        << servers[0]->statistics().allocation_count;
}

// Of so many random ports some would come twice.
TEST_F(SuiteTest, no_five_tuple_is_used_twice) {
    start(sound_options());
    const Target& server = target(Transport::Udp, servers[0]->endpoints()[0]);
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
    start(sound_options());
    Target& server = target(Transport::Udp, servers[0]->endpoints()[0]);
    std::vector<const Check*> some;
    for (const Check* check : all_for(server, false)) {
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
    for (const Check* check : some) {
        occupy_next(2);
        expect_sound(judge(server, {check}));
    }
    occupy_next(2);
    EXPECT_FALSE(run(preflight(where, server)).no_allocation);
    occupy_next(3);
    const Preflight refused = run(preflight(where, server));
    ASSERT_TRUE(refused.no_allocation);
    EXPECT_EQ(full_code(*refused.no_allocation), "peer.turn.mismatch");
}

TEST_F(SuiteTest, five_per_cent_loss_makes_no_finding) {
    TurnServerOptions lossy = sound_options();
    lossy.loss_pct = 5;
    start(lossy);
    const Target& server = target(Transport::Udp, servers[0]->endpoints()[0]);
    for (const CheckResult& result : judge(server, all_for(server, false))) {
        EXPECT_NE(result.judgement.status, Status::Violates)
            << result.check->id << ": " << result.judgement.came;
    }
}

TEST_F(SuiteTest, server_that_stops_answering_is_no_finding) {
    start(sound_options());
    // Nobody is at this address of the loopback network; a port that a server has left may be
    // taken.
    const TransportAddress nobody{IpAddress::v4({127, 77, 7, 7}), servers[0]->endpoints()[0].port};
    const Target& server = target(Transport::Udp, nobody);
    servers.clear();
    std::vector<const Check*> some;
    for (const Check* check : all_for(server, false)) {
        if (check->id.starts_with("rfc8656/7.2/transport")) some.push_back(check);
    }
    ASSERT_FALSE(some.empty());
    for (const CheckResult& result : judge(server, some))
        EXPECT_EQ(result.judgement.status, Status::Undecided) << result.judgement.came;
}

TEST_F(SuiteTest, every_check_notices_its_sabotage) {
    std::map<std::string_view, const Check*> checks;
    for (const Check* check : check_table())
        checks[check->id] = check;
    std::vector<turn::Task<std::vector<CheckResult>>> tasks;
    for (const SabotageRow& row : sabotage_table()) {
        const Check& check = *checks.at(row.check_id);
        TurnServerOptions options = is_of_deployment(check) ? closed_options() : sound_options();
        if (row.fault) options.faults.add(*row.fault);
        if (row.misconfigure != nullptr) row.misconfigure(options);
        start(options);
        Target& server = target((check.transports & kUdp) != 0 ? Transport::Udp : Transport::Tcp,
                                servers.back()->endpoints()[0]);
        server.endpoint.filter = make_filter(row.tamper);
        server.claims_rfc8489 = true;
        tasks.push_back(run_checks(where, server, {&check}, {}));
    }
    // All side by side: what waits for silence waits at once.
    for (const auto& results : run(turn::all(where, std::move(tasks)))) {
        ASSERT_EQ(results.size(), 1U);
        const CheckResult& result = results.front();
        EXPECT_EQ(result.judgement.status, Status::Violates)
            << result.check->id << ": " << to_string(result.judgement.status) << ": "
            << result.judgement.came;
    }
}

TEST_F(SuiteTest, both_families_are_told_from_one) {
    TurnServerOptions dual = sound_options();
    dual.relay_addresses = {IpAddress::v4({127, 0, 0, 1}), *IpAddress::parse("::1")};
    start(dual);
    const Target& server = target(Transport::Udp, servers[0]->endpoints()[0]);
    std::vector<const Check*> some;
    for (const Check* check : all_for(server, false)) {
        if (check->id == "rfc8656/7.2/dual-stack" || check->id == "rfc8656/7.2/additional-partial")
            some.push_back(check);
    }
    const auto results = judge(server, some);
    ASSERT_EQ(results.size(), 2U);
    EXPECT_EQ(results[0].judgement.status, Status::NotApplicable) << results[0].judgement.came;
    EXPECT_EQ(results[1].judgement.status, Status::Meets) << results[1].judgement.came;
}

TEST_F(SuiteTest, wrong_password_is_named_before_the_checks) {
    start(sound_options());
    Target& server = target(Transport::Udp, servers[0]->endpoints()[0]);
    server.user->password = cli::Secret("looking-glass");
    const Preflight known = run(preflight(where, server));
    ASSERT_TRUE(known.no_allocation);
    EXPECT_EQ(full_code(*known.no_allocation), "peer.turn.credentials");
    EXPECT_THAT(known.no_allocation->message, testing::HasSubstr("401"));
}

TEST_F(SuiteTest, report_is_valid_and_holds_the_packets) {
    start(sound_options());
    Target& server = target(Transport::Udp, servers[0]->endpoints()[0]);
    TargetRun done;
    done.id = "1-udp";
    done.target = &server;
    done.preflight = run(preflight(where, server));
    std::vector<const Check*> some;
    for (const Check* check : all_for(server, false)) {
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
}  // namespace portolan::conformance
