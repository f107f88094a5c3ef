#include "ice-tests/conformance/steps.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "ice-tests/conformance/opening.hpp"
#include "ice-tests/conformance/target.hpp"
#include "probe/stun/attribute_value.hpp"
#include "probe/transport/tls_connection.hpp"

namespace portolan::conformance {

Judgement judge_mapped(Client& client, const Reply& reply) {
    const auto mapped = reply.address(AttributeType::XorMappedAddress);
    if (!mapped) return violates("The response has no XOR-MAPPED-ADDRESS.");
    return judge_mapped_address(client, *mapped);
}

Task<Judgement> judge_binding(Probe& probe) {
    Client* client = co_await probe.client();
    const Reply reply = co_await client->exchange(turn::binding());
    if (!reply.is_success()) co_return judge_success(reply);
    co_return judge_mapped(*client, reply);
}

Judgement judge_mapped_address(Client& client, const TransportAddress& mapped) {
    const auto local = client.wire().local_address();
    if (!local) return undecided("The client's own address is not known.");
    if (mapped == *local) return meets("It says " + mapped.to_string() + ", which is right.");
    const std::string came =
        "It says " + mapped.to_string() + ", and the client is " + local->to_string();
    if (local->ip.address_class() == AddressClass::Loopback || mapped.port == 0 ||
        mapped.ip.is_unspecified()) {
        return violates(came + ".");
    }
    return not_applicable(came + ": there is a NAT between.");
}

Judgement judge_unknown_attribute(const Reply& reply, std::uint16_t type) {
    if (reply.code() != 420) return judge_error(reply, 420);
    const auto attribute = reply.view().find(AttributeType::UnknownAttributes);
    if (!attribute) return violates("The 420 has no UNKNOWN-ATTRIBUTES.");
    const auto value = stun::decode_value(AttributeType::UnknownAttributes, attribute->value,
                                          reply.view().transaction_id());
    const auto* types = value ? std::get_if<stun::TypeList>(&*value) : nullptr;
    if (types == nullptr) return violates("The UNKNOWN-ATTRIBUTES of the 420 is malformed.");
    for (std::size_t i = 0; i < types->size(); ++i) {
        if ((*types)[i] == type) return meets("It answered with error 420 and named the type.");
    }
    return violates("The UNKNOWN-ATTRIBUTES of the 420 does not list the attribute.");
}

transport::Duration past(std::chrono::seconds lasts) {
    return lasts + transport::Duration(lasts) / 20 + milliseconds(1500);
}

Task<Held> hold_allocation(Probe& probe, int part_pct) {
    // RFC 4787 s4.3: no NAT forgets a mapping of UDP sooner than after 2 minutes; many do.
    constexpr seconds kKeepAlive(10);
    const seconds wanted = probe.target().lifetimes.allocation;
    Request request = probe.allocate();
    request.lifetime(static_cast<std::uint32_t>(wanted.count()));
    const Allocated allocated = co_await probe.allocation(request);
    const transport::Time begun = probe.now();
    const auto granted = allocated.reply.u32(AttributeType::Lifetime);
    if (!granted || *granted == 0) {
        co_await probe.end_with(undecided("The server does not say for how long."));
    }
    Held out;
    out.client = allocated.client;
    out.lifetime = seconds(*granted);
    if (out.lifetime > wanted) {
        co_await probe.end_with(undecided("Asked for " + std::to_string(wanted.count()) +
                                          " s it granted " + std::to_string(*granted) +
                                          " s, for which it is not waited: --allocation-lifetime "
                                          "says that it may take so long."));
    }
    const auto mapped = allocated.reply.address(AttributeType::XorMappedAddress);
    const transport::Duration whole = out.lifetime;
    const transport::Time end =
        begun + (part_pct >= 100 ? past(out.lifetime) : whole * part_pct / 100);
    while (true) {
        const transport::Duration left = end - probe.now();
        turn::Pause some_time(probe.where(),
                              std::clamp<transport::Duration>(left, milliseconds(0), kKeepAlive));
        co_await some_time;
        const Reply alive = co_await out.client->exchange(turn::binding());
        if (!alive.is_success()) {
            co_await probe.end_with(
                undecided("In the meantime a Binding request got " + alive.said() + "."));
        }
        const auto now_mapped = alive.address(AttributeType::XorMappedAddress);
        if (mapped && now_mapped && *mapped != *now_mapped) {
            co_await probe.end_with(
                undecided("In the meantime the client's address outside has "
                          "changed from " +
                          mapped->to_string() + " to " + now_mapped->to_string() + "."));
        }
        if (probe.now() >= end) break;
    }
    out.waited = std::chrono::duration_cast<seconds>(probe.now() - begun);
    // What came in late says nothing of the time before.
    if (part_pct < 100 && probe.now() - begun >= whole) {
        co_await probe.end_with(undecided("The lifetime was over before it could be asked."));
    }
    co_return out;
}

Judgement nothing_came(std::string came) {
    Judgement out = violates(std::move(came));
    out.by_silence = true;
    out.by_lost_data = true;
    return out;
}

std::string invented_nonce(Probe& probe, const std::string& nonce) {
    std::string out = nonce;
    const std::size_t begin =
        nonce.starts_with(stun::kNonceCookiePrefix) && nonce.size() > stun::kNonceCookieBytes
            ? stun::kNonceCookieBytes
            : 0;
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (std::size_t i = begin; i < out.size(); ++i)
        out[i] = kDigits[probe.random() % kDigits.size()];
    return out;
}

Signature signed_as(const Client& client, std::optional<std::string> username) {
    Signature out = client.signature();
    if (username) out.username = std::move(username);
    const auto key =
        stun::long_term_key(out.algorithm.value_or(stun::PasswordAlgorithm::Md5),
                            out.username.value_or(""), out.realm.value_or(""), "no password");
    if (key) out.key = *key;
    return out;
}

std::vector<TransportAddress> addresses_of(const Reply& reply, AttributeType type) {
    std::vector<TransportAddress> out;
    if (!reply.has_come()) return out;
    for (const stun::AttributeView attribute : reply.view()) {
        if (attribute.type != type) continue;
        const auto address =
            stun::decode_address(type, attribute.value, reply.view().transaction_id());
        if (address) out.push_back(*address);
    }
    return out;
}

TransportAddress peer_of_other_family(const TransportAddress& relayed) {
    const char* other =
        relayed.family() == AddressFamily::IPv4 ? "[2001:db8::9]:9999" : "192.0.2.9:9999";
    return TransportAddress::parse(other).value_or(TransportAddress{});
}

TransportAddress bystander(const TransportAddress& own) {
    TransportAddress out = own;
    const auto octets = own.ip.octets();
    if (own.family() == AddressFamily::IPv4) {
        std::array<std::uint8_t, 4> changed{};
        std::ranges::copy(octets, changed.begin());
        changed.back() ^= 2U;
        out.ip = IpAddress::v4(changed);
    } else {
        std::array<std::uint8_t, 16> changed{};
        std::ranges::copy(octets, changed.begin());
        changed.back() ^= 2U;
        out.ip = IpAddress::v6(changed);
    }
    return out;
}

Task<bool> agrees_to(Probe& probe, transport::TlsClientPolicy policy) {
    constexpr int kDtlsTries = 4;
    for (int tries = 1;; ++tries) {
        turn::Endpoint endpoint = probe.target().endpoint;
        endpoint.tls = policy;
        Client& client = probe.add_client(std::move(endpoint));
        const auto opened = co_await client.open();
        if (opened) co_return true;
        const std::string& code = opened.error().code;
        if (code == "turn.tls-certificate") co_return true;
        if (is_worth_another(opened.error(), probe.transport(), tries)) continue;
        // coturn 4.6.1 says close_notify in the middle of a handshake that lost something.
        const bool may_be_lost = probe.transport() == Transport::Dtls && tries < kDtlsTries;
        if (code == "turn.tls-handshake" && may_be_lost) continue;
        if (code != "turn.tls-alert" && code != "turn.tls-handshake" && code != "turn.closed") {
            co_await probe.end_with(undecided(opened.error().message));
        }
        co_return false;
    }
}

Task<Allocated> mobile_allocation(Probe& probe) {
    Request request = probe.allocate();
    const bool is_v6 = probe.target().endpoint.server.family() == AddressFamily::IPv6;
    if (is_v6 && !probe.target().has_ipv6_relays_only) {
        request.family(AttributeType::RequestedAddressFamily, 2);
    }
    request.bytes(AttributeType::MobilityTicket, {});
    Client* client = co_await probe.client();
    const Reply reply = co_await client->request(request);
    if (reply.code() == 405 || reply.code() == 440) {
        co_await probe.end_with(not_applicable("It answered with " + reply.said() + "."));
    }
    const auto relayed = reply.address(AttributeType::XorRelayedAddress);
    if (!reply.is_success() || !relayed) {
        co_await probe.end_with(undecided("No allocation to work with: " + reply.said() + "."));
    }
    if (!reply.has(AttributeType::MobilityTicket)) {
        co_await probe.end_with(not_applicable("The server gives no MOBILITY-TICKET."));
    }
    Allocated out;
    out.client = client;
    out.relayed = *relayed;
    out.reply = reply;
    co_return out;
}

std::vector<std::byte> ticket_of(const Reply& reply) {
    const auto ticket =
        reply.has_come() ? reply.view().find(AttributeType::MobilityTicket) : std::nullopt;
    if (!ticket) return {};
    return {ticket->value.begin(), ticket->value.end()};
}

Request move_with(std::vector<std::byte> ticket) {
    Request out = turn::refresh(600);
    out.bytes(AttributeType::MobilityTicket, ticket);
    return out;
}

Task<bool> has_ipv6_relays(Probe& probe) {
    Client* client = co_await probe.client();
    Request request = turn::allocate();
    request.family(AttributeType::RequestedAddressFamily, 2);
    const Reply reply = co_await client->request(request);
    const auto relayed = reply.address(AttributeType::XorRelayedAddress);
    if (reply.is_success()) co_return relayed && relayed->family() == AddressFamily::IPv6;
    if (reply.code() != 440) {
        co_await probe.end_with(undecided("A request for an IPv6 relay got " + reply.said() + "."));
    }
    co_return false;
}

Task<bool> confirm_relaying(Probe& probe, const Allocated& allocated) {
    const TransportAddress peer = probe.peer().address();
    co_await probe.permit(*allocated.client, peer);
    const auto data = probe.payload();
    const auto heard = co_await probe.heard_by(
        probe.peer(), [&] { allocated.client->send(turn::send_to(peer, data)); }, data);
    if (!heard) {
        co_await probe.end_with(undecided("Nothing was relayed to a permitted peer either."));
    }
    co_return true;
}

Task<bool> confirm_delivery(Probe& probe, const Allocated& allocated) {
    co_await probe.permit(*allocated.client, probe.peer().address());
    const auto data = probe.payload();
    const auto heard = co_await probe.heard_by(
        *allocated.client, [&] { probe.peer().send(allocated.relayed, data); }, data);
    if (!heard) {
        co_await probe.end_with(
            undecided("Nothing that a permitted peer sends reaches the client."));
    }
    co_return true;
}

namespace {

// Of peers that are only named in requests: that of the discard service.
constexpr std::uint16_t kDiscardPort = 9;

/// Forbidden, of the wrong family, or no address at all. Anything else, as 437 or 486, says nothing
/// of the peer.
bool is_refusal_of_peer(const Reply& reply) {
    return reply.code() == 403 || reply.code() == 443 || reply.code() == 400;
}

}  // namespace

std::string list_of(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words)
        out += (out.empty() ? "" : ", ") + word;
    return out;
}

