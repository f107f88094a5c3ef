#include "ice-tests/agent/options.hpp"

#include <utility>

namespace portolan::agent {
namespace {

using std::chrono::milliseconds;

Error refuse(std::string message, std::string hint = {}) {
    return {.culprit = Culprit::Usage,
            .code = "agent.options",
            .message = "ICE agent: " + std::move(message),
            .hint = std::move(hint)};
}

Result<void> validate_turn_server(const TurnServerRef& server) {
    const std::string name = "TURN server " + server.address.to_string();
    if (server.address.port == 0) return refuse(name + " has port 0");
    if (server.address.ip.is_unspecified()) return refuse(name + " has no address");
    if (server.username.empty() || server.password.is_empty()) {
        return refuse(name + " has no user name or no password");
    }
    // What libnice takes is a C string.
    if (server.username.find('\0') != std::string::npos ||
        server.password.reveal().find('\0') != std::string_view::npos) {
        return refuse(name + " has a NUL byte in its user name or password");
    }
    return {};
}

Result<void> validate_addresses(const AgentOptions& options) {
    if (!options.ipv4 && !options.ipv6) return refuse("neither IPv4 nor IPv6 is allowed");
    if (options.local_addresses.size() > kMaxLocalAddressCount) {
        return refuse("more than " + std::to_string(kMaxLocalAddressCount) + " local addresses");
    }
    for (const IpAddress& ip : options.local_addresses) {
        const bool is_allowed = ip.family() == AddressFamily::IPv4 ? options.ipv4 : options.ipv6;
        if (!is_allowed) {
            return refuse("the local address " + ip.to_string() + " is of a family that is off");
        }
        if (ip.is_unspecified()) {
            return refuse("the local address " + ip.to_string() + " stands for all of them",
                          "Name none for all interfaces.");
        }
    }
    return {};
}

Result<void> validate_timers(const AgentOptions& options) {
    if (options.ta < milliseconds(5) || options.ta > milliseconds(10'000)) {
        return refuse("Ta is " + std::to_string(options.ta.count()) + " ms; allowed is 5 to 10000");
    }
    if (options.initial_rto < milliseconds(20) || options.initial_rto > milliseconds(9'999)) {
        return refuse("the initial RTO is " + std::to_string(options.initial_rto.count()) +
                      " ms; allowed is 20 to 9999");
    }
    if (options.max_transmission_count < 1 || options.max_transmission_count > 99) {
        return refuse("Rc is " + std::to_string(options.max_transmission_count) +
                      "; allowed is 1 to 99");
    }
    if (options.idle_timeout < milliseconds(50) || options.idle_timeout > milliseconds(60'000)) {
        return refuse("the idle timeout is " + std::to_string(options.idle_timeout.count()) +
                      " ms; allowed is 50 to 60000");
    }
    return {};
}

}  // namespace

Result<void> AgentOptions::validate() const {
    if (!ice_udp && !ice_tcp) return refuse("neither UDP nor TCP is allowed");
    if (auto checked = validate_addresses(*this); !checked) return checked;
    if (stun_server && (stun_server->port == 0 || stun_server->ip.is_unspecified())) {
        return refuse("the STUN server " + stun_server->to_string() + " has no address or port");
    }
    if (turn_servers.size() > kMaxTurnServerCount) {
        return refuse("more than " + std::to_string(kMaxTurnServerCount) + " TURN servers");
    }
    for (const TurnServerRef& server : turn_servers) {
        if (auto checked = validate_turn_server(server); !checked) return checked;
    }
    if (relay_only && turn_servers.empty()) {
        return refuse("only relayed candidates are allowed, and there is no TURN server");
    }
    return validate_timers(*this);
}

}  // namespace portolan::agent
