#include "ice-tests/turn/credentials.hpp"

#include <glib.h>

#include <array>
#include <charconv>
#include <memory>

namespace portolan::turn {

cli::Secret time_limited_password(const cli::Secret& secret, std::string_view username) {
    constexpr gsize kSha1Bytes = 20;
    const std::string_view key = secret.reveal();
    GHmac* hmac =
        g_hmac_new(G_CHECKSUM_SHA1, reinterpret_cast<const guchar*>(key.data()), key.size());
    g_hmac_update(hmac, reinterpret_cast<const guchar*>(username.data()),
                  static_cast<gssize>(username.size()));
    std::array<guchar, kSha1Bytes> digest{};
    gsize size = digest.size();
    g_hmac_get_digest(hmac, digest.data(), &size);
    g_hmac_unref(hmac);
    const std::unique_ptr<gchar, decltype(&g_free)> text(
        g_base64_encode(digest.data(), digest.size()), g_free);
    return cli::Secret(text.get());
}

Credentials time_limited(const cli::Secret& secret, std::string_view name,
                         std::chrono::seconds expires_at) {
    Credentials out;
    out.username = std::to_string(expires_at.count()) + ':' + std::string(name);
    out.password = time_limited_password(secret, out.username);
    return out;
}

std::optional<std::int64_t> expiry_of(std::string_view username) {
    // Ten digits: from 2001 to 2286. Fewer are somebody's number, not a time.
    constexpr std::size_t kDigits = 10;
    const std::string_view digits = username.substr(0, username.find(':'));
    if (digits.size() != kDigits) return std::nullopt;
    std::int64_t out = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return std::nullopt;
    return out;
}

}  // namespace portolan::turn
