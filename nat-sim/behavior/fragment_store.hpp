#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <vector>

#include "nat-sim/behavior/addresses.hpp"
#include "nat-sim/behavior/nat.hpp"

namespace portolan::nat {

/// What fragments of one datagram have in common (RFC 791 s3.2, RFC 8200 s4.5).
struct FragmentKey {
    Side from = Side::Inside;
    Ipv6 source;  ///< IPv4 addresses in the first four bytes
    Ipv6 destination;
    std::uint32_t id = 0;
    std::uint8_t protocol = 0;
    bool ipv6 = false;

    friend bool operator==(const FragmentKey& a, const FragmentKey& b) {
        return a.from == b.from && a.source == b.source && a.destination == b.destination &&
               a.id == b.id && a.protocol == b.protocol && a.ipv6 == b.ipv6;
    }
};

/// Datagrams whose fragments are not all there, and the ways of those that follow their first
/// fragment. Bounded in number and in size (RFC 4787 REQ-14a).
class FragmentStore {
  public:
    static constexpr std::size_t kMaxDatagrams = 64;
    static constexpr std::size_t kMaxBytes = std::size_t{1} << 20;

    enum class Result { Waiting, Complete, Overlap, Full };

    /// `header` is kept of the first fragment; `payload` is what is behind it. When the datagram is
    /// complete it is left in `whole`: that header, then all payload.
    Result add(const FragmentKey& key, std::size_t offset, bool more,
               const std::vector<std::byte>& header, const std::byte* payload, std::size_t size,
               std::int64_t due_us, std::vector<std::byte>& whole);

    /// Where the first fragment went.
    struct Way {
        FragmentKey key;
        std::int64_t due_us = 0;
        Side out = Side::Outside;
        Ipv4 source;
        Ipv4 destination;
        std::uint64_t mapping = 0;
        bool hairpinned = false;
    };
    void remember(const Way& way);
    [[nodiscard]] const Way* find(const FragmentKey& key) const;

    void advance(std::int64_t now_us);
    void clear();
    [[nodiscard]] std::size_t waiting_count() const { return partial_.size(); }
    [[nodiscard]] std::size_t memory_bytes() const;

  private:
    struct Piece {
        std::size_t offset = 0;
        std::vector<std::byte> bytes;
    };
    struct Partial {
        FragmentKey key;
        std::int64_t due_us = 0;
        std::vector<std::byte> header;
        std::vector<Piece> pieces;  ///< by offset
        std::size_t size = 0;       ///< of the payload in `pieces`
        std::optional<std::size_t> total;
    };

    std::list<Partial> partial_;
    std::list<Way> ways_;
    std::size_t bytes_ = 0;
};

}  // namespace portolan::nat
