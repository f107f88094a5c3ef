#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "nat-sim/behavior/address_table.hpp"
#include "nat-sim/behavior/entry_pool.hpp"
#include "nat-sim/behavior/hash_index.hpp"
#include "nat-sim/behavior/state_entries.hpp"
#include "nat-sim/behavior/timing_wheel.hpp"

namespace portolan::nat {

/// Which questions will be asked, beyond that for a 5-tuple. What is not asked is not indexed.
struct StateOptions {
    bool by_outside = false;         ///< the mapping of an outside endpoint: for EIF, ADF
    bool by_remote_address = false;  ///< has the mapping a session with that address: for ADF
    bool by_source = false;          ///< any mapping of an inside endpoint: to stick to its port
    bool by_use = false;             ///< the mapping that was not used for longest

    friend bool operator==(const StateOptions&, const StateOptions&) = default;
};

/// Who is told when a mapping is gone.
class MappingListener {
  public:
    virtual ~MappingListener() = default;
    /// `at_us`: when it ended, which may be earlier than it was noticed.
    virtual void mapping_removed(const Mapping& mapping, std::int64_t at_us) = 0;
};

/// Mappings and their sessions, and the indices over both. A mapping lives as long as it has a
/// confirmed session. Everything takes constant time but the removal of a mapping, which takes as
/// long as it has sessions, and set_options().
class StateTable {
  public:
    StateTable(std::uint64_t seed, const StateOptions& options, MappingListener& listener);
    StateTable(const StateTable&) = delete;
    StateTable& operator=(const StateTable&) = delete;

    [[nodiscard]] std::uint32_t find_inside(Kind kind, Endpoint inside, Endpoint remote) const {
        return by_inside_tuple_.find(tuple_hash(kind, inside, remote), [&](std::uint32_t entry) {
            const Session& s = sessions_[entry];
            return s.inside() == inside && s.remote() == remote && s.kind == kind;
        });
    }
    /// Also finds the sessions of the other kind that shares the outside address (NAT64).
    [[nodiscard]] std::uint32_t find_outside(Kind kind, Endpoint outside, Endpoint remote) const {
        kind = outside_kind(kind);
        return by_outside_tuple_.find(tuple_hash(kind, outside, remote), [&](std::uint32_t entry) {
            const Session& s = sessions_[entry];
            return s.outside() == outside && s.remote() == remote && outside_kind(s.kind) == kind;
        });
    }
    /// `remote` is the part that the mapping depends on.
    [[nodiscard]] std::uint32_t find_mapping(Kind kind, Endpoint inside, Endpoint remote) const;
    /// Where several mappings share the outside endpoint: the one that was made last.
    [[nodiscard]] std::uint32_t find_mapping_outside(Kind kind, Endpoint outside) const;
    [[nodiscard]] std::uint32_t any_mapping_of_source(Kind kind, Endpoint inside) const;
    [[nodiscard]] bool has_session_with(std::uint32_t mapping, std::uint32_t remote_address) const;
    [[nodiscard]] std::uint32_t least_recently_used() const { return use_.oldest; }

    std::uint32_t create_mapping(Kind kind, Endpoint inside, Endpoint outside, Endpoint remote);
    /// `mapping` is kNone for what the box itself tracks. A session that has the same outside tuple
    /// is found by it no more.
    std::uint32_t create_session(std::uint32_t mapping, const Session& session);
    void confirm(std::uint32_t session);
    /// From now on the session is found by its inside tuple too.
    void index_inside(std::uint32_t session);
    void remove_session(std::uint32_t session);
    void remove_mapping(std::uint32_t mapping) { remove_mapping(mapping, now_us_); }
    void mark_used(std::uint32_t mapping);

    /// Removes the sessions whose deadline has come.
    void advance(std::int64_t now_us);
    /// A deadline that came nearer; later ones need no call.
    void reschedule(std::uint32_t session);

    void clear(std::int64_t now_us);
    void set_options(const StateOptions& options);

