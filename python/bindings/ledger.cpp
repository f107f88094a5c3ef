#include "probe/discovery/ledger.hpp"

#include <nlohmann/json.hpp>

#include "python/bindings/bindings.hpp"

namespace portolan::python {
namespace {

using namespace discovery;

void bind_role(py::module_& module) {
    py::enum_<Role> role(module, "Role", "What a transaction is for.");
    role.value("MapPP", Role::MapPP)
        .value("MapPA", Role::MapPA)
        .value("MapAP", Role::MapAP)
        .value("MapAA", Role::MapAA)
        .value("MapOther", Role::MapOther)
        .value("FilterControl", Role::FilterControl)
        .value("FilterIpPort", Role::FilterIpPort)
        .value("FilterPort", Role::FilterPort)
        .value("ChangeControlIpPort", Role::ChangeControlIpPort)
        .value("ChangeControlPort", Role::ChangeControlPort)
        .value("Hairpin", Role::Hairpin)
        .value("HairpinControl", Role::HairpinControl)
        .value("Audit", Role::Audit)
        .value("LifetimeBind", Role::LifetimeBind)
        .value("LifetimeCheck", Role::LifetimeCheck)
        .value("LifetimeControl", Role::LifetimeControl)
        .value("OutboundBusy", Role::OutboundBusy)
        .value("OutboundCheck", Role::OutboundCheck)
        .value("InboundBind", Role::InboundBind)
        .value("InboundBusy", Role::InboundBusy)
        .value("InboundCheck", Role::InboundCheck)
        .value("OtherPoint", Role::OtherPoint)
        .value("FilterIpPortAgain", Role::FilterIpPortAgain);
    use_words(role, [](Role value) { return to_string(value); });
}

void bind_probe(py::module_& module) {
    py::class_<Arrival> arrival(module, "Arrival", "A datagram that answers a probe.");
    read_only(arrival, "at", &Arrival::at);
    read_only(arrival, "socket", &Arrival::socket);
    read_only(arrival, "source", &Arrival::source);
    read_only(arrival, "local_ip", &Arrival::local_ip);
    read_only(arrival, "bytes", &Arrival::bytes);

    py::class_<Fault> fault(module, "Fault", "An errno or ICMP message, and when.");
    read_only(fault, "at", &Fault::at);
    read_only(fault, "report", &Fault::report);

    py::class_<Probe> probe(module, "Probe", "One STUN transaction with its copies.");
    read_only(probe, "role", &Probe::role);
    read_only(probe, "socket", &Probe::socket);
    read_only(probe, "server", &Probe::server);
    read_only(probe, "attempt", &Probe::attempt);
    read_only(probe, "destination", &Probe::destination);
    read_only(probe, "id", &Probe::id);
    read_only(probe, "change_ip", &Probe::change_ip);
    read_only(probe, "change_port", &Probe::change_port);
    read_only(probe, "response_port", &Probe::response_port);
    read_only(probe, "request", &Probe::request);
    read_only(probe, "sent", &Probe::sent);
    read_only(probe, "arrivals", &Probe::arrivals);
    read_only(probe, "arrival_count", &Probe::arrival_count);
    read_only(probe, "faults", &Probe::faults);
}

void bind_records(py::module_& module) {
    py::class_<SocketRecord> socket(module, "SocketRecord", "A socket as bound.");
    read_only(socket, "id", &SocketRecord::id);
    read_only(socket, "local", &SocketRecord::local);

    py::class_<StreamRecord> stream(module, "StreamRecord", "A connection attempt.");
    read_only(stream, "id", &StreamRecord::id);
    read_only(stream, "server", &StreamRecord::server);
    read_only(stream, "to", &StreamRecord::to);
    read_only(stream, "tls", &StreamRecord::tls);
    read_only(stream, "request", &StreamRecord::request);
    read_only(stream, "started", &StreamRecord::started);
    read_only(stream, "ended", &StreamRecord::ended);
    read_only(stream, "report", &StreamRecord::report);
    stream.def("answers_stun", &StreamRecord::answers_stun);

    py::class_<ServerRecord> server(module, "ServerRecord", "A server that was asked.");
    read_only(server, "name", &ServerRecord::name);
    read_only(server, "address", &ServerRecord::address);

    py::class_<Stray> stray(module, "Stray", "A datagram that answers no probe.");
    read_only(stray, "at", &Stray::at);
    read_only(stray, "source", &Stray::source);
    read_only(stray, "what", &Stray::what);
    read_only(stray, "answers", &Stray::answers);
}

}  // namespace

void bind_ledger(py::module_& module) {
    bind_role(module);
    bind_probe(module);
    bind_records(module);

    py::class_<Ledger> ledger(module, "Ledger", "The evidence of a run.");
    read_only(ledger, "family", &Ledger::family);
    read_only(ledger, "seed", &Ledger::seed);
    read_only(ledger, "started", &Ledger::started);
    read_only(ledger, "ended", &Ledger::ended);
    read_only(ledger, "cut_off", &Ledger::cut_off);
    read_only(ledger, "route_local_ip", &Ledger::route_local_ip);
    read_only(ledger, "servers", &Ledger::servers);
    read_only(ledger, "sockets", &Ledger::sockets);
    read_only(ledger, "probes", &Ledger::probes);
    read_only(ledger, "streams", &Ledger::streams);
    read_only(ledger, "stray_count", &Ledger::stray_count);
    read_only(ledger, "strays", &Ledger::strays);
    read_only(ledger, "socket_faults", &Ledger::socket_faults);
    read_only(ledger, "resolution_errors", &Ledger::resolution_errors);
    read_only(ledger, "nat64_prefix", &Ledger::nat64_prefix);

    module.def(
        "to_json", [](const Ledger& self) { return to_python(to_json(self)); }, py::arg("ledger"));
    module.def(
        "ledger_from_json",
        [](const py::object& json) { return unwrap(ledger_from_json(from_python(json))); },
        py::arg("json"), "From a dict or JSON text; raises Error usage.json.* or usage.ledger.*.");
}

}  // namespace portolan::python
