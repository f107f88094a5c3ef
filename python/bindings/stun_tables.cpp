#include "probe/stun/attribute_table.hpp"
#include "probe/stun/integrity.hpp"
#include "python/bindings/bindings.hpp"
#include "python/bindings/stun_types.hpp"

namespace portolan::python {

namespace {

using namespace stun;

template <typename Row>
std::vector<Row> rows_of(std::span<const Row> table) {
    return {table.begin(), table.end()};
}

template <typename Enum>
std::string name_or_number(Enum value) {
    const std::string_view name = name_of(value);
    if (!name.empty()) return std::string(name);
    return py::str("0x{:04x}").format(static_cast<int>(value)).cast<std::string>();
}

/// Enumerator names from the table's own: "XOR-MAPPED-ADDRESS" is XorMappedAddress.
std::string enumerator_name(std::string_view name) {
    std::string out;
    bool upper = true;
    for (const char c : name) {
        if (c == '-') {
            upper = true;
            continue;
        }
        const bool letter = c >= 'A' && c <= 'Z';
        out += letter && !upper ? static_cast<char>(c - 'A' + 'a') : c;
        upper = false;
    }
    return out;
}

void bind_enums(py::module_& module) {
    py::enum_<MessageClass> message_class(module, "MessageClass", "RFC 8489 s5.");
    message_class.value("Request", MessageClass::Request)
        .value("Indication", MessageClass::Indication)
        .value("SuccessResponse", MessageClass::SuccessResponse)
        .value("ErrorResponse", MessageClass::ErrorResponse);
    use_words(message_class, [](MessageClass value) { return to_string(value); });

    py::enum_<Method> method(module, "Method", "Any 12-bit number; those known have names.");
    for (const MethodInfo& info : method_table()) {
        method.value(std::string(info.name).c_str(), info.method);
    }
    use_words(method, [](Method value) { return name_or_number(value); });

    py::enum_<AttributeType> type(module, "AttributeType",
                                  "Any 16-bit number; those known have names.");
    for (const AttributeInfo& info : attribute_table()) {
        type.value(enumerator_name(info.name).c_str(), info.type);
    }
    use_words(type, [](AttributeType value) { return name_or_number(value); });

    py::enum_<Check> check(module, "Check", "What verifying an integrity attribute says.");
    check.value("Valid", Check::Valid)
        .value("Invalid", Check::Invalid)
        .value("Absent", Check::Absent)
        .value("Malformed", Check::Malformed);
    use_words(check, [](Check value) { return to_string(value); });

    py::enum_<PasswordAlgorithm>(module, "PasswordAlgorithm", "RFC 8489 s18.5.")
        .value("Md5", PasswordAlgorithm::Md5)
        .value("Sha256", PasswordAlgorithm::Sha256);
}

}  // namespace

void bind_stun_tables(py::module_& module) {
    bind_enums(module);

    py::class_<Citation> citation(module, "Citation", "Where a row of a table is defined.");
    read_only(citation, "rfc", &Citation::rfc);
    read_only(citation, "section", &Citation::section);

    py::class_<AttributeInfo> attribute(module, "AttributeInfo", "One row of the attribute table.");
    read_only(attribute, "type", &AttributeInfo::type);
    read_only(attribute, "name", &AttributeInfo::name);
    attribute.def_property_readonly(
        "encoding", [](const AttributeInfo& info) { return to_string(info.encoding); });
    read_only(attribute, "min_bytes", &AttributeInfo::min_bytes);
    read_only(attribute, "max_bytes", &AttributeInfo::max_bytes);
    read_only(attribute, "source", &AttributeInfo::source);
    read_only(attribute, "secret", &AttributeInfo::secret);
    read_only(attribute, "unit", &AttributeInfo::unit);
    attribute.def_property_readonly("comprehension_required",
                                    &AttributeInfo::comprehension_required);

    py::class_<MethodInfo> method(module, "MethodInfo", "One row of the method table.");
    read_only(method, "method", &MethodInfo::method);
    read_only(method, "name", &MethodInfo::name);
    read_only(method, "source", &MethodInfo::source);
    method.def_property_readonly("classes", [](const MethodInfo& info) {
        std::vector<MessageClass> classes;
        for (const auto each : {MessageClass::Request, MessageClass::Indication,
                                MessageClass::SuccessResponse, MessageClass::ErrorResponse}) {
            if ((info.classes & class_bit(each)) != 0) classes.push_back(each);
        }
        return classes;
    });

    py::class_<ErrorInfo> error(module, "ErrorInfo", "One row of the error code table.");
    read_only(error, "code", &ErrorInfo::code);
    read_only(error, "reason", &ErrorInfo::reason);
    read_only(error, "source", &ErrorInfo::source);

    module.def("attribute_table", [] { return rows_of(attribute_table()); });
    module.def("method_table", [] { return rows_of(method_table()); });
    module.def("error_table", [] { return rows_of(error_table()); });
}

}  // namespace portolan::python
