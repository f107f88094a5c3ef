#pragma once

#include <pybind11/stl.h>

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "python/bindings/casters.hpp"
#include "reports/model/result.hpp"

// What the files of the Python module share. Names in Python equal those in C++; namespaces are
// submodules; `None`, which Python reserves, is `None_`.
namespace portolan::python {

namespace py = pybind11;

/// Carries an Error to the translator, which raises portolan.Error.
struct ErrorException {
    Error error;
};

template <typename T>
T unwrap(Result<T> result) {
    if (!result) throw ErrorException{std::move(result).error()};
    return std::move(result).value();
}

inline void check(const Result<void>& result) {
    if (!result) throw ErrorException{result.error()};
}

/// dict, list, str, int, float, bool, None.
py::object to_python(const nlohmann::json& value);
/// From JSON text, or from any object that Python's json module can write.
nlohmann::json from_python(const py::object& value);

/// Text from a peer: what is not UTF-8 becomes U+FFFD.
py::str lenient_text(std::string_view text);

/// str() of an enumerator is the word that reports use.
template <typename Enum, typename ToString>
void use_words(py::enum_<Enum>& type, ToString to_string) {
    type.attr("__str__") =
        py::cpp_function([to_string](Enum value) { return std::string(to_string(value)); },
                         py::name("__str__"), py::is_method(type));
}

/// Every access copies: nothing in Python refers into a C++ object that may change.
template <typename Class, typename Owner, typename Member>
void read_only(Class& type, const char* name, Member Owner::*member) {
    type.def_property_readonly(name, [member](const Owner& owner) { return owner.*member; });
}

template <typename Class, typename Owner, typename Member>
void read_write(Class& type, const char* name, Member Owner::*member) {
    type.def_property(
        name, [member](const Owner& owner) { return owner.*member; },
        [member](Owner& owner, Member value) { owner.*member = std::move(value); });
}

void bind_addresses(py::module_& root);
void bind_stun_tables(py::module_& module);
void bind_stun(py::module_& module);
void bind_raw_message(py::module_& module);
void bind_report(py::module_& module);
void bind_render(py::module_& module);
void bind_actions(py::module_& module);
void bind_ledger(py::module_& module);
void bind_inference(py::module_& module);
void bind_discovery(py::module_& module);

}  // namespace portolan::python
