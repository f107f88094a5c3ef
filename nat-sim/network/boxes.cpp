#include "nat-sim/network/boxes.hpp"

#include <utility>

#include "nat-sim/network/fabric.hpp"
#include "nat-sim/network/ip.hpp"

namespace portolan::sim {
namespace {

// A NAT holds an unsolicited SYN for 6 s (RFC 5382 REQ-4) and a fragment for a minute at most (RFC
// 8200 s4.5).
constexpr SimDuration kLongestHold = std::chrono::seconds(62);
constexpr SimDuration kDueInterval = std::chrono::seconds(1);

}  // namespace
void Router::receive(Interface& in, Packet packet) {
    const auto header = parse_ip(packet.bytes);
    if (!header) return fabric_.drop(DropReason::Malformed, packet, this, &in);
    if (owns(header->destination)) return answer_locally(in, packet, *header);
    if (reduce_ttl(in, packet)) forward(in, std::move(packet));
}

Firewall::Firewall(Fabric& fabric, std::string name, const FirewallRules& rules)
    : Node(fabric, std::move(name)), engine_(std::make_unique<FirewallEngine>(rules)) {}
Firewall::~Firewall() = default;

void Firewall::set_rules(const FirewallRules& rules) {
    engine_->set_rules(rules);
}

void Firewall::reboot() {
    engine_->forget();
}

void Firewall::receive(Interface& in, Packet packet) {
    const auto header = parse_ip(packet.bytes);
    if (!header) return fabric_.drop(DropReason::Malformed, packet, this, &in);
    if (owns(header->destination)) return answer_locally(in, packet, *header);
    const auto route = route_to(header->destination);
    // What stays on one side does not cross the wall.
    const bool crosses = !route || route->interface->side() != in.side();
    if (crosses) {
        const auto decision = engine_->decide(in.side(), packet.bytes, fabric_.events.now());
        if (!decision.passes) {
            fabric_.drop(DropReason::Filtered, packet, this, &in, decision.reason);
            if (decision.refusal == Refusal::Drop) return;
            if (decision.refusal == Refusal::RejectPort && header->protocol == kProtocolTcp) {
                const ByteVector reset = make_tcp_reset(packet.bytes, *header);
                if (!reset.empty()) originate(reset);
                return;
            }
            return send_icmp_error(in, packet.bytes,
                                   decision.refusal == Refusal::RejectPort
                                       ? icmp_port_unreachable(header->family)
                                       : icmp_prohibited(header->family));
        }
    }
    if (reduce_ttl(in, packet)) forward(in, std::move(packet));
}

NatBox::NatBox(Fabric& fabric, std::string name, std::unique_ptr<PacketProcessor> processor)
    : Node(fabric, std::move(name)), processor_(std::move(processor)) {}
NatBox::~NatBox() = default;

void NatBox::reboot() {
    processor_->reboot(fabric_.events.now());
}

RouteLimit NatBox::limit_of_answers(const Interface& in) const {
    return {.side = in.side()};
}

void NatBox::receive(Interface& in, Packet packet) {
    // Errors about what comes out have to quote what the sender sent.
    const ByteVector original = packet.bytes;
    auto outcome = processor_->process(in.side(), packet.bytes, fabric_.events.now());
    if (outcome.action == PacketProcessor::Action::Forward) {
        fabric_.note(PacketStep::Translated, packet, this, &in, outcome.reason);
        send_out(outcome.out, std::move(packet), &in, original);
    } else {
        const bool is_kept = outcome.action == PacketProcessor::Action::Consume;
        fabric_.end(is_kept ? PacketStep::Delivered : PacketStep::Dropped,
                    is_kept ? std::nullopt : std::optional(DropReason::Translator), packet.id,
                    packet.bytes, this, &in, outcome.reason);
        asks_until_ = fabric_.events.now() + kLongestHold;
        if (!is_asking_) ask_for_due();
    }
    for (PacketProcessor::Emission& emission : outcome.extra)
        send_extra(std::move(emission), &in);
}

void NatBox::send_extra(PacketProcessor::Emission emission, Interface* in) {
    send_out(emission.out, fabric_.begin(PacketStep::Originated, std::move(emission.bytes), this),
             in, {});
}

class NatBox::AskForDue final : public Action {
  public:
    explicit AskForDue(NatBox& box) : box_(box) {}
    void run() override {
        for (auto& emission : box_.processor_->take_due(box_.fabric_.events.now()))
            box_.send_extra(std::move(emission), nullptr);
        box_.ask_for_due();
    }

  private:
    NatBox& box_;
};

void NatBox::ask_for_due() {
    is_asking_ = fabric_.events.now() < asks_until_;
    if (is_asking_) fabric_.events.post(kDueInterval, std::make_unique<AskForDue>(*this));
}

void NatBox::send_out(Side side, Packet packet, Interface* in,
                      std::span<const std::byte> original) {
    const auto header = parse_ip(packet.bytes);
    if (!header) return fabric_.drop(DropReason::Malformed, packet, this, in);
    const auto route = route_to(header->destination, {.side = side});
    if (!route) {
        fabric_.drop(DropReason::NoRoute, packet, this, in);
        if (!original.empty()) send_icmp_error(*in, original, icmp_no_route(header->family));
        return;
    }
    Interface& out = *route->interface;
    const std::size_t mtu = out.mtu_bytes();
    if (header->dont_fragment && header->total_bytes > mtu && !original.empty()) {
        fabric_.drop(DropReason::TooBig, packet, this, &out);
        const auto sent = parse_quoted_ip(original);
        // RFC 7915 s4.2 and s5.2: translated between the families the room differs by 20 octets.
        std::size_t announced = mtu;
        if (sent && sent->family != header->family) {
            announced = header->family == AddressFamily::IPv4 ? mtu + 20 : mtu - 20;
        }
        if (sent) send_icmp_error(*in, original, icmp_too_big(sent->family, announced));
        return;
    }
    transmit(out, route->gateway.value_or(header->destination), std::move(packet), nullptr);
}

}  // namespace portolan::sim
