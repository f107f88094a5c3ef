#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "probe/stun/transport_address.hpp"
#include "reports/model/result.hpp"

namespace portolan::agent {

/// RFC 8445 s4; the words are those of RFC 8839 s5.1.
enum class CandidateType { Host, ServerReflexive, PeerReflexive, Relayed };

/// RFC 8839 s5.1 and RFC 6544 s4.5.
enum class CandidateTransport { Udp, TcpActive, TcpPassive, TcpSimultaneousOpen };

inline constexpr std::uint16_t kDiscardPort = 9;  ///< of active TCP candidates, RFC 6544 s4.5

struct Candidate {
    CandidateType type = CandidateType::Host;
    CandidateTransport transport = CandidateTransport::Udp;
    TransportAddress address;
    /// Where a reflexive candidate's packets leave this host; for a relayed one libnice gives its
    /// own socket too, not the mapped address of RFC 8839 s5.1. Absent for host candidates.
    std::optional<TransportAddress> related;
    std::uint32_t priority = 1;
    std::string foundation;
    unsigned component = 1;

    /// The value of the SDP attribute: "candidate:1 1 UDP 2130706431 192.0.2.1 8998 typ host".
    [[nodiscard]] std::string to_sdp() const;
    /// The same, also with "a=" in front; extensions that are not understood are ignored (RFC 8839
    /// s5.1 MUST). Usage errors with the byte offset: candidate.syntax; candidate.unsupported for
    /// what RFC 8839 s5.1 says to ignore (host names, unknown transports and types).
    static Result<Candidate> parse(std::string_view text);

    friend bool operator==(const Candidate&, const Candidate&) = default;
};

struct CandidatePair {
    Candidate local;
    Candidate remote;
    friend bool operator==(const CandidatePair&, const CandidatePair&) = default;
};

/// Whether checks may be sent between the two at all: same family, same transport, active to
/// passive for TCP (RFC 8445 s6.1.2.2, RFC 6544 s6.2). Symmetric.
bool can_pair(const Candidate& local, const Candidate& remote);

std::string_view to_string(CandidateType type);            // "host", "srflx", "prflx", "relay"
std::string_view to_string(CandidateTransport transport);  // "udp", "tcp-act", "tcp-pass", "tcp-so"

}  // namespace portolan::agent
