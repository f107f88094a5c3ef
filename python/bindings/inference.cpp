#include "probe/discovery/inference.hpp"

#include "probe/discovery/lifetime.hpp"
#include "python/bindings/bindings.hpp"

namespace portolan::python {
namespace {

using namespace discovery;

/// Judgement<T> for every T.
struct AnyJudgement {
    VerdictKind verdict;
    py::object value;
    std::string reason;
    std::string sentence;
    std::vector<ProbeId> evidence;
    std::optional<double> error_bound;
};

template <typename T>
AnyJudgement any(const Judgement<T>& judgement) {
    return {judgement.verdict,  py::cast(judgement.value), judgement.reason,
            judgement.sentence, judgement.evidence,        judgement.error_bound};
}

template <typename Enum>
void vocabulary(py::module_& module, const char* name, const char* doc,
                std::initializer_list<std::pair<const char*, Enum>> values) {
    py::enum_<Enum> type(module, name, doc);
    for (const auto& [word, value] : values)
        type.value(word, value);
    use_words(type, [](Enum value) { return to_string(value); });
}

void bind_vocabulary(py::module_& module) {
    vocabulary<Mapping>(module, "Mapping", "RFC 4787 s4.1.",
                        {{"EndpointIndependent", Mapping::EndpointIndependent},
                         {"AddressDependent", Mapping::AddressDependent},
                         {"AddressAndPortDependent", Mapping::AddressAndPortDependent},
                         {"PortDependent", Mapping::PortDependent},
                         {"AddressIndependent", Mapping::AddressIndependent},
                         {"EndpointDependent", Mapping::EndpointDependent}});
    vocabulary<Filtering>(module, "Filtering", "RFC 4787 s5.",
                          {{"EndpointIndependent", Filtering::EndpointIndependent},
                           {"AddressDependent", Filtering::AddressDependent},
                           {"AddressAndPortDependent", Filtering::AddressAndPortDependent}});
    vocabulary<Translation>(module, "Translation", "Whether addresses are translated.",
                            {{"None_", Translation::None},
                             {"Address", Translation::Address},
                             {"Nat64", Translation::Nat64}});
    vocabulary<UdpReachability>(module, "UdpReachability", "Whether UDP gets out and back.",
                                {{"Reachable", UdpReachability::Reachable},
                                 {"Silent", UdpReachability::Silent},
                                 {"Prohibited", UdpReachability::Prohibited},
                                 {"LocalFirewall", UdpReachability::LocalFirewall},
                                 {"NoRoute", UdpReachability::NoRoute},
                                 {"SomePorts", UdpReachability::SomePorts}});
    vocabulary<Pooling>(module, "Pooling", "How public addresses are chosen.",
                        {{"Paired", Pooling::Paired},
                         {"Arbitrary", Pooling::Arbitrary},
                         {"MultiEgress", Pooling::MultiEgress}});
    vocabulary<PortAllocation>(module, "PortAllocation", "How public ports are chosen.",
                               {{"Preserving", PortAllocation::Preserving},
                                {"Sequential", PortAllocation::Sequential},
                                {"NonSequential", PortAllocation::NonSequential}});
    vocabulary<Collision>(module, "Collision", "Whether hosts can fight for a port.",
                          {{"Robust", Collision::Robust},
                           {"Possible", Collision::Possible},
                           {"Observed", Collision::Observed}});
    vocabulary<Hairpinning>(module, "Hairpinning", "RFC 4787 s6.",
                            {{"External", Hairpinning::External},
                             {"Internal", Hairpinning::Internal},
                             {"Other", Hairpinning::Other},
                             {"None_", Hairpinning::None}});
    vocabulary<AlgRewriting>(module, "AlgRewriting", "Whether payloads are rewritten.",
                             {{"None_", AlgRewriting::None}, {"Rewrites", AlgRewriting::Rewrites}});
    vocabulary<Layers>(module, "Layers", "How many NATs there seem to be.",
                       {{"Single", Layers::NoSign},
                        {"CarrierGrade", Layers::CarrierGrade},
                        {"Multiple", Layers::Multiple}});
    module.def("classic_name", &classic_name, py::arg("translation"), py::arg("mapping"),
               py::arg("filtering"));
}

void bind_values(py::module_& module) {
    py::class_<AnyJudgement> judgement(module, "Judgement", "A verdict about one behaviour.");
    read_only(judgement, "verdict", &AnyJudgement::verdict);
    read_only(judgement, "value", &AnyJudgement::value);
    read_only(judgement, "reason", &AnyJudgement::reason);
    read_only(judgement, "sentence", &AnyJudgement::sentence);
    read_only(judgement, "evidence", &AnyJudgement::evidence);
    read_only(judgement, "error_bound", &AnyJudgement::error_bound);
    judgement.def_property_readonly("known",
                                    [](const AnyJudgement& self) { return !self.value.is_none(); });
    judgement.def("__repr__", [](const AnyJudgement& self) {
        return py::str("<Judgement {} {}>")
            .format(py::str(py::cast(self.verdict)),
                    self.value.is_none() ? py::str(self.reason) : py::str(self.value));
    });

    py::class_<ServerAudit> audit(module, "ServerAudit", "What a server must be to be believed.");
    read_only(audit, "server", &ServerAudit::server);
    read_only(audit, "answers", &ServerAudit::answers);
    read_only(audit, "has_mapped_address", &ServerAudit::has_mapped_address);
    read_only(audit, "has_other_address", &ServerAudit::has_other_address);
    read_only(audit, "other_address", &ServerAudit::other_address);
    read_only(audit, "other_address_usable", &ServerAudit::other_address_usable);
    read_only(audit, "origin_true", &ServerAudit::origin_true);
    read_only(audit, "ignores_change_request", &ServerAudit::ignores_change_request);
    read_only(audit, "rejects_change_request", &ServerAudit::rejects_change_request);
    read_only(audit, "wrong_reply_address", &ServerAudit::wrong_reply_address);
    read_only(audit, "change_request_confirmed", &ServerAudit::change_request_confirmed);
    read_only(audit, "faults", &ServerAudit::faults);

    py::class_<PortBehaviour> ports(module, "PortBehaviour", "How public ports are chosen.");
    read_only(ports, "allocation", &PortBehaviour::allocation);
    read_only(ports, "step", &PortBehaviour::step);
    read_only(ports, "parity_kept", &PortBehaviour::parity_kept);
    read_only(ports, "lowest", &PortBehaviour::lowest);
    read_only(ports, "highest", &PortBehaviour::highest);
    read_only(ports, "samples", &PortBehaviour::samples);

    py::class_<LossSeen> loss(module, "LossSeen", "Copies of plain requests, of a server heard.");
    read_only(loss, "sent", &LossSeen::sent);
    read_only(loss, "unanswered", &LossSeen::unanswered);

    py::class_<Lifetime> lifetime(module, "Lifetime", "How long an idle binding lives.");
    read_only(lifetime, "alive_for", &Lifetime::alive_for);
    read_only(lifetime, "dead_after", &Lifetime::dead_after);
    read_only(lifetime, "outbound_refreshes", &Lifetime::outbound_refreshes);
    read_only(lifetime, "inbound_refreshes", &Lifetime::inbound_refreshes);
}

}  // namespace

void bind_inference(py::module_& module) {
    module.attr("VerdictKind") = py::type::of<VerdictKind>();
    bind_vocabulary(module);
    bind_values(module);

    py::class_<Outcome> outcome(module, "Outcome", "All that a ledger says.");
    const auto judged = [&outcome](const char* name, auto member) {
        outcome.def_property_readonly(name,
                                      [member](const Outcome& self) { return any(self.*member); });
    };
    judged("udp", &Outcome::udp);
    judged("translation", &Outcome::translation);
    judged("mapping", &Outcome::mapping);
    judged("filtering", &Outcome::filtering);
    judged("pooling", &Outcome::pooling);
    judged("ports", &Outcome::ports);
    judged("collision", &Outcome::collision);
    judged("alg", &Outcome::alg);
    judged("layers", &Outcome::layers);
    judged("stable", &Outcome::stable);
    judged("hairpin", &Outcome::hairpin);
    read_only(outcome, "servers", &Outcome::servers);
    read_only(outcome, "local", &Outcome::local);
    read_only(outcome, "mapped", &Outcome::mapped);
    read_only(outcome, "rtt", &Outcome::rtt);
    read_only(outcome, "loss", &Outcome::loss);
    read_only(outcome, "streams_work", &Outcome::streams_work);
    read_only(outcome, "route_note", &Outcome::route_note);

    // A ledger cannot be changed from Python, so that it may be read without the interpreter lock.
    module.def("infer", &infer, py::arg("ledger"), py::call_guard<py::gil_scoped_release>());
    module.def(
        "infer_lifetime",
        [](const Ledger& ledger) {
            const auto judge = [&ledger] {
                const py::gil_scoped_release unlocked;
                return infer_lifetime(ledger);
            };
            return any(judge());
        },
        py::arg("ledger"));
}

}  // namespace portolan::python
