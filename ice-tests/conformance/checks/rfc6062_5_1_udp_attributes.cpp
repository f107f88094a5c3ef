#include "ice-tests/conformance/tcp_steps.hpp"

namespace portolan::conformance {
namespace in_rfc6062_5_1_udp_attributes {

static Task<Judgement> run(Probe& probe) {
    const Allocated supported = co_await tcp_allocation(probe);
    (void)supported;
    Request even_port = tcp_request(probe);
    even_port.even_port(false);
    Request dont_fragment = tcp_request(probe);
    dont_fragment.flag(AttributeType::DontFragment);
    Request token = turn::allocate_tcp();
    token.u64(AttributeType::ReservationToken, probe.random());
    const std::pair<std::string, Request> requests[] = {
        {"EVEN-PORT", even_port}, {"DONT-FRAGMENT", dont_fragment}, {"RESERVATION-TOKEN", token}};
    for (const auto& [name, request] : requests) {
        Client* client = co_await probe.client();
        const Reply reply = co_await client->request(request);
        if (!reply.has_come()) co_return unanswered(reply);
        // A server that does not know DONT-FRAGMENT says so, whatever it is asked for.
        const bool is_unknown = reply.code() == 420 && name == "DONT-FRAGMENT";
        if (reply.code() != 400 && !is_unknown) {
            co_return violates("It answered " + name + " with " + reply.said() + ".");
        }
    }
    co_return meets("It refused each of the three.");
}

}  // namespace in_rfc6062_5_1_udp_attributes

extern const Check rfc6062_5_1_udp_attributes;
const Check rfc6062_5_1_udp_attributes{
    .id = "rfc6062/5.1/udp-attributes",
    .title = "What is for UDP only",
    .level = Level::Must,
    .transports = kStreams,
    .needs = kCredentials,
    .requirement =
        "EVEN-PORT, DONT-FRAGMENT and RESERVATION-TOKEN mean nothing for TCP: an Allocate request "
        "for TCP that has one of them is refused.",
    .sends = "Three Allocate requests for TCP, each with one of the three.",
    .conformant = "Answers each with error 400.",
    .run = in_rfc6062_5_1_udp_attributes::run,
};

}  // namespace portolan::conformance
