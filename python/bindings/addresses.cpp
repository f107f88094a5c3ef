#include <pybind11/operators.h>

#include "probe/stun/transport_address.hpp"
#include "python/bindings/bindings.hpp"

namespace portolan::python {
namespace {

template <typename Address>
Address parse_or_raise(std::string_view text, const char* what) {
    auto address = Address::parse(text);
    if (!address) {
        throw ErrorException{
            {Culprit::Usage, "address.malformed", "'" + std::string(text) + "' is not " + what}};
    }
    return *address;
}

template <typename Address>
std::size_t hash_of(const Address& address) {
    return std::hash<std::string>{}(address.to_string());
}

template <typename Class>
void define_order(Class& type) {
    type.def(py::self == py::self).def(py::self != py::self);
    type.def(py::self < py::self).def(py::self <= py::self);
    type.def(py::self > py::self).def(py::self >= py::self);
}

}  // namespace

void bind_addresses(py::module_& root) {
    py::enum_<AddressFamily> family(root, "AddressFamily", "Values of RFC 8489 s14.1.");
    family.value("IPv4", AddressFamily::IPv4).value("IPv6", AddressFamily::IPv6);
    use_words(family, [](AddressFamily value) { return to_string(value); });

    py::enum_<AddressClass> address_class(root, "AddressClass", "What a range is for.");
    address_class.value("Global", AddressClass::Global)
        .value("Private", AddressClass::Private)
        .value("SharedCgn", AddressClass::SharedCgn)
        .value("Loopback", AddressClass::Loopback)
        .value("LinkLocal", AddressClass::LinkLocal)
        .value("Nat64WellKnown", AddressClass::Nat64WellKnown)
        .value("Documentation", AddressClass::Documentation)
        .value("Multicast", AddressClass::Multicast)
        .value("Unspecified", AddressClass::Unspecified)
        .value("Reserved", AddressClass::Reserved);
    use_words(address_class, [](AddressClass value) { return to_string(value); });

    py::class_<IpAddress> ip(root, "IpAddress", "An IP address without port.");
    ip.def(py::init([](std::string_view text) {
               return parse_or_raise<IpAddress>(text, "a numeric IP address");
           }),
           py::arg("text"));
    ip.def_static("parse", &IpAddress::parse, py::arg("text"), "None when it is not an address.");
    ip.def_static("any", &IpAddress::any, py::arg("family"), "The wildcard of a family.");
    ip.def_property_readonly("family", &IpAddress::family);
    ip.def_property_readonly("octets", [](const IpAddress& address) {
        return py::bytes(reinterpret_cast<const char*>(address.octets().data()),
                         address.octets().size());
    });
    ip.def_property_readonly("address_class", &IpAddress::address_class);
    ip.def_property_readonly("is_unspecified", &IpAddress::is_unspecified);
    ip.def("__str__", &IpAddress::to_string);
    ip.def("__repr__", [](const IpAddress& a) { return "IpAddress('" + a.to_string() + "')"; });
    ip.def("__hash__", &hash_of<IpAddress>);
    define_order(ip);

    py::class_<TransportAddress> address(root, "TransportAddress", "IP address and port.");
    address.def(py::init([](std::string_view text) {
                    return parse_or_raise<TransportAddress>(text, "an address with a port");
                }),
                py::arg("text"));
    address.def(py::init([](const IpAddress& host, std::uint16_t port) {
                    return TransportAddress{host, port};
                }),
                py::arg("ip"), py::arg("port"));
    address.def_static("parse", &TransportAddress::parse, py::arg("text"),
                       "None when it is not an address with a port.");
    read_only(address, "ip", &TransportAddress::ip);
    read_only(address, "port", &TransportAddress::port);
    address.def_property_readonly("family", &TransportAddress::family);
    address.def("__str__", &TransportAddress::to_string);
    address.def("__repr__", [](const TransportAddress& a) {
        return "TransportAddress('" + a.to_string() + "')";
    });
    address.def("__hash__", &hash_of<TransportAddress>);
    define_order(address);
}

}  // namespace portolan::python
