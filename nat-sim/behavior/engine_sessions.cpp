// Mappings and sessions: what a packet finds, makes and keeps alive.

#include <algorithm>

#include "nat-sim/behavior/engine.hpp"

namespace portolan::nat {

MappingRule Engine::mapping_rule(Kind kind) const {
    const auto& events = parameters_.events;
    MappingRule rule = is_tcp(kind) ? parameters_.mapping.tcp : parameters_.mapping.udp;
    if (events.overload_at_mappings_count != 0 && !sabotaged(Sabotage::Events) &&
        state_.mappings_count() >= events.overload_at_mappings_count) {
        rule = events.overload_mapping;
    }
    if (sabotaged(Sabotage::Mapping)) {
        rule = rule == MappingRule::EndpointIndependent ? MappingRule::AddressAndPortDependent
                                                        : MappingRule::EndpointIndependent;
    }
    // Queries have no remote port to depend on, and neither have protocols without ports.
    if (!is_udp(kind) && !is_tcp(kind) && rule == MappingRule::AddressAndPortDependent) {
        rule = MappingRule::AddressDependent;
    }
    return rule;
}

FilteringRule Engine::filtering_rule(Kind kind) const {
    const auto& f = parameters_.filtering;
    FilteringRule rule = is_tcp(kind) ? f.tcp : is_udp(kind) ? f.udp : f.icmp;
    if (sabotaged(Sabotage::Filtering)) {
        rule = rule == FilteringRule::EndpointIndependent ? FilteringRule::AddressAndPortDependent
                                                          : FilteringRule::EndpointIndependent;
    }
    return rule;
}

Kind Engine::mapping_kind(Kind kind) const {
    const bool coupled = parameters_.protocol_coupling && !sabotaged(Sabotage::ProtocolCoupling);
    return coupled && is_tcp(kind) ? with_protocol(kind, 0) : kind;
}

Endpoint Engine::mapping_key(MappingRule rule, Endpoint remote) {
    switch (rule) {
        case MappingRule::EndpointIndependent:
            return {};
        case MappingRule::AddressDependent:
            return {remote.address, 0};
        case MappingRule::AddressAndPortDependent:
            break;
    }
    return remote;
}

bool Engine::is_translated(Kind kind) const {
    if (is_ipv6_inside(kind)) return !is_ipv6_outside(kind);
    return parameters_.kind.ipv4 == Translation::AddressAndPort;
}

/// The wheel turns in steps; here a session ends when its time has come.
std::uint32_t Engine::live(std::uint32_t session) {
    if (session == kNone || state_.session(session).deadline_us > now_us_) return session;
    if (sabotaged(Sabotage::Timers)) return session;
    state_.remove_session(session);
    return kNone;
}

Decision Engine::through(std::uint32_t mapping, std::uint32_t session, Reason reason) const {
    Decision d;
    d.mapping = mapping;
    d.session = session;
    d.serial = state_.mapping(mapping).serial;
    d.kind = state_.mapping(mapping).kind;
    d.inside = state_.mapping(mapping).inside();
    d.outside = state_.mapping(mapping).outside();
    d.reason = reason;
    d.pass = true;
    return d;
}

/// A firewall or static NAT that lets everything in has nothing to remember.
bool Engine::is_stateless(Kind kind) const {
    return parameters_.policy.open_inbound && !is_translated(kind) && !sabotaged(Sabotage::Policy);
}

/// The inverse of choose_outside() for what is not port-translated.
std::optional<Endpoint> Engine::static_inside(Kind kind, Endpoint outside) const {
    if (is_ipv6_outside(kind) || parameters_.kind.ipv4 == Translation::None) return outside;
    const auto& pool = addresses_.outside_v4;
    const auto& prefix = addresses_.inside_prefix_v4;
    const auto at = std::find(pool.begin(), pool.end(), Ipv4{outside.address});
    if (at == pool.end()) return std::nullopt;
    const std::uint32_t mask =
        prefix.length_bits == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix.length_bits);
    const auto number =
        static_cast<std::uint32_t>(at - pool.begin()) + (prefix.length_bits <= 30 ? 1 : 0);
    return Endpoint{(prefix.address.value & mask) + number, outside.port};
}

