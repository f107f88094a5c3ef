#include "nat-sim/conformance/bench.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace portolan::nat::conformance {
namespace {

constexpr std::size_t kEmbeddedPayloadBytes = 8;     // RFC 792
constexpr std::uint32_t kFirstOutside = 0xCB007101;  // 203.0.113.1

TransportAddress endpoint(std::array<std::uint8_t, 4> octets, std::uint16_t port) {
    return {IpAddress::v4(octets), port};
}

class SimulatedNat final : public Device {
  public:
    SimulatedNat(const Parameters& parameters, const BoxAddresses& addresses, std::uint64_t seed)
        : nat_(parameters, addresses, seed) {}

    Outcome process(Side from, std::vector<std::byte>& packet, Time now) override {
        return nat_.process(from, packet, now);
    }
    std::vector<Emission> take_due(Time now) override {
        nat_.advance(now);
        return nat_.take_due(now);
    }

  private:
    Nat nat_;
};

std::string_view side_name(Side side) {
    return side == Side::Inside ? "inside" : "outside";
}

std::string time_text(Time time) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
    std::string digits = std::to_string(ms % 1000);
    digits.insert(0, 3 - digits.size(), '0');
    return std::to_string(ms / 1000) + "." + digits + " s";
}

}  // namespace

std::unique_ptr<Device> make_simulated_nat(const Parameters& parameters,
                                           const BoxAddresses& addresses, std::uint64_t seed) {
    return std::make_unique<SimulatedNat>(parameters, addresses, seed);
}

Judgement meets(std::string came) {
    return {Status::Meets, std::move(came)};
}
Judgement violates(std::string came) {
    return {Status::Violates, std::move(came)};
}
Judgement not_applicable(std::string why) {
    return {Status::NotApplicable, std::move(why)};
}

TransportAddress host_a(std::uint16_t port) {
    return endpoint({192, 168, 1, 10}, port);
}
TransportAddress host_b(std::uint16_t port) {
    return endpoint({192, 168, 1, 11}, port);
}
TransportAddress server_1(std::uint16_t port) {
    return endpoint({198, 51, 100, 1}, port);
}
TransportAddress server_2(std::uint16_t port) {
    return endpoint({198, 51, 100, 2}, port);
}

const Packet* Reaction::on(Side side) const {
    const auto found = std::find_if(arrivals.begin(), arrivals.end(),
                                    [&](const Arrival& arrival) { return arrival.side == side; });
    return found == arrivals.end() ? nullptr : &found->packet;
}

const Packet* Reaction::error_on(Side side) const {
    const auto found = std::find_if(arrivals.begin(), arrivals.end(), [&](const Arrival& arrival) {
        return arrival.side == side && arrival.packet.is_icmp_error();
    });
    return found == arrivals.end() ? nullptr : &found->packet;
}

bool Reaction::checksums_ok() const {
    return std::all_of(arrivals.begin(), arrivals.end(),
                       [](const Arrival& arrival) { return arrival.checksums_ok; });
}

Bench::Bench(const Subject& subject, const BoxAddresses& addresses, std::vector<std::string>& log,
             Time& simulated)
    : device_(subject.make(subject.parameters, addresses, subject.seed)),
      log_(&log),
      simulated_(&simulated) {
    log_->emplace_back(log_->empty() ? "a fresh box" : "another fresh box");
}

void Bench::note(const std::string& line) {
    log_->push_back(time_text(now_) + "  " + line);
}

void Bench::note(const Arrival& arrival) {
    note("    out " + std::string(side_name(arrival.side)) + ": " + to_text(arrival.packet) +
         (arrival.checksums_ok ? "" : ", CHECKSUM WRONG"));
}

Reaction Bench::collect(const std::string& what, const Outcome& outcome, const Bytes& bytes) {
    Reaction out;
    out.reason = std::string(to_string(outcome.reason));
    note(what + "  (" + out.reason + ")");
    const auto add = [&](Side side, const Bytes& datagram) {
        const auto read = dissect(datagram);
        if (!read) {
            note("    out " + std::string(side_name(side)) + ": something unreadable");
            return;
        }
        out.arrivals.push_back(
            {side, read->packet, read->ip_checksum_ok && read->transport_checksum_ok});
        note(out.arrivals.back());
    };
    if (outcome.action == Action::Forward) add(outcome.out, bytes);
    for (const Emission& emission : outcome.extra)
        add(emission.out, emission.bytes);
    if (out.silent()) note("    nothing comes out");
    return out;
}

