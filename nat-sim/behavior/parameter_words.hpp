#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "nat-sim/behavior/parameters.hpp"

namespace portolan::nat {

/// The JSON words of an enumeration, in the order of its values.
template <typename Enum>
struct Words;

template <>
struct Words<Translation> {
    static constexpr std::array<std::string_view, 4> kWords = {"address-and-port", "one-to-one",
                                                               "none", "off"};
};
template <>
struct Words<Ipv6Mode> {
    static constexpr std::array<std::string_view, 4> kWords = {"off", "firewall", "nptv6", "nat64"};
};
template <>
struct Words<MappingRule> {
    static constexpr std::array<std::string_view, 3> kWords = {
        "endpoint-independent", "address-dependent", "address-and-port-dependent"};
};
template <>
struct Words<FilteringRule> {
    static constexpr std::array<std::string_view, 3> kWords = {
        "endpoint-independent", "address-dependent", "address-and-port-dependent"};
};
template <>
struct Words<PortStrategy> {
    static constexpr std::array<std::string_view, 5> kWords = {"preserve", "sequential", "random",
                                                               "hash", "block"};
};
template <>
struct Words<BlockAlgorithm> {
    static constexpr std::array<std::string_view, 5> kWords = {
        "sequential", "staggered", "round-robin", "interlaced", "cryptographic"};
};
template <>
struct Words<OnConflict> {
    static constexpr std::array<std::string_view, 4> kWords = {"random", "next", "drop",
                                                               "overload"};
};
template <>
struct Words<Stickiness> {
    static constexpr std::array<std::string_view, 2> kWords = {"destination", "source"};
};
template <>
struct Words<ReplyBinding> {
    static constexpr std::array<std::string_view, 2> kWords = {"session-aware", "mapping-table"};
};
template <>
struct Words<Pooling> {
    static constexpr std::array<std::string_view, 4> kWords = {"paired", "soft", "arbitrary",
                                                               "destination-hash"};
};
template <>
struct Words<RefreshDirection> {
    static constexpr std::array<std::string_view, 3> kWords = {"out", "in", "both"};
};
template <>
struct Words<HairpinMode> {
    static constexpr std::array<std::string_view, 3> kWords = {"off", "external-source",
                                                               "internal-source"};
};
template <>
struct Words<Exhaustion> {
    static constexpr std::array<std::string_view, 4> kWords = {"silent", "host-unreachable",
                                                               "admin-prohibited", "evict-lru"};
};
template <>
struct Words<InboundFirst> {
    static constexpr std::array<std::string_view, 2> kWords = {"off", "accept"};
};
template <>
struct Words<UdpAnswer> {
    static constexpr std::array<std::string_view, 2> kWords = {"silent", "port-unreachable"};
};
template <>
struct Words<TcpAnswer> {
    static constexpr std::array<std::string_view, 3> kWords = {"silent", "port-unreachable",
                                                               "reset"};
};
template <>
struct Words<IcmpMode> {
    static constexpr std::array<std::string_view, 3> kWords = {"translate", "drop",
                                                               "kills-mapping"};
};
template <>
struct Words<FragmentMode> {
    static constexpr std::array<std::string_view, 3> kWords = {"reassemble", "track", "drop"};
};
template <>
struct Words<Alg> {
    static constexpr std::array<std::string_view, 3> kWords = {"off", "sip", "stun"};
};
template <>
struct Words<PortControl> {
    static constexpr std::array<std::string_view, 3> kWords = {"off", "on", "lies"};
};
template <>
struct Words<Realms> {
    static constexpr std::array<std::string_view, 2> kWords = {"separate", "confused"};
};

/// The word of a parameter's value, as its JSON document has it.
template <typename Enum>
constexpr std::string_view to_string(Enum value) {
    return Words<Enum>::kWords[static_cast<std::size_t>(value)];
}

}  // namespace portolan::nat
