#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "ice-tests/conformance/headline.hpp"
#include "ice-tests/conformance/probe.hpp"
#include "ice-tests/conformance/report.hpp"
#include "ice-tests/conformance/tests/suite.hpp"
#include "ice-tests/mutants/mutant.hpp"
#include "ice-tests/server/peer_policy.hpp"
#include "probe/transport/udp_socket.hpp"
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
        Probe probe(where, server, server.endpoint.ports, std::make_shared<turn::Transcript>(),
                    [](Judgement) {});
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
        Probe probe(where, server, server.endpoint.ports, std::make_shared<turn::Transcript>(),
                    [](Judgement) {});
        const TransportAddress local = run(local_address(probe));
        EXPECT_TRUE(seen.insert(local).second) << local.to_string();
    }
}

// Clients that went away without a word: their allocations stay on the next ports of the run, if
// there is none already.
turn::Task<bool> leave_allocation(turn::Surroundings where, const Target& target) {
    Client client(where, target.endpoint, std::make_shared<turn::Transcript>(), "past",
                  target.path);
    client.set_credentials(&*target.user);
    const auto opened = co_await client.open();
    if (!opened) co_return false;
    const Reply reply = co_await client.request(turn::allocate());
    co_return reply.is_success() || reply.code() == 437;
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

// Clients that were refused one, by a server that remembers them for it.
turn::Task<bool> be_refused(turn::Surroundings where, const Target& target) {
    Client client(where, target.endpoint, std::make_shared<turn::Transcript>(), "past",
                  target.path);
    client.set_credentials(&*target.user);
    const auto opened = co_await client.open();
    if (!opened) co_return false;
    turn::Request request = turn::allocate();
    request.u64(AttributeType::ReservationToken, 1);
    const Reply reply = co_await client.request(request);
    co_return reply.code() == 508;
}

TEST_F(SuiteTest, what_another_client_was_refused_is_one_finding) {
    TurnServerOptions forgetful = options_for(Deployment::Plain);
    forgetful.mutants.add(*mutants::find_mutant("rfc8656/7.2/after-refusal"));
    Target& server = target(start(std::move(forgetful)), Transport::Udp);
    std::vector<const Check*> some;
    for (const Check* check : all_for(server, Deployment::Plain)) {
        if (check->id == "rfc8656/7.2/allocate" || check->id == "rfc8656/7.2/relay-ports" ||
            check->id == "rfc8656/10.2/two-peers" || check->id == "rfc8656/7.2/mismatch")
            some.push_back(check);
    }
    ASSERT_EQ(some.size(), 4U);
    for (const Check* check : some) {
        const auto before = *server.endpoint.ports;
        for (int i = 0; i < 60; ++i)
            EXPECT_TRUE(run(be_refused(where, server)));
        server.endpoint.ports = std::make_shared<turn::PortSequence>(before);
        const auto results = judge(server, {check});
        ASSERT_EQ(results.size(), 1U);
        EXPECT_EQ(results[0].judgement.status, Status::Meets)
            << check->id << ": " << results[0].judgement.came;
        EXPECT_EQ(results[0].repeat_count, 1) << check->id;
        server.endpoint.ports = std::make_shared<turn::PortSequence>(before);
        EXPECT_NE(run(preflight(where, server)).relayed->port, 0);
        EXPECT_EQ(server.relay_ip, kLoopback4);
    }
}

TEST_F(SuiteTest, relays_that_never_have_an_address_are_one_finding) {
    TurnServerOptions wrong = options_for(Deployment::Plain);
    wrong.faults.add(server::ServerFault::TurnRelayedUnspecified);
    Target& server = target(start(std::move(wrong)), Transport::Udp);
    for (const CheckResult& result :
         judge(server, only(all_for(server, Deployment::Plain), "rfc8656/7.2/"))) {
        if (result.check->id == "rfc8656/7.2/allocate") {
            EXPECT_EQ(result.judgement.status, Status::Violates);
        }
        if (result.check->id == "rfc8656/7.2/relay-ports") {
            EXPECT_EQ(result.judgement.status, Status::Undecided) << result.judgement.came;
        }
    }
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

TEST_F(SuiteTest, server_without_a_peer_that_can_be_guessed_is_left_open) {
    const auto judged = [&](const Target& server) {
        return judge(server, only(all_for(server, Deployment::Closed), "security/peer/nobody"))
            .front()
            .judgement;
    };
    TurnServerOptions narrow = options_for(Deployment::Closed);
    narrow.peers.denied.push_back(*server::IpRange::parse("0.0.0.0/0"));
    narrow.peers.denied.push_back(*server::IpRange::parse("::/0"));
    narrow.peers.allowed.push_back(*server::IpRange::parse("203.0.113.7"));
    Target& server = target(start(std::move(narrow)), Transport::Udp);
    ASSERT_FALSE(run(preflight(where, server)).no_allocation);
    EXPECT_EQ(judged(server).status, Status::Undecided);
    EXPECT_THAT(judged(server).came, testing::HasSubstr("--peer"));
    server.wanted_peers = {*IpAddress::parse("203.0.113.7")};
    EXPECT_EQ(judged(server).status, Status::Meets);
    server.wanted_peers.push_back(*IpAddress::parse("203.0.113.8"));
    EXPECT_EQ(judged(server).status, Status::Violates);
    EXPECT_EQ(judged(server).about, std::vector<std::string>{"203.0.113.8"});
    server.wanted_peers.clear();
    server.has_public_peers = true;
    EXPECT_EQ(judged(server).status, Status::Violates);
    // Private peers are somebody, and nobody on the internet.
    TurnServerOptions inside = options_for(Deployment::Plain);
    inside.peers.denied.push_back(*server::IpRange::parse("0.0.0.0/0"));
    inside.peers.allowed.push_back(*server::IpRange::parse("192.168.0.0/16"));
    Target& enterprise = target(start(std::move(inside)), Transport::Udp);
    EXPECT_EQ(judged(enterprise).status, Status::Meets) << judged(enterprise).came;
    enterprise.has_public_peers = true;
    EXPECT_EQ(judged(enterprise).status, Status::Violates);
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

// RFC 8656 s7.2, step 10: the quota may be reached at any point.
TEST_F(SuiteTest, other_credentials_without_room_are_left_open) {
    const auto verdict_on_others = [&](TurnServerOptions options, std::string_view password) {
        TargetRun done;
        Target& server = target(start(std::move(options)), Transport::Udp);
        server.other_users.push_back({"/iceServers/1", {"bob", cli::Secret(password)}});
        done.id = "1-udp";
        done.target = &server;
        done.preflight = run(preflight(where, server));
        report::Report out;
        add_to(out, done, Profile::Rfc8656);
        const auto& findings = out.sections.front().findings;
        return std::ranges::find(findings, "server/other-users", &report::Finding::id)
            ->verdict.outcome();
    };
    TurnServerOptions full = options_for(Deployment::Plain);
    full.faults.add(server::ServerFault::TurnQuotaReached);
    EXPECT_EQ(verdict_on_others(std::move(full), "builder"), report::Outcome::Inconclusive);
    EXPECT_EQ(verdict_on_others(options_for(Deployment::Plain), "builder"), report::Outcome::Pass);
    EXPECT_EQ(verdict_on_others(options_for(Deployment::Plain), "wrong"), report::Outcome::Fail);
}

// It does not know RESPONSE-PORT, and has nothing against it.
class IgnorantServer {
  public:
    explicit IgnorantServer(const turn::Surroundings& where)
        : socket_(std::move(*transport::UdpSocket::open(
              where.context, *where.clock, *where.random,
              {.family = AddressFamily::IPv4, .bind_ip = kLoopback4},
              {.on_datagram = [this](const transport::Datagram& datagram) {
                  answer(datagram);
              }}))) {}

    [[nodiscard]] const TransportAddress& address() const { return socket_->local_address(); }

  private:
    void answer(const transport::Datagram& datagram) {
        const auto request = stun::MessageView::parse(datagram.bytes);
        if (!request) return;
        std::array<std::byte, 128> buffer{};
        stun::MessageWriter writer(buffer, stun::MessageClass::SuccessResponse, request->method(),
                                   request->transaction_id());
        writer.add_address(AttributeType::XorMappedAddress, datagram.source);
        (void)socket_->send(datagram.source, writer.bytes());
    }

    std::unique_ptr<transport::UdpSocket> socket_;
};

TEST_F(SuiteTest, who_ignores_response_port_does_not_support_it) {
    constexpr std::string_view kId = "security/amplification/rfc5780";
    const auto judged = [&](const Target& server) {
        return judge(server, only(all_for(server, Deployment::Closed), kId)).front().judgement;
    };
    const IgnorantServer ignorant(where);
    const Judgement ignored = judged(target(ignorant.address(), Transport::Udp));
    EXPECT_EQ(ignored.status, Status::Meets) << ignored.came;
    const Judgement obeyed = judged(target(start(options_for(Deployment::Plain)), Transport::Udp));
    EXPECT_EQ(obeyed.status, Status::Violates) << obeyed.came;
}

TEST_F(SuiteTest, with_a_wrong_secret_what_is_refused_says_nothing) {
    Target& server = target(start(options_for(Deployment::Closed)), Transport::Udp);
    const auto checks = only(all_for(server, Deployment::Closed), "security/rest/");
    ASSERT_EQ(checks.size(), 4U);
    server.shared_secret = cli::Secret("south");
    for (const CheckResult& result : judge(server, checks)) {
        EXPECT_EQ(result.judgement.status, Status::Undecided)
            << result.check->id << ": " << result.judgement.came;
        EXPECT_THAT(result.judgement.came, testing::HasSubstr("is it the server's secret"));
    }
    EXPECT_TRUE(loop.until([&] { return servers[0]->statistics().allocation_count == 0; }));
}

TEST_F(SuiteTest, where_nothing_is_relayed_no_rule_about_what_is_relayed_is_broken) {
    // As behind a firewall: each clause needs data that get through at all.
    struct Row {
        server::ServerFault fault;
        Transport transport;
        std::set<std::string_view> ids;
    };
    const Row rows[] = {
        {server::ServerFault::TurnForgetsPermissions,
         Transport::Udp,
         {"rfc8016/3.2.2/old-tuple", "rfc8656/9/address-only", "rfc8656/10.2/two-peers",
          "rfc8656/11.5/icmp", "rfc8656/14/traffic-class"}},
        {server::ServerFault::TurnDropsData,
         Transport::Tcp,
         {"rfc8016/3.2.2/old-tuple", "rfc8656/9/address-only", "rfc8656/12.5/stream-padding"}}};
    for (const Row& row : rows) {
        TurnServerOptions options = options_for(Deployment::Plain);
        options.faults.add(row.fault);
        const Target& server = target(start(std::move(options)), row.transport);
        std::vector<const Check*> checks = all_for(server, Deployment::Plain);
        std::erase_if(checks, [&](const Check* check) { return !row.ids.contains(check->id); });
        ASSERT_EQ(checks.size(), row.ids.size());
        for (const CheckResult& result : judge(server, checks)) {
            EXPECT_EQ(result.judgement.status, Status::Undecided)
                << result.check->id << ": " << result.judgement.came;
        }
    }
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
    out.headline = headline_of(out, "check");
    const auto valid = report::validate(out);
    EXPECT_TRUE(valid) << valid.error().message;
    EXPECT_THAT(out.headline, testing::HasSubstr("0 of "));
    EXPECT_THAT(report::to_json(out), testing::HasSubstr("XOR-MAPPED-ADDRESS"));
    EXPECT_THAT(report::to_json(out), testing::Not(testing::HasSubstr("wonderland")));
}

}  // namespace
}  // namespace portolan::conformance::test
