#include "probe/discovery/actions.hpp"

#include "python/bindings/bindings.hpp"

namespace portolan::python {
namespace {

using namespace discovery;

void bind_actions_proper(py::module_& module) {
    py::class_<OpenSocket> open(module, "OpenSocket", "Open a UDP socket.");
    read_only(open, "id", &OpenSocket::id);
    read_only(open, "family", &OpenSocket::family);
    read_only(open, "bind_ip", &OpenSocket::bind_ip);
    read_only(open, "preferred_port", &OpenSocket::preferred_port);
    open.attr("__match_args__") = py::make_tuple("id", "family", "bind_ip", "preferred_port");

    py::class_<SendDatagram> send(module, "SendDatagram", "Send bytes from a socket.");
    read_only(send, "socket", &SendDatagram::socket);
    read_only(send, "to", &SendDatagram::to);
    read_only(send, "bytes", &SendDatagram::bytes);
    send.attr("__match_args__") = py::make_tuple("socket", "to", "bytes");

    py::class_<CloseSocket> close(module, "CloseSocket", "Close a socket.");
    read_only(close, "id", &CloseSocket::id);
    close.attr("__match_args__") = py::make_tuple("id");

    py::class_<TryStream> stream(module, "TryStream",
                                 "Connect over TCP or TLS, send the request, and report.");
    read_only(stream, "id", &TryStream::id);
    read_only(stream, "to", &TryStream::to);
    read_only(stream, "tls", &TryStream::tls);
    read_only(stream, "server_name", &TryStream::server_name);
    read_only(stream, "request", &TryStream::request);
    stream.attr("__match_args__") = py::make_tuple("id", "to", "tls", "server_name", "request");
}

}  // namespace

void bind_actions(py::module_& module) {
    bind_actions_proper(module);

    py::enum_<NetworkFault> fault(module, "NetworkFault", "Why a datagram did not get through.");
    fault.value("NotPermitted", NetworkFault::NotPermitted)
        .value("NoRoute", NetworkFault::NoRoute)
        .value("IcmpProhibited", NetworkFault::IcmpProhibited)
        .value("IcmpPortUnreachable", NetworkFault::IcmpPortUnreachable)
        .value("IcmpUnreachable", NetworkFault::IcmpUnreachable)
        .value("Other", NetworkFault::Other);
    use_words(fault, [](NetworkFault value) { return to_string(value); });

    py::class_<FaultReport> fault_report(module, "FaultReport", "What an errno or ICMP says.");
    fault_report.def(
        py::init([](NetworkFault what, std::optional<IpAddress> reported_by, std::string detail) {
            return FaultReport{what, reported_by, std::move(detail)};
        }),
        py::arg("fault"), py::arg("reported_by") = py::none(), py::arg("detail") = "");
    read_only(fault_report, "fault", &FaultReport::fault);
    read_only(fault_report, "reported_by", &FaultReport::reported_by);
    read_only(fault_report, "detail", &FaultReport::detail);

    py::enum_<StreamOutcome> outcome(module, "StreamOutcome", "How a connection attempt ended.");
    outcome.value("Connected", StreamOutcome::Connected)
        .value("Refused", StreamOutcome::Refused)
        .value("TimedOut", StreamOutcome::TimedOut)
        .value("Unreachable", StreamOutcome::Unreachable)
        .value("TlsFailed", StreamOutcome::TlsFailed)
        .value("NotPermitted", StreamOutcome::NotPermitted);
    use_words(outcome, [](StreamOutcome value) { return to_string(value); });

    py::class_<StreamReport> stream_report(module, "StreamReport",
                                           "What has become of a TryStream.");
    stream_report.def(
        py::init([](StreamOutcome what, std::string detail, std::vector<std::byte> reply) {
            return StreamReport{what, std::move(detail), std::move(reply)};
        }),
        py::arg("outcome"), py::arg("detail") = "", py::arg("reply") = py::bytes());
    read_only(stream_report, "outcome", &StreamReport::outcome);
    read_only(stream_report, "detail", &StreamReport::detail);
    read_only(stream_report, "reply", &StreamReport::reply);
}

}  // namespace portolan::python
