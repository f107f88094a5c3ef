#include <gtest/gtest.h>

#include "ice-tests/agent/candidate.hpp"

namespace portolan::agent {
namespace {

Candidate parsed(std::string_view text) {
    auto candidate = Candidate::parse(text);
    EXPECT_TRUE(candidate) << text << ": " << candidate.error().message;
    return candidate.value_or({});
}

// The example of RFC 8839 s5.1.
TEST(Candidate, Rfc8839_example_reads_and_writes) {
    const Candidate candidate = parsed(
        "a=candidate:2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998");
    EXPECT_EQ(candidate.type, CandidateType::ServerReflexive);
    EXPECT_EQ(candidate.transport, CandidateTransport::Udp);
    EXPECT_EQ(candidate.address.to_string(), "192.0.2.3:45664");
    ASSERT_TRUE(candidate.related);
    EXPECT_EQ(candidate.related->to_string(), "203.0.113.141:8998");
    EXPECT_EQ(candidate.priority, 1694498815U);
    EXPECT_EQ(candidate.foundation, "2");
    EXPECT_EQ(candidate.component, 1U);
    EXPECT_EQ(candidate.to_sdp(),
              "candidate:2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport "
              "8998");
}

// RFC 6544 appendix C.
TEST(Candidate, Rfc6544_tcp_candidates_read_and_write) {
    const std::pair<const char*, CandidateTransport> cases[] = {
        {"candidate:1 1 TCP 2128609279 10.0.1.1 9 typ host tcptype active",
         CandidateTransport::TcpActive},
        {"candidate:2 1 TCP 2124414975 10.0.1.1 8998 typ host tcptype passive",
         CandidateTransport::TcpPassive},
        {"candidate:3 1 TCP 2120220671 10.0.1.1 8999 typ host tcptype so",
         CandidateTransport::TcpSimultaneousOpen},
    };
    for (const auto& [text, transport] : cases) {
        const Candidate candidate = parsed(text);
        EXPECT_EQ(candidate.transport, transport);
        EXPECT_EQ(candidate.to_sdp(), text);
    }
}

TEST(Candidate, Every_type_and_transport_comes_back_as_written) {
    for (const auto type : {CandidateType::Host, CandidateType::ServerReflexive,
                            CandidateType::PeerReflexive, CandidateType::Relayed}) {
        for (const auto transport :
             {CandidateTransport::Udp, CandidateTransport::TcpActive,
              CandidateTransport::TcpPassive, CandidateTransport::TcpSimultaneousOpen}) {
            for (const char* address : {"192.0.2.1:1", "[2001:db8::1]:65535"}) {
                Candidate candidate{.type = type,
                                    .transport = transport,
                                    .address = *TransportAddress::parse(address),
                                    .related = {},
                                    .priority = 2147483647,
                                    .foundation = "aZ9+/",
                                    .component = 256};
                if (type != CandidateType::Host) {
                    candidate.related = *TransportAddress::parse("10.0.0.1:5000");
                }
                EXPECT_EQ(parsed(candidate.to_sdp()), candidate) << candidate.to_sdp();
            }
        }
    }
}

TEST(Candidate, Unknown_related_address_is_hidden_as_the_rfc_says) {
    Candidate candidate{.type = CandidateType::Relayed,
                        .address = *TransportAddress::parse("[2001:db8::1]:5"),
                        .foundation = "1"};
    EXPECT_TRUE(candidate.to_sdp().ends_with(" typ relay raddr :: rport 9"));
}

TEST(Candidate, Extensions_of_others_are_ignored) {
    const Candidate candidate = parsed(
        "candidate:1 1 udp 5 2001:db8::1 5000 typ host generation 0 ufrag 8hhY network-id 1");
    EXPECT_EQ(candidate.address.to_string(), "[2001:db8::1]:5000");
}

TEST(Candidate, Bad_lines_are_refused_with_the_place) {
    const struct {
        const char* text;
        const char* code;
        std::size_t offset;
    } cases[] = {
        {"", "candidate.syntax", 0},
        {"nonsense", "candidate.syntax", 0},
        {"candidate:", "candidate.syntax", 10},
        {"candidate:- 1 UDP 1 192.0.2.1 1 typ host", "candidate.syntax", 10},
        {"candidate:1 0 UDP 1 192.0.2.1 1 typ host", "candidate.syntax", 12},
        {"candidate:1 257 UDP 1 192.0.2.1 1 typ host", "candidate.syntax", 12},
        {"candidate:1 1 SCTP 1 192.0.2.1 1 typ host", "candidate.unsupported", 14},
        // libnice 0.1.21 takes priority 0.
        {"candidate:1 1 UDP 0 192.0.2.1 1 typ host", "candidate.syntax", 18},
        {"candidate:1 1 UDP 2147483648 192.0.2.1 1 typ host", "candidate.syntax", 18},
        {"candidate:1 1 UDP 99999999999 192.0.2.1 1 typ host", "candidate.syntax", 18},
        {"candidate:1 1 UDP 1 host.example 1 typ host", "candidate.unsupported", 20},
        {"candidate:1 1 UDP 1 192.0.2.1 0 typ host", "candidate.syntax", 30},
        {"candidate:1 1 UDP 1 192.0.2.1 65536 typ host", "candidate.syntax", 30},
        {"candidate:1 1 UDP 1 192.0.2.1 1", "candidate.syntax", 31},
        {"candidate:1 1 UDP 1 192.0.2.1 1 typ", "candidate.syntax", 35},
        {"candidate:1 1 UDP 1 192.0.2.1 1 typ other", "candidate.unsupported", 36},
        {"candidate:1 1 UDP 1 192.0.2.1 1 typ host generation", "candidate.syntax", 41},
        // libnice 0.1.21 crashes on it.
        {"candidate:1 1 TCP 1 192.0.2.1 1 typ host", "candidate.syntax", 40},
        {"candidate:1 1 TCP 1 192.0.2.1 1 typ host tcptype maybe", "candidate.unsupported", 49},
    };
    for (const auto& bad : cases) {
        const auto candidate = Candidate::parse(bad.text);
        ASSERT_FALSE(candidate) << bad.text;
        EXPECT_EQ(candidate.error().code, bad.code) << bad.text;
        EXPECT_EQ(candidate.error().byte_offset, bad.offset) << bad.text;
    }
}

TEST(Candidate, Pairs_need_one_family_and_fitting_transports) {
    const Candidate udp4 = parsed("candidate:1 1 UDP 1 192.0.2.1 1 typ host");
    const Candidate udp6 = parsed("candidate:1 1 UDP 1 2001:db8::1 1 typ host");
    const Candidate active = parsed("candidate:1 1 TCP 1 192.0.2.1 9 typ host tcptype active");
    const Candidate passive = parsed("candidate:1 1 TCP 1 192.0.2.1 1 typ host tcptype passive");
    const Candidate open = parsed("candidate:1 1 TCP 1 192.0.2.1 1 typ host tcptype so");
    EXPECT_TRUE(can_pair(udp4, udp4));
    EXPECT_TRUE(can_pair(active, passive));
    EXPECT_TRUE(can_pair(passive, active));
    EXPECT_TRUE(can_pair(open, open));
    for (const auto& [a, b] : {std::pair{udp4, udp6},
                               {udp4, passive},
                               {active, active},
                               {passive, passive},
                               {open, passive},
                               {open, active}}) {
        EXPECT_FALSE(can_pair(a, b)) << a.to_sdp() << " / " << b.to_sdp();
        EXPECT_FALSE(can_pair(b, a)) << a.to_sdp() << " / " << b.to_sdp();
    }
}

TEST(Candidate, Words_are_those_of_the_rfcs) {
    EXPECT_EQ(to_string(CandidateType::PeerReflexive), "prflx");
    EXPECT_EQ(to_string(CandidateTransport::Udp), "udp");
    EXPECT_EQ(to_string(CandidateTransport::TcpActive), "tcp-act");
    EXPECT_EQ(to_string(CandidateTransport::TcpPassive), "tcp-pass");
    EXPECT_EQ(to_string(CandidateTransport::TcpSimultaneousOpen), "tcp-so");
}

}  // namespace
}  // namespace portolan::agent
