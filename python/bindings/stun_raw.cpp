#include "probe/stun/raw_message.hpp"
#include "python/bindings/bindings.hpp"
#include "python/bindings/stun_types.hpp"

namespace portolan::python {
namespace {

using namespace stun;
using Raw = py::class_<RawMessage>;

void bind_enums(Raw& raw) {
    py::enum_<RawMessage::Padding>(raw, "Padding")
        .value("Zero", RawMessage::Padding::Zero)
        .value("NonZero", RawMessage::Padding::NonZero)
        .value("Missing", RawMessage::Padding::Missing);
    py::enum_<RawMessage::Fault>(raw, "Fault")
        .value("None_", RawMessage::Fault::None)
        .value("FlippedBit", RawMessage::Fault::FlippedBit)
        .value("UnadjustedLength", RawMessage::Fault::UnadjustedLength)
        .value("MissingXor", RawMessage::Fault::MissingXor);
}

RawMessage& add_attribute(RawMessage& self, std::uint16_t type, Bytes value,
                          std::optional<std::uint16_t> claimed_length_bytes,
                          RawMessage::Padding padding) {
    return self.attribute(type, value, {claimed_length_bytes, padding});
}

}  // namespace

void bind_raw_message(py::module_& module) {
    using py::arg;
    constexpr auto kSelf = py::return_value_policy::reference;
    Raw raw(module, "RawMessage", "Builds messages that are wrong exactly where they are told.");
    bind_enums(raw);
    raw.def(py::init<MessageClass, Method, const TransactionId&>(), arg("message_class"),
            arg("method"), arg("id"));
    raw.def(py::init<std::uint16_t, const TransactionId&>(), arg("type"), arg("id"));
    raw.def("cookie", &RawMessage::cookie, arg("value"), kSelf);
    raw.def("length_field", &RawMessage::length_field, arg("value"), kSelf);
    raw.def("attribute", &add_attribute, arg("type"), arg("value"), py::kw_only(),
            arg("claimed_length_bytes") = py::none(), arg("padding") = RawMessage::Padding::Zero,
            kSelf);
    raw.def(
        "attributes_of",
        [](RawMessage& self, const OwnedMessage& message) -> RawMessage& {
            return self.attributes_of(message.view());
        },
        arg("message"), kSelf);
    raw.def("append", &RawMessage::append, arg("bytes"), kSelf);
    raw.def("trailing", &RawMessage::trailing, arg("bytes"), kSelf);
    raw.def("message_integrity", &RawMessage::message_integrity, arg("key"),
            arg("fault") = RawMessage::Fault::None, kSelf);
    raw.def("message_integrity_sha256", &RawMessage::message_integrity_sha256, arg("key"),
            arg("length_bytes") = 32, arg("fault") = RawMessage::Fault::None, kSelf);
    raw.def("fingerprint", &RawMessage::fingerprint, arg("fault") = RawMessage::Fault::None, kSelf);
    raw.def(
        "overwrite",
        [](RawMessage& self, std::size_t offset_bytes, std::uint8_t value) -> RawMessage& {
            return self.overwrite(offset_bytes, std::byte{value});
        },
        arg("offset_bytes"), arg("value"), kSelf);
    raw.def("truncate", &RawMessage::truncate, arg("size_bytes"), kSelf);
    raw.def("build", &RawMessage::build);
}

}  // namespace portolan::python