    [[nodiscard]] Session& session(std::uint32_t entry) { return sessions_[entry]; }
    [[nodiscard]] const Session& session(std::uint32_t entry) const { return sessions_[entry]; }
    [[nodiscard]] Mapping& mapping(std::uint32_t entry) { return mappings_[entry]; }
    [[nodiscard]] const Mapping& mapping(std::uint32_t entry) const { return mappings_[entry]; }
    [[nodiscard]] std::size_t sessions_count() const { return sessions_.size(); }
    [[nodiscard]] std::size_t mappings_count() const { return mappings_.size(); }
    [[nodiscard]] AddressTable& hosts() { return hosts_; }
    [[nodiscard]] const AddressTable& hosts() const { return hosts_; }
    [[nodiscard]] std::size_t memory_bytes() const;
    [[nodiscard]] bool invariants_hold() const;
    /// The numbers of all mappings, in no order; for observers.
    [[nodiscard]] std::vector<std::uint32_t> all_mappings() const;

  private:
    struct Link {
        std::uint32_t prev = kNone;
        std::uint32_t next = kNone;
    };
    struct UseList {
        std::uint32_t oldest = kNone;
        std::uint32_t newest = kNone;
    };

    /// Sessions that differ only in the family inside compete for outside tuples.
    static Kind outside_kind(Kind kind) {
        return kind >= Kind::Udp66 ? kind : with_protocol(Kind::Udp44, protocol_of(kind));
    }
    [[nodiscard]] std::uint64_t tuple_hash(Kind kind, Endpoint near, Endpoint far) const {
        return mix((std::uint64_t{near.address} << 32 | far.address) ^ seed_,
                   std::uint64_t{near.port} << 32 | std::uint64_t{far.port} << 8 |
                       static_cast<std::uint64_t>(kind));
    }
    [[nodiscard]] std::uint64_t remote_hash(std::uint32_t mapping, std::uint32_t address) const {
        return mix((std::uint64_t{mapping} << 32 | address) ^ seed_, 1);
    }
    [[nodiscard]] std::uint64_t inside_hash(std::uint32_t entry) const;
    [[nodiscard]] std::uint64_t outside_hash(std::uint32_t entry) const;
    [[nodiscard]] std::uint64_t mapping_inside_hash(std::uint32_t entry) const;
    [[nodiscard]] std::uint64_t mapping_outside_hash(std::uint32_t entry) const;
    [[nodiscard]] std::uint64_t mapping_source_hash(std::uint32_t entry) const;
    [[nodiscard]] std::uint64_t session_remote_hash(std::uint32_t entry) const;
    [[nodiscard]] std::uint32_t find_remote(std::uint32_t mapping, std::uint32_t address) const;

    void link_session(std::uint32_t mapping, std::uint32_t entry);
    void unlink_session(std::uint32_t entry);
    void index_outside(std::uint32_t session);
    void drop_session(std::uint32_t entry);
    void remove_mapping(std::uint32_t mapping, std::int64_t at_us);
    void index_mapping(std::uint32_t entry);
    void unindex_mapping(std::uint32_t entry);
    void link_source(std::uint32_t entry);
    void unlink_source(std::uint32_t entry);
    void link_use(std::uint32_t entry);
    void unlink_use(std::uint32_t entry);

    std::uint64_t seed_;
    StateOptions options_;
    MappingListener* listener_;
    EntryPool<Session> sessions_;
    EntryPool<Mapping> mappings_;
    HashIndex by_inside_tuple_;
    HashIndex by_outside_tuple_;
    HashIndex by_inside_;
    HashIndex by_outside_;
    HashIndex by_source_;
    HashIndex by_remote_address_;
    std::vector<Link> source_links_;  ///< by mapping; empty unless asked for
    std::vector<Link> use_links_;
    UseList use_;
    TimingWheel<EntryPool<Session>> wheel_;
    AddressTable hosts_;
    std::uint32_t last_serial_ = 0;
    std::int64_t now_us_ = 0;
};

}  // namespace portolan::nat
