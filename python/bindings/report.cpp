#include "reports/model/report.hpp"

#include "python/bindings/bindings.hpp"

namespace portolan::python {
namespace {

using namespace report;

void bind_words(py::module_& module) {
    const auto words = [](auto value) { return to_string(value); };

    py::enum_<Outcome> outcome(module, "Outcome", "What a verdict says.");
    outcome.value("Pass", Outcome::Pass)
        .value("Fail", Outcome::Fail)
        .value("Inconclusive", Outcome::Inconclusive)
        .value("NotTested", Outcome::NotTested)
        .value("Unsupported", Outcome::Unsupported);
    use_words(outcome, words);

    py::enum_<Severity> severity(module, "Severity", py::arithmetic(), "In order.");
    severity.value("Info", Severity::Info)
        .value("Low", Severity::Low)
        .value("Medium", Severity::Medium)
        .value("High", Severity::High)
        .value("Critical", Severity::Critical);
    use_words(severity, words);

    py::enum_<Impact> impact(module, "Impact", py::arithmetic(), "On a call, in order.");
    impact.value("Cosmetic", Impact::Cosmetic)
        .value("Degrades", Impact::Degrades)
        .value("NeedsRelay", Impact::NeedsRelay)
        .value("BreaksVideo", Impact::BreaksVideo)
        .value("BreaksCall", Impact::BreaksCall);
    use_words(impact, words);

    py::enum_<Requirement> requirement(module, "Requirement", py::arithmetic(), "RFC 2119.");
    requirement.value("May", Requirement::May)
        .value("Should", Requirement::Should)
        .value("Must", Requirement::Must);
    use_words(requirement, words);

    py::enum_<EvidenceKind> kind(module, "EvidenceKind", "What a piece of evidence is.");
    kind.value("Packets", EvidenceKind::Packets)
        .value("Timing", EvidenceKind::Timing)
        .value("Measurement", EvidenceKind::Measurement)
        .value("Seed", EvidenceKind::Seed)
        .value("Environment", EvidenceKind::Environment)
        .value("Input", EvidenceKind::Input)
        .value("Derivation", EvidenceKind::Derivation);
    use_words(kind, words);
}

void bind_verdict(py::module_& module) {
    py::class_<Reason> reason(module, "Reason", "Why a verdict is not a pass.");
    reason.def_property_readonly("code", &Reason::code);
    reason.def_property_readonly("sentence", &Reason::sentence);
    reason.def("__repr__", [](const Reason& self) {
        return "<Reason " + self.code() + ": " + self.sentence() + ">";
    });

    py::class_<Verdict> verdict(module, "Verdict", "A statement about somebody else.");
    verdict.def_property_readonly("outcome", &Verdict::outcome);
    verdict.def_property_readonly("is_pass", &Verdict::is_pass);
    verdict.def_property_readonly("is_fail", &Verdict::is_fail);
    verdict.def_property_readonly("is_open", &Verdict::is_open);
    verdict.def_property_readonly("reason", [](const Verdict& self) { return self.reason(); });
    verdict.def("__repr__", [](const Verdict& self) {
        return "<Verdict " + std::string(to_string(self.outcome())) + ">";
    });
}

/// A payload as dict and list.
template <typename Class, typename Owner>
void payload(Class& type, const char* name, Json Owner::*member) {
    type.def_property_readonly(name,
                               [member](const Owner& owner) { return to_python(owner.*member); });
}

void bind_finding(py::module_& module) {
    py::class_<Reference> reference(module, "Reference", "Where a rule is written.");
    read_only(reference, "document", &Reference::document);
    read_only(reference, "section", &Reference::section);

    py::class_<Location> location(module, "Location", "Where in an input a finding points.");
    read_only(location, "source", &Location::source);
    read_only(location, "line", &Location::line);
    read_only(location, "column_bytes", &Location::column_bytes);
    read_only(location, "byte_offset", &Location::byte_offset);
    read_only(location, "length_bytes", &Location::length_bytes);

    py::class_<Finding> finding(module, "Finding", "One answered, or openly unanswered, question.");
    read_only(finding, "id", &Finding::id);
    read_only(finding, "title", &Finding::title);
    read_only(finding, "verdict", &Finding::verdict);
    read_only(finding, "severity", &Finding::severity);
    read_only(finding, "impact", &Finding::impact);
    read_only(finding, "requirement", &Finding::requirement);
    read_only(finding, "decides", &Finding::decides);
    read_only(finding, "value", &Finding::value);
    read_only(finding, "summary", &Finding::summary);
    read_only(finding, "advice", &Finding::advice);
    read_only(finding, "tags", &Finding::tags);
    read_only(finding, "references", &Finding::references);
    read_only(finding, "evidence_ids", &Finding::evidence_ids);
    read_only(finding, "location", &Finding::location);
    payload(finding, "data", &Finding::data);
    finding.def("__repr__", [](const Finding& self) {
        return "<Finding " + self.id + " " + std::string(to_string(self.verdict.outcome())) + ">";
    });
}

/// Aware, in UTC.
py::object to_datetime(Timestamp time) {
    const py::module_ datetime = py::module_::import("datetime");
    const py::object epoch = datetime.attr("datetime")(
        1970, 1, 1, py::arg("tzinfo") = datetime.attr("timezone").attr("utc"));
    return epoch + py::cast(time.time_since_epoch());
}

void bind_whole(py::module_& module) {
    py::class_<Evidence> evidence(module, "Evidence", "What a verdict rests on.");
    read_only(evidence, "id", &Evidence::id);
    read_only(evidence, "kind", &Evidence::kind);
    read_only(evidence, "title", &Evidence::title);
    payload(evidence, "data", &Evidence::data);
    read_only(evidence, "lines", &Evidence::lines);

    py::class_<Section> section(module, "Section", "Findings that belong together.");
    read_only(section, "id", &Section::id);
    read_only(section, "title", &Section::title);
    read_only(section, "headline", &Section::headline);
    payload(section, "subject", &Section::subject);
    read_only(section, "findings", &Section::findings);

    py::class_<Tool> tool(module, "Tool", "Who wrote a report.");
    read_only(tool, "name", &Tool::name);
    read_only(tool, "version", &Tool::version);

    py::class_<Report> whole(module, "Report", "What every tool writes.");
    read_only(whole, "tool", &Report::tool);
    whole.def_property_readonly("started_at",
                                [](const Report& self) { return to_datetime(self.started_at); });
    read_only(whole, "duration", &Report::duration);
    read_only(whole, "simulated_time", &Report::simulated_time);
    read_only(whole, "complete", &Report::complete);
    read_only(whole, "cut_off", &Report::cut_off);
    read_only(whole, "headline", &Report::headline);
    payload(whole, "subject", &Report::subject);
    read_only(whole, "sections", &Report::sections);
    read_only(whole, "evidence", &Report::evidence);
    payload(whole, "environment", &Report::environment);
    payload(whole, "parameters", &Report::parameters);
    payload(whole, "data", &Report::data);
    whole.def("__eq__", [](const Report& a, const Report& b) { return a == b; });
    whole.attr("__hash__") = py::none();
}

}  // namespace

void bind_report(py::module_& module) {
    bind_words(module);
    bind_verdict(module);
    bind_finding(module);
    bind_whole(module);

    // Reports cannot be changed from Python, so that they may be read without the interpreter lock.
    using Unlocked = py::call_guard<py::gil_scoped_release>;
    module.def(
        "validate", [](const Report& self) { check(validate(self)); }, py::arg("report"),
        Unlocked(), "Raises Error internal.report.invariant.");
    module.def(
        "to_json", [](const Report& self) { return to_json(self); }, py::arg("report"), Unlocked());
    module.def(
        "from_json", [](const std::string& text) { return unwrap(from_json(text)); },
        py::arg("text"), Unlocked(), "Raises Error usage.json.* or usage.report.*.");
}

}  // namespace portolan::python