Decision Engine::outbound(Kind kind, Endpoint inside, Endpoint remote, const Transport& t,
                          bool error_response) {
    if (is_stateless(kind)) {
        const Choice choice = choose_outside(kind, inside, remote, {});
        if (!choice.outside) return {.reason = choice.reason};
        // Nothing is remembered here that could tell an answer: what opens a connection shows.
        const bool opens = (t.tcp_flags & (kTcpSyn | kTcpAck)) == kTcpSyn;
        if (opens && !may_connect_to(kind, remote.port)) return {.reason = Reason::WebOnly};
        return {.inside = inside,
                .outside = *choice.outside,
                .reason = Reason::Untracked,
                .pass = true};
    }
    const std::uint32_t found = live(state_.find_inside(kind, inside, remote));
    if (found == kNone) return open_outbound(kind, inside, remote, t);
    const bool refreshed = touch(found, true, t, error_response);
    const Session& s = state_.session(found);
    Decision d;
    d.session = found;
    d.mapping = s.mapping;
    d.serial = s.serial;
    d.kind = s.kind;
    d.inside = s.inside();
    d.outside = s.outside();
    d.reason = refreshed ? Reason::Refreshed : Reason::Passed;
    d.pass = true;
    return d;
}

/// Of what belongs to no connection: answers in one that was let in go to any port.
bool Engine::may_connect_to(Kind kind, std::uint16_t port) const {
    const bool is_limited = parameters_.policy.web_only && !sabotaged(Sabotage::Policy);
    return !is_limited || !is_tcp(kind) || port == 80 || port == 443;
}

Decision Engine::open_outbound(Kind kind, Endpoint inside, Endpoint remote, const Transport& t) {
    if (!may_connect_to(kind, remote.port)) return {.reason = Reason::WebOnly};
    const MappingRule rule = mapping_rule(kind);
    const Kind shared = mapping_kind(kind);
    const Endpoint key = mapping_key(rule, remote);
    std::uint32_t mapping = state_.find_mapping(shared, inside, key);
    if (mapping == kNone && key != Endpoint{} && parameters_.port_control != PortControl::Off) {
        mapping = state_.find_mapping(shared, inside, {});  // what the host asked for (PCP)
    }
    const bool opens = (t.tcp_flags & (kTcpSyn | kTcpRst)) == kTcpSyn;
    if (is_tcp(kind) && !opens && !picks_up(t.tcp_flags)) {
        // RFC 6146 s3.5.2.2, CLOSED: translated if there is a mapping, and no session is made.
        if (mapping != kNone) return through(mapping, kNone, Reason::Passed);
        return {.reason = Reason::TcpWithoutSession};
    }
    if (state_.sessions_count() >= parameters_.capacity.max_sessions_count &&
        !sabotaged(Sabotage::Capacity) && !make_room(Reason::SessionCapacity)) {
        return {.reason = Reason::SessionCapacity};
    }
    // Making room may have taken the mapping.
    if (mapping != kNone && state_.mapping(mapping).serial == 0) mapping = kNone;
    Decision d;
    if (mapping == kNone) {
        d = make_mapping(shared, inside, remote, key);
        if (!d.pass) return d;
    } else {
        d = through(mapping, kNone, Reason::SessionCreated);
        state_.mark_used(mapping);
    }
    d.session = make_session(kind, d.mapping, remote, true, t);
    if (is_tcp(kind) && !held_syns_.empty()) held_syns_.cancel(d.outside, remote);
    return d;
}

/// RFC 6888 REQ-11 forbids it, some boxes do it: the oldest goes.
bool Engine::make_room(Reason shortage) {
    if (parameters_.exhaustion != Exhaustion::EvictLru || sabotaged(Sabotage::Exhaustion)) {
        return false;
    }
    if (shortage == Reason::Quota || shortage == Reason::Rate) return false;
    const std::uint32_t oldest = state_.least_recently_used();
    if (oldest == kNone) return false;
    state_.remove_mapping(oldest);
    return true;
}

