#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "ice-tests/server/binding.hpp"

// The first four octets choose faults, transport and addresses, the rest is the request. Whatever
// arrives: at most one answer, doubled by each fault, from endpoints of the server, to the client's
// IP address, and without faults it is STUN.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace portolan;
    if (size < 4) return 0;
    server::BindingConfig config;
    auto layout = server::Layout::make(
        {IpAddress::v4({192, 0, 2, 1}), IpAddress::v4({192, 0, 2, 2})}, 3478, 3479);
    if (!layout) std::abort();
    config.layout = std::move(*layout);
    if ((data[0] & 1) != 0) config.layout.alt_port.reset();
    if ((data[0] & 2) != 0) config.layout.ips.pop_back();
    const bool has_fault = data[1] != 0;
    if (has_fault) {
        config.faults.add(static_cast<server::ServerFault>(data[1] % server::kServerFaultCount));
        config.faults.add(static_cast<server::ServerFault>(data[2] % server::kServerFaultCount));
    }
    const TransportAddress client{IpAddress::v4({198, 51, 100, 1}), 40000};
    const auto endpoints = config.layout.endpoints();
    const auto replies = server::respond(
        config, {.bytes = std::as_bytes(std::span(data, size).subspan(4)),
                 .source = client,
                 .received_on = endpoints[data[3] % endpoints.size()],
                 .arrival = (data[0] & 4) != 0 ? server::Arrival::Tcp : server::Arrival::Udp});
    if (replies.size() > (has_fault ? 4U : 1U)) std::abort();
    for (const server::Outgoing& reply : replies) {
        if (std::find(endpoints.begin(), endpoints.end(), reply.from) == endpoints.end()) {
            std::abort();
        }
        if (reply.to.ip != client.ip) std::abort();
        if (!has_fault && !stun::MessageView::parse(reply.bytes)) std::abort();
    }
    return 0;
}
