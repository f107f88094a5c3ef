#include "nat-sim/network/capture.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>

namespace portolan::sim {
namespace {

// draft-ietf-opsawg-pcap s4: nanosecond timestamps; linktype 101 is raw IP, its version saying
// which.
constexpr std::uint32_t kMagicNanoseconds = 0xA1B23C4D;
constexpr std::uint16_t kVersionMajor = 2;
constexpr std::uint16_t kVersionMinor = 4;
constexpr std::uint32_t kMaxPacketBytes = 262144;
constexpr std::uint32_t kLinkTypeRaw = 101;

// The magic number tells readers the byte order; it is little-endian on every machine, so that the
// same run makes the same file.
template <typename T>
void put(std::vector<std::byte>& out, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i)
        out.push_back(static_cast<std::byte>((value >> (8 * i)) & 0xFFU));
}

}  // namespace

Capture::Capture(std::chrono::nanoseconds epoch) : epoch_(epoch) {
    put(bytes_, kMagicNanoseconds);
    put(bytes_, kVersionMajor);
    put(bytes_, kVersionMinor);
    put(bytes_, std::uint32_t{0});
    put(bytes_, std::uint32_t{0});
    put(bytes_, kMaxPacketBytes);
    put(bytes_, kLinkTypeRaw);
}

void Capture::add(SimTime at, std::span<const std::byte> packet) {
    constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
    const std::int64_t time = (epoch_ + at).count();
    const auto size = static_cast<std::uint32_t>(packet.size());
    put(bytes_, static_cast<std::uint32_t>(time / kNanosecondsPerSecond));
    put(bytes_, static_cast<std::uint32_t>(time % kNanosecondsPerSecond));
    put(bytes_, size);
    put(bytes_, size);
    bytes_.insert(bytes_.end(), packet.begin(), packet.end());
    ++packet_count_;
}

Result<void> Capture::write(const std::string& path) const {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(bytes_.data()),
               static_cast<std::streamsize>(bytes_.size()));
    file.close();
    if (file.good()) return {};
    const int failed = errno;
    return Error{
        .culprit = Culprit::Environment,
        .code = "network.capture",
        .message = "cannot write the capture file \"" + path + "\": " + std::strerror(failed)};
}

}  // namespace portolan::sim