Reaction Bench::send_bytes(Side from, Bytes bytes, const std::string& description) {
    const std::string what = "in " + std::string(side_name(from)) + ": " + description;
    Outcome outcome = device_->process(from, bytes, now_);
    return collect(what, outcome, bytes);
}

Reaction Bench::send(Side from, const Packet& packet) {
    return send_bytes(from, encode(packet), to_text(packet));
}

Reaction Bench::send_quietly(Side from, const Packet& packet) {
    std::vector<std::string> unread;
    std::vector<std::string>* const log = std::exchange(log_, &unread);
    Reaction out = send(from, packet);
    log_ = log;
    return out;
}

Reaction Bench::wait(Time duration) {
    now_ += duration;
    *simulated_ += duration;
    Reaction out;
    note("after " + time_text(duration));
    for (const Emission& emission : device_->take_due(now_)) {
        const auto read = dissect(emission.bytes);
        if (!read) continue;
        out.arrivals.push_back(
            {emission.out, read->packet, read->ip_checksum_ok && read->transport_checksum_ok});
        note(out.arrivals.back());
    }
    return out;
}

namespace {

/// The outside endpoint of what was forwarded, if it is what was sent.
std::optional<TransportAddress> outside_endpoint(const Reaction& reaction, const Packet& sent) {
    const Packet* seen = reaction.on(Side::Outside);
    if (seen == nullptr || !reaction.checksums_ok() || seen->protocol != sent.protocol ||
        seen->destination.ip != sent.destination.ip || seen->payload != sent.payload ||
        (!sent.is_icmp_query() && seen->destination.port != sent.destination.port)) {
        return std::nullopt;
    }
    return seen->source;
}

bool reached(const Reaction& reaction, const Packet& sent, const TransportAddress& inside) {
    const Packet* seen = reaction.on(Side::Inside);
    return seen != nullptr && reaction.checksums_ok() && seen->protocol == sent.protocol &&
           seen->destination == inside && seen->source.ip == sent.source.ip &&
           (sent.is_icmp_query() || seen->source.port == sent.source.port) &&
           seen->payload == sent.payload;
}

}  // namespace

std::optional<TransportAddress> Bench::udp_out(const TransportAddress& inside,
                                               const TransportAddress& remote) {
    const Packet packet = udp_packet(inside, remote);
    return outside_endpoint(send(Side::Inside, packet), packet);
}

std::optional<TransportAddress> Bench::tcp_out(const TransportAddress& inside,
                                               const TransportAddress& remote, std::uint8_t flags) {
    const Packet packet = tcp_packet(inside, remote, flags);
    return outside_endpoint(send(Side::Inside, packet), packet);
}

std::optional<TransportAddress> Bench::echo_out(const TransportAddress& inside,
                                                const TransportAddress& remote) {
    const Packet packet = echo_packet(inside, remote);
    return outside_endpoint(send(Side::Inside, packet), packet);
}

std::optional<TransportAddress> Bench::out(Protocol protocol, const TransportAddress& inside,
                                           const TransportAddress& remote) {
    return protocol == Protocol::Tcp ? tcp_out(inside, remote) : udp_out(inside, remote);
}

bool Bench::udp_in(const TransportAddress& remote, const TransportAddress& outside,
                   const TransportAddress& inside) {
    const Packet packet = udp_packet(remote, outside);
    return reached(send(Side::Outside, packet), packet, inside);
}

bool Bench::tcp_in(const TransportAddress& remote, const TransportAddress& outside,
                   const TransportAddress& inside, std::uint8_t flags) {
    const Packet packet = tcp_packet(remote, outside, flags);
    return reached(send(Side::Outside, packet), packet, inside);
}

bool Bench::echo_in(const TransportAddress& remote, const TransportAddress& outside,
                    const TransportAddress& inside) {
    Packet packet = echo_packet({remote.ip, outside.port}, outside, true);
    return reached(send(Side::Outside, packet), packet, inside);
}

std::optional<TransportAddress> Bench::connect(const TransportAddress& inside,
                                               const TransportAddress& remote) {
    const auto outside = tcp_out(inside, remote, kSyn);
    if (!outside || !tcp_in(remote, *outside, inside, kSyn | kAck)) return std::nullopt;
    if (tcp_out(inside, remote, kAck) != outside) return std::nullopt;
    return outside;
}

