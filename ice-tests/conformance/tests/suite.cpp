#include "ice-tests/conformance/tests/suite.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "ice-tests/server/mutate.hpp"
#include "ice-tests/server/peer_policy.hpp"

namespace portolan::conformance::test {

Deployment deployment_for(const Check& check) {
    if (check.id == "security/amplification/rate") return Deployment::Limited;
    if (check.id.starts_with("security/") || check.id == "rfc8656/7.2/quota") {
        return Deployment::Closed;
    }
    const bool needs_both = check.id == "rfc8656/7.2/dual-stack" ||
                            check.id == "rfc8656/7.2/ipv4-by-default" ||
                            check.id == "rfc8656/7.2/family-requested";
    return needs_both ? Deployment::Dual : Deployment::Plain;
}

Transport transport_for(const Check& check) {
    if ((check.transports & kUdp) != 0) return Transport::Udp;
    if ((check.transports & kTcp) != 0) return Transport::Tcp;
    return (check.transports & kTls) != 0 ? Transport::Tls : Transport::Dtls;
}

TurnServerOptions options_for(Deployment deployment) {
    TurnServerOptions out;
    out.users.push_back({"alice", cli::Secret("wonderland")});
    out.users.push_back({"bob", cli::Secret("builder")});
    out.shared_secret = cli::Secret("north");
    out.relay_addresses = {kLoopback4};
    if (deployment != Deployment::Plain) out.relay_addresses.push_back(kLoopback6);
    if (deployment == Deployment::Plain || deployment == Deployment::Dual) return out;
    if (deployment == Deployment::Limited) out.quotas.challenge_count = 50;
    out.quotas.user_allocation_count = 100;
    out.peers.loopback = false;
    // A server without NAT behaviour discovery.
    out.faults.add(server::ServerFault::NoResponsePort);
    out.peers.denied = server::near_ranges();
    return out;
}

void shorten(TurnServerOptions& options) {
    const Lifetimes lifetimes = short_lifetimes();
    options.lifetimes.permission = lifetimes.permission;
    options.lifetimes.channel = lifetimes.channel;
    options.lifetimes.nonce = lifetimes.nonce;
    options.lifetimes.unbound = lifetimes.unbound;
    options.lifetimes.idle = lifetimes.idle;
}

Lifetimes short_lifetimes() {
    return {.allocation = std::chrono::seconds(4),
            .permission = std::chrono::seconds(4),
            .channel = std::chrono::seconds(5),
            .nonce = std::chrono::seconds(2),
            .unbound = std::chrono::seconds(2),
            .idle = std::chrono::seconds(2)};
}

turn::ThirdPartyKey third_party_key() {
    return {
        .kid = "south", .key = cli::Secret("0123456789abcdef0123456789abcdef"), .server_name = {}};
}

server::ThirdPartyKey third_party() {
    turn::ThirdPartyKey key = third_party_key();
    return {.kid = key.kid, .key = std::move(key.key), .server_name = "turn1@example.com"};
}

transport::PemIdentity SuiteTest::made_for(const mutants::MutantSet& mutants) {
    return *transport::make_self_signed(
        server::certificate_for(mutants, {"localhost"}, {kLoopback4, kLoopback6}));
}

TurnServer& SuiteTest::start(TurnServerOptions options, std::vector<IpAddress> addresses,
                             bool with_identity) {
    options.addresses = std::move(addresses);
    if (with_identity) {
        // One for all servers takes less time; a mutant may have one of its own.
        if (!options.mutants.any() && !identity) identity = made_for({});
        const auto own = options.mutants.any() ? made_for(options.mutants) : *identity;
        options.identity = *transport::TlsCredentials::identity_pem(
            own.certificate, own.key, server::tls_policy(options.mutants));
        trusted_pem = own.certificate;
    }
    auto started =
        TurnServer::start(loop.context(), clock, transport::Random(servers.size() + 1), options);
    if (!started) throw std::runtime_error(started.error().message);
    servers.push_back(std::move(*started));
    return *servers.back();
}

Target& SuiteTest::target(const TurnServer& server, Transport transport, AddressFamily family) {
    const auto endpoints =
        turn::is_secure(transport) ? server.secure_endpoints() : server.endpoints();
    const auto at = std::ranges::find_if(
        endpoints, [&](const TransportAddress& one) { return one.family() == family; });
    return target(*at, transport);
}

Target& SuiteTest::target(const TransportAddress& at, Transport transport) {
    auto made = std::make_unique<Target>();
    made->uri = (turn::is_secure(transport) ? "turns:" : "turn:") + at.to_string();
    made->endpoint = {.transport = transport,
                      .server = at,
                      .bind_ip = at.ip,
                      .ports = std::make_shared<turn::PortSequence>(where.now()),
                      .server_name = "localhost"};
    if (turn::is_secure(transport)) {
        made->endpoint.trust = *transport::TlsCredentials::trust_pem(trusted_pem);
    }
    made->user = turn::Credentials{"alice", cli::Secret("wonderland")};
    made->second_user = turn::Credentials{"bob", cli::Secret("builder")};
    made->shared_secret = cli::Secret("north");
    made->path = std::make_shared<turn::PathEstimate>();
    targets.push_back(std::move(made));
    return *targets.back();
}

std::vector<const Check*> SuiteTest::all_for(const Target& target, Deployment deployment) {
    std::vector<const Check*> out;
    for (const Check* check : check_table()) {
        if (is_about(*check, target) && !missing_for(*check, target) &&
            deployment_for(*check) == deployment && check->check_class != CheckClass::Long) {
            out.push_back(check);
        }
    }
    return out;
}

std::vector<const Check*> SuiteTest::only(std::vector<const Check*> checks,
                                          std::string_view prefix) {
    std::erase_if(checks, [&](const Check* check) { return !check->id.starts_with(prefix); });
    return checks;
}

void SuiteTest::expect_sound(const std::vector<CheckResult>& results) {
    EXPECT_FALSE(results.empty());
    for (const CheckResult& result : results) {
        EXPECT_TRUE(result.judgement.status == Status::Meets ||
                    result.judgement.status == Status::NotApplicable)
            << result.check->id << ": " << to_string(result.judgement.status) << ": "
            << result.judgement.came;
    }
}

}  // namespace portolan::conformance::test
