// Bytes of IPv4 packets: addresses, ports and checksums, changed where they are.

#include "nat-sim/behavior/engine.hpp"

namespace portolan::nat {

void Engine::rewrite_ipv4(std::vector<std::byte>& bytes, const Ipv4Header& ip,
                          const Endpoint* source, const Endpoint* destination, const Transport& t,
                          bool count_hop) {
    std::byte* at = bytes.data();
    ChecksumDelta addresses;
    ChecksumDelta header;
    ChecksumDelta ports;
    if (source != nullptr) {
        addresses.replace32(ip.source.value, source->address);
        put32(at + 12, source->address);
    }
    if (destination != nullptr) {
        addresses.replace32(ip.destination.value, destination->address);
        put32(at + 16, destination->address);
    }
    if (count_hop && parameters_.forwarding.decrement_ttl && !sabotaged(Sabotage::Forwarding)) {
        const std::uint16_t before = get16(at + 8);
        put8(at + 8, get8(at + 8) - 1U);
        header.replace16(before, get16(at + 8));
    }
    header.add(addresses);
    put16(at + 10, header.apply(get16(at + 10)));

    std::byte* transport = at + ip.header_size;
    switch (t.what) {
        case Transport::Class::Ports: {
            if (source != nullptr) {
                ports.replace16(t.source_port, source->port);
                put16(transport, source->port);
            }
            if (destination != nullptr) {
                ports.replace16(t.destination_port, destination->port);
                put16(transport + 2, destination->port);
            }
            ports.add(addresses);
            if (sabotaged(Sabotage::Checksum)) return;
            if (t.protocol == 0) {
                put16(transport + 6, ports.apply_udp(get16(transport + 6)));
            } else {
                put16(transport + 16, ports.apply(get16(transport + 16)));
            }
            return;
        }
        case Transport::Class::IcmpRequest:
        case Transport::Class::IcmpReply: {
            // ICMP has no pseudo header: only the query id counts.
            const Endpoint* changed = source != nullptr ? source : destination;
            if (changed == nullptr) return;
            ports.replace16(t.source_port, changed->port);
            put16(transport + 4, changed->port);
            put16(transport + 2, ports.apply(get16(transport + 2)));
            return;
        }
        case Transport::Class::IcmpError:
        case Transport::Class::Other:
            return;
    }
}

}  // namespace portolan::nat
