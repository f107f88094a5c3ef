#include "python/bindings/sdp_types.hpp"
#include "sdp-lint/rules/anonymize.hpp"
#include "sdp-lint/rules/browser_message.hpp"
#include "sdp-lint/rules/browsers.hpp"
#include "sdp-lint/rules/fixes.hpp"
#include "sdp-lint/rules/linter.hpp"
#include "sdp-lint/rules/negotiation.hpp"

namespace portolan::python {
namespace {

using lint::Browser;
using lint::Code;
using lint::FixSafety;
using lint::Linter;
using lint::Profile;
using lint::Severity;
using sdp::DescriptionKind;

/// A finding with its places counted out.
struct PyFinding {
    Code code{};
    Severity severity{};
    std::string message;
    std::uint32_t description = 0;
    std::uint32_t line = 1;
    std::uint32_t column = 1;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::string fix_title;
    FixSafety fix_safety = FixSafety::None;
    std::vector<std::pair<Browser, std::string>> rejected_by;
};

struct PyFixResult {
    std::string text;
    std::vector<PyFinding> remaining;
    std::size_t fixed_count = 0;
};

PyFinding finding_of(const lint::Finding& finding, const sdp::Description& description,
                     const std::vector<Browser>& targets) {
    const sdp::Position at = description.document().position_of(finding.place.range.begin);
    PyFinding out;
    out.code = finding.code;
    out.severity = finding.severity;
    out.message = finding.message;
    out.description = finding.place.description;
    out.line = at.line;
    out.column = at.column;
    out.begin = finding.place.range.begin;
    out.end = finding.place.range.end;
    if (finding.fix) {
        out.fix_title = finding.fix->title;
        out.fix_safety = row_of(finding.code).fix;
    }
    for (const Browser browser : targets) {
        const lint::BrowserRow* row = browser_row_of(finding, description, browser);
        if (row != nullptr && row->verdict == lint::BrowserVerdict::Rejects)
            out.rejected_by.emplace_back(browser, message_of(*row, finding, description));
    }
    return out;
}

Linter linter_of(Profile profile, std::vector<std::string> select, std::vector<std::string> ignore,
                 std::vector<Browser> targets) {
    lint::LintOptions options;
    options.profile = profile;
    options.select = std::move(select);
    options.ignore = std::move(ignore);
    options.targets = std::move(targets);
    return unwrap(Linter::create(options));
}

/// Without options everybody shares one; making it costs more than linting a small description.
const Linter& usual_linter(Profile profile) {
    static const std::array<Linter, lint::kProfileCount> kLinters{
        Linter(Profile::WebRtc), Linter(Profile::JsepStrict), Linter(Profile::Sip),
        Linter(Profile::Broadcast)};
    return kLinters[static_cast<std::size_t>(profile)];
}

std::vector<PyFinding> lint_texts(const Linter& linter, const std::vector<std::string>& texts,
                                  DescriptionKind kind) {
    std::vector<sdp::Description> descriptions;
    descriptions.reserve(texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const DescriptionKind of_place =
            i % 2 == 0 ? DescriptionKind::Offer : DescriptionKind::Answer;
        descriptions.emplace_back(texts[i], texts.size() == 1 ? kind : of_place);
    }
    std::vector<const sdp::Description*> all;
    all.reserve(descriptions.size());
    for (const sdp::Description& description : descriptions)
        all.push_back(&description);
    const std::vector<lint::Finding> findings =
        all.size() == 1 ? linter.lint(*all[0]) : linter.lint_session(all);
    std::vector<PyFinding> out;
    out.reserve(findings.size());
    for (const lint::Finding& finding : findings)
        out.push_back(finding_of(finding, *all[finding.place.description], linter.targets()));
    return out;
}

std::vector<std::string> texts_from_python(const std::vector<TextArgument>& texts) {
    if (texts.empty()) throw py::value_error("there is no description");
    std::vector<std::string> out;
    out.reserve(texts.size());
    for (const TextArgument& text : texts)
        out.push_back(text_from_python(text));
    return out;
}

std::vector<PyFinding> lint_with(const std::vector<std::string>& texts, Profile profile,
                                 DescriptionKind kind, std::vector<std::string> select,
                                 std::vector<std::string> ignore, std::vector<Browser> targets) {
    const py::gil_scoped_release unlocked;
    if (select.empty() && ignore.empty() && targets.empty())
        return lint_texts(usual_linter(profile), texts, kind);
    return lint_texts(linter_of(profile, std::move(select), std::move(ignore), std::move(targets)),
                      texts, kind);
}

void bind_words(py::module_& module) {
    py::enum_<Severity> severity(module, "Severity", "How bad a finding is.");
    severity.value("Off", Severity::Off)
        .value("Info", Severity::Info)
        .value("Warning", Severity::Warning)
        .value("Error", Severity::Error);
    use_words(severity, [](Severity value) { return to_string(value); });
    py::enum_<Profile> profile(module, "Profile", "What a description is for.");
    profile.value("WebRtc", Profile::WebRtc)
        .value("JsepStrict", Profile::JsepStrict)
        .value("Sip", Profile::Sip)
        .value("Broadcast", Profile::Broadcast);
    use_words(profile, [](Profile value) { return to_string(value); });
    py::enum_<Browser> browser(module, "Browser", "Whose behaviour the catalogue knows.");
    browser.value("Chrome", Browser::Chrome)
        .value("Firefox", Browser::Firefox)
        .value("Safari", Browser::Safari);
    use_words(browser, [](Browser value) { return to_string(value); });
    py::enum_<FixSafety> safety(module, "FixSafety", "Whether a fix may guess.");
    safety.value("None_", FixSafety::None)
        .value("Safe", FixSafety::Safe)
        .value("Unsafe", FixSafety::Unsafe);
    use_words(safety, [](FixSafety value) { return to_string(value); });
    py::enum_<Code> code(module, "Code", "A rule.");
    for (const lint::CatalogueRow& row : lint::catalogue())
        code.value(std::string(row.code_text).c_str(), row.code);
    use_words(code, [](Code value) { return to_string(value); });
}

void bind_rule(py::module_& module) {
    using Row = lint::CatalogueRow;
    py::class_<Row> rule(module, "Rule", "A row of the catalogue.");
    read_only(rule, "code", &Row::code);
    read_only(rule, "name", &Row::name);
    read_only(rule, "group", &Row::group);
    read_only(rule, "title", &Row::title);
    read_only(rule, "why", &Row::why);
    read_only(rule, "advice", &Row::advice);
    read_only(rule, "fix", &Row::fix);
    read_only(rule, "note", &Row::note);
    rule.def(
        "severity",
        [](const Row& row, Profile profile) {
            return row.severity[static_cast<std::size_t>(profile)];
        },
        py::arg("profile") = Profile::WebRtc);
    rule.def_property_readonly("references", [](const Row& row) {
        return std::vector<std::string>(row.references.begin(), row.references.end());
    });
    module.def(
        "rule", [](Code code) { return lint::row_of(code); }, py::arg("code"));
    module.def(
        "rules",
        [] { return std::vector<Row>(lint::catalogue().begin(), lint::catalogue().end()); },
        "All of them, sorted by code.");
}

void bind_finding(py::module_& module) {
    py::class_<PyFinding> finding(module, "Finding", "A defect and where it is.");
    read_only(finding, "code", &PyFinding::code);
    read_only(finding, "severity", &PyFinding::severity);
    finding.def_property_readonly("message",
                                  [](const PyFinding& f) { return lenient_text(f.message); });
    read_only(finding, "description", &PyFinding::description);
    read_only(finding, "line", &PyFinding::line);
    read_only(finding, "column", &PyFinding::column);
    read_only(finding, "begin", &PyFinding::begin);
    read_only(finding, "end", &PyFinding::end);
    read_only(finding, "fix_title", &PyFinding::fix_title);
    read_only(finding, "fix_safety", &PyFinding::fix_safety);
    finding.def_property_readonly("rejected_by", [](const PyFinding& f) {
        std::vector<std::pair<Browser, py::str>> out;
        for (const auto& [browser, message] : f.rejected_by)
            out.emplace_back(browser, lenient_text(message));
        return out;
    });
    finding.def("__repr__", [](const PyFinding& f) {
        return lenient_text("<" + std::to_string(f.line) + ":" + std::to_string(f.column) + " " +
                            std::string(to_string(f.severity)) + " " +
                            std::string(to_string(f.code)) + " " + f.message + ">");
    });

    py::class_<PyFixResult> result(module, "FixResult", "A description after its fixes.");
    result.def_property_readonly("text",
                                 [](const PyFixResult& r) { return text_to_python(r.text); });
    read_only(result, "remaining", &PyFixResult::remaining);
    read_only(result, "fixed_count", &PyFixResult::fixed_count);
}

void bind_functions(py::module_& module) {
    module.def(
        "lint",
        [](const TextArgument& text, Profile profile, DescriptionKind kind,
           std::vector<std::string> select, std::vector<std::string> ignore,
           std::vector<Browser> targets) {
            std::vector<std::string> texts;
            texts.push_back(text_from_python(text));
            return lint_with(texts, profile, kind, std::move(select), std::move(ignore),
                             std::move(targets));
        },
        py::arg("text"), py::kw_only(), py::arg("profile") = Profile::WebRtc,
        py::arg("kind") = DescriptionKind::Unknown, py::arg("select") = std::vector<std::string>{},
        py::arg("ignore") = std::vector<std::string>{}, py::arg("targets") = std::vector<Browser>{},
        "Everything wrong with a description.");
    module.def(
        "lint_session",
        [](const std::vector<TextArgument>& texts, Profile profile, std::vector<std::string> select,
           std::vector<std::string> ignore, std::vector<Browser> targets) {
            return lint_with(texts_from_python(texts), profile, DescriptionKind::Offer,
                             std::move(select), std::move(ignore), std::move(targets));
        },
        py::arg("texts"), py::kw_only(), py::arg("profile") = Profile::WebRtc,
        py::arg("select") = std::vector<std::string>{},
        py::arg("ignore") = std::vector<std::string>{}, py::arg("targets") = std::vector<Browser>{},
        "What two sides set, in order: offer, answer, offer ... Each, and how they fit.");
    module.def(
        "fix",
        [](const TextArgument& text, bool unsafe, Profile profile, DescriptionKind kind) {
            std::string bytes = text_from_python(text);
            const py::gil_scoped_release unlocked;
            const lint::FixOutcome outcome = lint::fix_all(
                usual_linter(profile), {{std::move(bytes), kind, sdp::DescriptionForm::Whole}},
                unsafe ? lint::FixLevel::SafeAndUnsafe : lint::FixLevel::Safe);
            PyFixResult result;
            result.text = outcome.texts.front().text;
            result.fixed_count = outcome.fixed.size();
            const sdp::Description fixed(result.text, kind);
            for (const lint::Finding& finding : outcome.remaining)
                result.remaining.push_back(finding_of(finding, fixed, {}));
            return result;
        },
        py::arg("text"), py::kw_only(), py::arg("unsafe") = false,
        py::arg("profile") = Profile::WebRtc, py::arg("kind") = DescriptionKind::Unknown,
        "Carries out the fixes; nothing else of the text changes.");
    module.def(
        "anonymize",
        [](const std::vector<TextArgument>& given) {
            const std::vector<std::string> texts = texts_from_python(given);
            std::vector<std::string> out;
            {
                const py::gil_scoped_release unlocked;
                lint::Anonymizer anonymizer;
                for (const std::string& one : texts)
                    out.push_back(anonymizer.anonymize(sdp::Description(one)));
            }
            std::vector<py::str> result;
            result.reserve(out.size());
            for (const std::string& one : out)
                result.push_back(text_to_python(one));
            return result;
        },
        py::arg("texts"), "The texts to show to others; equal things stay equal in all of them.");
}

struct PyNegotiated {
    std::string offerer_ice_role;
    std::string description;
    std::vector<lint::NegotiatedSection> sections;
    std::shared_ptr<const std::pair<ParsedDescription, ParsedDescription>> pair;  // what views view
};

template <typename Text>
std::vector<py::str> strings(const std::vector<Text>& texts) {
    std::vector<py::str> out;
    out.reserve(texts.size());
    for (const Text& text : texts)
        out.push_back(text_to_python(text));
    return out;
}

/// A section that keeps the texts alive.
struct PyNegotiatedSection {
    lint::NegotiatedSection section;
    std::shared_ptr<const std::pair<ParsedDescription, ParsedDescription>> pair;
};

void bind_negotiation(py::module_& module) {
    using Section = PyNegotiatedSection;
    using Codec = std::tuple<py::str, std::uint32_t, std::uint32_t, int, int>;
    py::class_<Section> section(module, "NegotiatedSection", "What an m= section came to.");
    const auto view = [&](const char* name, std::string_view lint::NegotiatedSection::*member) {
        section.def_property_readonly(
            name, [member](const Section& s) { return text_to_python(s.section.*member); });
    };
    const auto views = [&](const char* name, auto member) {
        section.def_property_readonly(
            name, [member](const Section& s) { return strings(s.section.*member); });
    };
    view("media", &lint::NegotiatedSection::media);
    view("mid", &lint::NegotiatedSection::mid);
    view("rejected_by", &lint::NegotiatedSection::rejected_by);
    view("protocol", &lint::NegotiatedSection::protocol);
    views("formats", &lint::NegotiatedSection::formats);
    views("header_extensions", &lint::NegotiatedSection::header_extensions);
    views("simulcast_send", &lint::NegotiatedSection::simulcast_send);
    views("simulcast_recv", &lint::NegotiatedSection::simulcast_recv);
    section.def_property_readonly("index", [](const Section& s) { return s.section.index; });
    section.def_property_readonly("rejected", [](const Section& s) { return s.section.rejected; });
    section.def_property_readonly("rtcp_mux", [](const Section& s) { return s.section.rtcp_mux; });
    section.def_property_readonly("bundled_with",
                                  [](const Section& s) { return s.section.bundled_with; });
    section.def_property_readonly("sctp_port",
                                  [](const Section& s) { return s.section.sctp_port; });
    section.def_property_readonly("max_message_size_bytes", [](const Section& s) {
        return s.section.max_message_size_bytes;
    });
    section.def_property_readonly(
        "direction", [](const Section& s) { return std::string(to_string(s.section.direction)); });
    section.def_property_readonly("offerer_dtls_role", [](const Section& s) {
        return std::string(to_string(s.section.offerer_dtls));
    });
    section.def_property_readonly(
        "codecs",
        [](const Section& s) {
            std::vector<Codec> out;
            for (const lint::NegotiatedCodec& codec : s.section.codecs) {
                out.emplace_back(text_to_python(codec.name), codec.clock_rate_hz, codec.channels,
                                 codec.offer_payload_type, codec.answer_payload_type);
            }
            return out;
        },
        "Name, clock rate, channels, the offer's payload type, the answer's.");

    py::class_<PyNegotiated> negotiation(module, "Negotiation", "What an offer and answer agreed.");
    read_only(negotiation, "offerer_ice_role", &PyNegotiated::offerer_ice_role);
    negotiation.def_property_readonly("sections", [](const PyNegotiated& n) {
        std::vector<Section> out;
        for (const lint::NegotiatedSection& one : n.sections)
            out.push_back({one, n.pair});
        return out;
    });
    negotiation.def("__str__", [](const PyNegotiated& n) { return text_to_python(n.description); });

    module.def(
        "negotiate",
        [](const TextArgument& offer, const TextArgument& answer) {
            std::string offered = text_from_python(offer);
            std::string answered = text_from_python(answer);
            const py::gil_scoped_release unlocked;
            auto pair = std::make_shared<const std::pair<ParsedDescription, ParsedDescription>>(
                ParsedDescription(std::move(offered), DescriptionKind::Offer,
                                  sdp::DescriptionForm::Whole),
                ParsedDescription(std::move(answered), DescriptionKind::Answer,
                                  sdp::DescriptionForm::Whole));
            const lint::Negotiation found =
                lint::negotiate({pair->first.get(), pair->second.get()});
            PyNegotiated out;
            out.offerer_ice_role = to_string(found.offerer_ice);
            out.description = lint::describe(found);
            out.sections = found.sections;
            out.pair = std::move(pair);
            return out;
        },
        py::arg("offer"), py::arg("answer"));
}

}  // namespace

void bind_sdp_lint(py::module_& module) {
    bind_words(module);
    bind_rule(module);
    bind_finding(module);
    bind_functions(module);
    bind_negotiation(module);
}

}  // namespace portolan::python
