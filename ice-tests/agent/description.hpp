#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ice-tests/agent/candidate.hpp"
#include "reports/model/result.hpp"

namespace portolan::agent {

inline constexpr std::size_t kMaxDescriptionBytes = std::size_t{64} << 10;
inline constexpr std::size_t kMaxDescriptionCandidateCount = 256;

/// What one side tells the other about ICE: one data stream with one component (RTP and RTCP
/// together, or no RTCP).
struct Description {
    std::string ufrag;
    std::string password;
    std::vector<Candidate> candidates;
    bool trickle = false;            ///< more candidates may follow (RFC 8838)
    bool end_of_candidates = false;  ///< none will
    bool ice2 = true;  ///< RFC 8445; false: RFC 5245, which knows aggressive nomination
    std::optional<std::chrono::milliseconds> pacing;  ///< Ta (RFC 8839 s5.5)
    std::uint64_t session_id = 1;                     ///< below 2^63
    std::uint64_t session_version = 1;  ///< one more with each new offer or answer that differs

    /// A whole session description (RFC 8866) with one audio stream, lines ended by CRLF. The
    /// default candidate is the one of lowest priority, the likeliest to work without ICE; with
    /// none the address is 0.0.0.0 and the port 9, which RFC 8839 s4.2.5 exempts from mismatch.
    [[nodiscard]] std::string to_sdp() const;

    /// Reads ours and that of any single-stream peer: session-level credentials count unless the
    /// stream has its own; candidates of other components and unsupported ones are left out. Usage
    /// errors with the byte offset: description.size, description.syntax, description.streams (more
    /// than one), description.credentials (missing, or not of RFC 8839 s5.4's form), candidate.*.
    static Result<Description> parse(std::string_view sdp);

    friend bool operator==(const Description&, const Description&) = default;
};

/// RFC 8839 s5.4: 4 to 256 ice-chars, and 22 to 256.
bool is_ice_ufrag(std::string_view text);
bool is_ice_password(std::string_view text);

}  // namespace portolan::agent
