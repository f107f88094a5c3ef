#include "probe/transport/fault.hpp"

#include <cerrno>
#include <cstring>

namespace portolan::transport {
namespace {

Fault classify_errno(int error_number) {
    switch (error_number) {
        case EPERM:
            return Fault::NotPermitted;
        case ENETUNREACH:
        case EHOSTUNREACH:
        case EADDRNOTAVAIL:
        case ENETDOWN:
        case EHOSTDOWN:
        case ENODEV:
        case EAFNOSUPPORT:
        // What Linux says for a route of the type prohibit, and for a broadcast address.
        case EACCES:
        // What Linux says for a blackhole route and for leaving the host from a loopback address.
        case EINVAL:
            return Fault::NoRoute;
        default:
            return Fault::Other;
    }
}

// RFC 792, RFC 1812 s5.2.7.1
Fault classify_icmp_v4(const IcmpError& icmp) {
    constexpr std::uint8_t kDestinationUnreachable = 3;
    if (icmp.type != kDestinationUnreachable) return Fault::Other;
    switch (icmp.code) {
        case 3:
            return Fault::IcmpPortUnreachable;
        case 4:
            return Fault::Other;  // fragmentation needed: about the size, not the path
        case 9:
        case 10:
        case 13:
            return Fault::IcmpProhibited;
        default:
            return Fault::IcmpUnreachable;
    }
}

// RFC 4443 s3.1
Fault classify_icmp_v6(const IcmpError& icmp) {
    constexpr std::uint8_t kDestinationUnreachable = 1;
    if (icmp.type != kDestinationUnreachable) return Fault::Other;
    switch (icmp.code) {
        case 1:
        case 5:
        case 6:
            return Fault::IcmpProhibited;
        case 4:
            return Fault::IcmpPortUnreachable;
        default:
            return Fault::IcmpUnreachable;
    }
}

}  // namespace

FaultReport local_fault(int error_number, const std::optional<TransportAddress>& destination) {
    return {.fault = classify_errno(error_number),
            .error_number = error_number,
            .destination = destination,
            .icmp = std::nullopt,
            .detail = errno_name(error_number)};
}

FaultReport icmp_fault(const IcmpError& icmp, int error_number,
                       const std::optional<TransportAddress>& destination) {
    const bool v4 = icmp.family == AddressFamily::IPv4;
    std::string detail = errno_name(error_number) + (v4 ? " (ICMP " : " (ICMPv6 ") +
                         std::to_string(icmp.type) + '/' + std::to_string(icmp.code);
    if (icmp.reported_by) detail += " from " + icmp.reported_by->to_string();
    return {.fault = v4 ? classify_icmp_v4(icmp) : classify_icmp_v6(icmp),
            .error_number = error_number,
            .destination = destination,
            .icmp = icmp,
            .detail = detail + ')'};
}

std::string_view to_string(Fault fault) {
    switch (fault) {
        case Fault::NotPermitted:
            return "not-permitted";
        case Fault::NoRoute:
            return "no-route";
        case Fault::IcmpProhibited:
            return "icmp-prohibited";
        case Fault::IcmpPortUnreachable:
            return "icmp-port-unreachable";
        case Fault::IcmpUnreachable:
            return "icmp-unreachable";
        case Fault::Other:
            return "other";
    }
    return "other";
}

std::string errno_name(int error_number) {
    const char* name = strerrorname_np(error_number);
    return name != nullptr ? name : "errno " + std::to_string(error_number);
}

std::string errno_text(int error_number) {
    const char* description = strerrordesc_np(error_number);
    return errno_name(error_number) +
           (description != nullptr ? std::string(" (") + description + ')' : std::string());
}

}  // namespace portolan::transport
