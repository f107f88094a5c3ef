#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probe/transport/server_uri.hpp"
#include "reports/cli/secrets.hpp"
#include "reports/model/result.hpp"

namespace portolan::transport {

/// RTCOAuthCredential: what the W3C had in WebRTC until 2021 for RFC 7635, as bytes.
struct OAuthCredential {
    cli::Secret access_token;
    cli::Secret mac_key;
};

/// One RTCIceServer (W3C WebRTC 1.0 s4.2.2).
struct IceServer {
    std::vector<ServerUri> urls;  ///< at least one
    std::optional<std::string> username;
    std::optional<cli::Secret> credential;
    /// Instead of `credential`; the username is the kid then.
    std::optional<OAuthCredential> oauth = {};
};

/// A URL of a list of servers, and who in the list may use it.
struct DistinctUrl {
    ServerUri uri;
    /// Positions in the list: the entry that names it first, and for turn: and turns: each further
    /// one with other credentials than the ones before.
    std::vector<std::size_t> entries;
};

/// base64 (RFC 4648 s4) or base64url (s5), padded or not; nothing for anything else.
std::optional<cli::Secret> decode_base64(std::string_view text);

inline constexpr std::size_t kMaxIceServersBytes = 1U << 20;
inline constexpr std::size_t kMaxIceServerUrlCount = 1024;

/// The dictionary that RTCPeerConnection takes: {"iceServers": [{"urls": "..." or ["..."],
/// "username": "...", "credential": "..."}]}, also with "credentialType": "oauth" and "credential":
/// {"macKey": "...", "accessToken": "..."} (RFC 7635). Members it does not use are ignored. Usage
/// errors: those of report::parse_json and report::JsonReader; "uri.*" with the JSON pointer in
/// front and the byte offset within that string; ice-servers.empty; ice-servers.credentials (a
/// turn: or turns: URL without username and credential, which the W3C's "set a configuration"
/// refuses); ice-servers.credential-type (other than "password" and "oauth"); ice-servers.base64.
/// No message repeats a value of the document.
Result<std::vector<IceServer>> parse_ice_servers(std::string_view json);

/// The same from a file, whose name then leads every message. Usage error ice-servers.file if it
/// cannot be read or is larger than kMaxIceServersBytes.
Result<std::vector<IceServer>> read_ice_servers(const std::string& path);

/// Each URL once, in the order in which the list names them first.
std::vector<DistinctUrl> distinct_urls(const std::vector<IceServer>& servers);

/// The JSON pointer of an entry: "/iceServers/2".
std::string entry_pointer(std::size_t position);

}  // namespace portolan::transport
