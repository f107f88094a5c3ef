#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace portolan::precall {

/// What sdp-lint says of descriptions that were made on the way.
struct SdpCheck {
    std::size_t description_count = 0;
    std::vector<std::string> complaints = {};  ///< errors and warnings: "IC003 in the offer: ..."

    void add(const SdpCheck& other);
};

/// An offer, or an offer and its answer. They are calls of plain RTP, as between SIP phones: the
/// profile is "sip".
SdpCheck check_sdp(const std::vector<std::string>& session);

}  // namespace portolan::precall
