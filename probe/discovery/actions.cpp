#include "probe/discovery/actions.hpp"

namespace portolan::discovery {

std::string_view to_string(NetworkFault fault) {
    switch (fault) {
        case NetworkFault::NotPermitted:
            return "not-permitted";
        case NetworkFault::NoRoute:
            return "no-route";
        case NetworkFault::IcmpProhibited:
            return "icmp-prohibited";
        case NetworkFault::IcmpPortUnreachable:
            return "icmp-port-unreachable";
        case NetworkFault::IcmpUnreachable:
            return "icmp-unreachable";
        case NetworkFault::Other:
            return "other";
    }
    return "";
}

std::string_view to_string(StreamOutcome outcome) {
    switch (outcome) {
        case StreamOutcome::Connected:
            return "connected";
        case StreamOutcome::Refused:
            return "refused";
        case StreamOutcome::TimedOut:
            return "timed-out";
        case StreamOutcome::Unreachable:
            return "unreachable";
        case StreamOutcome::TlsFailed:
            return "tls-failed";
        case StreamOutcome::NotPermitted:
            return "not-permitted";
    }
    return "";
}

}  // namespace portolan::discovery
