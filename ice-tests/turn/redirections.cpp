#include "ice-tests/turn/redirections.hpp"

#include <optional>
#include <string>
#include <utility>

#include "probe/stun/attribute_value.hpp"
#include "probe/transport/local_addresses.hpp"

namespace portolan::turn {
namespace {

using stun::AttributeType;

Error refusal(std::string code, std::string message) {
    return {.culprit = Culprit::Peer,
            .code = "turn.redirect-" + std::move(code),
            .message = std::move(message)};
}

// There may be a second one, of the other family.
std::optional<TransportAddress> alternate_of(const stun::MessageView& response,
                                             AddressFamily family) {
    for (const stun::AttributeView attribute : response) {
        if (attribute.type != AttributeType::AlternateServer) continue;
        const auto address =
            stun::decode_address(attribute.type, attribute.value, response.transaction_id());
        if (address && address->family() == family) return *address;
    }
    return std::nullopt;
}

// Anybody on the way can make a 300: it must not lead a client into its own host.
bool is_usable(const TransportAddress& address, const TransportAddress& from) {
    const AddressClass kind = address.ip.address_class();
    return address.port != 0 && !address.ip.is_unspecified() && kind != AddressClass::Multicast &&
           (kind != AddressClass::Loopback || from.ip.address_class() == AddressClass::Loopback);
}

}  // namespace

Redirections::Redirections(Endpoint first, transport::Time now) : at_(std::move(first)) {
    asked_[at_.server] = now;
}

Result<Endpoint> Redirections::follow(const stun::MessageView& response, transport::Time now) {
    const TransportAddress from = at_.server;
    const auto to = alternate_of(response, from.family());
    if (!to) {
        return refusal("unusable", from.to_string() + " redirects (error 300) to no server of " +
                                       "the address family that it was asked over");
    }
    const std::string way = from.to_string() + " redirects (error 300) to " + to->to_string();
    if (!is_usable(*to, from)) return refusal("unusable", way + ", where nobody can be");
    const auto asked = asked_.find(*to);
    if (asked != asked_.end() && now - asked->second < kMemory) {
        return refusal("loop",
                       way + (*to == from ? ", which is itself" : ", which was asked already"));
    }
    if (passed_.size() >= kMaxCount) {
        return refusal("limit", way + " after " + std::to_string(kMaxCount) + " others did");
    }
    passed_.push_back(from);
    asked_[*to] = now;
    at_.server = *to;
    const auto domain = response.text(AttributeType::AlternateDomain);
    if (is_secure(at_.transport) && domain && !domain->empty()) at_.server_name = *domain;
    if (at_.bind_ip) {
        const auto source = transport::source_address_for(*to);
        if (source) at_.bind_ip = *source;
    }
    return at_;
}

}  // namespace portolan::turn