Task<PeersAsked> ask_for_peers(Probe& probe, std::vector<IpAddress> peers,
                               std::function<bool(const PeersAsked::Answer&)> enough) {
    PeersAsked out;
    for (const AddressFamily family : {AddressFamily::IPv4, AddressFamily::IPv6}) {
        std::vector<IpAddress> wanted;
        std::ranges::copy_if(peers, std::back_inserter(wanted),
                             [&](const IpAddress& ip) { return ip.family() == family; });
        if (wanted.empty()) continue;
        Client* client = co_await probe.client();
        Request request = turn::allocate();
        request.family(AttributeType::RequestedAddressFamily, static_cast<std::uint8_t>(family));
        const Reply allocated = co_await client->request(request);
        if (allocated.code() == 440) continue;
        const auto relayed = allocated.address(AttributeType::XorRelayedAddress);
        const bool is_as_asked = relayed && relayed->family() == family;
        if (!is_as_asked) {
            out.no_relay = "Asked for an " + std::string(to_string(family)) + " relay it gave " +
                           (relayed ? relayed->to_string() : allocated.said()) + ".";
        }
        if (!allocated.is_success()) continue;
        for (const IpAddress& ip : wanted) {
            const TransportAddress peer{ip, kDiscardPort};
            const Reply reply = co_await client->request(turn::create_permission(peer));
            out.answers.push_back({ip, reply, is_as_asked});
            if (enough(out.answers.back())) co_return out;
        }
    }
    co_return out;
}

