#pragma once

#include <optional>
#include <vector>

#include "probe/discovery/ledger.hpp"

/// How the mappings of one socket differ with their destinations, and whether that is a rule.
namespace portolan::discovery {

/// The four points of RFC 5780 s4.3 as one socket saw them.
struct MappingPattern {
    int attempt = 0;
    SocketId socket = 0;
    std::optional<ProbeId> pp, pa, ap, aa;
    std::vector<ProbeId> others;
};
/// Of each mapping socket, in the order of use.
std::vector<MappingPattern> mapping_patterns(const Ledger& ledger);

/// The server that was asked on all its addresses, if one was.
std::optional<int> mapping_server(const Ledger& ledger, const MappingPattern& pattern);

enum class PatternKind {
    Incomplete,        ///< fewer than the four points; what there is agrees
    Differing,         ///< fewer than the four points; what there is differs
    Same,              ///< all four equal
    ByAddress,         ///< PP = PA, AP = AA
    ByPort,            ///< PP = AP, PA = AA
    ByAddressAndPort,  ///< all different
    Mixed,             ///< anything else: coincidence or a port collision
    AddressVaries,     ///< the public IP address itself changes with the destination
    Drifted,           ///< a destination saw two mappings
};
PatternKind classify(const Ledger& ledger, const MappingPattern& pattern);

/// Different mappings, of which at least one kept the local port: a port preserving NAT may have
/// had to give another port where a second inside host was using the same one (RFC 4787 s4.2.1),
/// and some then keep to that one. Only a fresh socket tells.
bool could_be_collision(const Ledger& ledger, const MappingPattern& pattern);

/// The patterns seen so far do not settle the mapping, and a further fresh socket might. A NAT that
/// starts to map anew in the middle, or a port collision, sorts destinations into groups just as a
/// rule would, but not twice in the same way; so a rule is believed when two sockets show it.
bool wants_another_socket(const Ledger& ledger);

}  // namespace portolan::discovery
