#include <algorithm>

#include "nat-sim/conformance/bench.hpp"
#include "nat-sim/conformance/checks/groups.hpp"

namespace portolan::nat::conformance {
namespace {

using report::Requirement;

/// A router on the way, whom nobody inside has ever sent to.
IpAddress router() {
    return IpAddress::v4({192, 0, 2, 99});
}

struct Mapped {
    Bench bench;
    TransportAddress outside;
    Packet as_seen_outside;  ///< what an ICMP error from outside is about
};

/// A mapping of host A toward server 1, by UDP or by TCP.
std::optional<Mapped> mapped(Trial& trial, Protocol protocol = Protocol::Udp) {
    Bench bench = trial.bench();
    std::optional<TransportAddress> outside;
    if (protocol == Protocol::Tcp) {
        outside = bench.connect(host_a(), server_1());
    } else {
        outside = bench.udp_out(host_a(), server_1());
    }
    if (!outside) return std::nullopt;
    Packet seen = protocol == Protocol::Tcp ? tcp_packet(*outside, server_1(), kAck)
                                            : udp_packet(*outside, server_1());
    return Mapped{std::move(bench), *outside, seen};
}

Judgement no_mapping() {
    return violates("The first packet did not get out.");
}

Packet error_from(const IpAddress& source, const Mapped& mapped, std::uint8_t type,
                  std::uint8_t code, bool whole = false) {
    return icmp_error(source, mapped.outside.ip, type, code, mapped.as_seen_outside, whole);
}

/// The ICMP error that reached host A.
std::optional<Packet> at_host(const Reaction& reaction) {
    const Packet* seen = reaction.error_on(Side::Inside);
    if (seen == nullptr || !reaction.checksums_ok()) return std::nullopt;
    return *seen;
}

Judgement reverted(const std::optional<Packet>& seen) {
    if (!seen) return violates("The error did not come in.");
    const auto inner = embedded(*seen);
    if (!inner) return violates("The packet in the error cannot be read.");
    if (inner->packet.source != host_a() || inner->packet.destination != server_1()) {
        return violates("The packet in the error is (" + to_text(inner->packet) +
                        "), which the host never sent.");
    }
    if (!inner->ip_checksum_ok || !inner->transport_checksum_ok) {
        return violates("A checksum in the embedded packet is wrong.");
    }
    return meets("The embedded packet was (" + to_text(inner->packet) + "), as the host sent it.");
}

Judgement keeps_mapping(Trial& trial, Protocol protocol) {
    struct Message {
        std::uint8_t type;
        std::uint8_t code;
    };
    auto start = mapped(trial, protocol);
    if (!start) return no_mapping();
    const Message all[] = {{kDestinationUnreachable, 0},  {kDestinationUnreachable, 1},
                           {kDestinationUnreachable, 3},  {kDestinationUnreachable, 4},
                           {kDestinationUnreachable, 13}, {kTimeExceeded, 0},
                           {kParameterProblem, 0},        {kSourceQuench, 0}};
    for (const auto& [type, code] : all) {
        start->bench.send(Side::Outside, error_from(router(), *start, type, code));
        const bool alive = protocol == Protocol::Tcp
                               ? start->bench.tcp_in(server_1(), start->outside, host_a(), kAck)
                               : start->bench.udp_in(server_1(), start->outside, host_a());
        if (!alive) {
            return violates("ICMP " + std::to_string(type) + "/" + std::to_string(code) +
                            " ended the mapping.");
        }
    }
    return meets("Eight kinds of ICMP errors left the mapping as it was.");
}

Judgement udp_kept(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    return keeps_mapping(trial, Protocol::Udp);
}
Judgement tcp_kept(Trial& trial) {
    if (auto not_here = needs_tcp(trial)) return *not_here;
    return keeps_mapping(trial, Protocol::Tcp);
}

Judgement any_source(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    auto start = mapped(trial);
    if (!start) return no_mapping();
    const auto seen = at_host(
        start->bench.send(Side::Outside, error_from(router(), *start, kDestinationUnreachable, 1)));
    if (!seen) return violates("An error from a router on the way did not come in.");
    return meets("An error from a router on the way came in.");
}

Judgement unreachable_passes(Trial& trial, Protocol protocol) {
    auto start = mapped(trial, protocol);
    if (!start) return no_mapping();
    const auto seen = at_host(start->bench.send(
        Side::Outside, error_from(server_1().ip, *start, kDestinationUnreachable, 3)));
    if (!seen) return violates("Port unreachable did not come in.");
    if (seen->destination.ip != host_a().ip) return violates("It went to another host.");
    return meets("Port unreachable reached the host that had sent.");
}

Judgement udp_unreachable(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    return unreachable_passes(trial, Protocol::Udp);
}
Judgement tcp_unreachable(Trial& trial) {
    if (auto not_here = needs_tcp(trial)) return *not_here;
    return unreachable_passes(trial, Protocol::Tcp);
}

Judgement bad_icmp_checksum(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    auto start = mapped(trial);
    if (!start) return no_mapping();
    Bytes bytes = encode(error_from(server_1().ip, *start, kDestinationUnreachable, 3));
    bytes[22] ^= std::byte{0x55};
    const Reaction reaction = start->bench.send_bytes(
        Side::Outside, bytes, "ICMP port unreachable with a wrong checksum");
    if (!reaction.silent()) return violates("An error with a wrong ICMP checksum was not dropped.");
    return meets("An error with a wrong ICMP checksum was dropped.");
}

/// Changes a byte of the embedded datagram and makes the ICMP checksum right again.
Packet with_inner_byte(Packet error, std::size_t at, std::byte change) {
    error.payload[at] ^= change;
    return error;
}

Judgement bad_inner_ip_checksum(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    auto start = mapped(trial);
    if (!start) return no_mapping();
    const Packet error = with_inner_byte(
        error_from(server_1().ip, *start, kDestinationUnreachable, 3), 10, std::byte{0x55});
    if (!start->bench.send(Side::Outside, error).silent()) {
        return violates("An error whose embedded IP checksum is wrong was not dropped.");
    }
    return meets("An error whose embedded IP checksum is wrong was dropped.");
}

Judgement inner_options(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    auto start = mapped(trial);
    if (!start) return no_mapping();
    Packet error = error_from(server_1().ip, *start, kDestinationUnreachable, 3);
    Packet about = start->as_seen_outside;
    about.ip_options.assign(4, std::byte{1});  // four No Operation options (RFC 791 s3.1)
    error = icmp_error(server_1().ip, start->outside.ip, kDestinationUnreachable, 3, about);
    return reverted(at_host(start->bench.send(Side::Outside, error)));
}

Judgement inner_transport_checksum(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    auto start = mapped(trial);
    if (!start) return no_mapping();
    const Packet error = with_inner_byte(
        error_from(server_1().ip, *start, kDestinationUnreachable, 3, true), 26, std::byte{0x55});
    if (!at_host(start->bench.send(Side::Outside, error))) {
        return violates("An error was dropped for the transport checksum of what it embeds.");
    }
    return meets("An error came in although the embedded transport checksum is wrong.");
}

/// RFC 4884 s5: the datagram padded to 128 bytes, then an extension structure.
Judgement inner_extensions(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    auto start = mapped(trial);
    if (!start) return no_mapping();
    Packet error = error_from(router(), *start, kTimeExceeded, 0, true);
    error.payload.resize(128, std::byte{0});
    error.icmp_rest = std::uint32_t{32} << 16U;  // the length of the datagram, in words
    const Bytes extension = {std::byte{0x20}, std::byte{0}, std::byte{0}, std::byte{0},
                             std::byte{0},    std::byte{8}, std::byte{1}, std::byte{1},
                             std::byte{1},    std::byte{2}, std::byte{3}, std::byte{4}};
    error.payload.insert(error.payload.end(), extension.begin(), extension.end());
    const auto seen = at_host(start->bench.send(Side::Outside, error));
    if (!seen) return violates("An error with extensions did not come in.");
    if (seen->payload.size() != error.payload.size() ||
        !std::equal(extension.begin(), extension.end(), seen->payload.end() - 12)) {
        return violates("The extensions did not arrive as they were sent.");
    }
    return reverted(seen);
}

Judgement unmatched(Trial& trial, Side from) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    if (trial.parameters().policy.open_inbound) {
        return not_applicable("Every port has a mapping at any time.");
    }
    Bench bench = trial.bench();
    const auto outside = bench.udp_out(host_a(), server_1());
    if (!outside) return no_mapping();
    // About a port that has no mapping.
    const TransportAddress nobody{outside->ip, static_cast<std::uint16_t>(outside->port ^ 0x4000U)};
    const Packet error = from == Side::Outside
                             ? icmp_error(server_1().ip, outside->ip, kDestinationUnreachable, 3,
                                          udp_packet(nobody, server_1()))
                             : icmp_error(host_b().ip, server_2().ip, kDestinationUnreachable, 3,
                                          udp_packet(server_2(), host_b()));
    if (!bench.send(from, error).silent()) {
        return violates("An error about a packet that belongs to no mapping was not dropped.");
    }
    return meets("An error about a packet that belongs to no mapping was dropped.");
}

Judgement unmatched_outside(Trial& trial) {
    return unmatched(trial, Side::Outside);
}
Judgement unmatched_inside(Trial& trial) {
    return unmatched(trial, Side::Inside);
}

Judgement inward_reverted(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    auto start = mapped(trial);
    if (!start) return no_mapping();
    return reverted(at_host(start->bench.send(
        Side::Outside, error_from(router(), *start, kDestinationUnreachable, 1, true))));
}

Judgement inward_type(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    auto start = mapped(trial);
    if (!start) return no_mapping();
    const auto seen =
        at_host(start->bench.send(Side::Outside, error_from(router(), *start, kTimeExceeded, 1)));
    if (!seen) return violates("The error did not come in.");
    if (seen->icmp_type != kTimeExceeded || seen->icmp_code != 1) {
        return violates("Type and code 11/1 became " + std::to_string(seen->icmp_type) + "/" +
                        std::to_string(seen->icmp_code) + ".");
    }
    return meets("Type and code stayed 11/1.");
}

Judgement inward_destination(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    auto start = mapped(trial);
    if (!start) return no_mapping();
    const auto seen = at_host(
        start->bench.send(Side::Outside, error_from(router(), *start, kDestinationUnreachable, 1)));
    if (!seen) return violates("The error did not come in.");
    if (seen->destination.ip != host_a().ip) {
        return violates("It was sent to " + seen->destination.ip.to_string() + ".");
    }
    return meets("It was sent to the host that had sent the embedded packet.");
}

/// The inside host refuses what came in.
std::optional<Packet> outward(Trial& trial, std::uint8_t type, std::uint8_t code) {
    auto start = mapped(trial);
    if (!start || !start->bench.udp_in(server_1(), start->outside, host_a())) return std::nullopt;
    const Packet error =
        icmp_error(host_a().ip, server_1().ip, type, code, udp_packet(server_1(), host_a()));
    const Reaction reaction = start->bench.send(Side::Inside, error);
    const Packet* seen = reaction.error_on(Side::Outside);
    return seen == nullptr || !reaction.checksums_ok() ? std::nullopt : std::optional(*seen);
}

Judgement outward_reverted(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    const auto seen = outward(trial, kDestinationUnreachable, 3);
    if (!seen) return violates("The error did not get out.");
    const auto inner = embedded(*seen);
    if (!inner || inner->packet.source != server_1()) {
        return violates("The embedded packet is not from the server.");
    }
    if (inner->packet.destination.ip == host_a().ip) {
        return violates("The embedded packet shows the inside address.");
    }
    if (!inner->ip_checksum_ok) return violates("The embedded IP checksum is wrong.");
    return meets("The embedded packet went to " + inner->packet.destination.to_string() +
                 ", as the server had sent it.");
}

Judgement outward_type(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    const auto seen = outward(trial, kDestinationUnreachable, 10);
    if (!seen) return violates("The error did not get out.");
    if (seen->icmp_type != kDestinationUnreachable || seen->icmp_code != 10) {
        return violates("Type and code 3/10 became " + std::to_string(seen->icmp_type) + "/" +
                        std::to_string(seen->icmp_code) + ".");
    }
    return meets("Type and code stayed 3/10.");
}

Judgement outward_source(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    const auto seen = outward(trial, kDestinationUnreachable, 3);
    if (!seen) return violates("The error did not get out.");
    const auto inner = embedded(*seen);
    if (!inner || seen->source.ip != inner->packet.destination.ip) {
        return violates("It was sent from " + seen->source.ip.to_string() +
                        ", which is not the mapping's outside address.");
    }
    return meets("It was sent from the outside address " + seen->source.ip.to_string() + ".");
}

/// Errors about an echo request neither end its session nor keep it.
Judgement query_session_untouched(Trial& trial) {
    if (auto not_here = needs_icmp(trial)) return *not_here;
    if (trial.parameters().policy.open_inbound) return not_applicable("Everything may enter.");
    const Time idle = trial.parameters().timers.icmp_query;
    Bench bench = trial.bench();
    const auto outside = bench.echo_out(host_a(77), server_1());
    if (!outside) return violates("An echo request did not get out.");
    const Packet error =
        icmp_error(router(), outside->ip, kTimeExceeded, 0, echo_packet(*outside, server_1()));
    bench.send(Side::Outside, error);
    if (!bench.echo_in(server_1(), *outside, host_a(77))) {
        return violates("An error about the request ended its session.");
    }
    for (int i = 0; i < 8; ++i) {
        bench.wait(idle * 3 / 4);
        bench.send(Side::Outside, error);
    }
    if (bench.echo_in(server_1(), *outside, host_a(77))) {
        return violates("Errors about the request kept its session for six times its life.");
    }
    return meets("Errors neither ended the query session nor kept it.");
}

}  // namespace

