#include "ice-tests/turn/signature.hpp"

#include <algorithm>

#include "probe/stun/password_algorithms.hpp"

namespace portolan::turn {
namespace {

using stun::AttributeType;

constexpr std::size_t kBufferBytes = 0x10000 + 1024;

}  // namespace

std::optional<Challenge> Challenge::read(const stun::MessageView& reply) {
    const auto realm = reply.text(AttributeType::Realm);
    const auto nonce = reply.text(AttributeType::Nonce);
    if (!realm || !nonce) return std::nullopt;
    Challenge out{.realm = std::string(*realm),
                  .nonce = std::string(*nonce),
                  .features = stun::parse_nonce_cookie(*nonce),
                  .algorithms = {}};
    if (const auto algorithms = reply.find(AttributeType::PasswordAlgorithms)) {
        out.algorithms.assign(algorithms->value.begin(), algorithms->value.end());
    }
    if (const auto name = reply.text(AttributeType::ThirdPartyAuthorization)) {
        out.server_name = std::string(*name);
    }
    return out;
}

bool Challenge::offers_sha256() const {
    if (!features || !features->password_algorithms()) return false;
    const auto offered = stun::parse_password_algorithms(algorithms);
    return offered && std::ranges::any_of(*offered, [](const auto& entry) {
               return entry.algorithm == stun::PasswordAlgorithm::Sha256;
           });
}

namespace {

void add_credentials(stun::MessageWriter& writer, const Signature& with, stun::Method method) {
    const bool takes_token = method == stun::Method::Allocate || method == stun::Method::Refresh;
    if (with.access_token && takes_token) {
        writer.add_bytes(AttributeType::AccessToken, *with.access_token);
    }
    if (with.username) writer.add_text(AttributeType::Username, *with.username);
    if (with.userhash) writer.add_bytes(AttributeType::Userhash, *with.userhash);
    if (with.realm) writer.add_text(AttributeType::Realm, *with.realm);
    if (with.nonce) writer.add_text(AttributeType::Nonce, *with.nonce);
    if (!with.algorithms.empty()) {
        writer.add_bytes(AttributeType::PasswordAlgorithms, with.algorithms);
    }
    if (with.algorithm) {
        const stun::PasswordAlgorithmEntry entry[] = {{*with.algorithm, {}}};
        writer.add_bytes(AttributeType::PasswordAlgorithm, stun::build_password_algorithms(entry));
    }
}

}  // namespace

std::vector<std::byte> Signature::build(const Request& request,
                                        const stun::TransactionId& id) const {
    std::vector<std::byte> buffer(kBufferBytes);
    stun::MessageWriter writer(buffer, request.message_class(), request.method(), id);
    request.write(writer);
    add_credentials(writer, *this, request.method());
    if (with_sha256) {
        writer.add_message_integrity_sha256(key.bytes());
    } else {
        writer.add_message_integrity(key.bytes());
    }
    buffer.resize(writer.bytes().size());
    return buffer;
}

stun::RawMessage Signature::raw(const Request& request, const stun::TransactionId& id) const {
    std::vector<std::byte> buffer(kBufferBytes);
    stun::MessageWriter writer(buffer, request.message_class(), request.method(), id);
    request.write(writer);
    add_credentials(writer, *this, request.method());
    stun::RawMessage out(request.message_class(), request.method(), id);
    if (const auto view = stun::MessageView::parse(writer.bytes())) out.attributes_of(*view);
    return out;
}

stun::Check Signature::verify(const stun::MessageView& reply) const {
    return with_sha256 ? stun::verify_message_integrity_sha256(reply, key.bytes())
                       : stun::verify_message_integrity(reply, key.bytes());
}

}  // namespace portolan::turn
