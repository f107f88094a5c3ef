#include <algorithm>

#include "probe/discovery/discovery.hpp"
#include "probe/discovery/discovery_timing.hpp"
#include "probe/discovery/filter_reading.hpp"
#include "probe/discovery/mapping_pattern.hpp"
#include "probe/discovery/observations.hpp"

namespace portolan::discovery {

namespace {

bool is_server_fault(FilterAnswer answer) {
    return answer == FilterAnswer::ServerIgnores || answer == FilterAnswer::ServerRejects ||
           answer == FilterAnswer::ServerWrongAddress || answer == FilterAnswer::ServerError ||
           answer == FilterAnswer::ServerFaulty;
}

}  // namespace

void Discovery::advance_filtering(Time now) {
    filtering_done_ = false;
    if (filter_server_ < 0) {
        if (unfit_[static_cast<std::size_t>(filter_attempts_.back().server)]) stop_filtering();
        filtering_done_ = !may_qualify(now);
        return;
    }
    FilterAttempt& attempt = filter_attempts_.back();
    const int index = static_cast<int>(filter_attempts_.size()) - 1;
    if (!attempt.sent) {
        if (is_failed(attempt.ip_port) || is_failed(attempt.port)) {
            filtering_done_ = true;
            return;
        }
        // With no time left for it, nothing would come of asking.
        if (filtering_given_up_ || is_used_up(now)) {
            filtering_given_up_ = true;
            filtering_done_ = true;
            return;
        }
        if (!is_open(attempt.ip_port) || !is_open(attempt.port) || !take_places(4, now)) return;
        attempt.sent = true;
        const TransportAddress server =
            config_.servers[static_cast<std::size_t>(attempt.server)].address;
        begin(Role::FilterControl, attempt.ip_port, attempt.server, index, server, now);
        begin(Role::FilterIpPort, attempt.ip_port, attempt.server, index, server, now);
        begin(Role::FilterControl, attempt.port, attempt.server, index, server, now);
        begin(Role::FilterPort, attempt.port, attempt.server, index, server, now);
    }
    if (!attempt.heard && rtt_range(ledger_, attempt.server)) {
        attempt.heard = true;
        hurry_filtering(now);
    }
    const FilterReading ip_port = read_filter(ledger_, Role::FilterIpPort, index, now);
    const FilterReading port = read_filter(ledger_, Role::FilterPort, index, now);
    const FilterReading second = read_filter(ledger_, Role::FilterIpPortAgain, index, now);
    if (is_server_fault(ip_port.answer) || is_server_fault(port.answer) ||
        is_server_fault(second.answer)) {
        unfit_[static_cast<std::size_t>(filter_server_)] = true;
        filter_server_ = -1;
        stop_filtering();
        filtering_done_ = !may_qualify(now);
        return;
    }
    const auto rtt = rtt_range(ledger_, filter_server_);
    const bool shared = attempt.ip_port == attempt.port;
    const bool open = ip_port.answer == FilterAnswer::Open;
    const bool port_open = port.answer == FilterAnswer::Open;
    // One socket let the other port in; whether it lets the other address in too has to be seen on
    // that very socket, for the other one may be treated differently (a forwarded port).
    const bool late = rtt && now >= probe(ip_port.change).sent.front() + reply_wait(*rtt);
    if (port_open && !open && late && !shared && !attempt.asked_again && take_places(1, now)) {
        attempt.asked_again = true;
        begin(Role::FilterIpPortAgain, attempt.port, attempt.server, index,
              probe(port.change).destination, now);
    }
    const FilterReading again = read_filter(ledger_, Role::FilterIpPortAgain, index, now);
    const bool compared =
        open || !port_open || shared ||
        (again.answer != FilterAnswer::NotSent && again.answer != FilterAnswer::Pending);
    filtering_done_ = ip_port.answer != FilterAnswer::Pending &&
                      (port.answer != FilterAnswer::Pending || (open && shared)) && compared;
    // Nothing comes of a socket that the NAT has no port for.
    if (has_deaf_socket(now)) filtering_done_ = true;
    if (!filtering_done_ && (filtering_given_up_ || is_used_up(now))) {
        filtering_given_up_ = true;
        filtering_done_ = true;
    }
    for (const FilterReading& reading : {ip_port, port, again}) {
        const bool wanted = reading.answer == FilterAnswer::Pending && !filtering_done_;
        for (const ProbeId id : {reading.control, reading.change}) {
            if (id < 0) continue;
            if (wanted) {
                resume(id, now);
            } else {
                stop(id);
            }
        }
        if (!wanted || !rtt || reading.change < 0) continue;
        for (const Time sent : probe(reading.change).sent) {
            const Time due = sent + reply_wait(*rtt);
            if (due > now) decide_by(due);
        }
    }
}

/// The copies that were held back while nothing had been heard are worth sending now.
void Discovery::hurry_filtering(Time now) {
    for (Flow& flow : flows_) {
        const Probe& subject = probe(flow.probe);
        if (!is_filter_role(subject.role) || subject.sent.empty()) continue;
        const bool shift = is_second_filter_socket(subject.socket);
        const Duration wait = shift ? kDenseSpacing / 2 : Duration(0);
        flow.next = std::min(flow.next, std::max(now + wait, subject.sent.back() + kDenseSpacing));
    }
}

/// All copies of the attempt are sent and their replies due, or half the time is over: the mapping
/// is worth more than to go on.
bool Discovery::is_used_up(Time now) const {
    const int index = static_cast<int>(filter_attempts_.size()) - 1;
    const auto rtt = rtt_range(ledger_, filter_server_);
    if (!rtt || config_.sabotage.single_copy) return false;
    if (now - ledger_.started >= config_.budget / 2 && map_server_ >= 0) return true;
    bool any = false;
    for (const Flow& flow : flows_) {
        const Probe& candidate = probe(flow.probe);
        if (!flow.active || !is_filter_role(candidate.role) || candidate.attempt != index) continue;
        if (static_cast<int>(candidate.sent.size()) < kFilterCopies) return false;
        if (now - candidate.sent.back() < reply_wait(*rtt)) return false;
        any = true;
    }
    return any;
}

/// A socket of the attempt whose plain requests are never answered, while another socket's are.
bool Discovery::has_deaf_socket(Time now) const {
    const int index = static_cast<int>(filter_attempts_.size()) - 1;
    return std::any_of(ledger_.probes.begin(), ledger_.probes.end(), [&](const Probe& candidate) {
        return candidate.role == Role::FilterControl && candidate.attempt == index &&
               first_answer(ledger_, candidate) == nullptr &&
               static_cast<int>(candidate.sent.size()) >= kDeafSocketCopies &&
               now - candidate.sent.front() >= kDeafSocketAfter;
    });
}

void Discovery::advance_change_controls(Time now) {
    controls_done_ = false;
    if (!filtering_done_ || !mapping_done_) return;
    controls_done_ = true;
    if (filter_server_ < 0 || config_.sabotage.skip_controls || config_.sabotage.single_copy) {
        return;
    }
    const int index = static_cast<int>(filter_attempts_.size()) - 1;
    const auto patterns = mapping_patterns(ledger_);
    const auto pattern = std::find_if(patterns.begin(), patterns.end(), [&](const auto& candidate) {
        return mapping_server(ledger_, candidate) == filter_server_;
    });
    if (pattern == patterns.end()) return;
    for (const Role question : {Role::FilterIpPort, Role::FilterPort}) {
        const FilterReading reading = read_filter(ledger_, question, index, now);
        if (reading.answer != FilterAnswer::Silent) continue;
        ChangeControlReading control = read_change_control(ledger_, question, index, now);
        if (control.state == ChangeControl::NotSent) {
            ask_change_control(question, *pattern, now);
            control = read_change_control(ledger_, question, index, now);
            if (places_at_) controls_done_ = false;
        }
        if (control.state == ChangeControl::Pending) {
            controls_done_ = false;
            if (control.probe >= 0) renew_control_path(question, *pattern, control.probe, now);
        } else if (control.probe >= 0) {
            stop(control.probe);
        }
    }
}

/// A NAT that lost its table since has shut that path again: asked once more, the alternate address
/// opens it, so that what stays silent after is the server.
void Discovery::renew_control_path(Role question, const MappingPattern& pattern, ProbeId control,
                                   Time now) {
    constexpr std::size_t kCopiesBefore = 3;
    const auto& point = question == Role::FilterIpPort ? pattern.aa : pattern.pa;
    const Probe& asked = probe(control);
    if (!point || asked.sent.size() < kCopiesBefore || asked.sent.size() % 2 == 0) return;
    if (probe(*point).sent.back() >= asked.sent.back()) return;
    if (!is_path_renewed(ledger_, asked, probe(*point))) send_copy(flow_of(*point), now);
}

/// The request that was met with silence, where every NAT must let the reply in: from a socket that
/// has sent to the alternate address. Where that made another mapping, RESPONSE-PORT (RFC 5780
/// s7.5) directs the reply to it.
void Discovery::ask_change_control(Role question, const MappingPattern& pattern, Time now) {
    if (!pattern.pp || probe(*pattern.pp).server != filter_server_) return;
    const bool both = question == Role::FilterIpPort;
    const auto here = mapped_of(ledger_, pattern.pp);
    const auto there = mapped_of(ledger_, both ? pattern.aa : pattern.pa);
    if (!here || !there || here->ip != there->ip) return;
    if (!take_places(1, now)) return;
    std::optional<std::uint16_t> response_port;
    if (here->port != there->port) response_port = there->port;
    begin(both ? Role::ChangeControlIpPort : Role::ChangeControlPort, pattern.socket,
          filter_server_, static_cast<int>(filter_attempts_.size()) - 1,
          probe(*pattern.pp).destination, now, response_port);
}

}  // namespace portolan::discovery
