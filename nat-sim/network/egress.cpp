#include "nat-sim/network/egress.hpp"

#include <algorithm>
#include <utility>

#include "nat-sim/network/capture.hpp"
#include "nat-sim/network/node.hpp"

namespace portolan::sim {
namespace {

class Arrival final : public Action {
  public:
    Arrival(Fabric& fabric, const Medium& medium, Interface& to, Packet packet)
        : fabric_(fabric),
          medium_(medium),
          to_(to),
          packet_(std::move(packet)),
          outage_count_(medium.outage_count()) {}

    void run() override {
        if (!medium_.is_up() || medium_.outage_count() != outage_count_ || !to_.is_up()) {
            return fabric_.drop(DropReason::LinkDown, packet_, nullptr, &to_);
        }
        if (to_.capture() != nullptr) to_.capture()->add(fabric_.events.now(), packet_.bytes);
        to_.node().receive(to_, std::move(packet_));
    }

  private:
    Fabric& fabric_;
    const Medium& medium_;
    Interface& to_;
    Packet packet_;
    std::uint64_t outage_count_;
};

}  // namespace

std::optional<SimTime> Egress::enqueue(std::size_t size_bytes) {
    const SimTime now = fabric_.events.now();
    if (!options_.rate_bits_per_s || *options_.rate_bits_per_s == 0) return now;
    while (!waiting_.empty() && waiting_.front().departs_at <= now) {
        waiting_bytes_ -= waiting_.front().size_bytes;
        waiting_.pop_front();
    }
    if (options_.queue_packets && waiting_.size() >= *options_.queue_packets) return std::nullopt;
    if (options_.queue_bytes && waiting_bytes_ + size_bytes > *options_.queue_bytes) {
        return std::nullopt;
    }
    constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
    // Up to 64 KiB x 8 x 10^9 is well below 2^64.
    const std::uint64_t nanoseconds =
        size_bytes * 8 * kNanosecondsPerSecond / *options_.rate_bits_per_s;
    free_at_ = std::max(free_at_, now) + SimDuration(static_cast<std::int64_t>(nanoseconds));
    waiting_.push_back({free_at_, size_bytes});
    waiting_bytes_ += size_bytes;
    return free_at_;
}

std::optional<DropReason> Egress::lose() {
    if (options_.burst_loss) {
        const GilbertElliott& model = *options_.burst_loss;
        if (draws_.chance(is_bad_ ? model.bad_to_good : model.good_to_bad)) is_bad_ = !is_bad_;
        if (draws_.chance(is_bad_ ? model.loss_in_bad : model.loss_in_good)) {
            return DropReason::BurstLoss;
        }
    }
    if (draws_.chance(options_.loss)) return DropReason::Loss;
    return std::nullopt;
}

void Egress::send(Interface& to, Packet packet) {
    const auto departure = enqueue(packet.bytes.size());
    if (!departure) return fabric_.drop(DropReason::QueueFull, packet, nullptr, &to);
    // A lost packet has used the line all the same.
    if (const auto reason = lose()) return fabric_.drop(*reason, packet, nullptr, &to);
    const bool is_doubled = draws_.chance(options_.duplicate);
    if (is_doubled) {
        launch(to, fabric_.begin(PacketStep::Duplicated, packet.bytes, nullptr), *departure);
    }
    launch(to, std::move(packet), *departure);
}

void Egress::launch(Interface& to, Packet packet, SimTime departure) {
    SimTime arrival = departure + options_.delay;
    if (options_.jitter.count() > 0) {
        const auto extra = draws_.fraction() * static_cast<double>(options_.jitter.count());
        arrival += SimDuration(static_cast<std::int64_t>(extra));
    }
    const bool is_held = draws_.chance(options_.reorder);
    if (is_held) arrival += options_.reorder_delay;
    if (!options_.jitter_reorders && !is_held) {
        arrival = std::max(arrival, last_arrival_);
        last_arrival_ = arrival;
    }
    fabric_.events.post(arrival - fabric_.events.now(),
                        std::make_unique<Arrival>(fabric_, medium_, to, std::move(packet)));
}

}  // namespace portolan::sim
