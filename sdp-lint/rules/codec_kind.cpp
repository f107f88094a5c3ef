#include "sdp-lint/rules/codec_kind.hpp"

#include <algorithm>

#include "sdp-lint/rules/codec_format.hpp"

namespace portolan::lint {

CodecIndex::CodecIndex(const sdp::Section& section) {
    entries_.reserve(section.codecs.size());
    for (const sdp::Codec& codec : section.codecs) {
        if (!codec.name.empty()) entries_.push_back({kind_hash(codec), &codec});
    }
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& a, const Entry& b) { return a.hash < b.hash; });
}

template <typename Fits>
const sdp::Codec* CodecIndex::find_if(const sdp::Codec& codec, Fits fits) const {
    // A payload type is one of 128: more codecs of one kind are not worth comparing.
    constexpr std::size_t kMostCompared = 128;
    const std::uint64_t hash = kind_hash(codec);
    const auto from =
        std::lower_bound(entries_.begin(), entries_.end(), hash,
                         [](const Entry& entry, std::uint64_t key) { return entry.hash < key; });
    const sdp::Codec* found = nullptr;
    std::size_t count = 0;
    for (auto at = from; at != entries_.end() && at->hash == hash && count < kMostCompared;
         ++at, ++count) {
        if (!is_same_kind(*at->codec, codec) || !fits(*at->codec)) continue;
        if (at->codec->payload_type == codec.payload_type) return at->codec;
        if (found == nullptr) found = at->codec;
    }
    return found;
}

const sdp::Codec* CodecIndex::find(const sdp::Codec& codec) const {
    return find_if(codec, [](const sdp::Codec&) { return true; });
}

const sdp::Codec* CodecIndex::find_format(const sdp::Codec& codec) const {
    return find_if(codec,
                   [&](const sdp::Codec& candidate) { return is_same_format(candidate, codec); });
}

}  // namespace portolan::lint
