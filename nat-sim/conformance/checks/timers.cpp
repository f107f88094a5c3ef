#include "nat-sim/conformance/bench.hpp"
#include "nat-sim/conformance/checks/groups.hpp"

namespace portolan::nat::conformance {
namespace {

using report::Requirement;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// Just before a mapping may go.
constexpr Time kMargin = seconds(1);

std::string seconds_text(Time time) {
    return std::to_string(std::chrono::duration_cast<seconds>(time).count()) + " s";
}

Judgement udp_lives(Trial& trial, Time idle) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    for (const bool answered : {false, true}) {
        Bench bench = trial.bench();
        const auto outside = bench.udp_out(host_a(), server_1());
        if (!outside) return violates("The first packet did not get out.");
        if (answered && !bench.udp_in(server_1(), *outside, host_a())) {
            return violates("The answer did not come in.");
        }
        bench.wait(idle - kMargin);
        if (!bench.udp_in(server_1(), *outside, host_a())) {
            return violates("After " + seconds_text(idle - kMargin) +
                            " of silence the mapping was gone" +
                            (answered ? "." : ", before anybody had answered."));
        }
    }
    return meets("It let a packet in after " + seconds_text(idle - kMargin) +
                 " of silence, answered before or not.");
}

Judgement udp_two_minutes(Trial& trial) {
    return udp_lives(trial, minutes(2));
}
Judgement udp_five_minutes(Trial& trial) {
    return udp_lives(trial, minutes(5));
}

Judgement outbound_refresh(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    const Time idle =
        std::min(trial.parameters().timers.udp_unreplied, trial.parameters().timers.udp_stream);
    Bench bench = trial.bench();
    const auto outside = bench.udp_out(host_a(), server_1());
    if (!outside) return violates("The first packet did not get out.");
    bench.wait(idle * 3 / 4);
    for (int i = 0; i < 4; ++i) {
        if (bench.udp_out(host_a(), server_1()) != outside) {
            return violates("The outside endpoint changed within the timer.");
        }
        // Later than the timer of the packet before, earlier than that of this one.
        bench.wait(idle / 2);
        if (!bench.udp_in(server_1(), *outside, host_a())) {
            return violates("It was gone " + seconds_text(idle / 2) +
                            " after a packet from inside.");
        }
        bench.wait(idle / 4);
    }
    return meets("Packets from inside kept it for three times " + seconds_text(idle) + ".");
}

Judgement inbound_refresh(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    const Time step =
        std::min(trial.parameters().timers.udp_unreplied, trial.parameters().timers.udp_stream) *
        3 / 4;
    if (trial.parameters().policy.open_inbound) {
        return not_applicable("Everybody may send to the host at any time.");
    }
    const bool declared = trial.parameters().refresh.direction != RefreshDirection::Out;
    Bench bench = trial.bench();
    const auto outside = bench.udp_out(host_a(), server_1());
    if (!outside) return violates("The first packet did not get out.");
    bool kept = bench.udp_in(server_1(), *outside, host_a());
    for (int i = 0; i < 12 && kept; ++i) {
        bench.wait(step);
        kept = bench.udp_in(server_1(), *outside, host_a());
    }
    if (kept != declared) {
        return violates(std::string("Packets from outside ") + (kept ? "keep" : "do not keep") +
                        " it, and the box is said to do otherwise.");
    }
    return meets(std::string("Packets from outside ") + (kept ? "keep" : "do not keep") + " it.");
}

Judgement tcp_established(Trial& trial) {
    if (auto not_here = needs_tcp(trial)) return *not_here;
    constexpr Time kIdle = hours(2) + minutes(4);
    Bench bench = trial.bench();
    const auto outside = bench.connect(host_a(), server_1());
    if (!outside) return violates("No connection came about.");
    bench.wait(kIdle - kMargin);
    if (bench.tcp_in(server_1(), *outside, host_a(), kAck)) {
        return meets("An open connection survived 2 h 4 min of silence.");
    }
    return violates("An open connection was forgotten within 2 h 4 min of silence.");
}

Judgement tcp_opening(Trial& trial) {
    if (auto not_here = needs_tcp(trial)) return *not_here;
    Bench bench = trial.bench();
    const auto outside = bench.tcp_out(host_a(), server_1());
    if (!outside) return violates("The SYN did not get out.");
    bench.wait(minutes(4) - kMargin);
    if (bench.tcp_in(server_1(), *outside, host_a(), kSyn | kAck)) {
        return meets("An answer to a SYN came in after four minutes.");
    }
    return violates("A half-open connection was forgotten within four minutes.");
}

/// Both have closed; the last ACK was lost and is sent again.
Judgement tcp_closing(Trial& trial) {
    if (auto not_here = needs_tcp(trial)) return *not_here;
    Bench bench = trial.bench();
    const auto outside = bench.connect(host_a(), server_1());
    if (!outside) return violates("No connection came about.");
    if (bench.tcp_out(host_a(), server_1(), kFin | kAck) != outside ||
        !bench.tcp_in(server_1(), *outside, host_a(), kFin | kAck)) {
        return violates("A FIN did not pass.");
    }
    bench.wait(minutes(4) - kMargin);
    if (bench.tcp_in(server_1(), *outside, host_a(), kFin | kAck)) {
        return meets("A repeated FIN passed four minutes after both sides had closed.");
    }
    return violates("A closing connection was forgotten within four minutes.");
}

Judgement rst_translated(Trial& trial) {
    if (auto not_here = needs_tcp(trial)) return *not_here;
    Bench bench = trial.bench();
    const auto outside = bench.connect(host_a(), server_1());
    if (!outside) return violates("No connection came about.");
    if (!bench.tcp_in(server_1(), *outside, host_a(), kRst)) {
        return violates("A RST from outside did not come through.");
    }
    const auto other = bench.connect(host_a(5001), server_1());
    if (!other || bench.tcp_out(host_a(5001), server_1(), kRst) != other) {
        return violates("A RST from inside did not come through.");
    }
    return meets("RSTs were translated in both directions.");
}

Judgement rst_remembered(Trial& trial) {
    if (auto not_here = needs_tcp(trial)) return *not_here;
    Bench bench = trial.bench();
    const auto outside = bench.connect(host_a(), server_1());
    if (!outside) return violates("No connection came about.");
    if (!bench.tcp_in(server_1(), *outside, host_a(), kRst)) {
        return violates("The RST did not come through.");
    }
    bench.wait(minutes(4) - kMargin);
    if (bench.tcp_in(server_1(), *outside, host_a(), kAck)) {
        return meets("A segment passed four minutes after a RST.");
    }
    return violates("The connection was forgotten within four minutes of a RST.");
}

/// Somebody who was never sent to sends every now and then.
Judgement strangers_do_not_refresh(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    const auto& timers = trial.parameters().timers;
    const Time idle = std::max(timers.udp_unreplied, timers.udp_stream);
    const Time step = std::min(timers.udp_unreplied, timers.udp_stream) * 3 / 4;
    Bench bench = trial.bench();
    const auto outside = bench.udp_out(host_a(), server_1());
    if (!outside) return violates("The first packet did not get out.");
    if (trial.parameters().policy.open_inbound) {
        return not_applicable("Everybody may send to the host at any time.");
    }
    if (!bench.udp_in(server_2(), *outside, host_a())) {
        return not_applicable("Strangers are not let in.");
    }
    bool open = true;
    for (Time waited{0}; waited <= 3 * idle && open; waited += step) {
        bench.wait(step);
        open = bench.udp_in(server_2(), *outside, host_a());
    }
    if (open) return violates("A stranger kept the mapping for three times its life.");
    return meets("A stranger's packets did not keep the mapping.");
}

/// Sends a refusal outward at three quarters of the timer; whether the mapping is still there at
/// five quarters. One only: a later one would make a new mapping.
bool refusal_refreshes(Bench& bench, const Trial& trial, const TransportAddress& outside,
                       const std::function<void()>& refuse) {
    const Time idle = trial.parameters().timers.udp_unreplied;
    bench.wait(idle * 3 / 4);
    refuse();
    bench.wait(idle / 2);
    return bench.udp_in(server_1(), outside, host_a());
}

Judgement icmp_errors_do_not_refresh(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    if (trial.parameters().policy.open_inbound) {
        return not_applicable("Everybody may send to the host at any time.");
    }
    Bench bench = trial.bench();
    const auto outside = bench.udp_out(host_a(), server_1());
    if (!outside) return violates("The first packet did not get out.");
    const bool kept = refusal_refreshes(bench, trial, *outside, [&] {
        bench.send(Side::Inside, icmp_error(host_a().ip, server_1().ip, kDestinationUnreachable, 3,
                                            udp_packet(server_1(), host_a())));
    });
    if (kept) return violates("ICMP errors from inside kept the mapping.");
    return meets("ICMP errors from inside did not keep the mapping.");
}

/// A STUN error response (RFC 8489 s6.3.4): type 0x0111, the magic cookie, no attributes.
Packet stun_error_response() {
    Packet out = udp_packet(host_a(), server_1(), 20);
    constexpr std::uint8_t kHead[] = {0x01, 0x11, 0, 0, 0x21, 0x12, 0xA4, 0x42};
    for (std::size_t i = 0; i < sizeof kHead; ++i)
        out.payload[i] = static_cast<std::byte>(kHead[i]);
    return out;
}

Judgement stun_errors_refresh(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    if (trial.parameters().policy.open_inbound) {
        return not_applicable("Everybody may send to the host at any time.");
    }
    Bench bench = trial.bench();
    const auto outside = bench.udp_out(host_a(), server_1());
    if (!outside) return violates("The first packet did not get out.");
    const bool kept = refusal_refreshes(bench, trial, *outside,
                                        [&] { bench.send(Side::Inside, stun_error_response()); });
    if (kept != trial.parameters().refresh.error_responses) {
        return violates(std::string("STUN error responses ") + (kept ? "kept" : "did not keep") +
                        " the mapping, and the box is said to do otherwise.");
    }
    return meets(std::string("STUN error responses ") + (kept ? "kept" : "did not keep") +
                 " the mapping.");
}

/// An outgoing RST in answer to a segment must not turn the clock back.
Judgement rst_does_not_refresh(Trial& trial) {
    if (auto not_here = needs_tcp(trial)) return *not_here;
    if (trial.parameters().policy.open_inbound) {
        return not_applicable("Everybody may send to the host at any time.");
    }
    Bench bench = trial.bench();
    const auto outside = bench.connect(host_a(), server_1());
    if (!outside) return violates("No connection came about.");
    const auto& timers = trial.parameters().timers;
    const Time step =
        std::min({timers.tcp_reset, timers.tcp_closing, timers.tcp_established}) * 3 / 4;
    for (Time waited{0}; waited <= 3 * timers.tcp_established; waited += step) {
        bench.wait(step);
        if (bench.tcp_out(host_a(), server_1(), kRst) != outside) {
            return meets("RSTs from inside did not keep the connection.");
        }
    }
    return violates("RSTs from inside kept the connection for three times its life.");
}

}  // namespace

