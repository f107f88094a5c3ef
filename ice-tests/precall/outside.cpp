#include "ice-tests/precall/outside.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "probe/stun/message.hpp"
#include "probe/transport/udp_socket.hpp"

namespace portolan::precall {
namespace {

using std::chrono::milliseconds;
using stun::AttributeType;
using transport::Time;
using turn::Surroundings;
using turn::Task;

constexpr transport::Duration kInterval = milliseconds(100);
constexpr int kMostCopies = 20;

/// The socket of a stranger, and what it has been told.
struct Stranger {
    explicit Stranger(const Surroundings& its_where) : where(its_where), changed(its_where) {}

    void on_datagram(const transport::Datagram& datagram) {
        const auto view = stun::MessageView::parse(datagram.bytes);
        if (!view || view->message_class() != stun::MessageClass::SuccessResponse) return;
        if (std::ranges::find(asked, view->transaction_id()) == asked.end()) return;
        ++answer_count;
        if (const auto address = view->address(AttributeType::XorMappedAddress)) mapped = address;
        changed.notify_soon();
    }
    void ask(const TransportAddress& server) {
        std::array<std::byte, 12> id{};
        const std::uint64_t words[] = {(*where.random)(), (*where.random)()};
        std::memcpy(id.data(), words, id.size());
        asked.push_back(stun::TransactionId::with_cookie(id));
        (void)socket->send(server, turn::binding().build(asked.back()));
    }

    Surroundings where;
    turn::Signal changed;
    std::unique_ptr<transport::UdpSocket> socket;
    std::vector<stun::TransactionId> asked;
    int answer_count = 0;
    std::optional<TransportAddress> mapped;
};

Task<bool> learn_mapped(Stranger& stranger, TransportAddress server, Time deadline) {
    while (!stranger.mapped && stranger.where.now() < deadline) {
        stranger.ask(server);
        co_await stranger.changed.until(std::min(deadline, stranger.where.now() + 2 * kInterval));
    }
    co_return stranger.mapped.has_value();
}

}  // namespace

std::optional<TransportAddress> way_to_relay(const TransportAddress& relay, const IpAddress& server,
                                             const IpAddress& mapped) {
    if (relay.ip.family() == server.family()) return relay;
    if (server.family() != AddressFamily::IPv6 || mapped.family() != AddressFamily::IPv4) {
        return std::nullopt;
    }
    constexpr std::size_t kPrefixOctets = 12;
    const auto from = relay.ip.octets();
    const bool is_known = server.address_class() == AddressClass::Nat64WellKnown ||
                          std::ranges::equal(server.octets().subspan(kPrefixOctets), from);
    if (!is_known) return std::nullopt;
    std::array<std::uint8_t, 16> octets{};
    std::ranges::copy(server.octets().first(kPrefixOctets), octets.begin());
    std::ranges::copy(from, octets.begin() + kPrefixOctets);
    return TransportAddress{IpAddress::v6(octets), relay.port};
}

Task<bool> reach_from_outside(Surroundings where, Visit& visit, TransportAddress server,
                              transport::Duration limit, FromOutside& out) {
    const Time deadline = where.now() + limit;
    Stranger stranger(where);
    auto opened = transport::UdpSocket::open(
        where.context, *where.clock, *where.random,
        {.family = server.family(),
         .bind_ip = visit.endpoint.bind_ip,
         .interface = visit.endpoint.interface},
        {.on_datagram =
             [&](const transport::Datagram& datagram) { stranger.on_datagram(datagram); },
         .on_fault = {}});
    if (!opened) {
        out.problem = Problem{Step::Connect, Cause::Socket, opened.error().message};
        co_return false;
    }
    stranger.socket = std::move(*opened);
    if (!co_await learn_mapped(stranger, server, where.now() + limit / 2)) {
        out.problem = Problem{Step::Ask, Cause::Silent, {}};
        co_return false;
    }
    out.mapped = stranger.mapped;
    const auto relay = way_to_relay(*visit.relayed, server.ip, stranger.mapped->ip);
    if (!relay) {
        out.problem = Problem{Step::Connect, Cause::NoRoute,
                              "the relay is at " + visit.relayed->ip.to_string() +
                                  ", and the server was asked at " + server.ip.to_string()};
        co_return false;
    }
    const turn::Request permission = turn::create_permission(*stranger.mapped);
    const turn::Reply reply = co_await visit.client->request(permission);
    if (!reply.is_success()) {
        out.problem = problem_of_reply(Step::Permit, visit.client->wire(), reply, true);
        co_return false;
    }
    std::array<std::byte, 16> payload{};
    const std::uint64_t words[] = {(*where.random)(), (*where.random)()};
    std::memcpy(payload.data(), words, payload.size());
    const int answered_before = stranger.answer_count;
    while (!out.has_arrived && out.copy_count < kMostCopies && where.now() < deadline) {
        (void)stranger.socket->send(*relay, payload);
        ++out.copy_count;
        stranger.ask(server);
        const Time until = std::min(deadline, where.now() + kInterval);
        while (const auto incoming = co_await visit.client->next_incoming(until)) {
            out.has_arrived |= std::ranges::equal(incoming->data, payload);
            if (out.has_arrived) break;
        }
    }
    out.control_count = stranger.answer_count - answered_before;
    out.is_done = true;
    co_return out.has_arrived;
}

}  // namespace portolan::precall
