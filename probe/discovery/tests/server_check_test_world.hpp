#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "probe/discovery/server_check.hpp"
#include "probe/discovery/server_check_request.hpp"
#include "probe/discovery/tests/sim_nat.hpp"
#include "probe/discovery/tests/sim_random.hpp"

/// One machine, one NAT, one lossy path and one STUN server with a switch for every promise of RFC
/// 5780 s6 that a server check looks at.
namespace portolan::discovery::audit_world {

enum class Change { Honoured, Ignored, Dropped, Rejected, ThirdAddress, IgnoresIp, IgnoresPort };
enum class Other { True, Absent, SameIp, SamePort, Private, Unreachable, OwnFromAlternate };
/// What comes instead of right replies, or beside them.
enum class Spoiled {
    No,
    Garbage,
    Truncated,
    Oversized,
    Echo,
    OtherMethod,
    GarbageBeside,
    WrongFingerprint,
    UnknownAttribute,
    PortZero,
    Unspecified,
    Multicast,
    OtherFamily,
    Contradictory,
    Twice,
};
enum class Support { Good, Ignored, Dropped, Rejected };

struct Rules {
    Change change = Change::Honoured;
    Other other = Other::True;
    Support response_port = Support::Good;
    Support padding = Support::Good;
    Support unknown = Support::Rejected;  ///< the right one
    Support fingerprint = Support::Good;
    bool refuses_padding_with_response_port = true;
    bool lists_unknown = true;
    bool answers_classic = true;
    bool origin_lies = false;
    bool origin_absent = false;
    bool xor_mapped = true;
    bool mapped = true;
    bool alternate_server = false;
    bool wrong_source = false;
    bool wrong_id = false;
    bool wrong_fingerprint = false;
    Spoiled spoiled = Spoiled::No;
    std::uint16_t mapped_port_flip = 0;
    bool silent = false;
    bool alternate_port_silent = false;
    int error = 0;