std::vector<Check> timer_checks() {
    return {
        {"rfc4787/req-5", "UDP mappings live two minutes", Requirement::Must, "RFC 4787", "4.3",
         "A mapping lives for at least two minutes of silence, answered or not.",
         "One packet out, with and without an answer; 119 s later one in from the same server.",
         "The late packet comes in.", udp_two_minutes},
        {"rfc4787/req-5c", "UDP mappings live five minutes", Requirement::Should, "RFC 4787", "4.3",
         "A mapping lives for five minutes of silence by default.",
         "One packet out, with and without an answer; 299 s later one in from the same server.",
         "The late packet comes in.", udp_five_minutes},
        {"rfc4787/req-6", "Packets from inside keep mappings", Requirement::Must, "RFC 4787", "4.3",
         "Every packet from inside sets the timer back.",
         "Packets from inside at three quarters of the timer, each answered half a timer later.",
         "The outside endpoint stays, and every answer comes in.", outbound_refresh},
        {"rfc4787/req-6a", "Packets from outside keep mappings", Requirement::May, "RFC 4787",
         "4.3", "Packets from outside may set the timer back; a box does what it is said to.",
         "Answers at three quarters of the timer, nothing from inside.",
         "They come in for as long as they refresh, and not beyond the timer otherwise.",
         inbound_refresh},
        {"rfc5382/req-5-established", "Open connections live 2 h 4 min", Requirement::Must,
         "RFC 5382", "5", "An open connection is kept through 2 h 4 min of silence.",
         "A handshake, and a segment from the server just under 2 h 4 min later.",
         "The segment comes in.", tcp_established},
        {"rfc5382/req-5-transitory", "Half-open connections live four minutes", Requirement::Must,
         "RFC 5382", "5",
         "A connection that is not open yet is kept through four minutes of silence.",
         "A SYN, and its answer just under four minutes later.", "The answer comes in.",
         tcp_opening},
        {"rfc7857/2.1", "Closing connections live four minutes", Requirement::Should, "RFC 7857",
         "2.1", "A connection that both have closed is kept for four minutes by default.",
         "A connection, FINs from both, and the server's FIN again just under four minutes later.",
         "The repeated FIN comes in.", tcp_closing},
        {"rfc7857/2.2", "RST is translated", Requirement::Must, "RFC 7857", "2.2",
         "A RST that belongs to a mapping is translated and forwarded.",
         "A connection and a RST, from outside and from inside.", "Both RSTs come through.",
         rst_translated},
        {"rfc7857/2.2-state", "State outlives a RST", Requirement::Should, "RFC 7857", "2.2",
         "The state of a connection stays for four minutes after a RST.",
         "A connection, a RST, and a segment from the server just under four minutes later.",
         "The segment comes in.", rst_remembered},
        {"rfc7857/7", "Strangers keep nothing alive", Requirement::Should, "RFC 7857", "7",
         "Packets of hosts that were never sent to do not refresh a mapping.",
         "One packet out; then only packets of a host that was never sent to.",
         "The mapping ends in spite of them.", strangers_do_not_refresh},
        {"rfc7857/7.1-icmp", "ICMP errors from inside keep nothing alive", Requirement::Should,
         "RFC 7857", "7.1", "ICMP errors sent outward in answer to packets do not refresh.",
         "One packet out; then port unreachable from the inside host, again and again.",
         "The mapping ends in spite of the errors.", icmp_errors_do_not_refresh},
        {"rfc7857/7.1-rst", "RSTs from inside keep nothing alive", Requirement::Should, "RFC 7857",
         "7.1", "RSTs sent outward in answer to segments do not refresh.",
         "A connection; then only RSTs from the inside host.",
         "The connection ends in spite of them.", rst_does_not_refresh},
        {"rfc7857/7.1-stun", "STUN error responses", Requirement::May, "RFC 7857", "7.1",
         "STUN error responses sent outward may be made not to refresh; a box does what it is "
         "said to.",
         "One packet out; then a STUN error response from the inside host.",
         "The mapping ends, or stays, as the box is said to do.", stun_errors_refresh},
    };
}

}  // namespace portolan::nat::conformance
