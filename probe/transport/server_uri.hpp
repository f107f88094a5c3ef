#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "probe/stun/transport_address.hpp"
#include "reports/model/result.hpp"

namespace portolan::transport {

enum class ServerScheme { Stun, Stuns, Turn, Turns };
enum class ServerTransport { Udp, Tcp };

inline constexpr std::uint16_t kStunPort = 3478;   // RFC 8489 s8, RFC 8656 s5
inline constexpr std::uint16_t kStunsPort = 5349;  // RFC 8489 s8, RFC 8656 s5

/// A server URI of RFC 7064 (stun, stuns) or RFC 7065 (turn, turns).
struct ServerUri {
    ServerScheme scheme = ServerScheme::Stun;
    std::string host;  ///< lower case; IPv6 without brackets
    std::uint16_t port = kStunPort;
    bool port_given = false;
    /// Of stun and turn UDP unless given, of stuns and turns TCP. UDP with a secure scheme is DTLS.
    ServerTransport transport = ServerTransport::Udp;
    bool transport_given = false;

    /// Usage errors "uri.*" with the byte offset of what is wrong: scheme, slashes (stun://), host,
    /// port, query. The message never repeats the text, which may hold a password by mistake.
    static Result<ServerUri> parse(std::string_view text);

    [[nodiscard]] bool is_secure() const {
        return scheme == ServerScheme::Stuns || scheme == ServerScheme::Turns;
    }
    [[nodiscard]] bool is_turn() const {
        return scheme == ServerScheme::Turn || scheme == ServerScheme::Turns;
    }
    /// The host, when it is an address and not a name.
    [[nodiscard]] std::optional<IpAddress> numeric() const { return IpAddress::parse(host); }
    /// Port and transport only if given. parse() gives the same back.
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const ServerUri&, const ServerUri&) = default;
};

std::string_view to_string(ServerScheme scheme);        // "stun", "stuns", "turn", "turns"
std::string_view to_string(ServerTransport transport);  // "udp", "tcp"

}  // namespace portolan::transport
