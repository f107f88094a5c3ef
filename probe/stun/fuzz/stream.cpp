#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "probe/stun/framing.hpp"

// The first octet seeds how the rest is cut. However a stream is cut, the same frames and the same
// error come out, and no more than one frame is held.
namespace portolan::stun {
namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

struct Outcome {
    std::vector<std::vector<std::byte>> frames;
    std::string error;
    std::size_t error_at = 0;
    std::size_t held = 0;
};

constexpr std::size_t kMaxFrameBytes = 4096;

template <typename NextSize>
Outcome read_all(Bytes stream, NextSize next_size) {
    Outcome out;
    StreamReader reader(kMaxFrameBytes);
    while (!stream.empty()) {
        const std::size_t size = std::min<std::size_t>(stream.size(), next_size());
        const std::vector<std::byte> chunk(stream.begin(),
                                           stream.begin() + static_cast<std::ptrdiff_t>(size));
        stream = stream.subspan(size);
        Bytes input = chunk;
        while (true) {
            auto frame = reader.next(input);
            if (!frame) {
                out.error = frame.error().code;
                out.error_at = frame.error().byte_offset.value();
                return out;
            }
            require(reader.buffered_bytes() <= kMaxFrameBytes);
            if (!*frame) break;
            require((*frame)->bytes.size() >= kChannelHeaderBytes);
            out.frames.emplace_back((*frame)->bytes.begin(), (*frame)->bytes.end());
        }
        require(input.empty());
    }
    out.held = reader.buffered_bytes();
    return out;
}

void run(std::span<const std::uint8_t> data) {
    if (data.empty()) return;
    std::uint32_t state = data[0] + 1U;
    const Bytes stream = std::as_bytes(data.subspan(1));
    const Outcome whole = read_all(stream, [&] { return stream.size(); });
    const Outcome cut = read_all(stream, [&] {
        state = state * 1664525U + 1013904223U;
        return 1 + (state >> 24) % 37;
    });
    require(whole.frames == cut.frames);
    require(whole.error == cut.error && whole.error_at == cut.error_at);
}

}  // namespace
}  // namespace portolan::stun

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    portolan::stun::run({data, size});
    return 0;
}