std::vector<Check> icmp_error_checks() {
    return {
        {"rfc4787/req-12", "ICMP errors end no mapping", Requirement::Must, "RFC 4787", "9",
         "No ICMP message ends a UDP mapping.",
         "Eight kinds of ICMP errors about a mapping, each followed by a packet in.",
         "Every packet comes in.", udp_kept},
        {"rfc4787/req-12a", "ICMP errors from anywhere", Requirement::Should, "RFC 4787", "9",
         "ICMP errors are not filtered by who sends them.",
         "Host unreachable from a router that nobody sent to.", "The error comes in.", any_source},
        {"rfc4787/req-12b", "Destination unreachable", Requirement::Should, "RFC 4787", "9",
         "Destination unreachable about UDP reaches the host that sent.",
         "Port unreachable from the server.", "The error comes in.", udp_unreachable},
        {"rfc5382/req-9", "Destination unreachable about TCP", Requirement::Should, "RFC 5382",
         "7.3", "Destination unreachable about TCP is translated.",
         "Port unreachable from the server of a connection.", "The error comes in.",
         tcp_unreachable},
        {"rfc5382/req-10", "ICMP errors end no connection", Requirement::Must, "RFC 5382", "7.3",
         "No ICMP message ends a TCP mapping or connection.",
         "Eight kinds of ICMP errors about a connection, each followed by a segment in.",
         "Every segment comes in.", tcp_kept},
        {"rfc5508/req-3", "Wrong ICMP checksums", Requirement::Should, "RFC 5508", "4.1",
         "An ICMP error with a wrong checksum is dropped silently.",
         "Port unreachable with a wrong checksum.", "Nothing comes out.", bad_icmp_checksum},
        {"rfc5508/req-3a", "Wrong embedded IP checksums", Requirement::Should, "RFC 5508", "4.1",
         "An ICMP error whose embedded IP checksum is wrong is dropped silently.",
         "Port unreachable with a wrong embedded IP checksum.", "Nothing comes out.",
         bad_inner_ip_checksum},
        {"rfc5508/req-3b", "IP options in the embedded packet", Requirement::Must, "RFC 5508",
         "4.1", "The transport header is found behind IP options.",
         "Port unreachable about a packet with four No Operation options.",
         "The error comes in with the packet as the host sent it.", inner_options},
        {"rfc5508/req-3c", "Embedded transport checksums", Requirement::Should, "RFC 5508", "4.1",
         "The transport checksum of the embedded packet is not validated.",
         "Port unreachable with a wrong embedded UDP checksum.", "The error comes in.",
         inner_transport_checksum},
        {"rfc5508/req-3d", "ICMP extensions", Requirement::Must, "RFC 5508", "4.1",
         "Padding and extensions are no part of the embedded packet.",
         "Time exceeded with a padded packet and an extension behind it.",
         "The error comes in, packet reverted, extension unchanged.", inner_extensions},
        {"rfc5508/req-4", "Errors from outside about nothing", Requirement::Should, "RFC 5508",
         "4.2.1", "An error about a packet without mapping is dropped silently.",
         "Port unreachable about a port that nobody uses.", "Nothing comes out.",
         unmatched_outside},
        {"rfc5508/req-4a", "Embedded packets from outside", Requirement::Must, "RFC 5508", "4.2.1",
         "The embedded packet becomes what the inside host had sent.",
         "Host unreachable with the whole packet.",
         "Addresses, ports and checksums are those of the packet sent.", inward_reverted},
        {"rfc5508/req-4b", "Type and code from outside", Requirement::Must, "RFC 5508", "4.2.1",
         "Type and code stay.", "Time exceeded 11/1.", "It is 11/1 inside.", inward_type},
        {"rfc5508/req-4c", "Destination of errors from outside", Requirement::Must, "RFC 5508",
         "4.2.1", "The error goes to the source of the embedded packet.",
         "Host unreachable about a mapping.", "It goes to the host that sent.", inward_destination},
        {"rfc5508/req-5", "Errors from inside about nothing", Requirement::Should, "RFC 5508",
         "4.2.2", "An error about a packet without mapping is dropped silently.",
         "Port unreachable from a host that got nothing.", "Nothing comes out.", unmatched_inside},
        {"rfc5508/req-5a", "Embedded packets from inside", Requirement::Must, "RFC 5508", "4.2.2",
         "The embedded packet becomes what the outside host had sent.",
         "Port unreachable about a packet that came in.",
         "The embedded packet has the outside endpoint as its destination.", outward_reverted},
        {"rfc5508/req-5b", "Type and code from inside", Requirement::Must, "RFC 5508", "4.2.2",
         "Type and code stay.", "Destination unreachable 3/10.", "It is 3/10 outside.",
         outward_type},
        {"rfc5508/req-5c", "Source of errors from inside", Requirement::Must, "RFC 5508", "4.2.2",
         "The error comes from the NAT's outside address.",
         "Port unreachable about a packet that came in.",
         "Its source is the destination of the embedded packet.", outward_source},
        {"rfc5508/req-6", "Errors about queries", Requirement::Must, "RFC 5508", "4.3",
         "Errors about a query neither refresh nor end its session.",
         "An echo request, and time exceeded about it, again and again.",
         "The reply comes in after the first, and not long after the timer.",
         query_session_untouched},
    };
}

}  // namespace portolan::nat::conformance
