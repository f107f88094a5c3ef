#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "probe/stun/transport_address.hpp"
#include "reports/cli/secrets.hpp"
#include "reports/model/result.hpp"

namespace portolan::agent {

struct TurnServerRef {
    /// TURN over TLS is missing on purpose: libnice 0.1.21 sends plaintext where it says TLS.
    enum class Transport { Udp, Tcp };

    TransportAddress address;
    Transport transport = Transport::Udp;
    std::string username;
    cli::Secret password;
};

inline constexpr std::size_t kMaxTurnServerCount = 8;     // NICE_CANDIDATE_MAX_TURN_SERVERS
inline constexpr std::size_t kMaxLocalAddressCount = 64;  // NICE_CANDIDATE_MAX_LOCAL_ADDRESSES

struct AgentOptions {
    /// RFC 8445 s6.1.1: the offerer, unless the other side is lite. Both the same is a role
    /// conflict, which the agents settle themselves.
    bool controlling = false;
    /// Empty: those of all interfaces but loopback.
    std::vector<IpAddress> local_addresses;
    bool ipv4 = true;
    bool ipv6 = true;
    std::optional<TransportAddress> stun_server;
    std::vector<TurnServerRef> turn_servers;
    bool relay_only = false;  ///< offer and use relayed candidates alone
    bool ice_udp = true;
    bool ice_tcp = false;
    bool trickle = false;
    /// RFC 8445 knows no other; without it libnice nominates aggressively (RFC 5245 s8.1.1.2).
    bool regular_nomination = true;
    /// RFC 7675. libnice 0.1.21 gives up after 10 s without an answer, not after 30 s.
    bool consent_freshness = false;
    /// Between new transactions, gathering included. libnice's default is 20 ms; RFC 8445 s14.2 has
    /// 50 ms, and no less than 5 ms.
    std::chrono::milliseconds ta{20};
    /// Of STUN over UDP: RTO and, per RFC 8489 s6.2.1, Rc. libnice's default for Rc is 3, not 7.
    std::chrono::milliseconds initial_rto{500};
    unsigned max_transmission_count = 3;
    /// How long the checks stay open for late candidates after the last of them has ended.
    std::chrono::milliseconds idle_timeout{5000};

    /// Usage errors "agent.options": what libnice cannot do, or what can never connect (relay_only
    /// without a TURN server, no family, no transport, too many servers or addresses, ports or
    /// credentials missing, timers out of range).
    [[nodiscard]] Result<void> validate() const;
};

}  // namespace portolan::agent
