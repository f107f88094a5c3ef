#include "probe/discovery/ledger.hpp"

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
    if (message_class == stun::MessageClass::ErrorResponse) {
        const auto error = message.error_code();
        error_code = error ? error->code : 0;
    }
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
    }
    return "";
}

}  // namespace portolan::discovery
