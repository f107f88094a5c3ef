#include "ice-tests/turn/credentials.hpp"

#include <glib.h>

#include <array>
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

}  // namespace portolan::turn
