#include "python/bindings/bindings.hpp"
#include "python/bindings/sdp_types.hpp"

namespace portolan::python {
namespace {

void raise(const Error& error) {
    try {
        const py::module_ errors = py::module_::import("portolan.errors");
        const py::object type = errors.attr("Error");
        const py::object raised =
            type(errors.attr("Culprit")(std::string(to_string(error.culprit))), error.code,
                 lenient_text(error.message), error.byte_offset, lenient_text(error.hint));
        PyErr_SetObject(type.ptr(), raised.ptr());
    } catch (py::error_already_set& other) {
        other.restore();
    }
}

}  // namespace

py::str lenient_text(std::string_view text) {
    auto* decoded =
        PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace");
    if (decoded == nullptr) throw py::error_already_set();
    return py::reinterpret_steal<py::str>(decoded);
}

}  // namespace portolan::python

PYBIND11_MODULE(_native, module) {
    using namespace portolan::python;
    module.doc() = "The C++ cores of Portolan: codec, discovery, reports.";
    // pybind11 gives it by value.
    // NOLINTNEXTLINE(performance-unnecessary-value-param)
    py::register_exception_translator([](std::exception_ptr thrown) {
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const ErrorException& exception) {
            raise(exception.error);
        }
    });

    bind_addresses(module);
    auto stun = module.def_submodule("stun", "STUN messages (RFC 8489 and its relatives).");
    bind_stun_tables(stun);
    bind_stun(stun);
    bind_raw_message(stun);
    auto report = module.def_submodule("report", "What every tool writes, read-only.");
    bind_report(report);
    bind_render(report);
    auto discovery = module.def_submodule("discovery", "NAT classification without I/O.");
    bind_actions(discovery);
    bind_ledger(discovery);
    bind_inference(discovery);
    bind_discovery(discovery);
    auto sdp = module.def_submodule("sdp", "Session descriptions: parse, lint, fix, negotiate.");
    bind_sdp(sdp);
    bind_sdp_lint(sdp);
}