Decision Engine::make_mapping(Kind kind, Endpoint inside, Endpoint remote, Endpoint key,
                              std::optional<Endpoint> wanted) {
    const auto& capacity = parameters_.capacity;
    const bool limits = !sabotaged(Sabotage::Capacity);
    const bool ipv6 = is_ipv6_inside(kind);
    const std::int64_t second = now_us_ / 1'000'000;
    if (const Host* host = hosts_.find(inside.address, ipv6); host != nullptr && limits) {
        if (capacity.max_mappings_per_host_count != 0 &&
            host->mappings_count >= capacity.max_mappings_per_host_count) {
            return {.reason = Reason::Quota};
        }
        if (capacity.max_new_mappings_per_second != 0 && host->second == second &&
            host->new_in_second >= capacity.max_new_mappings_per_second) {
            return {.reason = Reason::Rate};
        }
    }
    if (limits && state_.mappings_count() >= capacity.max_mappings_count &&
        !make_room(Reason::Capacity)) {
        return {.reason = Reason::Capacity};
    }
    Choice choice;
    if (wanted && is_available(kind, *wanted, remote)) {
        choice.outside = wanted;
    } else {
        choice = choose_outside(kind, inside, remote, key);
    }
    if (!choice.outside && choice.reason == Reason::PortExhausted &&
        make_room(Reason::PortExhausted)) {
        choice = choose_outside(kind, inside, remote, key);
    }
    if (!choice.outside) return {.reason = choice.reason};
    if (is_translated(kind)) {
        ports_.use(protocol_of(kind), choice.outside->address, choice.outside->port);
    }
    Host& host = hosts_.find_or_add(inside.address, ipv6);
    if (host.mappings_count++ == 0) host.outside_address = choice.outside->address;
    if (host.second != second) {
        host.second = second;
        host.new_in_second = 0;
    }
    ++host.new_in_second;
    ++created_count_;
    const std::uint32_t mapping = state_.create_mapping(kind, inside, *choice.outside, key);
    Decision d = through(mapping, kNone, Reason::Created);
    d.created = true;
    return d;
}

std::uint32_t Engine::make_session(Kind kind, std::uint32_t mapping, Endpoint remote,
                                   bool from_inside, const Transport& t) {
    Session s;
    s.kind = kind;
    const Mapping& m = state_.mapping(mapping);
    s.inside_address = m.inside_address;
    s.inside_port = m.inside_port;
    s.outside_address = m.outside_address;
    s.outside_port = m.outside_port;
    s.remote_address = remote.address;
    s.remote_port = remote.port;
    s.from_outside = !from_inside;
    s.confirmed = from_inside || (parameters_.refresh.unsolicited && !sabotaged(Sabotage::Refresh));
    const bool aware = (parameters_.reply_binding == ReplyBinding::SessionAware) !=
                       sabotaged(Sabotage::ReplyBinding);
    s.in_inside = from_inside || aware || is_tcp(kind) ||
                  mapping_rule(kind) == MappingRule::EndpointIndependent;
    if (is_tcp(kind)) {
        const bool is_known = from_inside && picks_up(t.tcp_flags);
        s.tcp = is_known ? TcpState::Established : TcpState::Init;
    }
    if (is_tcp(kind) && (t.tcp_flags & kTcpRst) != 0) s.reset = true;
    s.created_us = now_us_;
    s.deadline_us = now_us_ + timeout_us(s);
    return state_.create_session(mapping, s);
}

bool Engine::picks_up(std::uint8_t flags) const {
    return parameters_.policy.tcp_pick_up && !sabotaged(Sabotage::Policy) &&
           (flags & (kTcpSyn | kTcpFin | kTcpRst | kTcpAck)) == kTcpAck;
}

std::int64_t Engine::timeout_us(const Session& s) const {
    const auto& timers = parameters_.timers;
    switch (s.tcp) {
        case TcpState::None:
            break;
        case TcpState::Init:
            return timers.tcp_opening.count();
        case TcpState::Established:
        case TcpState::ClientFin:
        case TcpState::ServerFin:
            return timers.tcp_established.count();
        case TcpState::BothFin:
            return timers.tcp_closing.count();
        case TcpState::Trans:
            return timers.tcp_reset.count();
    }
    if (is_icmp(s.kind)) return timers.icmp_query.count();
    if (!is_udp(s.kind)) return timers.other.count();
    if (timers.udp_well_known.count() != 0 && s.remote_port < 1024) {
        return timers.udp_well_known.count();
    }
    const Time young = timers.udp_stream_after;
    const bool is_stream =
        s.replied && (young.count() == 0 || now_us_ - s.created_us > young.count());
    return is_stream ? timers.udp_stream.count() : timers.udp_unreplied.count();
}

