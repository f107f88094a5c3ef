#include "ice-tests/turn/transcript.hpp"

#include <utility>

namespace portolan::turn {
namespace {

// One piece of work is a few messages; what floods a wire must not flood the memory.
constexpr std::size_t kMaxExchangeCount = 400;
constexpr std::size_t kMaxSizeBytes = 256 * 1024;

}  // namespace

void Transcript::add(Direction direction, transport::Time at, const std::string& who,
                     transport::Bytes bytes) {
    if (is_closed_) return;
    if (exchanges_.size() >= kMaxExchangeCount || size_bytes_ + bytes.size() > kMaxSizeBytes) {
        ++left_out_count_;
        return;
    }
    size_bytes_ += bytes.size();
    exchanges_.push_back({direction, at, who, {bytes.begin(), bytes.end()}, {}});
}

void Transcript::note(transport::Time at, const std::string& who, std::string text) {
    if (is_closed_) return;
    if (exchanges_.size() >= kMaxExchangeCount) {
        ++left_out_count_;
        return;
    }
    exchanges_.push_back({Direction::Received, at, who, {}, std::move(text)});
}

}  // namespace portolan::turn
