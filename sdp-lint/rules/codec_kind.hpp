#pragma once

#include "sdp-lint/sdp/description.hpp"

/// What makes two payload types the same codec, whatever their numbers and parameters.
namespace portolan::lint {

inline bool is_same_kind(const sdp::Codec& a, const sdp::Codec& b) {
    return sdp::equals_ignore_case(a.name, b.name) && a.clock_rate_hz == b.clock_rate_hz &&
           a.channels == b.channels;
}

/// FNV-1a without regard to case.
constexpr std::uint64_t hash_of(std::string_view text) {
    std::uint64_t hash = 14695981039346656037ULL;
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(sdp::to_lower(c));
        hash *= 1099511628211ULL;
    }
    return hash;
}

/// Equal for codecs of one kind.
inline std::uint64_t kind_hash(const sdp::Codec& codec) {
    return hash_of(codec.name) + codec.clock_rate_hz * 31ULL + codec.channels;
}

/// The codecs of an RTP section by kind.
class CodecIndex {
  public:
    explicit CodecIndex(const sdp::Section& section);
    /// Some codec of that kind: the one with that payload type if there is one; or nullptr.
    const sdp::Codec* find(const sdp::Codec& codec) const;

  private:
    struct Entry {
        std::uint64_t hash;
        const sdp::Codec* codec;
    };
    std::vector<Entry> entries_;
};

}  // namespace portolan::lint
