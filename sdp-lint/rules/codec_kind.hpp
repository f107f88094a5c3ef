#pragma once

#include <algorithm>
#include <cstring>

#include "sdp-lint/sdp/description.hpp"

/// What makes two payload types the same codec, whatever their numbers and parameters.
namespace portolan::lint {

inline bool is_same_kind(const sdp::Codec& a, const sdp::Codec& b) {
    return sdp::equal_in_any_case(a.name, b.name) && a.clock_rate_hz == b.clock_rate_hz &&
           a.channels == b.channels;
}

/// Without regard to case: eight characters at a time, in the manner of FNV-1a.
inline std::uint64_t hash_of(std::string_view text) {
    constexpr std::uint64_t kPrime = 0x9E3779B97F4A7C15ULL;
    // Makes letters small; what it does to other characters, it does to all texts.
    constexpr std::uint64_t kSmall = 0x2020202020202020ULL;
    std::uint64_t hash = text.size() * kPrime;
    while (!text.empty()) {
        std::uint64_t word = 0;
        const std::size_t count = std::min(text.size(), sizeof word);
        std::memcpy(&word, text.data(), count);
        hash = (hash ^ (word | kSmall)) * kPrime;
        hash ^= hash >> 29U;
        text.remove_prefix(count);
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
    /// The same among those of its format (codec_format.hpp).
    const sdp::Codec* find_format(const sdp::Codec& codec) const;

  private:
    struct Entry {
        std::uint64_t hash;
        const sdp::Codec* codec;
    };
    template <typename Fits>
    const sdp::Codec* find_if(const sdp::Codec& codec, Fits fits) const;

    std::vector<Entry> entries_;
};

}  // namespace portolan::lint