BoxAddresses Trial::addresses() const {
    BoxAddresses out;
    out.inside_v4 = {Ipv4{0xC0A80101}};  // 192.168.1.1
    out.inside_prefix_v4 = {Ipv4{0xC0A80100}, 24};
    // One to one: the hosts are number 10 and 11 of the inside network.
    const unsigned count = parameters().kind.ipv4 == Translation::OneToOne ? 32 : 1;
    for (unsigned i = 0; i < count; ++i)
        out.outside_v4.push_back(Ipv4{kFirstOutside + i});
    out.inside_v6 = {Ipv6{{0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}};
    out.outside_v6 = {Ipv6{{0x20, 0x01, 0x0d, 0xb8, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}};
    out.inside_prefix_v6 = {Ipv6{{0xfd, 0, 0, 1}}, 48};
    out.outside_prefix_v6 = {Ipv6{{0x20, 0x01, 0x0d, 0xb8, 0, 3}}, 48};
    return out;
}

Bench Trial::bench() {
    return bench_with(addresses());
}

Bench Trial::bench_with_pool() {
    BoxAddresses pool = addresses();
    if (parameters().kind.ipv4 != Translation::OneToOne) {
        pool.outside_v4 = {Ipv4{kFirstOutside}, Ipv4{kFirstOutside + 4}, Ipv4{kFirstOutside + 32}};
    }
    return bench_with(pool);
}

Bench Trial::bench_with(const BoxAddresses& addresses) {
    return {*subject_, addresses, transcript_, simulated_};
}

Packet udp_packet(const TransportAddress& source, const TransportAddress& destination,
                  std::size_t payload_bytes) {
    Packet out;
    out.source = source;
    out.destination = destination;
    out.payload.assign(payload_bytes, std::byte{'p'});
    return out;
}

Packet tcp_packet(const TransportAddress& source, const TransportAddress& destination,
                  std::uint8_t flags) {
    Packet out;
    out.source = source;
    out.destination = destination;
    out.protocol = Protocol::Tcp;
    out.tcp_flags = flags;
    return out;
}

Packet echo_packet(const TransportAddress& source, const TransportAddress& destination,
                   bool reply) {
    Packet out;
    out.source = source;
    out.destination = {destination.ip, source.port};
    out.protocol = out.is_ipv6() ? Protocol::Icmpv6 : Protocol::Icmp;
    out.icmp_type = out.is_ipv6() ? (reply ? kV6EchoReply : kV6EchoRequest)
                                  : (reply ? kEchoReply : kEchoRequest);
    out.payload.assign(8, std::byte{'e'});
    return out;
}

Packet icmp_error(const IpAddress& source, const IpAddress& destination, std::uint8_t type,
                  std::uint8_t code, const Packet& about, bool whole) {
    Packet out;
    out.source = {source, 0};
    out.destination = {destination, 0};
    out.protocol = out.is_ipv6() ? Protocol::Icmpv6 : Protocol::Icmp;
    out.icmp_type = type;
    out.icmp_code = code;
    out.payload = encode(about);
    const std::size_t cut =
        (about.is_ipv6() ? 40U : 20U + about.ip_options.size()) + kEmbeddedPayloadBytes;
    if (!whole && out.payload.size() > cut) out.payload.resize(cut);
    return out;
}

std::optional<Dissected> embedded(const Packet& error) {
    return dissect(error.payload);
}

std::optional<Judgement> needs_translation(const Trial& trial) {
    const Translation ipv4 = trial.parameters().kind.ipv4;
    if (ipv4 != Translation::None && ipv4 != Translation::Off) return std::nullopt;
    return not_applicable("It translates no IPv4 addresses.");
}

std::optional<Judgement> needs_shared_addresses(const Trial& trial) {
    if (trial.parameters().kind.ipv4 == Translation::AddressAndPort) return std::nullopt;
    return not_applicable("Its inside hosts do not share outside addresses.");
}

std::optional<Judgement> needs_udp(const Trial& trial) {
    if (!trial.parameters().policy.udp) return not_applicable("It lets no UDP through.");
    return needs_translation(trial);
}

std::optional<Judgement> needs_tcp(const Trial& trial) {
    if (trial.parameters().policy.web_only) {
        return not_applicable("It lets TCP out to ports 80 and 443 only.");
    }
    return needs_translation(trial);
}

std::optional<Judgement> needs_icmp(const Trial& trial) {
    return needs_translation(trial);
}

std::optional<Judgement> needs_nat64(const Trial& trial) {
    if (trial.parameters().kind.ipv6 == Ipv6Mode::Nat64) return std::nullopt;
    return not_applicable("It is no NAT64.");
}

std::optional<Judgement> needs_carrier(const Trial& trial) {
    if (trial.subject().carrier_grade) return needs_udp(trial);
    return not_applicable("It is no carrier-grade NAT.");
}

std::string shown(const std::optional<TransportAddress>& endpoint) {
    return endpoint ? endpoint->to_string() : "nothing";
}

}  // namespace portolan::nat::conformance
