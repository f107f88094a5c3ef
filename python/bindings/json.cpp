#include "reports/model/json.hpp"

#include <nlohmann/json.hpp>

#include "python/bindings/bindings.hpp"

namespace portolan::python {

py::object to_python(const nlohmann::json& value) {
    using Type = nlohmann::json::value_t;
    switch (value.type()) {
        case Type::object: {
            py::dict out;
            for (const auto& [key, item] : value.items())
                out[lenient_text(key)] = to_python(item);
            return out;
        }
        case Type::array: {
            py::list out;
            for (const auto& item : value)
                out.append(to_python(item));
            return out;
        }
        case Type::string:
            return lenient_text(value.get_ref<const std::string&>());
        case Type::boolean:
            return py::bool_(value.get<bool>());
        case Type::number_integer:
            return py::int_(value.get<std::int64_t>());
        case Type::number_unsigned:
            return py::int_(value.get<std::uint64_t>());
        case Type::number_float:
            return py::float_(value.get<double>());
        case Type::null:
        case Type::binary:
        case Type::discarded:
            break;
    }
    return py::none();
}

nlohmann::json from_python(const py::object& value) {
    const bool is_text = py::isinstance<py::str>(value) || py::isinstance<py::bytes>(value);
    const std::string text =
        (is_text ? value : py::module_::import("json").attr("dumps")(value)).cast<std::string>();
    const py::gil_scoped_release unlocked;
    return unwrap(report::parse_json(text));
}

}  // namespace portolan::python
