#include "probe/discovery/tests/judge.hpp"

#include <type_traits>

namespace portolan::discovery::sim {

namespace {

Grade grade_unknown(VerdictKind verdict) {
    switch (verdict) {
        case VerdictKind::Unsupported:
            return Grade::Unsupported;
        case VerdictKind::NotTested:
            return Grade::NotTested;
        default:
            return Grade::Inconclusive;
    }
}

template <typename Visit>
void for_each_judgement(const Outcome& outcome, Visit&& visit) {
    visit("udp", outcome.udp);
    visit("translation", outcome.translation);
    visit("mapping", outcome.mapping);
    visit("filtering", outcome.filtering);
    visit("pooling", outcome.pooling);
    visit("ports", outcome.ports);
    visit("collision", outcome.collision);
    visit("alg", outcome.alg);
    visit("layers", outcome.layers);
    visit("stable", outcome.stable);
    visit("hairpin", outcome.hairpin);
}

std::string value_text(bool value) {
    return value ? "true" : "false";
}
std::string value_text(const PortBehaviour& value) {
    return std::string(to_string(value.allocation)) + " step " + std::to_string(value.step) +
           (value.parity_kept ? " parity" : "") + " " + std::to_string(value.lowest) + "-" +
           std::to_string(value.highest) + " of " + std::to_string(value.samples);
}
template <typename T>
requires std::is_enum_v<T> std::string value_text(T value) {
    return std::string(to_string(value));
}

}  // namespace

Grade grade_translation(const Outcome& outcome, MappingRule truth) {
    if (!outcome.translation.known()) return grade_unknown(outcome.translation.verdict);
    const Translation wanted =
        truth == MappingRule::None ? Translation::None : Translation::Address;
    return *outcome.translation.value == wanted ? Grade::Right : Grade::Wrong;
}

Grade grade_mapping(const Outcome& outcome, MappingRule truth) {
    const auto& mapping = outcome.mapping;
    if (!mapping.known()) return grade_unknown(mapping.verdict);
    switch (*mapping.value) {
        case Mapping::EndpointIndependent:
            return truth == MappingRule::EndpointIndependent || truth == MappingRule::None
                       ? Grade::Right
                       : Grade::Wrong;
        case Mapping::AddressDependent:
            return truth == MappingRule::AddressDependent ? Grade::Right : Grade::Wrong;
        case Mapping::AddressAndPortDependent:
            return truth == MappingRule::AddressAndPortDependent ? Grade::Right : Grade::Wrong;
        case Mapping::PortDependent:
            return truth == MappingRule::PortDependent ? Grade::Right : Grade::Wrong;
        case Mapping::AddressIndependent:
            return truth == MappingRule::EndpointIndependent || truth == MappingRule::None ||
                           truth == MappingRule::PortDependent
                       ? Grade::Weaker
                       : Grade::Wrong;
        case Mapping::EndpointDependent:
            return truth == MappingRule::EndpointIndependent || truth == MappingRule::None
                       ? Grade::Wrong
                       : Grade::Weaker;
    }
    return Grade::Wrong;
}

Grade grade_filtering(const Outcome& outcome, FilteringRule truth) {
    const auto& filtering = outcome.filtering;
    if (!filtering.known()) return grade_unknown(filtering.verdict);
    bool right = false;
    switch (*filtering.value) {
        case Filtering::EndpointIndependent:
            right = truth == FilteringRule::EndpointIndependent || truth == FilteringRule::Open;
            break;
        case Filtering::AddressDependent:
            right = truth == FilteringRule::AddressDependent;
            break;
        case Filtering::AddressAndPortDependent:
            right = truth == FilteringRule::AddressAndPortDependent;
            break;
    }
    return right ? Grade::Right : Grade::Wrong;
}

std::string_view to_string(Grade grade) {
    switch (grade) {
        case Grade::Right:
            return "right";
        case Grade::Wrong:
            return "WRONG";
        case Grade::Weaker:
            return "weaker";
        case Grade::Inconclusive:
            return "inconclusive";
        case Grade::Unsupported:
            return "unsupported";
        case Grade::NotTested:
            return "not tested";
    }
    return "?";
}

std::vector<std::string> defects(const Outcome& outcome, const Ledger& ledger) {
    std::vector<std::string> found;
    for_each_judgement(outcome, [&](const char* name, const auto& judgement) {
        const auto complain = [&](const char* what) {
            found.push_back(std::string(name) + " " + what);
        };
        const bool pass = judgement.verdict == VerdictKind::Pass;
        const bool measured = pass || judgement.verdict == VerdictKind::Fail;
        if (measured != judgement.value.has_value()) complain("has a value without being measured");
        if (pass != judgement.reason.empty())
            complain("has a reason for a pass, or none otherwise");
        if (!pass && judgement.sentence.empty()) complain("has no sentence");
        for (const ProbeId id : judgement.evidence) {
            if (id < 0 || static_cast<std::size_t>(id) >= ledger.probes.size()) {
                complain("has evidence that does not exist");
            }
        }
        if (judgement.error_bound &&
            !(*judgement.error_bound >= 0.0 && *judgement.error_bound <= 1.0)) {
            complain("has an error bound that is no probability");
        }
    });
    if (outcome.filtering.value == Filtering::AddressAndPortDependent &&
        !outcome.filtering.error_bound) {
        found.emplace_back("filtering rests on silence and has no error bound");
    }
    return found;
}

std::string describe(const Outcome& outcome) {
    std::string text;
    for_each_judgement(outcome, [&](const char* name, const auto& judgement) {
        text += name;
        text += '=';
        if (judgement.value) {
            text += value_text(*judgement.value);
        } else {
            text += report::to_string(judgement.verdict);
        }
        if (!judgement.reason.empty()) text += "(" + judgement.reason + ")";
        text += "; ";
    });
    return text;
}

}  // namespace portolan::discovery::sim
