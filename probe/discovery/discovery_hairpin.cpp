#include <algorithm>

#include "probe/discovery/discovery.hpp"
#include "probe/discovery/discovery_timing.hpp"
#include "probe/discovery/observations.hpp"

namespace portolan::discovery {

namespace {

using std::chrono::milliseconds;

}  // namespace

/// RFC 5780 s3.4 between two sockets that have opened their doors to each other, so that filtering
/// cannot be mistaken for missing hairpinning.
void Discovery::advance_hairpin(Time now) {
    hairpin_done_ = true;
    if (!config_.hairpin) return;
    hairpin_done_ = false;
    if (!mapping_done_ || !filtering_done_ || !controls_done_) return;
    const auto first =
        std::find_if(ledger_.probes.begin(), ledger_.probes.end(), [&](const Probe& candidate) {
            return candidate.socket == map_attempts_.front().socket &&
                   first_answer(ledger_, candidate) != nullptr;
        });
    if (first == ledger_.probes.end()) {
        hairpin_done_ = true;
        return;
    }
    const TransportAddress server = first->destination;
    const int server_index = first->server;
    const auto mapped = last_answer(ledger_, *first)->mapped_xor;
    if (hairpin_socket_ == 0) hairpin_socket_ = open_socket();
    if (is_failed(hairpin_socket_)) {
        hairpin_done_ = true;
        return;
    }
    if (!is_open(hairpin_socket_)) return;
    if (hairpin_control_ < 0) {
        if (!take_places(1, now)) return;
        hairpin_control_ =
            begin(Role::HairpinControl, hairpin_socket_, server_index, 0, server, now);
    }
    if (!answered(hairpin_control_)) {
        hairpin_done_ = given_up(hairpin_control_, now);
        return;
    }
    stop(hairpin_control_);
    if (hairpin_in_ < 0) {
        if (!take_places(2, now)) return;
        const auto own = mapped_of(ledger_, hairpin_control_);
        hairpin_in_ = begin(Role::Hairpin, hairpin_socket_, server_index, 0, *mapped, now);
        hairpin_out_ =
            begin(Role::Hairpin, map_attempts_.front().socket, server_index, 1, *own, now);
    }
    const bool arrived =
        !probe(hairpin_in_).arrivals.empty() || !probe(hairpin_out_).arrivals.empty();
    constexpr Duration kHairpinWait = milliseconds(300);
    const Probe& in = probe(hairpin_in_);
    const bool silent =
        static_cast<int>(in.sent.size()) >= copy_limit(in) && now - in.sent.back() >= kHairpinWait;
    hairpin_done_ = arrived || silent;
}

}  // namespace portolan::discovery
