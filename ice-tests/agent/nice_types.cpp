#include "ice-tests/agent/nice_types.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

namespace portolan::agent {
namespace {

std::optional<TransportAddress> from_nice(const NiceAddress& address) {
    sockaddr_storage storage{};
    if (nice_address_is_valid(&address) == FALSE) return std::nullopt;
    nice_address_copy_to_sockaddr(&address, reinterpret_cast<sockaddr*>(&storage));
    return TransportAddress::from_sockaddr(reinterpret_cast<const sockaddr*>(&storage),
                                           sizeof storage);
}

CandidateType type_of(const NiceCandidate& candidate) {
    switch (candidate.type) {
        case NICE_CANDIDATE_TYPE_HOST:
            return CandidateType::Host;
        case NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE:
            return CandidateType::ServerReflexive;
        case NICE_CANDIDATE_TYPE_PEER_REFLEXIVE:
            return CandidateType::PeerReflexive;
        case NICE_CANDIDATE_TYPE_RELAYED:
            return CandidateType::Relayed;
    }
    return CandidateType::Host;
}

CandidateTransport transport_of(const NiceCandidate& candidate) {
    switch (candidate.transport) {
        case NICE_CANDIDATE_TRANSPORT_UDP:
            return CandidateTransport::Udp;
        case NICE_CANDIDATE_TRANSPORT_TCP_ACTIVE:
            return CandidateTransport::TcpActive;
        case NICE_CANDIDATE_TRANSPORT_TCP_PASSIVE:
            return CandidateTransport::TcpPassive;
        case NICE_CANDIDATE_TRANSPORT_TCP_SO:
            return CandidateTransport::TcpSimultaneousOpen;
    }
    return CandidateTransport::Udp;
}

NiceCandidateType nice_type(CandidateType type) {
    switch (type) {
        case CandidateType::Host:
            return NICE_CANDIDATE_TYPE_HOST;
        case CandidateType::ServerReflexive:
            return NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE;
        case CandidateType::PeerReflexive:
            return NICE_CANDIDATE_TYPE_PEER_REFLEXIVE;
        case CandidateType::Relayed:
            return NICE_CANDIDATE_TYPE_RELAYED;
    }
    return NICE_CANDIDATE_TYPE_HOST;
}

NiceCandidateTransport nice_transport(CandidateTransport transport) {
    switch (transport) {
        case CandidateTransport::Udp:
            return NICE_CANDIDATE_TRANSPORT_UDP;
        case CandidateTransport::TcpActive:
            return NICE_CANDIDATE_TRANSPORT_TCP_ACTIVE;
        case CandidateTransport::TcpPassive:
            return NICE_CANDIDATE_TRANSPORT_TCP_PASSIVE;
        case CandidateTransport::TcpSimultaneousOpen:
            return NICE_CANDIDATE_TRANSPORT_TCP_SO;
    }
    return NICE_CANDIDATE_TRANSPORT_UDP;
}

}  // namespace

void NiceCandidateListDeleter::operator()(GSList* list) const {
    g_slist_free_full(list, [](gpointer candidate) {
        nice_candidate_free(static_cast<NiceCandidate*>(candidate));
    });
}

Candidate from_nice(const NiceCandidate& candidate) {
    Candidate result{
        .type = type_of(candidate),
        .transport = transport_of(candidate),
        .address = from_nice(candidate.addr).value_or(TransportAddress{}),
        .related = {},
        .priority = candidate.priority,
        .foundation = std::string(candidate.foundation,
                                  strnlen(candidate.foundation, sizeof candidate.foundation)),
        .component = candidate.component_id};
    // A remote peer-reflexive candidate has no base that we could know.
    if (result.type != CandidateType::Host) result.related = from_nice(candidate.base_addr);
    return result;
}

std::vector<Candidate> from_nice(const GSList* candidates) {
    std::vector<Candidate> result;
    for (; candidates != nullptr; candidates = candidates->next)
        result.push_back(from_nice(*static_cast<const NiceCandidate*>(candidates->data)));
    return result;
}

NiceAddress to_nice(const TransportAddress& address) {
    NiceAddress result;
    nice_address_init(&result);
    sockaddr_storage storage{};
    address.to_sockaddr(storage);
    nice_address_set_from_sockaddr(&result, reinterpret_cast<const sockaddr*>(&storage));
    return result;
}

NiceCandidatePtr to_nice(const Candidate& candidate, unsigned stream) {
    NiceCandidatePtr result(nice_candidate_new(nice_type(candidate.type)));
    result->transport = nice_transport(candidate.transport);
    result->addr = to_nice(candidate.address);
    if (candidate.related) result->base_addr = to_nice(*candidate.related);
    result->priority = candidate.priority;
    result->stream_id = stream;
    result->component_id = candidate.component;
    g_strlcpy(result->foundation, candidate.foundation.c_str(), sizeof result->foundation);
    return result;
}

State from_nice(NiceComponentState state) {
    switch (state) {
        case NICE_COMPONENT_STATE_DISCONNECTED:
            return State::New;
        case NICE_COMPONENT_STATE_GATHERING:
            return State::Gathering;
        case NICE_COMPONENT_STATE_CONNECTING:
            return State::Connecting;
        case NICE_COMPONENT_STATE_CONNECTED:
            return State::Connected;
        case NICE_COMPONENT_STATE_READY:
            return State::Ready;
        case NICE_COMPONENT_STATE_FAILED:
        case NICE_COMPONENT_STATE_LAST:
            return State::Failed;
    }
    return State::Failed;
}

}  // namespace portolan::agent
