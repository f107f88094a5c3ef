#include "python/bindings/sdp_types.hpp"
#include "sdp-lint/sdp/unwrap.hpp"

namespace portolan::python {

std::string text_from_python(const TextArgument& text) {
    if (const auto* bytes = std::get_if<std::span<const std::byte>>(&text))
        return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
    PyObject* const string = std::get<py::str>(text).ptr();
    // Nearly all descriptions: the interpreter keeps them as they are needed here.
    if (PyUnicode_IS_COMPACT_ASCII(string))
        return {reinterpret_cast<const char*>(PyUnicode_1BYTE_DATA(string)),
                static_cast<std::size_t>(PyUnicode_GET_LENGTH(string))};
    const py::object bytes = py::reinterpret_steal<py::object>(
        PyUnicode_AsEncodedString(string, "utf-8", "surrogateescape"));
    if (!bytes) throw py::error_already_set();
    return py::cast<std::string>(bytes);
}

py::str text_to_python(std::string_view text) {
    auto* decoded =
        PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogateescape");
    if (decoded == nullptr) throw py::error_already_set();
    return py::reinterpret_steal<py::str>(decoded);
}

namespace {

using sdp::DescriptionForm;
using sdp::DescriptionKind;

struct PyAttribute {
    std::string name;
    std::optional<std::string> value;
    std::uint32_t line = 0;
};

struct PyCodec {
    std::string name;
    std::string fmt;
    std::uint32_t clock_rate_hz = 0;
    std::uint32_t channels = 1;
    std::string parameters;
};

struct PyCandidate {
    std::string foundation;
    std::string transport;
    std::string type;
    std::string address;
    std::optional<std::uint64_t> component;
    std::optional<std::uint64_t> priority;
    std::optional<std::uint64_t> port;
    std::string related_address;
    std::optional<std::uint64_t> related_port;
};

/// A section by value; what is not UTF-8 in it stays as surrogates.
struct PySection {
    std::int32_t index = sdp::kSession;
    std::uint32_t line = 0;
    std::string media;
    std::optional<std::uint64_t> port;
    std::string proto;
    std::string mid;
    std::string direction;
    bool rejected = false;
    std::vector<PyAttribute> attributes;
    std::vector<PyCodec> codecs;
    std::vector<PyCandidate> candidates;
};

PySection section_of(const sdp::Description& description, const sdp::Section& section) {
    PySection out;
    out.index = section.index;
    out.line = section.first_line + 1;
    if (!section.is_session()) {
        out.media = section.media.media;
        out.port = section.media.port.value;
        out.proto = section.media.proto;
        out.mid = description.mid_of(section);
        out.direction = to_string(description.direction_of(section));
        out.rejected = section.is_rejected();
    }
    for (const sdp::Attribute& attribute : section.attributes) {
        out.attributes.push_back({std::string(attribute.name), std::nullopt, attribute.line + 1});
        if (attribute.has_value) out.attributes.back().value = std::string(attribute.value);
    }
    for (const sdp::Codec& codec : section.codecs) {
        out.codecs.push_back({std::string(codec.name), std::string(codec.fmt), codec.clock_rate_hz,
                              codec.channels,
                              codec.fmtp != nullptr ? std::string(codec.fmtp->text) : ""});
    }
    for (const sdp::Candidate& candidate : section.candidates) {
        out.candidates.push_back(
            {std::string(candidate.foundation), std::string(candidate.transport),
             std::string(candidate.type), std::string(candidate.address.text),
             candidate.component.value, candidate.priority.value, candidate.port.value,
             std::string(candidate.related_address.text), candidate.related_port.value});
    }
    return out;
}

template <typename Class, typename Owner>
void text_property(Class& type, const char* name, std::string Owner::*member) {
    type.def_property_readonly(
        name, [member](const Owner& owner) { return text_to_python(owner.*member); });
}

void bind_parts(py::module_& module) {
    py::class_<PyAttribute> attribute(module, "Attribute", "An a= line.");
    text_property(attribute, "name", &PyAttribute::name);
    attribute.def_property_readonly("value", [](const PyAttribute& a) -> std::optional<py::str> {
        if (!a.value) return std::nullopt;
        return text_to_python(*a.value);
    });
    read_only(attribute, "line", &PyAttribute::line);

    py::class_<PyCodec> codec(module, "Codec", "A payload type with what describes it.");
    text_property(codec, "name", &PyCodec::name);
    text_property(codec, "fmt", &PyCodec::fmt);
    text_property(codec, "parameters", &PyCodec::parameters);
    read_only(codec, "clock_rate_hz", &PyCodec::clock_rate_hz);
    read_only(codec, "channels", &PyCodec::channels);

    py::class_<PyCandidate> candidate(module, "Candidate", "An ICE candidate (RFC 8839 s5.1).");
    text_property(candidate, "foundation", &PyCandidate::foundation);
    text_property(candidate, "transport", &PyCandidate::transport);
    text_property(candidate, "type", &PyCandidate::type);
    text_property(candidate, "address", &PyCandidate::address);
    text_property(candidate, "related_address", &PyCandidate::related_address);
    read_only(candidate, "component", &PyCandidate::component);
    read_only(candidate, "priority", &PyCandidate::priority);
    read_only(candidate, "port", &PyCandidate::port);
    read_only(candidate, "related_port", &PyCandidate::related_port);

    py::class_<PySection> section(module, "Section",
                                  "An m= line and what follows; or the session's own part.");
    read_only(section, "index", &PySection::index);
    read_only(section, "line", &PySection::line);
    text_property(section, "media", &PySection::media);
    read_only(section, "port", &PySection::port);
    text_property(section, "proto", &PySection::proto);
    text_property(section, "mid", &PySection::mid);
    text_property(section, "direction", &PySection::direction);
    read_only(section, "rejected", &PySection::rejected);
    read_only(section, "attributes", &PySection::attributes);
    read_only(section, "codecs", &PySection::codecs);
    read_only(section, "candidates", &PySection::candidates);
}

}  // namespace

void bind_sdp(py::module_& module) {
    py::enum_<DescriptionKind> kind(module, "DescriptionKind", "What its owner calls it.");
    kind.value("Unknown", DescriptionKind::Unknown)
        .value("Offer", DescriptionKind::Offer)
        .value("Answer", DescriptionKind::Answer);
    py::enum_<DescriptionForm> form(module, "DescriptionForm", "A whole one, or candidates alone.");
    form.value("Whole", DescriptionForm::Whole)
        .value("Fragment", DescriptionForm::Fragment)
        .value("Candidate", DescriptionForm::Candidate)
        .value("LostCandidate", DescriptionForm::LostCandidate);
    bind_parts(module);

    py::class_<ParsedDescription> description(module, "Description",
                                              "A parsed description; nothing of its text is lost.");
    description.def_property_readonly(
        "text", [](const ParsedDescription& d) { return text_to_python(d.get().text()); });
    description.def_property_readonly("kind",
                                      [](const ParsedDescription& d) { return d.get().kind(); });
    description.def_property_readonly("form",
                                      [](const ParsedDescription& d) { return d.get().form(); });
    description.def_property_readonly(
        "label", [](const ParsedDescription& d) { return text_to_python(d.label()); });
    description.def_property_readonly(
        "line_count", [](const ParsedDescription& d) { return d.get().lines().size(); });
    description.def_property_readonly("session", [](const ParsedDescription& d) {
        return section_of(d.get(), d.get().session());
    });
    description.def_property_readonly("sections", [](const ParsedDescription& d) {
        std::vector<PySection> out;
        for (const sdp::Section& section : d.get().sections())
            out.push_back(section_of(d.get(), section));
        return out;
    });
    description.def_property_readonly(
        "is_ice_lite", [](const ParsedDescription& d) { return d.get().is_ice_lite(); });

    module.def(
        "parse",
        [](const TextArgument& text, DescriptionKind as) {
            std::string bytes = text_from_python(text);
            const py::gil_scoped_release unlocked;
            return ParsedDescription(std::move(bytes), as, DescriptionForm::Whole);
        },
        py::arg("text"), py::arg("kind") = DescriptionKind::Unknown,
        "Parses whatever this is; it judges nothing, lint() does.");
    module.def(
        "unwrap",
        [](const TextArgument& input) {
            const std::string bytes = text_from_python(input);
            const py::gil_scoped_release unlocked;
            std::vector<ParsedDescription> out;
            for (sdp::Unwrapped& found : unwrap(sdp::unwrap(bytes)).descriptions) {
                out.emplace_back(std::move(found.text), found.kind, found.form,
                                 std::move(found.label));
            }
            return out;
        },
        py::arg("input"),
        "The descriptions in plain text, JSON, escaped text, or a dump of webrtc-internals.");
}

}  // namespace portolan::python
