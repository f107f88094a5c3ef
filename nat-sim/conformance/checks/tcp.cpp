#include "nat-sim/conformance/bench.hpp"
#include "nat-sim/conformance/checks/groups.hpp"

namespace portolan::nat::conformance {
namespace {

using report::Requirement;
using std::chrono::milliseconds;
using std::chrono::seconds;

Judgement handshake(Trial& trial) {
    if (auto not_here = needs_tcp(trial)) return *not_here;
    Bench bench = trial.bench();
    const auto outside = bench.connect(host_a(), server_1());
    if (!outside) return violates("The three-way handshake did not come through.");
    Packet data = tcp_packet(host_a(), server_1(), kAck | kPsh);
    data.payload.assign(100, std::byte{'d'});
    if (bench.send(Side::Inside, data).on(Side::Outside) == nullptr) {
        return violates("Data did not get out.");
    }
    if (!bench.tcp_in(server_1(), *outside, host_a(), kFin | kAck) ||
        !bench.tcp_out(host_a(), server_1(), kAck) ||
        !bench.tcp_out(host_a(), server_1(), kFin | kAck) ||
        !bench.tcp_in(server_1(), *outside, host_a(), kAck)) {
        return violates("Closing the connection, server first, did not come through.");
    }
    return meets("A connection was opened, used and closed.");
}

/// SYNs cross: A's leaves, then the peer's arrives, then SYN+ACKs both ways (RFC 9293 s3.5).
Judgement simultaneous_open(Trial& trial) {
    if (auto not_here = needs_tcp(trial)) return *not_here;
    if (!trial.parameters().policy.tcp_in) return not_applicable("It lets no TCP in by policy.");
    Bench bench = trial.bench();
    const auto outside = bench.tcp_out(host_a(), server_1(), kSyn);
    if (!outside) return violates("The SYN did not get out.");
    if (!bench.tcp_in(server_1(), *outside, host_a(), kSyn)) {
        return violates("The SYN that crossed ours did not come in.");
    }
    if (bench.tcp_out(host_a(), server_1(), kSyn | kAck) != outside ||
        !bench.tcp_in(server_1(), *outside, host_a(), kSyn | kAck) ||
        bench.tcp_out(host_a(), server_1(), kAck) != outside) {
        return violates("The SYN+ACKs of a simultaneous open did not come through.");
    }
    return meets("A simultaneous open came through.");
}

/// A box with a mapping that the peer may not use yet: its SYN waits.
struct Unsolicited {
    Bench bench;
    TransportAddress outside;
    Reaction at_once;
    bool let_in = false;
};

std::optional<Unsolicited> unsolicited_syn(Trial& trial) {
    Bench bench = trial.bench();
    const auto outside = bench.tcp_out(host_a(), server_1(), kSyn);
    if (!outside) return std::nullopt;
    const Packet syn = tcp_packet(server_2(), *outside, kSyn);
    Reaction reaction = bench.send(Side::Outside, syn);
    const bool let_in = reaction.on(Side::Inside) != nullptr;
    return Unsolicited{std::move(bench), *outside, std::move(reaction), let_in};
}

Judgement silent_for_six_seconds(Trial& trial) {
    if (auto not_here = needs_tcp(trial)) return *not_here;
    auto start = unsolicited_syn(trial);
    if (!start) return violates("The first SYN did not get out.");
    if (start->let_in) return not_applicable("It lets unsolicited SYNs in.");
    if (!start->at_once.silent()) return violates("An unsolicited SYN was answered at once.");
    if (!start->bench.wait(milliseconds(5900)).silent()) {
        return violates("An unsolicited SYN was answered within six seconds.");
    }
    return meets("An unsolicited SYN got no answer for six seconds.");
}

Judgement refused_after_six_seconds(Trial& trial) {
    if (auto not_here = needs_tcp(trial)) return *not_here;
    auto start = unsolicited_syn(trial);
    if (!start) return violates("The first SYN did not get out.");
    if (start->let_in) return not_applicable("It lets unsolicited SYNs in.");
    const Reaction later = start->bench.wait(seconds(10));
    const Packet* error = later.error_on(Side::Outside);
    if (error == nullptr) return violates("Within ten seconds nothing refused the SYN.");
    if (error->icmp_type != kDestinationUnreachable || error->icmp_code != 3) {
        return violates("The SYN was refused with ICMP " + std::to_string(error->icmp_type) + "/" +
                        std::to_string(error->icmp_code) + ".");
    }
    return meets("Port unreachable refused the SYN after the silence.");
}

/// The inside host's own SYN within the six seconds: nothing may refuse the connection.
Judgement own_syn_in_time(Trial& trial) {
    if (auto not_here = needs_tcp(trial)) return *not_here;
    auto start = unsolicited_syn(trial);
    if (!start) return violates("The first SYN did not get out.");
    if (start->let_in) return not_applicable("It lets unsolicited SYNs in.");
    if (!start->at_once.silent()) {
        return violates("The peer's SYN was refused before the inside host could send its own.");
    }
    start->bench.wait(seconds(3));
    const auto own = start->bench.tcp_out(host_a(), server_2(), kSyn);
    if (!own) return violates("The inside host's own SYN did not get out.");
    if (own != start->outside) {
        return not_applicable("Its own SYN leaves from another port, so they are two connections.");
    }
    if (!start->bench.wait(seconds(10)).silent()) {
        return violates("The peer's SYN was refused although the inside host had sent its own.");
    }
    return meets("The peer's early SYN was forgotten silently.");
}

}  // namespace

std::vector<Check> tcp_checks() {
    return {
        {"rfc5382/req-2", "A TCP connection", Requirement::Must, "RFC 5382", "4.2",
         "All valid sequences of segments pass.",
         "A handshake from inside, data, and closing by the server.", "Everything comes through.",
         handshake},
        {"rfc5382/req-2a", "Simultaneous open", Requirement::Must, "RFC 5382", "4.2",
         "Connections that both ends open at once work.",
         "A SYN out, the peer's SYN in, SYN+ACKs both ways.", "Everything comes through.",
         simultaneous_open},
        {"rfc5382/req-4", "Six seconds of silence for unsolicited SYNs", Requirement::Must,
         "RFC 5382", "4.3", "An unsolicited SYN is not answered for six seconds.",
         "A SYN from a stranger to a mapping, and 5.9 s of silence.", "Nothing comes back.",
         silent_for_six_seconds},
        {"rfc5382/req-4-own-syn", "Unsolicited SYN and one's own", Requirement::Must, "RFC 5382",
         "4.3",
         "If the inside host sends its SYN within the six seconds, the early one is dropped "
         "silently.",
         "A SYN from a stranger to a mapping; 3 s later the inside host's SYN to that stranger.",
         "No refusal follows.", own_syn_in_time},
        {"rfc5382/req-4-refusal", "Unsolicited SYNs are refused", Requirement::Should, "RFC 5382",
         "4.3", "After the six seconds port unreachable refuses an unsolicited SYN.",
         "A SYN from a stranger to a mapping, and 10 s of silence.",
         "ICMP 3/3 goes to the stranger.", refused_after_six_seconds},
    };
}

}  // namespace portolan::nat::conformance