Task<Judgement> judge_peers(Probe& probe, std::vector<std::string> peers) {
    std::vector<IpAddress> addresses;
    for (const std::string& text : peers) {
        if (const auto ip = IpAddress::parse(text)) addresses.push_back(*ip);
    }
    const PeersAsked asked = co_await ask_for_peers(
        probe, std::move(addresses),
        [](const PeersAsked::Answer& answer) { return !answer.reply.has_come(); });
    std::vector<std::string> permitted;
    std::string other_answer = asked.no_relay;
    for (const auto& [ip, reply, is_of_relays_family] : asked.answers) {
        if (!reply.has_come()) co_return unanswered(reply);
        if (reply.is_success()) {
            permitted.push_back(ip.to_string());
        } else if (!is_refusal_of_peer(reply)) {
            other_answer = "CreatePermission for " + ip.to_string() + " got " + reply.said() +
                           ", which is not about the peer.";
        }
    }
    if (!permitted.empty()) {
        Judgement out = violates("It permits " + list_of(permitted) + ".");
        out.about = std::move(permitted);
        co_return out;
    }
    if (!other_answer.empty()) co_return undecided(other_answer);
    if (asked.answers.empty()) co_return not_applicable("The server has no relays of that family.");
    co_return meets("It refused all of them.");
}

Task<Judgement> judge_transport(Probe& probe, Transport transport, std::string when_it_does,
                                std::string when_not) {
    turn::Endpoint endpoint = probe.target().endpoint;
    endpoint.transport = transport;
    if (turn::is_secure(transport)) endpoint.trust = transport::TlsCredentials::trust_nobody();
    Client& client = probe.add_client(std::move(endpoint));
    const auto opened = co_await client.open();
    if (!opened) {
        const std::string& code = opened.error().code;
        // With nobody trusted, a certificate is as far as TLS gets.
        if (code == "turn.tls-certificate") co_return violates(std::move(when_it_does));
        if (code == "turn.tls-alert" || code == "turn.tls-handshake" ||
            code == "turn.tls-timeout") {
            co_return meets(std::move(when_not));
        }
        co_return undecided(opened.error().message);
    }
    const stun::TransactionId id = client.new_id();
    (void)client.wire().send(turn::binding().build(id));
    const auto frame = co_await client.wire().receive(probe.now() + 2 * probe.silence());
    if (frame && stun::MessageView::parse(frame->bytes)) {
        co_return violates(std::move(when_it_does));
    }
    co_return meets(std::move(when_not));
}

}  // namespace portolan::conformance
