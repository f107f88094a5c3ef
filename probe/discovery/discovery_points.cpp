#include <algorithm>

#include "probe/discovery/discovery.hpp"
#include "probe/discovery/discovery_timing.hpp"
#include "probe/discovery/observations.hpp"

// Nothing comes back over UDP, while a server answers STUN over TCP or TLS. Its other port and
// address, which it names there, tell a blocked UDP from a blocked port and from a blocked server.
namespace portolan::discovery {

namespace {

using std::chrono::milliseconds;

bool has_answer(const Probe& probe) {
    return std::any_of(probe.arrivals.begin(), probe.arrivals.end(),
                       [&](const Arrival& arrival) { return is_response(probe, arrival); });
}

std::optional<Time> first_fault(const Probe& probe) {
    for (const Fault& fault : probe.faults) {
        if (fault.report.fault != NetworkFault::Other) return fault.at;
    }
    return std::nullopt;
}

}  // namespace

/// The first server that names another address and port over a stream, and the points to ask.
std::vector<Discovery::OtherPoint> Discovery::other_points() const {
    for (const StreamRecord& stream : ledger_.streams) {
        const TransportAddress own =
            config_.servers[static_cast<std::size_t>(stream.server)].address;
        const auto named = stream.to.ip == own.ip ? stream.other_address() : std::nullopt;
        if (!named) continue;
        const TransportAddress other = as_seen_here(ledger_, own.ip, *named);
        if (other.family() != own.family() || other.ip == own.ip || other.port == own.port ||
            !is_plausible_other(ledger_, *named, own)) {
            continue;
        }
        // The other port first: servers of several networks show other addresses themselves.
        return {{stream.server, {own.ip, other.port}},
                {stream.server, other},
                {stream.server, {other.ip, own.port}}};
    }
    return {};
}

void Discovery::ask_other_points(Time now) {
    const bool heard =
        std::any_of(ledger_.probes.begin(), ledger_.probes.end(), [](const Probe& candidate) {
            return candidate.role != Role::OtherPoint && has_answer(candidate);
        });
    // What answers over UDP after all is looked at by the usual means.
    if (heard) points_.clear();
    const bool refused =
        std::any_of(ledger_.probes.begin(), ledger_.probes.end(),
                    [](const Probe& candidate) { return first_fault(candidate).has_value(); });
    const bool late = refused || now - ledger_.started >= kPatience;
    if (!heard && points_.empty() && !points_asked_ && late) {
        points_ = other_points();
        points_asked_ = !points_.empty();
        // The first second has room for ten transactions; what they leave is enough for the port.
        if (config_.servers.size() > 2 && points_.size() > 2) points_.resize(2);
    }
    while (!points_.empty() && take_places(1, now)) {
        const OtherPoint point = points_.front();
        points_.erase(points_.begin());
        begin(Role::OtherPoint, map_attempts_.front().socket, point.server, 0, point.to, now);
    }
    for (std::size_t i = 0; i < ledger_.probes.size(); ++i) {
        const Probe& candidate = ledger_.probes[i];
        if (candidate.role == Role::OtherPoint && (heard || has_answer(candidate))) {
            stop(static_cast<ProbeId>(i));
        }
    }
}

/// Has every point answered, been refused, or been silent for long enough?
bool Discovery::points_settled(Time now) {
    bool settled = points_.empty();
    for (const Probe& candidate : ledger_.probes) {
        if (candidate.role != Role::OtherPoint || has_answer(candidate)) continue;
        const auto refused = first_fault(candidate);
        Duration longest{};
        for (const StreamRecord& stream : ledger_.streams) {
            if (stream.ended && shows_host(stream)) {
                longest = std::max(longest, *stream.ended - stream.started);
            }
        }
        const Time at = refused ? *refused + kFaultSettles
                                : candidate.sent.front() +
                                      std::max(kPointSilentAfter, 4 * longest + milliseconds(100));
        if (now >= at) continue;
        settled = false;
        decide_by(at);
    }
    return settled;
}

}  // namespace portolan::discovery
