#include "python/bindings/bindings.hpp"
#include "reports/cli/exit_code.hpp"
#include "reports/render/renderer.hpp"

namespace portolan::python {
namespace {

using cli::ExitCode;
using cli::FailOn;
using render::Format;
using render::RenderOptions;

void bind_exit_code(py::module_& module) {
    py::enum_<ExitCode>(module, "ExitCode", "What a tool's exit code means.")
        .value("Ok", ExitCode::Ok)
        .value("Findings", ExitCode::Findings)
        .value("CouldNot", ExitCode::CouldNot)
        .value("Inconclusive", ExitCode::Inconclusive);

    py::class_<FailOn> fail_on(module, "FailOn", "Which failures make the exit code 1.");
    fail_on.def(py::init<>(), "Severity low and above.");
    fail_on.def_static("never", &FailOn::never);
    fail_on.def_static(
        "parse", [](std::string_view words) { return unwrap(FailOn::parse(words)); },
        py::arg("words"), "\"high\", \"must\", \"needs-relay,critical\", \"never\".");
    fail_on.def("matches", &FailOn::matches, py::arg("finding"));
    read_only(fail_on, "severity", &FailOn::severity);
    read_only(fail_on, "impact", &FailOn::impact);
    read_only(fail_on, "requirement", &FailOn::requirement);

    module.def("exit_code_for", &cli::exit_code_for, py::arg("report"),
               py::arg("fail_on") = FailOn());
}

}  // namespace

void bind_render(py::module_& module) {
    bind_exit_code(module);

    py::enum_<Format> format(module, "Format", "What a report can be rendered as.");
    format.value("Text", Format::Text)
        .value("Json", Format::Json)
        .value("JsonLines", Format::JsonLines)
        .value("Junit", Format::Junit)
        .value("Sarif", Format::Sarif)
        .value("Github", Format::Github)
        .value("Markdown", Format::Markdown)
        .value("Html", Format::Html);
    use_words(format, [](Format value) { return to_string(value); });

    module.def(
        "render",
        [](const report::Report& report, Format as, bool verbose, bool quiet, bool color,
           std::size_t width_columns) {
            const RenderOptions options{verbose, quiet, color, width_columns};
            const py::gil_scoped_release unlocked;
            return render::renderer_for(as).render(report, options);
        },
        py::arg("report"), py::arg("format") = Format::Text, py::kw_only(),
        py::arg("verbose") = false, py::arg("quiet") = false, py::arg("color") = false,
        py::arg("width_columns") = RenderOptions{}.width_columns);
}

}  // namespace portolan::python
