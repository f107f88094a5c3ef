#include "nat-sim/scenario/nat_choice.hpp"

#include "nat-sim/behavior/parameter_table.hpp"
#include "nat-sim/behavior/presets/preset.hpp"

namespace portolan::scenario {

Result<std::vector<nat::Parameters>> resolve_nat(const NatChoice& choice) {
    report::Json document = report::Json::object();
    if (!choice.preset.empty()) {
        const auto preset = nat::load_preset(choice.preset);
        if (!preset) return preset.error();
        if (preset->is_chain()) {
            if (!choice.parameters.empty()) {
                return Error{.culprit = Culprit::Usage,
                             .code = "scenario.chain",
                             .message = "\"" + choice.preset +
                                        "\" is a chain of boxes, which has no parameters of its "
                                        "own: give its boxes as networks one behind the other"};
            }
            const auto boxes = nat::boxes_of(*preset);
            if (!boxes) return boxes.error();
            std::vector<nat::Parameters> out;
            for (const nat::Preset& box : *boxes)
                out.push_back(box.parameters);
            return out;
        }
        document = preset->parameter_document;
    }
    document.merge_patch(choice.parameters);
    auto parameters = nat::parse_parameters(document);
    if (!parameters) return std::move(parameters).error();
    return std::vector<nat::Parameters>{*parameters};
}

}  // namespace portolan::scenario