/// RFC 7857 s2, figure 1, and RFC 6146 s3.5.2.2, which it is adapted from.
void Engine::advance_tcp(Session& s, bool from_inside, std::uint8_t flags) {
    const bool from_client = from_inside != s.from_outside;
    const bool syn = (flags & kTcpSyn) != 0;
    if ((flags & kTcpRst) != 0) {
        s.reset = true;
        if (s.tcp != TcpState::Init && s.tcp != TcpState::BothFin) s.tcp = TcpState::Trans;
        return;
    }
    switch (s.tcp) {
        case TcpState::None:
            break;
        case TcpState::Init:
            if (syn && !from_client) s.tcp = TcpState::Established;
            break;
        case TcpState::Established:
            if ((flags & kTcpFin) != 0) {
                s.tcp = from_client ? TcpState::ClientFin : TcpState::ServerFin;
            }
            break;
        case TcpState::ClientFin:
            if ((flags & kTcpFin) != 0 && !from_client) s.tcp = TcpState::BothFin;
            break;
        case TcpState::ServerFin:
            if ((flags & kTcpFin) != 0 && from_client) s.tcp = TcpState::BothFin;
            break;
        case TcpState::BothFin:
            // The 5-tuple is used again (RFC 6191): a connection of its own.
            if (syn && from_client) s.tcp = TcpState::Init;
            break;
        case TcpState::Trans:
            s.tcp = TcpState::Established;
            break;
    }
    s.reset = false;
}

/// A packet of a known session. Whether it kept it alive.
bool Engine::touch(std::uint32_t session, bool from_inside, const Transport& t,
                   bool error_response) {
    Session& s = state_.session(session);
    if (from_inside && !s.confirmed) state_.confirm(session);
    if (from_inside == s.from_outside) s.replied = true;
    if (parameters_.exhaustion == Exhaustion::EvictLru) state_.mark_used(s.mapping);
    const TcpState before = s.tcp;
    if (is_tcp(s.kind)) advance_tcp(s, from_inside, t.tcp_flags);
    const auto direction = parameters_.refresh.direction;
    bool refresh =
        direction == RefreshDirection::Both || (direction == RefreshDirection::Out) == from_inside;
    if (sabotaged(Sabotage::Refresh)) refresh = !refresh;
    // RFC 5382 REQ-5 counts a connection as idle when neither side sends.
    if (is_tcp(s.kind)) refresh = true;
    // A closing connection does not live longer for what else comes.
    if (s.tcp == TcpState::BothFin && before == TcpState::BothFin) refresh = false;
    bool keeps = parameters_.refresh.error_responses;
    if (sabotaged(Sabotage::Refresh)) keeps = !keeps;
    const bool is_error = from_inside && error_response && !keeps;
    const std::int64_t deadline = now_us_ + timeout_us(s);
    if (is_error) {
        // RFC 7857 s7.1: no refresh; but an RST ends the long wait of an open connection.
        refresh = s.tcp != before && deadline < s.deadline_us;
    }
    if (!refresh) return false;
    const bool sooner = deadline < s.deadline_us;
    s.deadline_us = deadline;
    if (sooner) state_.reschedule(session);
    return !is_error;
}

bool Engine::is_known_outside(Kind kind, Endpoint outside, Endpoint remote) const {
    if (is_stateless(kind) && !is_of_nat64(kind, outside, remote)) {
        return static_inside(kind, outside).has_value();
    }
    const std::uint32_t found = state_.find_outside(kind, outside, remote);
    if (found != kNone) return state_.session(found).mapping != kNone;
    return state_.find_mapping_outside(mapping_kind(kind), outside) != kNone;
}

/// Beside a NAT64 the same box may let IPv4 pass without remembering anything.
bool Engine::is_of_nat64(Kind kind, Endpoint outside, Endpoint remote) const {
    if (parameters_.kind.ipv6 != Ipv6Mode::Nat64 || is_ipv6_outside(kind)) return false;
    return state_.find_outside(kind, outside, remote) != kNone ||
           state_.find_mapping_outside(mapping_kind(kind), outside) != kNone;
}

