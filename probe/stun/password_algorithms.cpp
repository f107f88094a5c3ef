#include "probe/stun/password_algorithms.hpp"

#include <algorithm>

#include "probe/stun/wire.hpp"

namespace portolan::stun {
namespace {

constexpr std::size_t kEntryHeaderBytes = 4;

}  // namespace

std::optional<PasswordAlgorithmEntry> take_password_algorithm(Bytes& rest) {
    if (rest.size() < kEntryHeaderBytes) return std::nullopt;
    const std::size_t parameter_bytes = wire::load_u16(&rest[2]);
    if (parameter_bytes > rest.size() - kEntryHeaderBytes) return std::nullopt;
    const PasswordAlgorithmEntry entry{static_cast<PasswordAlgorithm>(wire::load_u16(rest.data())),
                                       rest.subspan(kEntryHeaderBytes, parameter_bytes)};
    rest = rest.subspan(std::min(rest.size(), kEntryHeaderBytes + wire::padded(parameter_bytes)));
    return entry;
}

std::optional<std::vector<PasswordAlgorithmEntry>> parse_password_algorithms(Bytes value) {
    std::vector<PasswordAlgorithmEntry> entries;
    while (!value.empty()) {
        const auto entry = take_password_algorithm(value);
        if (!entry) return std::nullopt;
        entries.push_back(*entry);
    }
    return entries;
}

bool is_password_algorithms(Bytes value) {
    while (!value.empty()) {
        if (!take_password_algorithm(value)) return false;
    }
    return true;
}

std::vector<std::byte> build_password_algorithms(std::span<const PasswordAlgorithmEntry> entries) {
    std::vector<std::byte> out;
    for (const auto& entry : entries) {
        const std::size_t at = out.size();
        out.resize(at + kEntryHeaderBytes + wire::padded(entry.parameters.size()));
        wire::store_u16(&out[at], static_cast<std::uint16_t>(entry.algorithm));
        wire::store_u16(&out[at + 2], static_cast<std::uint16_t>(entry.parameters.size()));
        std::copy(entry.parameters.begin(), entry.parameters.end(),
                  out.begin() + static_cast<std::ptrdiff_t>(at + kEntryHeaderBytes));
    }
    return out;
}

}  // namespace portolan::stun
