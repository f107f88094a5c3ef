#include "probe/stun/nonce_cookie.hpp"

namespace portolan::stun {
namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::optional<SecurityFeatures> parse_nonce_cookie(std::string_view nonce) {
    if (nonce.size() < kNonceCookieBytes || !nonce.starts_with(kNonceCookiePrefix)) {
        return std::nullopt;
    }
    SecurityFeatures features;
    for (const char digit : nonce.substr(kNonceCookiePrefix.size(), 4)) {
        const auto value = kBase64.find(digit);
        if (value == std::string_view::npos) return std::nullopt;
        features.bits = (features.bits << 6) | static_cast<std::uint32_t>(value);
    }
    return features;
}

std::string build_nonce(SecurityFeatures features, std::string_view rest) {
    std::string out(kNonceCookiePrefix);
    for (int shift = 18; shift >= 0; shift -= 6)
        out += kBase64[(features.bits >> shift) & 0x3F];
    out += rest;
    return out;
}

}  // namespace portolan::stun
