#include "nat-sim/behavior/fragment_store.hpp"

#include <algorithm>

namespace portolan::nat {

FragmentStore::Result FragmentStore::add(const FragmentKey& key, std::size_t offset, bool more,
                                         const std::vector<std::byte>& header,
                                         const std::byte* payload, std::size_t size,
                                         std::int64_t due_us, std::vector<std::byte>& whole) {
    auto at = std::find_if(partial_.begin(), partial_.end(),
                           [&](const Partial& partial) { return partial.key == key; });
    if (bytes_ + size > kMaxBytes) return Result::Full;
    if (at == partial_.end()) {
        if (partial_.size() >= kMaxDatagrams) return Result::Full;
        partial_.push_back({.key = key, .due_us = due_us});
        at = std::prev(partial_.end());
    }
    const auto forget = [&](Result result) {
        bytes_ -= at->size;
        partial_.erase(at);
        return result;
    };
    const auto behind = std::find_if(at->pieces.begin(), at->pieces.end(),
                                     [&](const Piece& piece) { return piece.offset >= offset; });
    if (behind != at->pieces.end() && behind->offset == offset && behind->bytes.size() == size &&
        std::equal(behind->bytes.begin(), behind->bytes.end(), payload)) {
        return Result::Waiting;  // a duplicate
    }
    // RFC 5722 s4, and RFC 1858 for IPv4: overlapping fragments are an attack; all are dropped.
    if (behind != at->pieces.end() && behind->offset < offset + size) {
        return forget(Result::Overlap);
    }
    if (behind != at->pieces.begin() &&
        std::prev(behind)->offset + std::prev(behind)->bytes.size() > offset) {
        return forget(Result::Overlap);
    }
    if (!more) {
        if (at->total && *at->total != offset + size) return forget(Result::Overlap);
        at->total = offset + size;
    }
    if (at->total && offset + size > *at->total) return forget(Result::Overlap);
    if (offset == 0) at->header = header;
    at->pieces.insert(behind, {offset, std::vector<std::byte>(payload, payload + size)});
    at->size += size;
    bytes_ += size;
    if (!at->total || at->size != *at->total) return Result::Waiting;
    whole = at->header;
    for (const Piece& piece : at->pieces) {
        whole.insert(whole.end(), piece.bytes.begin(), piece.bytes.end());
    }
    return forget(Result::Complete);
}

void FragmentStore::remember(const Way& way) {
    ways_.remove_if([&](const Way& other) { return other.key == way.key; });
    if (ways_.size() >= kMaxDatagrams) ways_.pop_front();
    ways_.push_back(way);
}

const FragmentStore::Way* FragmentStore::find(const FragmentKey& key) const {
    const auto at =
        std::find_if(ways_.begin(), ways_.end(), [&](const Way& way) { return way.key == key; });
    return at == ways_.end() ? nullptr : &*at;
}

void FragmentStore::advance(std::int64_t now_us) {
    while (!partial_.empty() && partial_.front().due_us <= now_us) {
        bytes_ -= partial_.front().size;
        partial_.pop_front();
    }
    while (!ways_.empty() && ways_.front().due_us <= now_us)
        ways_.pop_front();
}

void FragmentStore::clear() {
    partial_.clear();
    ways_.clear();
    bytes_ = 0;
}

std::size_t FragmentStore::memory_bytes() const {
    return bytes_ + partial_.size() * sizeof(Partial) + ways_.size() * sizeof(Way);
}

}  // namespace portolan::nat
