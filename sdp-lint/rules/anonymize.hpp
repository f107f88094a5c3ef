#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "sdp-lint/sdp/description.hpp"

namespace portolan::lint {

/// Makes descriptions that can be shown to others. What identifies a person, host or session is
/// replaced: addresses, host names, ICE credentials, fingerprints, cnames, SSRCs, stream and track
/// ids, session ids, mids that are names, labels, private parameters, keys, and free text. Equal
/// things stay equal, across all descriptions given to one Anonymizer; lengths and character
/// classes stay, and so does what an address is for: private ones stay private, public ones become
/// documentation addresses (RFC 5737, RFC 3849). Everything else is left as it is, byte by byte,
/// defects included. A line that cannot be read is searched for all of these by what they look
/// like, so that a defect gives nothing away.
///
/// Replacements are numbered as they come, so they say nothing about what they replace.
class Anonymizer {
  public:
    std::string anonymize(const sdp::Description& description);
    /// A mid as it is in those descriptions: for what names a section from outside.
    std::string anonymize_mid(std::string_view mid);

  private:
    friend class AnonymizerPass;
    enum class Kind : std::uint8_t { Address, Token, Hex, Digits, Uuid, Host, Foundation };

    /// The replacement of that text; made when it is first seen.
    const std::string& replacement(Kind kind, std::string_view text);
    std::string make(Kind kind, std::string_view text);
    std::string make_address(std::string_view text);

    std::map<std::pair<Kind, std::string>, std::string> known_;
    std::set<std::string> credentials_;  ///< ufrags and passwords seen so far, as they were
    std::map<Kind, std::uint32_t> counts_;
    std::map<int, std::uint32_t> address_counts_;
    std::uint64_t state_ = 0;
};

}  // namespace portolan::lint
