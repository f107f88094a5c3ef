#include "nat-sim/conformance/bench.hpp"
#include "nat-sim/conformance/checks/groups.hpp"

namespace portolan::nat::conformance {
namespace {

using report::Requirement;
using std::chrono::seconds;

Judgement queries_pass(Trial& trial) {
    if (auto not_here = needs_icmp(trial)) return *not_here;
    Bench bench = trial.bench();
    const auto outside = bench.echo_out(host_a(77), server_1());
    if (!outside) return violates("An echo request did not get out.");
    if (!bench.echo_in(server_1(), *outside, host_a(77))) {
        return violates("The echo reply did not come in with the identifier of the request.");
    }
    return meets("An echo request got out and its reply came in.");
}

Judgement query_mapping(Trial& trial) {
    if (auto not_here = needs_icmp(trial)) return *not_here;
    Bench bench = trial.bench();
    bench.echo_out(host_b(77), server_1());
    const auto first = bench.echo_out(host_a(77), server_1());
    const auto second = bench.echo_out(host_a(77), server_2());
    if (!first || !second) return violates("An echo request did not get out.");
    if (first != second) {
        return violates("The identifier became " + std::to_string(first->port) + " and " +
                        std::to_string(second->port) + " toward two servers.");
    }
    return meets("The identifier became " + std::to_string(first->port) + " toward two servers.");
}

Judgement query_timer(Trial& trial) {
    if (auto not_here = needs_icmp(trial)) return *not_here;
    Bench bench = trial.bench();
    const auto outside = bench.echo_out(host_a(77), server_1());
    if (!outside) return violates("An echo request did not get out.");
    bench.wait(seconds(59));
    if (bench.echo_in(server_1(), *outside, host_a(77))) {
        return meets("A reply came in 59 s after the request.");
    }
    return violates("The query session was gone within 60 s.");
}

/// Two hosts with one identifier toward one server.
Judgement query_hosts(Trial& trial) {
    if (auto not_here = needs_icmp(trial)) return *not_here;
    Bench bench = trial.bench();
    const auto a = bench.echo_out(host_a(77), server_1());
    const auto b = bench.echo_out(host_b(77), server_1());
    if (!a || !b) return violates("An echo request did not get out.");
    if (!bench.echo_in(server_1(), *a, host_a(77)) || !bench.echo_in(server_1(), *b, host_b(77))) {
        return violates("Two hosts used one identifier, and a reply went astray.");
    }
    return meets("Two hosts used one identifier, and each got its own reply.");
}

}  // namespace

std::vector<Check> icmp_query_checks() {
    return {
        {"rfc5508/req-1", "Echo requests and replies", Requirement::Must, "RFC 5508", "3.1",
         "Queries from inside and their responses pass.", "An echo request out and its reply in.",
         "The reply has the identifier of the request.", queries_pass},
        {"rfc5508/req-1-hosts", "Queries of several hosts", Requirement::Must, "RFC 5508", "3.1",
         "Hosts that use one identifier each get their own responses.",
         "Echo requests of two hosts with one identifier to one server, and both replies.",
         "Each host gets its reply.", query_hosts},
        {"rfc5508/req-1a", "Identifiers do not depend on the server", Requirement::Should,
         "RFC 5508", "3.1", "The mapping of an identifier is the same toward everybody.",
         "Echo requests with one identifier to two servers, after another host has used it.",
         "Both have one outside identifier.", query_mapping},
        {"rfc5508/req-2", "Query sessions live 60 s", Requirement::Must, "RFC 5508", "3.2",
         "A query session is kept for at least 60 s.", "An echo request; its reply 59 s later.",
         "The reply comes in.", query_timer},
    };
}

}  // namespace portolan::nat::conformance
