#include "probe/discovery/recording_machine.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "probe/discovery/reply_flaw.hpp"

namespace portolan::discovery {

RecordingMachine::RecordingMachine(Basis basis)
    : entropy_(basis.seed, std::move(basis.random)),
      pacer_(basis.pacer ? std::move(basis.pacer) : std::make_shared<TransactionPacer>()),
      bind_ip_(basis.bind_ip) {
    ledger_.family = basis.family;
    ledger_.seed = basis.seed;
    ledger_.route_local_ip = basis.bind_ip;
}

void RecordingMachine::on_socket(SocketId id, const TransportAddress& local, Time now) {
    if (finished_) return;
    opened_.push_back(id);
    ledger_.sockets.push_back({id, local});
    advance(now);
}

void RecordingMachine::on_socket_failed(SocketId id, const FaultReport& fault, Time now) {
    if (finished_) return;
    ledger_.socket_faults.push_back({now, fault});
    on_missing_socket(id, now);
}

void RecordingMachine::on_missing_socket(SocketId, Time now) {
    finish(now, false);
}

void RecordingMachine::on_datagram(SocketId id, const TransportAddress& source,
                                   const std::optional<IpAddress>& local_ip,
                                   std::span<const std::byte> bytes, Time now) {
    if (finished_) return;
    const auto message = stun::MessageView::parse(bytes);
    if (!message) return stray(source, bytes, "not STUN: " + message.error().message, now);
    if (message->method() != stun::Method::Binding) {
        return stray(source, bytes, "of another method than Binding", now);
    }
    const stun::TransactionId transaction = message->transaction_id();
    const auto match =
        std::find_if(ledger_.probes.begin(), ledger_.probes.end(),
                     [&](const Probe& candidate) { return candidate.id == transaction; });
    if (match == ledger_.probes.end()) return stray(source, bytes, "unknown transaction id", now);
    if (!answers(*match, id, *message)) return stray(source, bytes, "reply on another socket", now);
    ++match->arrival_count;
    if (match->arrivals.size() < kMaxArrivals) {
        Arrival& arrival = match->arrivals.emplace_back();
        // What arrives in the microsecond of a packet already sent comes after it: the order
        // decides whether a filter was open before.
        arrival.at = std::max(now, last_sent_ + Duration(1));
        last_arrival_ = std::max(last_arrival_, arrival.at);
        arrival.socket = id;
        arrival.source = source;
        arrival.local_ip = local_ip;
        arrival.bytes.assign(bytes.begin(), bytes.end());
        arrival.decode(*message);
        note_arrival(ledger_, *match, arrival);
    }
    advance(now);
}

void RecordingMachine::on_oversized(SocketId, const TransportAddress& source,
                                    std::span<const std::byte> head, std::size_t size_bytes,
                                    Time now) {
    if (finished_) return;
    stray(source, head,
          "a datagram of " + std::to_string(size_bytes) + " bytes, too long to be read", now);
}

/// Unusable, but with the transaction id of a request: somebody who has seen that answers it.
void RecordingMachine::stray(const TransportAddress& source, std::span<const std::byte> bytes,
                             std::string what, Time now) {
    ++ledger_.stray_count;
    ProbeId answers = -1;
    stun::TransactionId id;
    constexpr std::size_t kIdAt = 4;  // RFC 8489 s5: behind type and length
    if (bytes.size() >= kIdAt + id.octets.size()) {
        std::copy_n(bytes.begin() + kIdAt, id.octets.size(), id.octets.begin());
        for (std::size_t i = 0; i < ledger_.probes.size(); ++i) {
            if (ledger_.probes[i].id == id) answers = static_cast<ProbeId>(i);
        }
    }
    // However much noise there is, that a request was answered is never lost.
    const bool news =
        answers >= 0 &&
        std::none_of(ledger_.strays.begin(), ledger_.strays.end(), [&](const Stray& known) {
            return known.answers == answers && known.source == source;
        });
    if (ledger_.strays.size() < (news ? kMaxStraysInAll : kMaxStrays)) {
        ledger_.strays.push_back({now, source, std::move(what), answers});
    }
    // The time may have come for something else.
    advance(now);
}

void RecordingMachine::on_fault(SocketId id, const TransportAddress& to, const FaultReport& fault,
                                Time now) {
    if (finished_) return;
    constexpr std::size_t kMaxFaults = 16;
    for (Probe& candidate : ledger_.probes) {
        if (candidate.socket != id || candidate.destination != to) continue;
        if (candidate.faults.size() < kMaxFaults) candidate.faults.push_back({now, fault});
    }
    advance(now);
}

void RecordingMachine::on_stream(StreamId id, const StreamReport& report, Time now) {
    if (finished_) return;
    for (StreamRecord& stream : ledger_.streams) {
        if (stream.id != id) continue;
        if (!stream.ended) {
            stream.started += report.held_back;
            stream.ended = now;
            stream.report = report;
        } else if (stream.report->reply.empty()) {
            stream.report->reply = report.reply;
        }
    }
    advance(now);
}

void RecordingMachine::on_time(Time now) {
    if (!finished_) advance(now);
}

void RecordingMachine::cancel(Time now) {
    if (!finished_) finish(now, true);
}

std::vector<Action> RecordingMachine::take_actions() {
    return std::exchange(actions_, {});
}

SocketId RecordingMachine::open_socket(std::uint16_t port) {
    const SocketId id = next_socket_++;
    actions_.emplace_back(
        OpenSocket{id, ledger_.family, bind_ip_, port != 0 ? port : entropy_.port()});
    return id;
}

bool RecordingMachine::is_open(SocketId id) const {
    return std::find(opened_.begin(), opened_.end(), id) != opened_.end();
}

Probe& RecordingMachine::add_probe(Role role, SocketId socket, const TransportAddress& to) {
    Probe fresh;
    fresh.role = role;
    fresh.socket = socket;
    fresh.destination = to;  // `to` may be a field of a probe that moves below
    fresh.id = entropy_.transaction_id();
    return ledger_.probes.emplace_back(std::move(fresh));
}

void RecordingMachine::send(Probe& probe, Time now) {
    // And what is sent in it after that has not been sent before.
    last_sent_ = std::max(now, last_arrival_);
    probe.sent.push_back(last_sent_);
    actions_.emplace_back(SendDatagram{probe.socket, probe.destination, probe.request});
}

void RecordingMachine::open_stream(TryStream attempt, int server, Time now) {
    ledger_.streams.push_back({.id = attempt.id,
                               .server = server,
                               .to = attempt.to,
                               .tls = attempt.tls,
                               .request = attempt.request,
                               .started = now,
                               .ended = {},
                               .report = {}});
    // From another address it would take another way, and show nothing of this one.
    attempt.bind_ip = bind_ip_;
    actions_.emplace_back(std::move(attempt));
}

void RecordingMachine::finish(Time now, bool cut_off) {
    ledger_.ended = now;
    ledger_.cut_off = cut_off;
    finished_ = true;
    for (const SocketId id : opened_)
        actions_.emplace_back(CloseSocket{id});
}

std::vector<std::byte> binding_request(const Probe& probe) {
    std::array<std::byte, 64> buffer{};
    stun::MessageWriter writer(buffer, stun::MessageClass::Request, stun::Method::Binding,
                               probe.id);
    if (probe.change_ip || probe.change_port) {
        writer.add_change_request(probe.change_ip, probe.change_port);
    }
    if (probe.response_port) {
        writer.add_u16(stun::AttributeType::ResponsePort, *probe.response_port);
    }
    return {writer.bytes().begin(), writer.bytes().end()};
}

}  // namespace portolan::discovery
