#include "ice-tests/agent/agent.hpp"
#include "ice-tests/agent/negotiation.hpp"

namespace portolan::agent {

std::string_view to_string(State state) {
    switch (state) {
        case State::New:
            return "new";
        case State::Gathering:
            return "gathering";
        case State::Connecting:
            return "connecting";
        case State::Connected:
            return "connected";
        case State::Ready:
            return "ready";
        case State::Failed:
            return "failed";
        case State::Closed:
            return "closed";
    }
    return "closed";
}

std::string_view to_string(FailureCause cause) {
    switch (cause) {
        case FailureCause::NoLocalCandidates:
            return "no-local-candidates";
        case FailureCause::NoRemoteCandidates:
            return "no-remote-candidates";
        case FailureCause::NoCompatiblePair:
            return "no-compatible-pair";
        case FailureCause::ChecksFailed:
            return "checks-failed";
        case FailureCause::ConsentLost:
            return "consent-lost";
        case FailureCause::ConnectionClosed:
            return "connection-closed";
        case FailureCause::PeerClosed:
            return "peer-closed";
    }
    return "checks-failed";
}

std::string_view to_string(SignallingMessage::Kind kind) {
    switch (kind) {
        case SignallingMessage::Kind::Offer:
            return "offer";
        case SignallingMessage::Kind::Answer:
            return "answer";
        case SignallingMessage::Kind::Candidate:
            return "candidate";
        case SignallingMessage::Kind::EndOfCandidates:
            return "end-of-candidates";
        case SignallingMessage::Kind::Bye:
            return "bye";
    }
    return "bye";
}

}  // namespace portolan::agent
