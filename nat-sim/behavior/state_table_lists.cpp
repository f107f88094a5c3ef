// What the state table does beyond the packet path: lists of mappings by source and by use,
// changes of what is indexed, and the check of its own consistency.

#include <algorithm>

#include "nat-sim/behavior/state_table.hpp"

namespace portolan::nat {
namespace {

/// UDP and TCP do when they are coupled.
bool may_share(Kind session, Kind mapping) {
    return session == mapping || (is_tcp(session) && with_protocol(session, 0) == mapping);
}

}  // namespace

void StateTable::link_source(std::uint32_t entry) {
    if (source_links_.size() <= entry) source_links_.resize(entry + 1);
    const Mapping& m = mappings_[entry];
    const std::uint32_t first = any_mapping_of_source(m.kind, m.inside());
    source_links_[entry] = {};
    if (first == kNone) {
        by_source_.insert(mapping_source_hash(entry), entry,
                          [this](std::uint32_t e) { return mapping_source_hash(e); });
        return;
    }
    // The newest is found first, as in the kernel (nf_nat_core.c keeps its list by source so).
    source_links_[entry] = {kNone, first};
    source_links_[first].prev = entry;
    by_source_.replace(mapping_source_hash(entry), first, entry);
}

void StateTable::unlink_source(std::uint32_t entry) {
    const Link link = source_links_[entry];
    if (link.next != kNone) source_links_[link.next].prev = link.prev;
    if (link.prev != kNone) {
        source_links_[link.prev].next = link.next;
    } else if (link.next != kNone) {
        by_source_.replace(mapping_source_hash(entry), entry, link.next);
    } else {
        by_source_.erase(mapping_source_hash(entry), entry,
                         [this](std::uint32_t e) { return mapping_source_hash(e); });
    }
}

void StateTable::link_use(std::uint32_t entry) {
    if (use_links_.size() <= entry) use_links_.resize(entry + 1);
    use_links_[entry] = {use_.newest, kNone};
    (use_.newest == kNone ? use_.oldest : use_links_[use_.newest].next) = entry;
    use_.newest = entry;
}

void StateTable::unlink_use(std::uint32_t entry) {
    const Link link = use_links_[entry];
    (link.prev == kNone ? use_.oldest : use_links_[link.prev].next) = link.next;
    (link.next == kNone ? use_.newest : use_links_[link.next].prev) = link.prev;
}

void StateTable::mark_used(std::uint32_t mapping) {
    if (!options_.by_use || use_.newest == mapping) return;
    unlink_use(mapping);
    link_use(mapping);
}

void StateTable::clear(std::int64_t now_us) {
    for (const std::uint32_t mapping : all_mappings())
        remove_mapping(mapping);
    // What is left belongs to the box itself.
    std::vector<std::uint32_t> own;
    sessions_.each([&](std::uint32_t entry, const Session& s) {
        if (s.used) own.push_back(entry);
    });
    for (const std::uint32_t entry : own)
        remove_session(entry);
    sessions_.clear();
    mappings_.clear();
    wheel_.clear(static_cast<std::uint64_t>(now_us));
    for (HashIndex* index : {&by_inside_tuple_, &by_outside_tuple_, &by_inside_, &by_outside_,
                             &by_source_, &by_remote_address_}) {
        index->clear();
    }
    source_links_.clear();
    use_links_.clear();
    use_ = {};
}

void StateTable::set_options(const StateOptions& options) {
    if (options == options_) return;
    const auto mappings = all_mappings();
    for (const std::uint32_t entry : mappings) {
        unindex_mapping(entry);
        if (options_.by_source) unlink_source(entry);
        if (options_.by_use) unlink_use(entry);
    }
    // Sessions are linked anew, because only some orders keep equal remote addresses together.
    std::vector<std::uint32_t> sessions;
    sessions_.each([&](std::uint32_t entry, const Session& s) {
        if (s.used && s.mapping != kNone) sessions.push_back(entry);
    });
    for (const std::uint32_t entry : mappings)
        mappings_[entry].first_session = kNone;
    by_remote_address_.clear();
    options_ = options;
    for (const std::uint32_t entry : mappings) {
        index_mapping(entry);
        if (options_.by_source) link_source(entry);
        if (options_.by_use) link_use(entry);
    }
    for (const std::uint32_t entry : sessions)
        link_session(sessions_[entry].mapping, entry);
}

std::size_t StateTable::memory_bytes() const {
    std::size_t bytes = sessions_.memory_bytes() + mappings_.memory_bytes() + sizeof(*this);
    for (const HashIndex* index : {&by_inside_tuple_, &by_outside_tuple_, &by_inside_, &by_outside_,
                                   &by_source_, &by_remote_address_}) {
        bytes += index->memory_bytes();
    }
    bytes += (source_links_.capacity() + use_links_.capacity()) * sizeof(Link);
    return bytes + hosts_.memory_bytes();
}

std::vector<std::uint32_t> StateTable::all_mappings() const {
    std::vector<std::uint32_t> all;
    mappings_.each([&](std::uint32_t entry, const Mapping& m) {
        if (m.serial != 0) all.push_back(entry);
    });
    return all;
}

bool StateTable::invariants_hold() const {
    bool fine = true;
    std::size_t linked = 0;
    std::size_t mappings = 0;
    mappings_.each([&](std::uint32_t entry, const Mapping& m) {
        if (m.serial == 0) return;
        ++mappings;
        std::size_t confirmed = 0;
        std::uint32_t prev = kNone;
        for (std::uint32_t s = m.first_session; s != kNone; s = sessions_[s].sibling_next) {
            const Session& session = sessions_[s];
            ++linked;
            confirmed += session.confirmed ? 1 : 0;
            fine = fine && session.used && session.mapping == entry &&
                   session.sibling_prev == prev && may_share(session.kind, m.kind) &&
                   session.outside() == m.outside();
            if (options_.by_remote_address) {
                fine = fine && has_session_with(entry, session.remote_address);
            }
            prev = s;
        }
        fine = fine && confirmed == m.confirmed_count && confirmed > 0;
        if (m.in_inside) fine = fine && find_mapping(m.kind, m.inside(), m.remote()) == entry;
        if (m.in_outside) fine = fine && find_mapping_outside(m.kind, m.outside()) == entry;
    });
    std::size_t sessions = 0;
    std::size_t unlinked = 0;
    std::size_t inside = 0;
    std::size_t outside = 0;
    sessions_.each([&](std::uint32_t entry, const Session& s) {
        if (!s.used) return;
        ++sessions;
        if (s.mapping == kNone) ++unlinked;
        if (s.in_inside) {
            ++inside;
            fine = fine && find_inside(s.kind, s.inside(), s.remote()) == entry;
        }
        if (s.in_outside) {
            ++outside;
            fine = fine && find_outside(s.kind, s.outside(), s.remote()) == entry;
        }
    });
    return fine && mappings == mappings_.size() && sessions == sessions_.size() &&
           sessions == linked + unlinked && inside == by_inside_tuple_.size() &&
           outside == by_outside_tuple_.size();
}

}  // namespace portolan::nat
