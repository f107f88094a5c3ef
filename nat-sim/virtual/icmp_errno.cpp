#include "nat-sim/virtual/icmp_errno.hpp"

#include <array>
#include <cerrno>

namespace portolan::sim {
namespace {

// By the code of an ICMP "destination unreachable".
constexpr std::array<IcmpErrno, 16> kUnreachableV4 = {{{ENETUNREACH, false},
                                                       {EHOSTUNREACH, false},
                                                       {ENOPROTOOPT, true},
                                                       {ECONNREFUSED, true},
                                                       {EMSGSIZE, false},
                                                       {EOPNOTSUPP, false},
                                                       {ENETUNREACH, true},
                                                       {EHOSTDOWN, true},
                                                       {ENONET, true},
                                                       {ENETUNREACH, true},
                                                       {EHOSTUNREACH, true},
                                                       {ENETUNREACH, false},
                                                       {EHOSTUNREACH, false},
                                                       {EHOSTUNREACH, true},
                                                       {EHOSTUNREACH, true},
                                                       {EHOSTUNREACH, true}}};

constexpr std::array<IcmpErrno, 7> kUnreachableV6 = {{{ENETUNREACH, false},
                                                      {EACCES, true},
                                                      {EHOSTUNREACH, false},
                                                      {EHOSTUNREACH, false},
                                                      {ECONNREFUSED, true},
                                                      {EACCES, true},
                                                      {EACCES, true}}};

}  // namespace

IcmpErrno icmp_errno(AddressFamily family, std::uint8_t type, std::uint8_t code) {
    if (family == AddressFamily::IPv4) {
        if (type == 3)
            return code < kUnreachableV4.size() ? kUnreachableV4[code]
                                                : IcmpErrno{EHOSTUNREACH, false};
        if (type == 11) return {EHOSTUNREACH, false};
        if (type == 12) return {EPROTO, true};
        return {};
    }
    if (type == 1)
        return code < kUnreachableV6.size() ? kUnreachableV6[code] : IcmpErrno{EPROTO, true};
    if (type == 2) return {EMSGSIZE, false};
    if (type == 3) return {EHOSTUNREACH, false};
    if (type == 4) return {EPROTO, true};
    return {};
}

}  // namespace portolan::sim
