#include "probe/transport/byte_stream.hpp"

namespace portolan::transport {

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
    return "unreachable";
}

std::string_view to_string(StreamEnd end) {
    switch (end) {
        case StreamEnd::PeerClosed:
            return "peer-closed";
        case StreamEnd::Reset:
            return "reset";
        case StreamEnd::Truncated:
            return "truncated";
        case StreamEnd::ProtocolError:
            return "protocol-error";
    }
    return "reset";
}

}  // namespace portolan::transport
