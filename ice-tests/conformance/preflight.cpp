#include "ice-tests/conformance/preflight.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <string>
#include <utility>

#include "ice-tests/conformance/left_behind.hpp"
#include "ice-tests/conformance/opening.hpp"
#include "ice-tests/conformance/probe.hpp"
#include "ice-tests/turn/redirections.hpp"

namespace portolan::conformance {
namespace {

using turn::Surroundings;
using turn::Transcript;

// Whether anybody is there is asked with seven copies, and needs no half minute.
constexpr transport::Duration kFirstContact = seconds(5);

// Of a token that is made for a run.
constexpr seconds kGrantLifetime(3600);

// What is sent to find out whether it comes back through a NAT.
constexpr int kReturnCopies = 5;

/// What is sent to find out whether it arrives.
transport::Bytes said_bytes() {
    static constexpr std::string_view kSaid = "portolan";
    return std::as_bytes(std::span(kSaid));
}

/// When an answer that is on its way has come.
transport::Time soon(const Surroundings& where, const Client& client) {
    return where.now() + std::max<transport::Duration>(milliseconds(100), 2 * client.round_trip());
}

/// Sends to a permitted peer through the relay until it hears that: what it heard, or nothing.
Task<std::optional<turn::PeerDatagram>> relayed_to(Surroundings where, Client& client, Peer& peer) {
    for (int i = 0; i < kReturnCopies; ++i) {
        client.send(turn::send_to(peer.address(), said_bytes()));
        auto heard = co_await peer.receive(soon(where, client));
        if (heard && std::ranges::equal(heard->bytes, said_bytes())) co_return heard;
    }
    co_return std::nullopt;
}

/// Whether what a permitted peer on this host is sent arrives, and from where its own packets seem
/// to come. Without a NAT there is nothing to find out.
Task<std::string> why_no_data(Surroundings where, const Target& target, Client& client,
                              const TransportAddress& relayed,
                              std::shared_ptr<turn::Transcript> transcript) {
    const std::string because =
        "This host is behind a NAT (" + target.mapped_ip->to_string() + " to the server), and ";
    auto opened = Peer::open(
        where, target.endpoint.bind_ip.value_or(IpAddress::any(target.endpoint.server.family())),
        transcript, "peer");
    if (!opened) co_return because + "no peer could be opened: " + opened.error().message + ".";
    Peer& peer = **opened;
    peer.set_address({*target.mapped_ip, peer.address().port});
    const Reply permitted = co_await client.request(turn::create_permission(peer.address()));
    if (!permitted.is_success()) {
        co_return because + "the server answers a permission for that address with " +
            permitted.said() + ".";
    }
    // Before the peer has sent anything to the relay: a check's peers have not either.
    const auto there = co_await relayed_to(where, client, peer);
    if (!there) co_return because + "what is relayed to it does not come through.";
    bool is_itself = false;
    for (int i = 0; i < kReturnCopies && !is_itself; ++i) {
        peer.send(relayed, said_bytes());
        const auto incoming = co_await client.next_incoming(soon(where, client));
        is_itself = incoming && incoming->peer == peer.address();
    }
    if (!is_itself) co_return because + "its ports are not the ones that the server sees.";
    co_return std::string();
}

/// Whether data comes to a permitted peer on this host from another address than the relayed one: a
/// sentence, or nothing where that is not so or could not be seen.
Task<std::string> why_elsewhere(Surroundings where, const Target& target, Client& client,
                                const TransportAddress& relayed,
                                std::shared_ptr<turn::Transcript> transcript) {
    const IpAddress ip =
        target.endpoint.bind_ip.value_or(client.wire().local_address().value_or(relayed).ip);
    if (ip.family() != relayed.family()) co_return std::string();
    auto opened = Peer::open(where, ip, transcript, "peer");
    if (!opened) co_return std::string();
    Peer& peer = **opened;
    const Reply permitted = co_await client.request(turn::create_permission(peer.address()));
    if (!permitted.is_success()) co_return std::string();
    const auto heard = co_await relayed_to(where, client, peer);
    if (!heard || heard->source == relayed) co_return std::string();
    co_return "A permitted peer sees data come from " + heard->source.to_string() +
        ", and the relayed address is " + relayed.to_string() + ".";
}

std::string utc_text(std::int64_t unix_time_s) {
    const std::time_t time = unix_time_s;
    std::tm parts{};
    std::array<char, 40> text{};
    if (gmtime_r(&time, &parts) == nullptr ||
        std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts) == 0) {
        return std::to_string(unix_time_s);
    }
    return text.data();
}

// What an error that is no success says about the credentials.
Error allocation_error(const Reply& allocated, const Client& client, const std::string& username) {
    Error error{.culprit = Culprit::Peer, .code = "turn.allocate", .message = {}};
    error.message = "Allocate got " + allocated.said();
    const auto expiry_s = turn::expiry_of(username);
    if (allocated.code() == 401 && !client.challenge() && allocated.error) {
        return *allocated.error;
    }
    if (allocated.code() == 401 && expiry_s && *expiry_s <= g_get_real_time() / G_USEC_PER_SEC) {
        error.code = "turn.credentials-expired";
        error.message += ": the time in the username, " + utc_text(*expiry_s) + ", is over";
        error.hint = "the credentials have expired: fetch new ones, and compare the clocks";
    } else if (allocated.code() == 401) {
        error.code = "turn.credentials";
        error.message += " after a correct challenge";
        error.hint = "the server does not take this username with this credential";
    } else if (allocated.code() == 437) {
        error.code = "turn.mismatch";
        error.hint = "the server says that each port we came from has an allocation already";
    } else if (allocated.code() == 486) {
        error.code = "turn.quota";
        error.hint = "the user has as many allocations as the server's quota lets it have";
    } else if (allocated.code() == -1 && allocated.error) {
        error.code = allocated.error->code;
    }
    return error;
}

/// What was seen, and the error 300 that ended it.
struct Look {
    Preflight seen;
    std::vector<std::byte> redirection;
};

Task<Look> look(Surroundings where, Target& target, turn::Endpoint from,
                std::shared_ptr<Transcript> transcript) {
    Look result;
    Preflight& out = result.seen;
    out.transcript = std::move(transcript);
    std::unique_ptr<Client> opening;
    for (int tries = 1;; ++tries) {
        opening = std::make_unique<Client>(where, from, out.transcript, "client", target.path);
        opening->limit_wait(kFirstContact);
        const auto opened = co_await opening->open();
        if (opened) break;
        if (is_worth_another(opened.error(), from.transport, tries)) continue;
        out.unreachable = after_tries(opened.error(), tries);
        co_return result;
    }
    Client& client = *opening;
    out.local = client.wire().local_address();
    out.security = client.wire().security();
    const Reply learnt = co_await client.learn();
    if (!learnt.has_come()) {
        out.unreachable = learnt.error;
        if (out.unreachable && out.unreachable->code == "turn.silent") {
            out.unreachable->message =
                "an Allocate request without credentials got " + out.unreachable->message;
            out.unreachable->hint =
                from.transport == turn::Transport::Udp
                    ? "is a firewall on the way, is it the right address?"
                    : "somebody takes the connection and does not answer: is it a TURN server?";
        }
        co_return result;
    }
    if (learnt.code() == 300) {
        result.redirection = learnt.bytes;
        co_return result;
    }
    if (client.challenge()) {
        target.claims_rfc8489 = client.challenge()->features.has_value();
        out.offers_sha256 = client.challenge()->offers_sha256();
    }
    const Reply bound = co_await client.exchange(turn::binding());
    out.mapped = bound.address(AttributeType::XorMappedAddress);
    for (const Reply* reply : {&bound, &learnt}) {
        if (!reply->has_come()) continue;
        if (const auto software = reply->view().text(AttributeType::Software)) {
            target.software = std::string(*software);
        }
    }
    if (!target.user && target.third_party && client.challenge() &&
        client.challenge()->server_name) {
        auto granted = turn::grant_access(*target.third_party, *client.challenge()->server_name,
                                          std::chrono::microseconds(g_get_real_time()),
                                          kGrantLifetime, *where.random);
        if (granted) target.user = std::move(*granted);
    }
    if (!target.user) {
        out.no_allocation = Error{.culprit = Culprit::Usage,
                                  .code = "turn.no-credentials",
                                  .message = "no username and credential were given"};
        co_return result;
    }
    client.set_credentials(&*target.user);
    target.is_open = learnt.is_success();
    if (target.is_open) client.set_open();
    const transport::Time begun = where.now();
    Reply allocated = learnt;
    // g++ 12 destroys a temporary twice when co_await is a branch of a conditional expression.
    if (!learnt.is_success()) allocated = co_await client.request(turn::allocate());
    if (allocated.code() == 440) {
        // RFC 8656 s7.2: without REQUESTED-ADDRESS-FAMILY one asks for IPv4.
        turn::Request request = turn::allocate();
        request.family(AttributeType::RequestedAddressFamily, 2);
        allocated = co_await client.request(request);
        target.has_ipv6_relays_only = allocated.is_success();
    }
    if (allocated.code() == 300) {
        result.redirection = allocated.bytes;
        co_return result;
    }
    out.allocate_time = where.now() - begun + learnt.round_trip;
    out.relayed = allocated.address(AttributeType::XorRelayedAddress);
    if (!allocated.is_success() || !out.relayed) {
        out.no_allocation = allocation_error(allocated, client, target.user->username);
        if (allocated.is_success()) {
            const Reply released = co_await client.request(turn::refresh(0));
            (void)released;
        }
        co_return result;
    }
    target.relay_ip = out.relayed->ip;
    if (!out.mapped) out.mapped = allocated.address(AttributeType::XorMappedAddress);
    const bool is_on_loopback =
        out.local && out.local->ip.address_class() == AddressClass::Loopback;
    if (out.mapped && out.local && out.mapped->ip != out.local->ip && !is_on_loopback &&
        out.mapped->family() == out.local->family() && !out.mapped->ip.is_unspecified()) {
        target.mapped_ip = out.mapped->ip;
        target.no_data_because =
            co_await why_no_data(where, target, client, *out.relayed, out.transcript);
    } else {
        target.relay_elsewhere =
            co_await why_elsewhere(where, target, client, *out.relayed, out.transcript);
    }
    const Reply released = co_await client.request(turn::refresh(0));
    (void)released;
    co_return result;
}

/// The server, from ports that have nothing to do with those that its clients begin with.
turn::Endpoint from_elsewhere(const Surroundings& where, const Target& target) {
    turn::Endpoint out = target.endpoint;
    if (out.ports) out.ports = out.ports->elsewhere(*where.random);
    return out;
}

Task<OtherAllocation> look_at_other(Surroundings where, const Target& target,
                                    const OtherUser& other, turn::Endpoint from,
                                    std::shared_ptr<Transcript> transcript) {
    OtherAllocation out{.entry = other.entry, .no_allocation = {}};
    Client client(where, std::move(from), std::move(transcript), "client of " + other.entry,
                  target.path);
    client.set_credentials(&other.user);
    const auto opened = co_await client.open();
    if (!opened) {
        out.no_allocation = opened.error();
        co_return out;
    }
    turn::Request request = turn::allocate();
    if (target.has_ipv6_relays_only) request.family(AttributeType::RequestedAddressFamily, 2);
    const Reply allocated = co_await client.request(request);
    if (!allocated.is_success()) {
        out.no_allocation = allocation_error(allocated, client, other.user.username);
        out.is_without_room = allocated.code() == 486 || allocated.code() == 508;
        co_return out;
    }
    const Reply released = co_await client.request(turn::refresh(0));
    (void)released;
    co_return out;
}

/// Somebody may have left an allocation on that port, or a packet was lost.
bool is_worth_elsewhere(const Error& why, turn::Transport transport, int try_count) {
    return why.code == "turn.mismatch" || is_worth_another(why, transport, try_count);
}

Task<std::vector<OtherAllocation>> look_at_others(Surroundings where, const Target& target,
                                                  std::shared_ptr<Transcript> transcript) {
    const turn::Endpoint elsewhere = from_elsewhere(where, target);
    std::vector<OtherAllocation> out;
    for (const OtherUser& other : target.other_users) {
        OtherAllocation seen =
            co_await look_at_other(where, target, other, target.endpoint, transcript);
        for (int tries = 1; tries < kAddresses && seen.no_allocation &&
                            is_worth_elsewhere(*seen.no_allocation, elsewhere.transport, tries);
             ++tries) {
            seen = co_await look_at_other(where, target, other, elsewhere, transcript);
        }
        out.push_back(std::move(seen));
    }
    co_return out;
}

bool is_of_another(const Preflight& seen) {
    return lacks_relay(*seen.transcript) || (seen.no_allocation && is_mismatch(*seen.transcript));
}

Task<Preflight> first_contact(Surroundings where, Target& target) {
    if (target.not_found) {
        Preflight out;
        out.transcript = std::make_shared<Transcript>();
        out.unreachable = target.not_found;
        // Whoever tests a server by its name has named it wrong, or its zone is.
        out.unreachable->culprit = Culprit::Peer;
        co_return out;
    }
    turn::Redirections way(target.endpoint, where.now());
    auto transcript = std::make_shared<Transcript>();
    while (true) {
        Look out = co_await look(where, target, target.endpoint, transcript);
        const turn::Endpoint elsewhere = from_elsewhere(where, target);
        for (int i = 1; i < kAddresses && is_of_another(out.seen); ++i) {
            transcript = std::make_shared<Transcript>();
            out = co_await look(where, target, elsewhere, transcript);
        }
        out.seen.redirected_by = way.passed();
        if (out.redirection.empty()) {
            if (!out.seen.unreachable && !target.is_open) {
                out.seen.others = co_await look_at_others(where, target, transcript);
            }
            co_return std::move(out.seen);
        }
        const auto message = stun::MessageView::parse(out.redirection);
        auto next = way.follow(*message, where.now());
        if (!next) {
            out.seen.unreachable = next.error();
            co_return std::move(out.seen);
        }
        if (!target.named) target.named = target.endpoint;
        target.endpoint = std::move(*next);
        target.path = std::make_shared<turn::PathEstimate>();
    }
}

}  // namespace

Task<Preflight> preflight(Surroundings where, Target& target) {
    const transport::Time begun = where.now();
    Preflight out = co_await first_contact(where, target);
    out.begun = begun;
    co_return out;
}

}  // namespace portolan::conformance
