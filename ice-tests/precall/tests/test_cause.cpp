#include <gtest/gtest.h>

#include <set>
#include <string>

#include "ice-tests/precall/cause.hpp"

namespace portolan::precall {
namespace {

TEST(CauseTable, has_a_row_for_each_cause_in_their_order) {
    std::set<std::string> codes;
    int number = 0;
    for (const CauseRow& row : cause_table()) {
        EXPECT_EQ(static_cast<int>(row.cause), number++) << row.code.text();
        EXPECT_TRUE(codes.emplace(row.code.text()).second) << row.code.text();
        EXPECT_FALSE(row.words.empty());
    }
    EXPECT_EQ(number, static_cast<int>(Cause::Socket) + 1);
}

TEST(ProblemSentence, says_what_was_met) {
    EXPECT_EQ((Problem{Step::Ask, Cause::PortClosed, "ECONNREFUSED"}).sentence(),
              "nothing listens there (ECONNREFUSED)");
    // Who sent a TCP reset it does not say; who sent ICMP is known.
    Problem refused{Step::Connect, Cause::PortClosed, "ECONNREFUSED"};
    EXPECT_EQ(refused.sentence(),
              "the connection is refused: nothing listens there, or a firewall refuses in its name "
              "(ECONNREFUSED)");
    refused.reported_by = IpAddress::parse("192.0.2.10");
    EXPECT_EQ(refused.sentence(), "nothing listens there (ECONNREFUSED)");
    EXPECT_EQ((Problem{Step::Connect, Cause::NoRoute, {}}).sentence(),
              "this computer has no route to it");
}

TEST(ExpiryOf, reads_time_limited_user_names_alone) {
    EXPECT_EQ(expiry_of("1700000000:alice"), 1'700'000'000);
    EXPECT_EQ(expiry_of("1700000000"), 1'700'000'000);
    EXPECT_FALSE(expiry_of("alice"));
    EXPECT_FALSE(expiry_of("12345:alice"));
    EXPECT_FALSE(expiry_of("17000000001:alice"));
    EXPECT_FALSE(expiry_of("170000000x:alice"));
    EXPECT_FALSE(expiry_of(""));
}

TEST(ProblemOfLookup, tells_a_wrong_name_from_a_broken_name_service) {
    const Error missing{Culprit::Environment, "resolve.not-found", "there is no such name"};
    const Error silent{Culprit::Environment, "resolve.timeout", "no answer"};
    EXPECT_EQ(problem_of_lookup(missing).cause, Cause::NameNotFound);
    EXPECT_EQ(problem_of_lookup(silent).cause, Cause::NameServiceFails);
}

TEST(ProblemOfRoute, tells_a_route_that_forbids_from_none) {
    const Error none{Culprit::Environment, "transport.no-route", "no route to 192.0.2.1"};
    const Error forbids{Culprit::Environment, "transport.route-forbids", "no route to 192.0.2.1"};
    const Error socket{Culprit::Environment, "transport.socket", "no descriptors are left"};
    EXPECT_EQ(problem_of_route(none).cause, Cause::NoRoute);
    EXPECT_EQ(problem_of_route(forbids).cause, Cause::RouteForbids);
    EXPECT_EQ(problem_of_route(socket).cause, Cause::Socket);
}

TEST(ProblemOfFault, takes_a_port_for_closed_only_by_the_word_of_its_own_host) {
    const IpAddress server = *IpAddress::parse("192.0.2.10");
    const IpAddress own = *IpAddress::parse("10.0.0.2");
    const auto cause_by = [&](const char* reporter) {
        transport::FaultReport fault{.fault = transport::Fault::IcmpPortUnreachable};
        fault.icmp = transport::IcmpError{.type = 3, .code = 3};
        fault.icmp->reported_by = IpAddress::parse(reporter);
        const Problem problem = problem_of_fault(Step::Ask, fault, server, own);
        EXPECT_EQ(problem.reported_by, IpAddress::parse(reporter));
        return problem.cause;
    };
    EXPECT_EQ(cause_by("192.0.2.10"), Cause::PortClosed);
    EXPECT_EQ(cause_by("192.168.1.1"), Cause::Prohibited);
    EXPECT_EQ(cause_by("10.0.0.2"), Cause::LocalFirewall);
    EXPECT_EQ(cause_by("nobody"), Cause::Unreachable);
    // A server on this computer has this computer's address.
    transport::FaultReport here{.fault = transport::Fault::IcmpPortUnreachable};
    here.icmp = transport::IcmpError{.type = 3, .code = 3, .reported_by = own};
    EXPECT_EQ(problem_of_fault(Step::Ask, here, own, own).cause, Cause::PortClosed);
}

TEST(MayBeTheNetwork, is_not_said_of_what_the_server_answered) {
    EXPECT_TRUE(may_be_the_network(Cause::Silent));
    EXPECT_TRUE(may_be_the_network(Cause::Prohibited));
    EXPECT_FALSE(may_be_the_network(Cause::WrongCredentials));
    EXPECT_FALSE(may_be_the_network(Cause::CertificateExpired));
    EXPECT_FALSE(may_be_the_network(Cause::PortClosed));
}

}  // namespace
}  // namespace portolan::precall
