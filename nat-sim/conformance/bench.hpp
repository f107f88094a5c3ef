#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nat-sim/conformance/check.hpp"
#include "nat-sim/conformance/packet.hpp"

namespace portolan::nat::conformance {

/// The networks of every check: documentation addresses (RFC 5737, RFC 3849).
TransportAddress host_a(std::uint16_t port = 5000);    // 192.168.1.10
TransportAddress host_b(std::uint16_t port = 5000);    // 192.168.1.11
TransportAddress server_1(std::uint16_t port = 7000);  // 198.51.100.1
TransportAddress server_2(std::uint16_t port = 7000);  // 198.51.100.2

/// Something that came out of the box, on which side, and whether every checksum in it was right.
struct Arrival {
    Side side = Side::Outside;
    Packet packet;
    bool checksums_ok = true;
};

struct Reaction {
    std::string reason;  ///< the box's own word
    std::vector<Arrival> arrivals;

    bool silent() const { return arrivals.empty(); }
    /// The first that came out there.
    const Packet* on(Side side) const;
    /// The first ICMP error that came out there.
    const Packet* error_on(Side side) const;
    bool checksums_ok() const;
};

/// One fresh box and a clock. Everything that happens goes into the transcript.
class Bench {
  public:
    /// `simulated` grows with the time that passes here.
    Bench(const Subject& subject, const BoxAddresses& addresses, std::vector<std::string>& log,
          Time& simulated);

    Time now() const { return now_; }
    Reaction send(Side from, const Packet& packet);
    /// Leaves nothing in the transcript: for floods, which a remark() sums up.
    Reaction send_quietly(Side from, const Packet& packet);
    void remark(const std::string& line) { note(line); }
    Reaction send_bytes(Side from, Bytes bytes, const std::string& description);
    /// Virtual time passes; what it made the box send.
    Reaction wait(Time duration);

    /// The outside endpoint that a packet from `inside` to `remote` leaves with; nothing when it
    /// does not leave, or leaves damaged.
    std::optional<TransportAddress> udp_out(const TransportAddress& inside,
                                            const TransportAddress& remote);
    std::optional<TransportAddress> tcp_out(const TransportAddress& inside,
                                            const TransportAddress& remote,
                                            std::uint8_t flags = kSyn);
    std::optional<TransportAddress> echo_out(const TransportAddress& inside,
                                             const TransportAddress& remote);
    std::optional<TransportAddress> out(Protocol protocol, const TransportAddress& inside,
                                        const TransportAddress& remote);
    /// Whether a packet from `remote` to the outside endpoint reaches `inside` unharmed.
    bool udp_in(const TransportAddress& remote, const TransportAddress& outside,
                const TransportAddress& inside);
    bool tcp_in(const TransportAddress& remote, const TransportAddress& outside,
                const TransportAddress& inside, std::uint8_t flags);
    bool echo_in(const TransportAddress& remote, const TransportAddress& outside,
                 const TransportAddress& inside);
    /// Three-way handshake from inside; the outside endpoint.
    std::optional<TransportAddress> connect(const TransportAddress& inside,
                                            const TransportAddress& remote);

  private:
    Reaction collect(const std::string& what, const Outcome& outcome, const Bytes& bytes);
    void note(const Arrival& arrival);
    void note(const std::string& line);

    std::unique_ptr<Device> device_;
    Time now_{0};
    std::vector<std::string>* log_;
    Time* simulated_;
};

/// What a check works with.
class Trial {
  public:
    explicit Trial(const Subject& subject) : subject_(&subject) {}

    const Subject& subject() const { return *subject_; }
    const Parameters& parameters() const { return subject_->parameters; }
    /// A fresh box with one outside address (several where addresses map one to one).
    Bench bench();
    /// With a pool of outside addresses that are not next to each other.
    Bench bench_with_pool();
    Bench bench_with(const BoxAddresses& addresses);
    BoxAddresses addresses() const;
    const std::vector<std::string>& transcript() const { return transcript_; }
    /// Of all benches together.
    Time simulated() const { return simulated_; }

  private:
    const Subject* subject_;
    std::vector<std::string> transcript_;
    Time simulated_{0};
};

Packet udp_packet(const TransportAddress& source, const TransportAddress& destination,
                  std::size_t payload_bytes = 4);
Packet tcp_packet(const TransportAddress& source, const TransportAddress& destination,
                  std::uint8_t flags);
/// The port of both ends becomes the identifier of the source.
Packet echo_packet(const TransportAddress& source, const TransportAddress& destination,
                   bool reply = false);
/// An ICMP error about `about`, cut to its header and eight bytes (RFC 792) unless told otherwise.
Packet icmp_error(const IpAddress& source, const IpAddress& destination, std::uint8_t type,
                  std::uint8_t code, const Packet& about, bool whole = false);
/// The datagram inside an ICMP error.
std::optional<Dissected> embedded(const Packet& error);

/// Why a check is not applicable, or nothing.
std::optional<Judgement> needs_translation(const Trial& trial);
std::optional<Judgement> needs_udp(const Trial& trial);
std::optional<Judgement> needs_tcp(const Trial& trial);
std::optional<Judgement> needs_icmp(const Trial& trial);
std::optional<Judgement> needs_shared_addresses(const Trial& trial);
std::optional<Judgement> needs_nat64(const Trial& trial);
std::optional<Judgement> needs_carrier(const Trial& trial);

/// "203.0.113.1:5000", or "nothing".
std::string shown(const std::optional<TransportAddress>& endpoint);

}  // namespace portolan::nat::conformance
