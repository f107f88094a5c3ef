#include <pybind11/operators.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "probe/stun/describe.hpp"
#include "probe/stun/framing.hpp"
#include "probe/stun/integrity.hpp"
#include "probe/stun/message.hpp"
#include "python/bindings/bindings.hpp"
#include "python/bindings/stun_types.hpp"

namespace portolan::python {
namespace {

using namespace stun;

constexpr std::size_t kMaxMessageBytes = kHeaderBytes + 0xFFFC;

Bytes exactly(Bytes bytes, std::size_t size) {
    if (bytes.size() != size) {
        throw py::value_error("needs " + std::to_string(size) + " bytes, not " +
                              std::to_string(bytes.size()));
    }
    return bytes;
}

void bind_transaction_id(py::module_& module) {
    py::class_<TransactionId> id(module, "TransactionId", "The 16 bytes after type and length.");
    id.def(py::init([](Bytes octets) {
               TransactionId made;
               std::ranges::copy(exactly(octets, made.octets.size()), made.octets.begin());
               return made;
           }),
           py::arg("octets"));
    id.def_static(
        "with_cookie",
        [](Bytes bytes) { return TransactionId::with_cookie(exactly(bytes, 12).first<12>()); },
        py::arg("id"), "The magic cookie and the 12 bytes given.");
    id.def_property_readonly("octets",
                             [](const TransactionId& self) { return Bytes(self.octets); });
    id.def_property_readonly("has_magic_cookie", &TransactionId::has_magic_cookie);
    id.def(py::self == py::self).def(py::self != py::self);
    id.def("__hash__",
           [](const TransactionId& self) { return py::hash(py::cast(Bytes(self.octets))); });
    id.def("__repr__", [](const TransactionId& self) {
        return "TransactionId(bytes.fromhex('" +
               py::cast(Bytes(self.octets)).attr("hex")().cast<std::string>() + "'))";
    });
}

void bind_message_view(py::module_& module) {
    py::class_<OwnedAttribute> attribute(module, "AttributeView", "One attribute of a message.");
    read_only(attribute, "type", &OwnedAttribute::type);
    read_only(attribute, "value", &OwnedAttribute::value);
    read_only(attribute, "offset_bytes", &OwnedAttribute::offset_bytes);
    attribute.def("__repr__", [](const OwnedAttribute& self) {
        return py::str("<{} {}>").format(py::str(py::cast(self.type)),
                                         py::cast(self.value).attr("hex")());
    });

    py::class_<OwnedMessage> view(module, "MessageView", "A well-framed STUN message.");
    view.def_static(
        "parse",
        [](std::vector<std::byte> bytes) { return unwrap(OwnedMessage::parse(std::move(bytes))); },
        py::arg("datagram"), "Raises Error peer.stun.* with the byte offset.");
    const auto property = [&view](const char* name, auto getter) {
        view.def_property_readonly(
            name, [getter](const OwnedMessage& self) { return (self.view().*getter)(); });
    };
    property("message_class", &MessageView::message_class);
    property("method", &MessageView::method);
    property("transaction_id", &MessageView::transaction_id);
    property("bytes", &MessageView::bytes);
    view.def("__iter__", [](const OwnedMessage& self) {
        py::list all;
        for (const AttributeView& each : self.view())
            all.append(OwnedAttribute(each));
        return py::iter(all);
    });
    const auto getter = [&view](const char* name, auto function) {
        view.def(
            name,
            [function](const OwnedMessage& self, AttributeType type) {
                return (self.view().*function)(type);
            },
            py::arg("type"));
    };
    view.def(
        "find",
        [](const OwnedMessage& self, AttributeType type) -> std::optional<OwnedAttribute> {
            const auto found = self.view().find(type);
            if (!found) return std::nullopt;
            return OwnedAttribute(*found);
        },
        py::arg("type"), "The first that counts (RFC 8489 s14.5).");
    getter("has", &MessageView::has);
    getter("address", &MessageView::address);
    getter("u16", &MessageView::u16);
    getter("u32", &MessageView::u32);
    getter("u64", &MessageView::u64);
    view.def(
        "text",
        [](const OwnedMessage& self, AttributeType type) -> std::optional<py::str> {
            const auto text = self.view().text(type);
            if (!text) return std::nullopt;
            return lenient_text(*text);
        },
        py::arg("type"));
    view.def("error_code", [](const OwnedMessage& self) -> std::optional<py::tuple> {
        const auto error = self.view().error_code();
        if (!error) return std::nullopt;
        return py::make_tuple(error->code, lenient_text(error->reason));
    });
    view.def("unknown_comprehension_required",
             [](const OwnedMessage& self) { return self.view().unknown_comprehension_required(); });
}

/// A method that adds something and returns the writer.
template <typename... Parameters, typename... Extras>
void adder(py::class_<OwnedWriter>& type, const char* name,
           MessageWriter& (MessageWriter::*add)(Parameters...), const Extras&... extras) {
    type.def(
        name,
        [add](OwnedWriter& self, Parameters... values) -> OwnedWriter& {
            (self.writer().*add)(values...);
            if (self.writer().overflowed()) {
                throw ErrorException{{Culprit::Usage, "stun.overflow",
                                      "the attribute does not fit, or its length is not allowed"}};
            }
            return self;
        },
        py::return_value_policy::reference, extras...);
}

void bind_message_writer(py::module_& module) {
    using py::arg;
    py::class_<OwnedWriter> writer(module, "MessageWriter", "Builds a well-formed message.");
    writer.def(py::init([](MessageClass message_class, Method method, const TransactionId& id,
                           std::size_t max_bytes) {
                   if (max_bytes < kHeaderBytes || max_bytes > kMaxMessageBytes) {
                       throw py::value_error("max_bytes must be 20 to 65552");
                   }
                   return std::make_unique<OwnedWriter>(message_class, method, id, max_bytes);
               }),
               arg("message_class"), arg("method"), arg("id"), arg("max_bytes") = kMaxMessageBytes);
    adder(writer, "add_address", &MessageWriter::add_address, arg("type"), arg("address"));
    adder(writer, "add_u16", &MessageWriter::add_u16, arg("type"), arg("value"));
    adder(writer, "add_u32", &MessageWriter::add_u32, arg("type"), arg("value"));
    adder(writer, "add_u64", &MessageWriter::add_u64, arg("type"), arg("value"));
    adder(writer, "add_text", &MessageWriter::add_text, arg("type"), arg("value"));
    adder(writer, "add_bytes", &MessageWriter::add_bytes, arg("type"), arg("value"));
    adder(writer, "add_flag", &MessageWriter::add_flag, arg("type"));
    adder(writer, "add_change_request", &MessageWriter::add_change_request, arg("change_ip"),
          arg("change_port"));
    adder(writer, "add_error_code", &MessageWriter::add_error_code, arg("code"), arg("reason"));
    adder(writer, "add_address_error_code", &MessageWriter::add_address_error_code, arg("family"),
          arg("code"), arg("reason"));
    writer.def(
        "add_unknown_attributes",
        [](OwnedWriter& self, const std::vector<std::uint16_t>& types) -> OwnedWriter& {
            self.writer().add_unknown_attributes(types);
            return self;
        },
        arg("types"), py::return_value_policy::reference);
    adder(writer, "add_message_integrity", &MessageWriter::add_message_integrity, arg("key"));
    adder(writer, "add_message_integrity_sha256", &MessageWriter::add_message_integrity_sha256,
          arg("key"), arg("length_bytes") = kSha256Bytes);
    adder(writer, "add_fingerprint", &MessageWriter::add_fingerprint);
    writer.def_property_readonly("bytes", [](OwnedWriter& self) { return self.writer().bytes(); });
    writer.def_property_readonly("overflowed",
                                 [](OwnedWriter& self) { return self.writer().overflowed(); });
}

void bind_integrity(py::module_& module) {
    using py::arg;
    module.def(
        "verify_message_integrity",
        [](const OwnedMessage& message, Bytes key) {
            return verify_message_integrity(message.view(), key);
        },
        arg("message"), arg("key"));
    module.def(
        "verify_message_integrity_sha256",
        [](const OwnedMessage& message, Bytes key, std::size_t min_length_bytes) {
            return verify_message_integrity_sha256(message.view(), key, min_length_bytes);
        },
        arg("message"), arg("key"), arg("min_length_bytes") = kSha256Bytes);
    module.def(
        "verify_fingerprint",
        [](const OwnedMessage& message) { return verify_fingerprint(message.view()); },
        arg("message"));
    module.def(
        "long_term_key",
        [](PasswordAlgorithm algorithm, std::string_view username, std::string_view realm,
           std::string_view password) {
            return py::reinterpret_steal<py::bytes>(py::detail::make_caster<Bytes>::cast(
                unwrap(long_term_key(algorithm, username, realm, password)).bytes(), {}, {}));
        },
        arg("algorithm"), arg("username"), arg("realm"), arg("password"));
    module.def(
        "short_term_key", [](std::string_view password) { return short_term_key(password); },
        arg("password"));
    module.def(
        "userhash",
        [](std::string_view username, std::string_view realm) {
            const auto hash = unwrap(userhash(username, realm));
            return std::vector<std::byte>(hash.begin(), hash.end());
        },
        arg("username"), arg("realm"));
}

void bind_descriptions(py::module_& module) {
    using py::arg;
    py::enum_<Protocol> protocol(module, "Protocol", "RFC 7983 s7, by the first byte.");
    protocol.value("Stun", Protocol::Stun)
        .value("Zrtp", Protocol::Zrtp)
        .value("Dtls", Protocol::Dtls)
        .value("TurnChannel", Protocol::TurnChannel)
        .value("Rtp", Protocol::Rtp)
        .value("Unknown", Protocol::Unknown);
    use_words(protocol, [](Protocol value) { return to_string(value); });
    module.def("demultiplex", &demultiplex, arg("datagram"));
    module.def(
        "describe_text",
        [](Bytes datagram, bool show_secrets, std::size_t max_value_bytes) {
            return describe_text(
                datagram, {.show_secrets = show_secrets, .max_value_bytes = max_value_bytes});
        },
        arg("datagram"), py::kw_only(), arg("show_secrets") = false,
        arg("max_value_bytes") = DescribeOptions{}.max_value_bytes,
        "Annotated hex dump of any bytes, safe on a terminal.");
    module.def(
        "describe_json",
        [](Bytes datagram, bool show_secrets) {
            return to_python(describe_json(datagram, {.show_secrets = show_secrets}));
        },
        arg("datagram"), py::kw_only(), arg("show_secrets") = false);
}

}  // namespace

void bind_stun(py::module_& module) {
    bind_transaction_id(module);
    bind_message_view(module);
    bind_message_writer(module);
    bind_integrity(module);
    bind_descriptions(module);
}

}  // namespace portolan::python
