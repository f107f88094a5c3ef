#include "ice-tests/turn/third_party.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "probe/stun/access_token.hpp"
#include "probe/transport/ice_servers.hpp"
#include "reports/cli/files.hpp"
#include "reports/model/json_reader.hpp"
#include "reports/model/usage_error.hpp"

namespace portolan::turn {
namespace {

constexpr std::size_t kMaxFileBytes = 4096;
// The size of the key that RFC 8489 s9.2.2 makes of a password.
constexpr std::size_t kMd5Bytes = 16;

template <std::size_t kSize>
std::array<std::byte, kSize> random_bytes(transport::Random& random) {
    std::array<std::byte, kSize> out{};
    for (std::byte& octet : out)
        octet = std::byte(random() & 0xFF);
    return out;
}

std::string_view as_text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Result<ThirdPartyKey> parse_third_party_key(std::string_view json) {
    const auto document = report::parse_json(
        json, {.max_bytes = kMaxFileBytes, .max_depth_count = 4, .max_value_count = 32});
    if (!document) return document.error();
    std::optional<Error> error;
    const report::JsonReader root(*document, error);
    ThirdPartyKey out;
    out.kid = root.member("kid").non_empty_string();
    const std::string encoded = root.member("k").non_empty_string();
    const auto enc = root.find("enc");
    const std::string algorithm = enc ? enc->string() : "A256GCM";
    if (const auto name = root.find("server_name")) out.server_name = name->non_empty_string();
    if (error) return *std::move(error);
    if (algorithm != "A256GCM" && algorithm != "A128GCM") {
        return usage_error("third-party.enc", "/enc: only A256GCM and A128GCM are understood");
    }
    auto key = transport::decode_base64(encoded);
    const std::size_t wanted =
        algorithm == "A256GCM" ? stun::kA256GcmKeyBytes : stun::kA128GcmKeyBytes;
    if (!key || key->reveal().size() != wanted) {
        return usage_error(
            "third-party.key",
            "/k: " + algorithm + " needs " + std::to_string(wanted) + " bytes in base64",
            "for example from: openssl rand -base64 " + std::to_string(wanted));
    }
    out.key = std::move(*key);
    return out;
}

Result<ThirdPartyKey> read_third_party_key(const std::string& path) {
    const auto text = cli::read_file(path, kMaxFileBytes, "third-party.file");
    if (!text) return text.error();
    auto key = parse_third_party_key(*text);
    if (key) return key;
    Error error = std::move(key).error();
    error.message = '"' + path + "\": " + error.message;
    return error;
}

Result<Credentials> grant_access(const ThirdPartyKey& key, std::string_view server_name,
                                 std::chrono::microseconds issued_at, std::chrono::seconds lifetime,
                                 transport::Random& random, MacKey kind) {
    auto mac_key = random_bytes<stun::kSha1Bytes>(random);
    if (kind == MacKey::EndsInZeros) {
        std::fill(mac_key.begin() + kMd5Bytes, mac_key.end(), std::byte{0});
    }
    const auto nonce = random_bytes<stun::kTokenNonceBytes>(random);
    const auto sealed = stun::seal({.mac_key = *stun::LongTermKey::from_bytes(mac_key),
                                    .issued_at = issued_at,
                                    .lifetime = lifetime},
                                   std::as_bytes(std::span(key.key.reveal())), nonce, server_name);
    if (!sealed) return sealed.error();
    Credentials out;
    out.username = key.kid;
    out.grant = AccessGrant{cli::Secret(as_text(*sealed)), cli::Secret(as_text(mac_key))};
    return out;
}

}  // namespace portolan::turn
