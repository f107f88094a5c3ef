#include "sdp-lint/rules/codec_kind.hpp"

#include <algorithm>

namespace portolan::lint {

CodecIndex::CodecIndex(const sdp::Section& section) {
    entries_.reserve(section.codecs.size());
    for (const sdp::Codec& codec : section.codecs) {
        if (!codec.name.empty()) entries_.push_back({kind_hash(codec), &codec});
    }
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& a, const Entry& b) { return a.hash < b.hash; });
}

const sdp::Codec* CodecIndex::find(const sdp::Codec& codec) const {
    const std::uint64_t hash = kind_hash(codec);
    auto at =
        std::lower_bound(entries_.begin(), entries_.end(), hash,
                         [](const Entry& entry, std::uint64_t key) { return entry.hash < key; });
    const sdp::Codec* found = nullptr;
    for (; at != entries_.end() && at->hash == hash; ++at) {
        if (!is_same_kind(*at->codec, codec)) continue;
        if (at->codec->payload_type == codec.payload_type) return at->codec;
        if (found == nullptr) found = at->codec;
    }
    return found;
}

}  // namespace portolan::lint
