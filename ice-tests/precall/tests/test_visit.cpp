#include <gmock/gmock.h>

#include <algorithm>
#include <vector>

#include "ice-tests/precall/tests/precall_test.hpp"
#include "probe/transport/self_signed.hpp"
#include "probe/transport/udp_socket.hpp"

namespace portolan::precall {
namespace {

using testing::ElementsAre;
using turn::Transport;

std::vector<Step> steps_of(const Visit& visit) {
    std::vector<Step> out;
    for (const StepTime& each : visit.steps)
        out.push_back(each.step);
    return out;
}

TEST_F(PrecallTest, healthy_server_gives_a_relay_over_udp) {
    start();
    Visit visit;
    visit_with(plan(), visit);
    ASSERT_TRUE(visit.has_succeeded);
    EXPECT_FALSE(visit.problem);
    EXPECT_TRUE(visit.relayed);
    EXPECT_EQ(visit.mapped, visit.local);
    EXPECT_THAT(steps_of(visit), ElementsAre(Step::Ask, Step::Allocate));
    EXPECT_EQ(visit.software, "Portolan");
    EXPECT_EQ(server->statistics().allocation_count, 1U);
    EXPECT_TRUE(run(release(visit, std::chrono::seconds(1))));
    EXPECT_EQ(server->statistics().allocation_count, 0U);
}

TEST_F(PrecallTest, distance_is_the_median_of_several_readings) {
    start();
    for (const Transport transport : {Transport::Udp, Transport::Tcp}) {
        Visit visit;
        visit_with(plan(transport), visit);
        ASSERT_TRUE(visit.has_succeeded);
        EXPECT_EQ(visit.readings.size(), 2U);
        EXPECT_TRUE(run(take_readings(where, visit, 3, std::chrono::seconds(2))));
        ASSERT_EQ(visit.readings.size(), 5U);
        std::vector<transport::Duration> sorted = visit.readings;
        std::ranges::sort(sorted);
        EXPECT_EQ(visit.round_trip, sorted[2]);
        EXPECT_TRUE(run(release(visit, std::chrono::seconds(1))));
        EXPECT_FALSE(run(take_readings(where, visit, 3, std::chrono::seconds(1))));
    }
}

TEST_F(PrecallTest, tls_has_steps_of_its_own) {
    const auto made = transport::make_self_signed({.names = {"turn.example"}, .ips = {}});
    ASSERT_TRUE(made);
    start([&](auto& options) {
        options.identity = *transport::TlsCredentials::identity_pem(made->certificate, made->key);
    });
    VisitPlan tls = plan(Transport::Tls);
    tls.endpoint.server_name = "turn.example";
    tls.endpoint.trust = *transport::TlsCredentials::trust_pem(made->certificate);
    Visit visit;
    visit_with(tls, visit);
    ASSERT_TRUE(visit.has_succeeded) << visit.problem->sentence();
    EXPECT_THAT(steps_of(visit),
                ElementsAre(Step::Connect, Step::Handshake, Step::Ask, Step::Allocate));
    EXPECT_TRUE(visit.tls);

    tls.endpoint.server_name = "elsewhere.example";
    Visit misnamed;
    visit_with(tls, misnamed);
    ASSERT_TRUE(misnamed.problem);
    EXPECT_EQ(misnamed.problem->cause, Cause::CertificateWrongName);
    EXPECT_EQ(misnamed.problem->step, Step::Handshake);

    tls.endpoint.server_name = "turn.example";
    tls.endpoint.trust = transport::TlsCredentials::trust_nobody();
    Visit untrusted;
    visit_with(tls, untrusted);
    ASSERT_TRUE(untrusted.problem);
    EXPECT_EQ(untrusted.problem->cause, Cause::CertificateSelfSigned);
}

TEST_F(PrecallTest, wrong_password_is_named) {
    start();
    const turn::Credentials wrong{"alice", cli::Secret("looking glass")};
    VisitPlan asked = plan();
    asked.credentials = &wrong;
    Visit visit;
    visit_with(asked, visit);
    ASSERT_TRUE(visit.problem);
    EXPECT_EQ(visit.problem->cause, Cause::WrongCredentials);
    EXPECT_EQ(visit.problem->step, Step::Allocate);
    EXPECT_TRUE(visit.has_answered);
}

TEST_F(PrecallTest, expired_credential_is_told_from_a_wrong_one) {
    start([](auto& options) { options.shared_secret = cli::Secret("secret"); });
    const auto expired =
        turn::time_limited(cli::Secret("secret"), "alice", std::chrono::seconds(1'500'000'000));
    VisitPlan asked = plan();
    asked.credentials = &expired;
    asked.unix_time = std::chrono::seconds(1'500'000'300);
    Visit visit;
    visit_with(asked, visit);
    ASSERT_TRUE(visit.problem);
    EXPECT_EQ(visit.problem->cause, Cause::ExpiredCredential);
    EXPECT_NE(visit.problem->detail.find("5 minutes ago"), std::string::npos);

    // Not expired by this clock: then it is simply refused.
    asked.unix_time = std::chrono::seconds(1'400'000'000);
    Visit refused;
    visit_with(asked, refused);
    ASSERT_TRUE(refused.problem);
    EXPECT_EQ(refused.problem->cause, Cause::WrongCredentials);
}

TEST_F(PrecallTest, quota_and_capacity_are_named) {
    start([](auto& options) { options.quotas.user_allocation_count = 1; });
    Visit first;
    visit_with(plan(), first);
    ASSERT_TRUE(first.has_succeeded);
    Visit second;
    visit_with(plan(), second);
    ASSERT_TRUE(second.problem);
    EXPECT_EQ(second.problem->cause, Cause::Quota);
}

TEST_F(PrecallTest, closed_ports_are_named) {
    for (const Transport transport : {Transport::Udp, Transport::Tcp}) {
        VisitPlan asked = plan(transport);
        asked.endpoint.server = {IpAddress::v4({127, 0, 0, 1}), 9};
        Visit visit;
        visit_with(asked, visit);
        ASSERT_TRUE(visit.problem);
        EXPECT_EQ(visit.problem->cause, Cause::PortClosed) << turn::to_string(transport);
        EXPECT_FALSE(visit.has_answered);
    }
}

TEST_F(PrecallTest, silence_ends_after_the_limit) {
    const auto mute = transport::UdpSocket::open(
        loop.context(), clock, random,
        {.family = AddressFamily::IPv4, .bind_ip = IpAddress::v4({127, 0, 0, 1})}, {});
    ASSERT_TRUE(mute);
    VisitPlan asked = plan();
    asked.endpoint.server = (*mute)->local_address();
    Visit visit;
    const transport::Time begun = clock.now();
    visit_with(asked, visit);
    ASSERT_TRUE(visit.problem);
    EXPECT_EQ(visit.problem->cause, Cause::Silent);
    EXPECT_EQ(visit.problem->step, Step::Ask);
    EXPECT_EQ(visit.copy_count, 7);
    EXPECT_GE(clock.now() - begun, asked.step_limit);
}

TEST_F(PrecallTest, server_of_stun_alone_is_told_from_a_silent_one) {
    start();
    std::unique_ptr<transport::UdpSocket> stun_only;
    auto opened = transport::UdpSocket::open(
        loop.context(), clock, random,
        {.family = AddressFamily::IPv4, .bind_ip = IpAddress::v4({127, 0, 0, 1})},
        {.on_datagram =
             [&](const transport::Datagram& datagram) {
                 const auto asked = stun::MessageView::parse(datagram.bytes);
                 if (!asked || asked->method() != stun::Method::Binding) return;
                 std::vector<std::byte> answer(20);
                 std::ranges::copy(datagram.bytes.first(20), answer.begin());
                 answer[0] = std::byte{1};  // RFC 8489 s5: a success response
                 answer[2] = answer[3] = std::byte{0};
                 (void)stun_only->send(datagram.source, answer);
             },
         .on_fault = {}});
    ASSERT_TRUE(opened);
    stun_only = std::move(*opened);
    VisitPlan asked = plan();
    asked.endpoint.server = stun_only->local_address();
    Visit visit;
    visit_with(asked, visit);
    ASSERT_TRUE(visit.problem);
    EXPECT_EQ(visit.problem->cause, Cause::NoTurn);
    EXPECT_TRUE(visit.has_answered);
    EXPECT_FALSE(visit.has_succeeded);
}

TEST_F(PrecallTest, stun_needs_no_credentials) {
    start();
    VisitPlan asked = plan();
    asked.wants_relay = false;
    asked.credentials = nullptr;
    Visit visit;
    visit_with(asked, visit);
    ASSERT_TRUE(visit.has_succeeded);
    EXPECT_EQ(visit.mapped, visit.local);
    EXPECT_EQ(server->statistics().total_allocation_count, 0U);
}

TEST_F(PrecallTest, redirection_is_followed) {
    start();
    const TransportAddress to = server->endpoints().front();
    const auto target = std::move(server);
    start([&](auto& options) { options.alternates = {to}; });
    Visit visit;
    visit_with(plan(), visit);
    ASSERT_TRUE(visit.has_succeeded) << visit.problem->sentence();
    EXPECT_EQ(visit.endpoint.server, to);
    EXPECT_THAT(visit.redirected_by, ElementsAre(server->endpoints().front()));
}

TEST_F(PrecallTest, dropped_visit_says_where_it_stood) {
    const auto mute = transport::UdpSocket::open(
        loop.context(), clock, random,
        {.family = AddressFamily::IPv4, .bind_ip = IpAddress::v4({127, 0, 0, 1})}, {});
    ASSERT_TRUE(mute);
    VisitPlan asked = plan();
    asked.endpoint.server = (*mute)->local_address();
    Visit visit;
    {
        auto task = make_visit(where, asked, "client", visit);
        task.start([] {});
        loop.settle();
    }
    EXPECT_EQ(visit.under_way, Step::Ask);
    EXPECT_FALSE(visit.problem);
}

}  // namespace
}  // namespace portolan::precall
