#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "probe/stun/message.hpp"

namespace portolan::conformance {

struct MaskedPart {
    std::string_view name;  ///< of the attribute
    std::size_t offset_bytes = 0;
    std::size_t size_bytes = 0;
};

struct Masked {
    std::vector<std::byte> bytes;   ///< with zeros in these parts
    std::vector<MaskedPart> parts;  ///< in the order in which they stand
};

/// What a report may show of a message. An integrity value, and the CRC over it, tell whoever reads
/// the report which guess of the password is right; an access token is one. Any bytes, well-formed
/// or not.
Masked mask(stun::Bytes message);

}  // namespace portolan::conformance
