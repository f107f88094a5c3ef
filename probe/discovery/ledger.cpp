#include "probe/discovery/ledger.hpp"

#include <algorithm>
#include <utility>

#include "probe/discovery/reply_flaw.hpp"

namespace portolan::discovery {

void Arrival::decode() {
    const auto message = stun::MessageView::parse(bytes);
    if (message) decode(*message);
}

void Arrival::decode(const stun::MessageView& message) {
    using stun::AttributeType;
    // The transaction id alone does not make it an answer: RFC 8489 s6.3.1 has the method checked
    // too.
    if (message.method() != stun::Method::Binding) return;
    well_formed = true;
    message_class = message.message_class();
    mapped_xor = message.address(AttributeType::XorMappedAddress);
    mapped_plain = message.address(AttributeType::MappedAddress);
    other_address = message.address(AttributeType::OtherAddress);
    response_origin = message.address(AttributeType::ResponseOrigin);
    flaw = flaw_of(message);
    if (message_class == stun::MessageClass::ErrorResponse) {
        const auto error = message.error_code();
        error_code = error ? error->code : 0;
    }
}

bool Probe::is_contradicted() const {
    using Answer = std::pair<std::optional<TransportAddress>, std::optional<int>>;
    std::optional<Time> first;
    std::vector<Answer> values;
    for (const Arrival& arrival : arrivals) {
        const bool success = arrival.message_class == stun::MessageClass::SuccessResponse;
        const bool error = arrival.message_class == stun::MessageClass::ErrorResponse;
        // What is to be discarded (RFC 8489 s6.3) is no answer.
        if (arrival.source != destination || arrival.flaw != ReplyFlaw::None ||
            arrival.socket != socket || sent.empty() ||
            !(error || (success && arrival.mapped_xor))) {
            continue;
        }
        if (!first) first = arrival.at;
        const Answer answer{success ? arrival.mapped_xor : std::nullopt,
                            success ? std::nullopt : arrival.error_code};
        if (std::find(values.begin(), values.end(), answer) == values.end()) {
            values.push_back(answer);
        }
        // A NAT that changes its mind needs a copy of the request for each answer. A copy that left
        // less than half the round trip ago cannot have been answered yet.
        const Duration soonest = (*first - sent.front()) / 2;
        const auto answerable = std::count_if(sent.begin(), sent.end(), [&](Time at) {
            return at == sent.front() || at + soonest <= arrival.at;
        });
        if (static_cast<std::ptrdiff_t>(values.size()) > answerable) return true;
    }
    return false;
}

bool StreamRecord::answers_stun() const {
    if (!report || report->outcome != StreamOutcome::Connected || report->reply.empty()) {
        return false;
    }
    const auto asked = stun::MessageView::parse(request);
    const auto reply = stun::MessageView::parse(report->reply);
    return asked && reply && reply->method() == stun::Method::Binding &&
           reply->transaction_id() == asked->transaction_id() &&
           (reply->message_class() == stun::MessageClass::SuccessResponse ||
            reply->message_class() == stun::MessageClass::ErrorResponse);
}

std::optional<TransportAddress> StreamRecord::other_address() const {
    if (!answers_stun()) return std::nullopt;
    Arrival reply;
    reply.bytes = report->reply;
    reply.decode();
    const bool success = reply.message_class == stun::MessageClass::SuccessResponse;
    return success && reply.flaw == ReplyFlaw::None ? reply.other_address : std::nullopt;
}

const SocketRecord* Ledger::socket(SocketId id) const {
    for (const SocketRecord& record : sockets) {
        if (record.id == id) return &record;
    }
    return nullptr;
}

std::string_view to_string(Role role) {
    switch (role) {
        case Role::MapPP:
            return "map-pp";
        case Role::MapPA:
            return "map-pa";
        case Role::MapAP:
            return "map-ap";
        case Role::MapAA:
            return "map-aa";
        case Role::MapOther:
            return "map-other";
        case Role::FilterControl:
            return "filter-control";
        case Role::FilterIpPort:
            return "filter-ip-port";
        case Role::FilterPort:
            return "filter-port";
        case Role::ChangeControlIpPort:
            return "change-control-ip-port";
        case Role::ChangeControlPort:
            return "change-control-port";
        case Role::Hairpin:
            return "hairpin";
        case Role::HairpinControl:
            return "hairpin-control";
        case Role::Audit:
            return "audit";
        case Role::LifetimeBind:
            return "lifetime-bind";
        case Role::LifetimeCheck:
            return "lifetime-check";
        case Role::LifetimeControl:
            return "lifetime-control";
        case Role::OutboundBusy:
            return "outbound-busy";
        case Role::OutboundCheck:
            return "outbound-check";
        case Role::InboundBind:
            return "inbound-bind";
        case Role::InboundBusy:
            return "inbound-busy";
        case Role::InboundCheck:
            return "inbound-check";
        case Role::OtherPoint:
            return "other-point";
        case Role::FilterIpPortAgain:
            return "filter-ip-port-again";
    }
    return "";
}

}  // namespace portolan::discovery
