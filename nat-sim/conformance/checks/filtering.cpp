#include "nat-sim/conformance/bench.hpp"
#include "nat-sim/conformance/checks/groups.hpp"

namespace portolan::nat::conformance {
namespace {

using report::Requirement;

/// A host inside sends to an outside host that has an inside address.
Judgement conflicting_realms(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    Bench bench = trial.bench();
    const TransportAddress twin{IpAddress::v4({192, 168, 1, 77}), 7000};
    // Nobody inside has that address: a host that knows a route sends it to the NAT.
    const auto outside = bench.udp_out(host_a(), twin);
    if (!outside) {
        return violates("A packet to an outside host in 192.168.1.0/24 did not get out.");
    }
    if (!bench.udp_in(twin, *outside, host_a())) {
        return violates("The answer of an outside host in 192.168.1.0/24 did not come in.");
    }
    return meets("Packets to and from " + twin.to_string() + " outside were translated.");
}

/// The mildest rule that the RFC recommends lets in whoever's address was sent to.
Judgement address_filter(Trial& trial, Protocol protocol) {
    Bench bench = trial.bench();
    const auto enter = [&](const TransportAddress& remote, const TransportAddress& outside) {
        return protocol == Protocol::Tcp ? bench.tcp_in(remote, outside, host_a(), kSyn)
                                         : bench.udp_in(remote, outside, host_a());
    };
    const auto outside = bench.out(protocol, host_a(), server_1());
    if (!outside) return violates("The first packet did not get out.");
    if (!enter(server_1(7001), *outside)) {
        return violates("Another port of the server that was sent to was not let in.");
    }
    return meets("Another port of the server that was sent to was let in.");
}

Judgement udp_filter(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    return address_filter(trial, Protocol::Udp);
}

Judgement tcp_filter(Trial& trial) {
    if (auto not_here = needs_tcp(trial)) return *not_here;
    if (!trial.parameters().policy.tcp_in) return violates("Its policy refuses TCP from outside.");
    return address_filter(trial, Protocol::Tcp);
}

/// A stranger's UDP must not enter through a mapping that TCP made.
Judgement filter_by_protocol(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    if (auto not_here = needs_tcp(trial)) return *not_here;
    if (trial.parameters().policy.open_inbound) return not_applicable("Everything may enter.");
    Bench bench = trial.bench();
    const auto outside = bench.tcp_out(host_a(), server_1());
    if (!outside) return violates("The SYN did not get out.");
    if (bench.udp_in(server_1(), *outside, host_a())) {
        return violates("UDP entered through a mapping that only TCP had made.");
    }
    return meets("UDP did not enter through a mapping that only TCP had made.");
}

Bytes bytes_of(std::string_view text) {
    Bytes out;
    for (const char c : text)
        out.push_back(static_cast<std::byte>(c));
    return out;
}

/// SIP from inside (RFC 3261 s7), a STUN response from outside (RFC 8489 s5) with MAPPED-ADDRESS.
Judgement no_udp_alg(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    Bench bench = trial.bench();
    Packet sip = udp_packet(host_a(5060), server_1(5060));
    sip.payload = bytes_of(
        "REGISTER sip:example.org SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 192.168.1.10:5060;branch=z9hG4bK1\r\n"
        "Contact: <sip:a@192.168.1.10:5060>\r\nContent-Length: 0\r\n\r\n");
    const Reaction sip_out = bench.send(Side::Inside, sip);
    const Packet* seen = sip_out.on(Side::Outside);
    if (seen == nullptr) return violates("A SIP request did not get out.");
    if (seen->payload != sip.payload) return violates("Addresses in a SIP request were rewritten.");

    const auto outside = bench.udp_out(host_a(), server_1(3478));
    if (!outside) return violates("A packet to a STUN server did not get out.");
    Packet stun = udp_packet(server_1(3478), *outside);
    stun.payload =
        bytes_of(std::string_view("\x01\x01\x00\x0c\x21\x12\xa4\x42"
                                  "abcdefghijkl"
                                  "\x00\x01\x00\x08\x00\x01",
                                  26));
    stun.payload.push_back(static_cast<std::byte>(outside->port >> 8U));
    stun.payload.push_back(static_cast<std::byte>(outside->port & 0xFFU));
    for (const std::uint8_t octet : outside->ip.octets())
        stun.payload.push_back(static_cast<std::byte>(octet));
    const Reaction stun_in = bench.send(Side::Outside, stun);
    seen = stun_in.on(Side::Inside);
    if (seen == nullptr) return violates("A STUN response did not come in.");
    if (seen->payload != stun.payload) {
        return violates("The address in a STUN response was rewritten.");
    }
    return meets("A SIP request and a STUN response passed without a changed byte.");
}

/// Passive FTP is the exception of the RFC; SIP over TCP is not.
Judgement no_tcp_alg(Trial& trial) {
    if (auto not_here = needs_tcp(trial)) return *not_here;
    Bench bench = trial.bench();
    if (!bench.connect(host_a(), server_1(5060))) return violates("No connection came about.");
    Packet sip = tcp_packet(host_a(), server_1(5060), kAck | kPsh);
    sip.payload = bytes_of(
        "OPTIONS sip:example.org SIP/2.0\r\n"
        "Via: SIP/2.0/TCP 192.168.1.10:5000;branch=z9hG4bK1\r\n\r\n");
    const Reaction reaction = bench.send(Side::Inside, sip);
    const Packet* seen = reaction.on(Side::Outside);
    if (seen == nullptr) return violates("The segment did not get out.");
    if (seen->payload != sip.payload) return violates("Addresses in the segment were rewritten.");
    return meets("A SIP request over TCP passed without a changed byte.");
}

}  // namespace

std::vector<Check> filtering_checks() {
    return {
        {"rfc4787/req-7", "Conflicting address spaces", Requirement::Must, "RFC 4787", "4.4",
         "Outside hosts whose addresses equal inside ones can be talked to.",
         "From inside to an outside host in 192.168.1.0/24, and its answer.",
         "Both packets are translated.", conflicting_realms},
        {"rfc4787/req-8", "Filtering no stricter than by address", Requirement::Should, "RFC 4787",
         "5",
         "Filtering is endpoint-independent, or address-dependent where security matters most.",
         "One packet out; one in from another port of the same server.", "It comes in.",
         udp_filter},
        {"rfc4787/req-10", "No rewriting in UDP payloads", Requirement::Should, "RFC 4787", "7",
         "Application level gateways for UDP are off.",
         "A SIP request from inside, a STUN response with the mapped address from outside.",
         "Both payloads arrive unchanged.", no_udp_alg},
        {"rfc5382/req-3", "Filtering of TCP no stricter than by address", Requirement::Should,
         "RFC 5382", "4.3",
         "Filtering is endpoint-independent, or address-dependent where security matters most.",
         "A SYN out; a SYN in from another port of the same server.", "It comes in.", tcp_filter},
        {"rfc5382/req-6", "No rewriting in TCP payloads", Requirement::Should, "RFC 5382", "6",
         "Application level gateways for TCP, but for FTP, are off.",
         "A SIP request over TCP from inside.", "It arrives unchanged.", no_tcp_alg},
        {"rfc7857/6", "Filtering by protocol", Requirement::Should, "RFC 7857", "6",
         "What TCP opened lets no UDP in.",
         "A SYN out; UDP in from the same server to the same outside port.",
         "The UDP does not come in.", filter_by_protocol},
    };
}

}  // namespace portolan::nat::conformance
