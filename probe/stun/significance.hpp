#pragma once

#include "probe/stun/attribute_type.hpp"

namespace portolan::stun {

/// Tells which attributes of a message count. RFC 8489 s14.5 and s14.6 (MUST): behind
/// MESSAGE-INTEGRITY only MESSAGE-INTEGRITY-SHA256 and FINGERPRINT do, behind
/// MESSAGE-INTEGRITY-SHA256 only FINGERPRINT.
class Significance {
  public:
    /// Whether the attribute counts. To be called for each in order of appearance.
    bool next(AttributeType type) {
        const bool counts = type == AttributeType::Fingerprint ||
                            (type == AttributeType::MessageIntegritySha256 && !after_sha256_) ||
                            (!after_integrity_ && !after_sha256_);
        after_integrity_ = after_integrity_ || type == AttributeType::MessageIntegrity;
        after_sha256_ = after_sha256_ || type == AttributeType::MessageIntegritySha256;
        return counts;
    }

  private:
    bool after_integrity_ = false;
    bool after_sha256_ = false;
};

}  // namespace portolan::stun