    std::optional<sim::NatRules> nat;
    double loss = 0.0;  ///< each way
    Duration rtt = std::chrono::milliseconds(40);
    Duration jitter{};
    std::optional<std::pair<Duration, Duration>> outage;  ///< from, to
    StreamOutcome tcp = StreamOutcome::Connected;
    bool tcp_hangs = false;
};

struct Played {
    Ledger ledger;
    Duration elapsed{};
    int datagrams = 0;
    int most_new_in_a_second = 0;
    bool closed_all = false;
};

inline TransportAddress at(const char* text) {
    return *TransportAddress::parse(text);
}
inline const TransportAddress kOwn = at("45.33.32.10:3478");
inline const TransportAddress kOther = at("45.33.32.11:3479");
inline const TransportAddress kThird = at("45.33.99.99:3478");
inline const IpAddress kHost = *IpAddress::parse("192.168.1.10");
inline const IpAddress kOutside = *IpAddress::parse("81.2.69.142");

/// What the server sends: at most one.
using Reply = sim::Packet;

inline TransportAddress named_other(const Rules& rules, const TransportAddress& asked) {
    const TransportAddress truth{asked.ip == kOwn.ip ? kOther.ip : kOwn.ip,
                                 asked.port == kOwn.port ? kOther.port : kOwn.port};
    switch (rules.other) {
        case Other::SameIp:
            return {asked.ip, truth.port};
        case Other::SamePort:
            return {truth.ip, asked.port};
        case Other::Private:
            return {*IpAddress::parse("10.0.0.5"), truth.port};
        case Other::Unreachable:
            return {*IpAddress::parse("45.33.77.77"), truth.port};
        case Other::OwnFromAlternate:
            return asked.ip == kOther.ip ? TransportAddress{asked.ip, truth.port} : truth;
        default:
            return truth;
    }
}

inline TransportAddress named_mapped(const Rules& rules, TransportAddress truth) {
    truth.port ^= rules.mapped_port_flip;
    switch (rules.spoiled) {
        case Spoiled::PortZero:
            truth.port = 0;
            break;
        case Spoiled::Unspecified:
            truth.ip = IpAddress::any(AddressFamily::IPv4);
            break;
        case Spoiled::Multicast:
            truth.ip = *IpAddress::parse("239.1.2.3");
            break;
        case Spoiled::OtherFamily:
            truth.ip = *IpAddress::parse("2001:db8::1");
            break;
        default:
            break;
    }
    return truth;
}

inline std::optional<Reply> serve(const Rules& rules, const sim::Packet& packet);

/// The datagrams that are really sent for one reply.
inline std::vector<Reply> spoil(const Rules& rules, const sim::Packet& request, Reply reply) {
    const std::vector<std::byte> garbage(48, std::byte{0xFF});
    std::vector<Reply> out{reply};
    switch (rules.spoiled) {
        case Spoiled::Garbage:
            out[0].bytes = garbage;
            break;
        case Spoiled::Truncated:
            out[0].bytes.resize(reply.bytes.size() / 2);
            break;
        case Spoiled::Oversized:
            out[0].bytes.resize(reply.bytes.size() + 400);
            break;
        case Spoiled::Echo:
            out[0].bytes = request.bytes;
            break;
        case Spoiled::OtherMethod:
            out[0].bytes[1] = std::byte{0x03};  // Allocate success
            break;
        case Spoiled::GarbageBeside:
            out.push_back({reply.from, reply.to, garbage});
            break;
        case Spoiled::Contradictory: {
            Rules lie = rules;
            lie.mapped_port_flip = 1;
            if (auto second = serve(lie, request)) out.push_back(std::move(*second));
            break;
        }
        case Spoiled::Twice:
            out.push_back(reply);
            break;
        default:
            break;
    }
    return out;
}

inline std::optional<Reply> serve(const Rules& rules, const sim::Packet& packet) {
    using stun::AttributeType;
    const TransportAddress asked = packet.to;
    const bool owned = (asked.ip == kOwn.ip || asked.ip == kOther.ip) &&
                       (asked.port == kOwn.port || asked.port == kOther.port);
    if (!owned || rules.silent || (rules.alternate_port_silent && asked.port == kOther.port)) {
        return std::nullopt;
    }
    const auto request = stun::MessageView::parse(packet.bytes);
    if (!request) return std::nullopt;
    const bool classic = !request->transaction_id().has_magic_cookie();
    if (classic && !rules.answers_classic) return std::nullopt;

    std::vector<std::uint16_t> unknown;
    int error = rules.error;
    bool dropped = false;
    const auto meets = [&](AttributeType type, Support support) {
        if (!request->has(type)) return false;
        if (support == Support::Dropped) dropped = true;
        if (support == Support::Rejected) unknown.push_back(static_cast<std::uint16_t>(type));
        return support == Support::Good;
    };
    const bool padding = meets(AttributeType::Padding, rules.padding);
    const bool response_port = meets(AttributeType::ResponsePort, rules.response_port);
    meets(kUnknownType, rules.unknown);
    const bool fingerprint = meets(AttributeType::Fingerprint, rules.fingerprint);
    if (padding && response_port && rules.refuses_padding_with_response_port) error = 400;

    const auto flags = request->u32(AttributeType::ChangeRequest);
    bool ip = flags && (*flags & 4U) != 0;
    bool port = flags && (*flags & 2U) != 0;
    bool third = rules.wrong_source;
    if (flags) {
        switch (rules.change) {
            case Change::Honoured:
                break;
            case Change::Ignored:
                ip = port = false;
                break;
            case Change::Dropped:
                dropped = true;
                break;
            case Change::Rejected:
                unknown.push_back(static_cast<std::uint16_t>(AttributeType::ChangeRequest));
                break;
            case Change::ThirdAddress:
                third = third || ip || port;
                break;
            case Change::IgnoresIp:
                ip = false;
                break;
            case Change::IgnoresPort:
                port = false;
                break;
        }
    }
    if (dropped) return std::nullopt;
    if (error == 0 && !unknown.empty()) error = 420;

    Reply reply;
    reply.from = asked;
    if (error == 0) {
        if (ip) reply.from.ip = asked.ip == kOwn.ip ? kOther.ip : kOwn.ip;
        if (port) reply.from.port = asked.port == kOwn.port ? kOther.port : kOwn.port;
    }
    if (third) reply.from = kThird;
    reply.to = packet.from;
    if (response_port && error == 0) {
        reply.to.port = *request->u16(AttributeType::ResponsePort);
    }
    stun::TransactionId id = request->transaction_id();
    if (rules.wrong_id) id.octets[9] ^= std::byte{1};
    std::array<std::byte, 400> buffer{};
    stun::MessageWriter writer(
        buffer,
        error != 0 ? stun::MessageClass::ErrorResponse : stun::MessageClass::SuccessResponse,
        stun::Method::Binding, id);
    if (error != 0) {
        writer.add_error_code(error, "no");
        if (error == 420 && rules.lists_unknown) writer.add_unknown_attributes(unknown);
    } else {
        const TransportAddress mapped = named_mapped(rules, packet.from);
        if (rules.mapped) writer.add_address(AttributeType::MappedAddress, mapped);
        if (rules.xor_mapped && !classic) {
            writer.add_address(AttributeType::XorMappedAddress, mapped);
        }
        if (rules.other != Other::Absent) {
            writer.add_address(AttributeType::OtherAddress, named_other(rules, asked));
        }
        if (!rules.origin_absent) {
            writer.add_address(AttributeType::ResponseOrigin,
                               rules.origin_lies ? kThird : reply.from);
        }
        if (padding) writer.add_bytes(AttributeType::Padding, std::array<std::byte, 128>{});
        if (rules.alternate_server) writer.add_address(AttributeType::AlternateServer, kThird);
        if (rules.spoiled == Spoiled::UnknownAttribute) writer.add_u32(kUnknownType, 0);
        if (rules.spoiled == Spoiled::WrongFingerprint) {
            writer.add_u32(AttributeType::Fingerprint, 0);
        } else if (fingerprint) {
            writer.add_fingerprint();
        }
    }
    reply.bytes.assign(writer.bytes().begin(), writer.bytes().end());
    if (fingerprint && rules.wrong_fingerprint) reply.bytes.back() ^= std::byte{1};
    return reply;
}

/// Runs the machine to its end in virtual time.
inline Played run(const Rules& rules, std::uint64_t seed = 1) {
    constexpr Time kEpoch = std::chrono::hours(7);
    struct Event {
        bool to_server = false;
        bool stream = false;
        sim::Packet packet;
    };
    sim::Random random(seed);
    sim::Nat nat;
    if (rules.nat) nat.reset(*rules.nat, kEpoch, seed);
    ServerCheckConfig config;
    config.server_name = "stun:stun.example.org";
    config.server = kOwn;
    config.tcp = kOwn;
    config.seed = seed;
    ServerCheck machine(config);
    std::multimap<Time, Event> events;
    std::map<SocketId, TransportAddress> sockets;
    std::vector<std::pair<stun::TransactionId, Time>> started;
    Played result;
    Time now = kEpoch;

    const auto lost = [&] {
        const Duration since = now - kEpoch;
        return random.chance(rules.loss) ||
               (rules.outage && since >= rules.outage->first && since < rules.outage->second);
    };
    const auto one_way = [&] {
        return rules.rtt / 2 + Duration(random.between(0, rules.jitter.count() / 2));
    };
    const auto drain = [&] {
        for (auto actions = machine.take_actions(); !actions.empty();
             actions = machine.take_actions()) {
            for (const Action& action : actions) {
                if (const auto* open = std::get_if<OpenSocket>(&action)) {
                    const TransportAddress local{rules.nat ? kHost : kOutside,
                                                 open->preferred_port};
                    sockets[open->id] = local;
                    machine.on_socket(open->id, local, now);
                } else if (const auto* close = std::get_if<CloseSocket>(&action)) {
                    sockets.erase(close->id);
                } else if (std::holds_alternative<TryStream>(action)) {
                    if (!rules.tcp_hangs) events.emplace(now + rules.rtt, Event{false, true, {}});
                } else if (const auto* send = std::get_if<SendDatagram>(&action)) {
                    ++result.datagrams;
                    stun::TransactionId id;
                    std::copy_n(send->bytes.begin() + 4, id.octets.size(), id.octets.begin());
                    if (std::none_of(started.begin(), started.end(),
                                     [&](const auto& one) { return one.first == id; })) {
                        started.emplace_back(id, now);
                    }
                    sim::Packet packet{sockets.at(send->socket), send->to, send->bytes};
                    if (rules.nat && nat.outbound(packet, now) != sim::NatVerdict::Forward) {
                        continue;
                    }
                    if (!lost()) events.emplace(now + one_way(), Event{true, false, packet});
                }
            }
        }
    };
    machine.start(now);
    drain();
    for (int steps = 0; !machine.finished() && steps < 20'000; ++steps) {
        const Time wakeup = *machine.next_wakeup();
        if (events.empty() || events.begin()->first > wakeup) {
            now = std::max(now, wakeup);
            machine.on_time(now);
        } else {
            Event event = std::move(events.begin()->second);
            now = std::max(now, events.begin()->first);
            events.erase(events.begin());
            if (event.stream) {
                machine.on_stream(1, {rules.tcp, "simulated"}, now);
            } else if (event.to_server) {
                if (const auto reply = serve(rules, event.packet); reply && !lost()) {
                    const Duration way = one_way();
                    for (const Reply& sent : spoil(rules, event.packet, *reply))
                        events.emplace(now + way, Event{false, false, sent});
                }
            } else if (!rules.nat || nat.inbound(event.packet, now) == sim::NatVerdict::Forward) {
                for (const auto& [id, local] : sockets) {
                    if (local != event.packet.to) continue;
                    machine.on_datagram(id, event.packet.from, local.ip, event.packet.bytes, now);
                    break;
                }
            }
        }
        drain();
    }
    for (std::size_t i = 0; i < started.size(); ++i) {
        int count = 0;
        for (std::size_t j = i; j < started.size(); ++j) {
            count += started[j].second - started[i].second < std::chrono::seconds(1) ? 1 : 0;
        }
        result.most_new_in_a_second = std::max(result.most_new_in_a_second, count);
    }
    result.ledger = machine.ledger();
    result.elapsed = now - kEpoch;
    result.closed_all = machine.finished() && sockets.empty();
    return result;
}

}  // namespace portolan::discovery::audit_world
