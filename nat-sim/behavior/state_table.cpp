#include "nat-sim/behavior/state_table.hpp"

#include <algorithm>

namespace portolan::nat {

StateTable::StateTable(std::uint64_t seed, const StateOptions& options, MappingListener& listener)
    : seed_(seed), options_(options), listener_(&listener), wheel_(sessions_) {}

std::uint32_t StateTable::find_mapping(Kind kind, Endpoint inside, Endpoint remote) const {
    return by_inside_.find(tuple_hash(kind, inside, remote), [&](std::uint32_t entry) {
        const Mapping& m = mappings_[entry];
        return m.inside() == inside && m.remote() == remote && m.kind == kind;
    });
}

std::uint32_t StateTable::find_mapping_outside(Kind kind, Endpoint outside) const {
    kind = outside_kind(kind);
    return by_outside_.find(tuple_hash(kind, outside, {}), [&](std::uint32_t entry) {
        const Mapping& m = mappings_[entry];
        return m.outside() == outside && outside_kind(m.kind) == kind;
    });
}

std::uint32_t StateTable::any_mapping_of_source(Kind kind, Endpoint inside) const {
    return by_source_.find(tuple_hash(kind, inside, {}), [&](std::uint32_t entry) {
        const Mapping& m = mappings_[entry];
        return m.inside() == inside && m.kind == kind;
    });
}

std::uint32_t StateTable::find_remote(std::uint32_t mapping, std::uint32_t address) const {
    return by_remote_address_.find(remote_hash(mapping, address), [&](std::uint32_t entry) {
        const Session& s = sessions_[entry];
        return s.mapping == mapping && s.remote_address == address;
    });
}

bool StateTable::has_session_with(std::uint32_t mapping, std::uint32_t remote_address) const {
    return find_remote(mapping, remote_address) != kNone;
}

std::uint64_t StateTable::inside_hash(std::uint32_t entry) const {
    const Session& s = sessions_[entry];
    return tuple_hash(s.kind, s.inside(), s.remote());
}
std::uint64_t StateTable::outside_hash(std::uint32_t entry) const {
    const Session& s = sessions_[entry];
    return tuple_hash(outside_kind(s.kind), s.outside(), s.remote());
}
std::uint64_t StateTable::mapping_inside_hash(std::uint32_t entry) const {
    const Mapping& m = mappings_[entry];
    return tuple_hash(m.kind, m.inside(), m.remote());
}
std::uint64_t StateTable::mapping_outside_hash(std::uint32_t entry) const {
    const Mapping& m = mappings_[entry];
    return tuple_hash(outside_kind(m.kind), m.outside(), {});
}
std::uint64_t StateTable::mapping_source_hash(std::uint32_t entry) const {
    const Mapping& m = mappings_[entry];
    return tuple_hash(m.kind, m.inside(), {});
}
std::uint64_t StateTable::session_remote_hash(std::uint32_t entry) const {
    const Session& s = sessions_[entry];
    return remote_hash(s.mapping, s.remote_address);
}

std::uint32_t StateTable::create_mapping(Kind kind, Endpoint inside, Endpoint outside,
                                         Endpoint remote) {
    const std::uint32_t entry = mappings_.allocate();
    Mapping& m = mappings_[entry];
    m.first_session = kNone;
    m.serial = ++last_serial_;
    if (last_serial_ == 0) m.serial = ++last_serial_;
    m.kind = kind;
    m.inside_address = inside.address;
    m.inside_port = inside.port;
    m.outside_address = outside.address;
    m.outside_port = outside.port;
    m.remote_address = remote.address;
    m.remote_port = remote.port;
    if (is_ipv6_inside(kind)) hosts_.hold_again(inside.address);
    if (is_ipv6_outside(kind) && remote.address != 0) hosts_.hold_again(remote.address);
    index_mapping(entry);
    if (options_.by_source) link_source(entry);
    if (options_.by_use) link_use(entry);
    return entry;
}

void StateTable::index_mapping(std::uint32_t entry) {
    Mapping& m = mappings_[entry];
    // A mapping that depends on the whole remote endpoint is found by its only session.
    m.in_inside = m.remote_port == 0;
    if (m.in_inside) {
        by_inside_.insert(mapping_inside_hash(entry), entry,
                          [this](std::uint32_t e) { return mapping_inside_hash(e); });
    }
    m.in_outside = options_.by_outside;
    if (!m.in_outside) return;
    const std::uint32_t before = find_mapping_outside(m.kind, m.outside());
    if (before != kNone) {
        mappings_[before].in_outside = false;
        by_outside_.replace(mapping_outside_hash(before), before, entry);
        return;
    }
    by_outside_.insert(mapping_outside_hash(entry), entry,
                       [this](std::uint32_t e) { return mapping_outside_hash(e); });
}

void StateTable::unindex_mapping(std::uint32_t entry) {
    Mapping& m = mappings_[entry];
    if (m.in_inside) {
        by_inside_.erase(mapping_inside_hash(entry), entry,
                         [this](std::uint32_t e) { return mapping_inside_hash(e); });
    }
    if (m.in_outside) {
        by_outside_.erase(mapping_outside_hash(entry), entry,
                          [this](std::uint32_t e) { return mapping_outside_hash(e); });
    }
    m.in_inside = false;
    m.in_outside = false;
}

std::uint32_t StateTable::create_session(std::uint32_t mapping, const Session& session) {
    const std::uint32_t entry = sessions_.allocate();
    Session& s = sessions_[entry];
    s = session;
    s.used = true;
    s.mapping = mapping;
    s.serial = mapping == kNone ? 0 : mappings_[mapping].serial;
    s.in_inside = false;
    s.in_outside = false;
    if (is_ipv6_inside(s.kind)) hosts_.hold_again(s.inside_address);
    if (is_ipv6_outside(s.kind)) hosts_.hold_again(s.remote_address);
    if (mapping != kNone) {
        link_session(mapping, entry);
        if (s.confirmed) ++mappings_[mapping].confirmed_count;
    }
    if (session.in_inside) index_inside(entry);
    index_outside(entry);
    wheel_.insert(entry, static_cast<std::uint64_t>(s.deadline_us));
    return entry;
}

void StateTable::link_session(std::uint32_t mapping, std::uint32_t entry) {
    Session& s = sessions_[entry];
    Mapping& m = mappings_[mapping];
    const std::uint32_t like =
        options_.by_remote_address ? find_remote(mapping, s.remote_address) : kNone;
    if (like != kNone) {
        Session& first = sessions_[like];
        s.sibling_prev = like;
        s.sibling_next = first.sibling_next;
        if (s.sibling_next != kNone) sessions_[s.sibling_next].sibling_prev = entry;
        first.sibling_next = entry;
        return;
    }
    s.sibling_prev = kNone;
    s.sibling_next = m.first_session;
    if (s.sibling_next != kNone) sessions_[s.sibling_next].sibling_prev = entry;
    m.first_session = entry;
    if (options_.by_remote_address) {
        by_remote_address_.insert(session_remote_hash(entry), entry,
                                  [this](std::uint32_t e) { return session_remote_hash(e); });
    }
}

void StateTable::unlink_session(std::uint32_t entry) {
    const Session& s = sessions_[entry];
    if (options_.by_remote_address && find_remote(s.mapping, s.remote_address) == entry) {
        const std::uint64_t hash = session_remote_hash(entry);
        const std::uint32_t next = s.sibling_next;
        if (next != kNone && sessions_[next].remote_address == s.remote_address) {
            by_remote_address_.replace(hash, entry, next);
        } else {
            by_remote_address_.erase(hash, entry,
                                     [this](std::uint32_t e) { return session_remote_hash(e); });
        }
    }
    if (s.sibling_next != kNone) sessions_[s.sibling_next].sibling_prev = s.sibling_prev;
    if (s.sibling_prev != kNone) {
        sessions_[s.sibling_prev].sibling_next = s.sibling_next;
    } else {
        mappings_[s.mapping].first_session = s.sibling_next;
    }
}

void StateTable::index_inside(std::uint32_t session) {
    Session& s = sessions_[session];
    if (s.in_inside) return;
    s.in_inside = true;
    by_inside_tuple_.insert(inside_hash(session), session,
                            [this](std::uint32_t e) { return inside_hash(e); });
}

void StateTable::index_outside(std::uint32_t session) {
    Session& s = sessions_[session];
    s.in_outside = true;
    const std::uint32_t before = find_outside(s.kind, s.outside(), s.remote());
    if (before != kNone) {
        sessions_[before].in_outside = false;
        by_outside_tuple_.replace(outside_hash(before), before, session);
        return;
    }
    by_outside_tuple_.insert(outside_hash(session), session,
                             [this](std::uint32_t e) { return outside_hash(e); });
}

void StateTable::confirm(std::uint32_t session) {
    Session& s = sessions_[session];
    if (s.confirmed) return;
    s.confirmed = true;
    if (s.mapping != kNone) ++mappings_[s.mapping].confirmed_count;
}

/// Takes it out of everything but its mapping's count.
void StateTable::drop_session(std::uint32_t entry) {
    Session& s = sessions_[entry];
    if (s.mapping != kNone) unlink_session(entry);
    if (s.in_inside) {
        by_inside_tuple_.erase(inside_hash(entry), entry,
                               [this](std::uint32_t e) { return inside_hash(e); });
    }
    if (s.in_outside) {
        by_outside_tuple_.erase(outside_hash(entry), entry,
                                [this](std::uint32_t e) { return outside_hash(e); });
    }
    if (is_ipv6_inside(s.kind)) hosts_.let_go(s.inside_address);
    if (is_ipv6_outside(s.kind)) hosts_.let_go(s.remote_address);
    s.used = false;
    sessions_.release(entry);
}

void StateTable::remove_session(std::uint32_t session) {
    const std::uint32_t mapping = sessions_[session].mapping;
    const bool confirmed = sessions_[session].confirmed;
    const std::int64_t at_us = std::min(now_us_, sessions_[session].deadline_us);
    wheel_.remove(session);
    drop_session(session);
    if (mapping == kNone) return;
    if (confirmed) --mappings_[mapping].confirmed_count;
    if (mappings_[mapping].confirmed_count == 0) remove_mapping(mapping, at_us);
}

void StateTable::remove_mapping(std::uint32_t mapping, std::int64_t at_us) {
    Mapping& m = mappings_[mapping];
    while (m.first_session != kNone) {
        const std::uint32_t session = m.first_session;
        wheel_.remove(session);
        drop_session(session);
    }
    unindex_mapping(mapping);
    if (options_.by_source) unlink_source(mapping);
    if (options_.by_use) unlink_use(mapping);
    listener_->mapping_removed(m, at_us);
    if (is_ipv6_inside(m.kind)) hosts_.let_go(m.inside_address);
    if (is_ipv6_outside(m.kind) && m.remote_address != 0) hosts_.let_go(m.remote_address);
    m.serial = 0;
    mappings_.release(mapping);
}

void StateTable::advance(std::int64_t now_us) {
    now_us_ = now_us;
    wheel_.advance(static_cast<std::uint64_t>(now_us), [&](std::uint32_t entry) {
        const Session& s = sessions_[entry];
        // Back into the wheel in any case: removing takes it out of there.
        wheel_.insert(entry, static_cast<std::uint64_t>(s.deadline_us));
        if (s.deadline_us <= now_us) remove_session(entry);
    });
}

void StateTable::reschedule(std::uint32_t session) {
    wheel_.remove(session);
    wheel_.insert(session, static_cast<std::uint64_t>(sessions_[session].deadline_us));
}

}  // namespace portolan::nat