Decision Engine::inbound(Kind kind, Endpoint outside, Endpoint remote, const Transport& t) {
    if (is_stateless(kind) && !is_of_nat64(kind, outside, remote)) {
        const bool is_own = !is_ipv6_outside(kind) && is_outside_own(Ipv4{outside.address});
        if (is_own && parameters_.kind.ipv4 == Translation::None) {
            return {.reason = Reason::NoMapping};
        }
        const auto inside = static_inside(kind, outside);
        if (!inside) return {.reason = Reason::NotOurs};
        if (is_tcp(kind) && (t.tcp_flags & (kTcpSyn | kTcpAck)) == kTcpSyn &&
            !parameters_.policy.tcp_in) {
            return {.reason = Reason::TcpInBlocked};
        }
        return {.inside = *inside, .outside = outside, .reason = Reason::Untracked, .pass = true};
    }
    const std::uint32_t found = live(state_.find_outside(kind, outside, remote));
    if (found == kNone) return admit(kind, outside, remote, t);
    Session& s = state_.session(found);
    if (s.mapping == kNone) {
        s.deadline_us = now_us_ + parameters_.unsolicited.timeout.count();
        return {.session = found, .reason = Reason::LocalTracked};
    }
    const bool refreshed = touch(found, false, t, false);
    Decision d;
    d.session = found;
    d.mapping = s.mapping;
    d.serial = s.serial;
    d.kind = s.kind;
    d.inside = s.inside();
    d.outside = s.outside();
    d.reason = refreshed ? Reason::Refreshed : Reason::Passed;
    d.pass = true;
    return d;
}

/// No session: the filtering rule decides.
Decision Engine::admit(Kind kind, Endpoint outside, Endpoint remote, const Transport& t) {
    const Kind shared = mapping_kind(kind);
    const std::uint32_t mapping = state_.find_mapping_outside(shared, outside);
    if (mapping == kNone) {
        const bool used = is_translated(kind) &&
                          ports_.is_used(protocol_of(shared), outside.address, outside.port);
        return track_local(kind, outside, remote, used ? Reason::Filtered : Reason::NoMapping);
    }
    const FilteringRule rule = filtering_rule(kind);
    bool open = rule == FilteringRule::EndpointIndependent ||
                (rule == FilteringRule::AddressDependent &&
                 state_.has_session_with(mapping, remote.address));
    if (!open && parameters_.port_control != PortControl::Off) {
        // RFC 6887 s11: whoever asks for a mapping wants to be reached by all.
        open = state_.find_outside(shared, outside, {}) != kNone;
    }
    if (!open) {
        // What a mapping would serve that remote by is the mapping's, and no tuple of the box's
        // own.
        const bool serves =
            state_.mapping(mapping).remote() == mapping_key(mapping_rule(kind), remote);
        if (serves) return {.reason = Reason::Filtered};
        return track_local(kind, outside, remote, Reason::Filtered);
    }
    if (is_tcp(kind)) {
        const bool policy = parameters_.policy.tcp_in || sabotaged(Sabotage::Policy);
        if (!policy) return {.reason = Reason::TcpInBlocked};
        if ((t.tcp_flags & (kTcpSyn | kTcpAck | kTcpRst)) != kTcpSyn) {
            return through(mapping, kNone, Reason::Passed);
        }
    }
    Decision d = through(mapping, kNone, Reason::Admitted);
    // With one mapping for all destinations the answer finds its way without a session.
    const bool needs_session = is_tcp(kind) || parameters_.refresh.unsolicited ||
                               mapping_rule(kind) != MappingRule::EndpointIndependent;
    if (!needs_session) return d;
    if (state_.sessions_count() >= parameters_.capacity.max_sessions_count &&
        !sabotaged(Sabotage::Capacity)) {
        return {.reason = Reason::SessionCapacity};
    }
    // The mapping may be of an IPv6 host (NAT64).
    const Kind own = with_protocol(state_.mapping(mapping).kind, protocol_of(kind));
    d.session = make_session(own, mapping, remote, false, t);
    return d;
}

/// For nobody inside. Linux with an open INPUT chain tracks it, and the tuple is taken from then.
Decision Engine::track_local(Kind kind, Endpoint outside, Endpoint remote, Reason refusal) {
    if (parameters_.unsolicited.inbound_first == InboundFirst::Off ||
        sabotaged(Sabotage::InboundFirst) || !is_translated(kind) ||
        state_.sessions_count() >= parameters_.capacity.max_sessions_count) {
        return {.reason = refusal};
    }
    Session s;
    s.kind = is_ipv6_inside(kind) ? with_protocol(Kind::Udp44, protocol_of(kind)) : kind;
    s.inside_address = s.outside_address = outside.address;
    s.inside_port = s.outside_port = outside.port;
    s.remote_address = remote.address;
    s.remote_port = remote.port;
    s.from_outside = true;
    s.deadline_us = now_us_ + parameters_.unsolicited.timeout.count();
    return {.session = state_.create_session(kNone, s), .reason = Reason::LocalTracked};
}

}  // namespace portolan::nat
