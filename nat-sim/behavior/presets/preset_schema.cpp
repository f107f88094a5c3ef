#include "nat-sim/behavior/parameter_table.hpp"
#include "nat-sim/behavior/presets/preset.hpp"

namespace portolan::nat {
namespace {

using report::OrderedJson;

OrderedJson words_of(const std::string& allowed) {
    OrderedJson out = OrderedJson::array();
    std::size_t begin = 0;
    while (true) {
        const std::size_t end = allowed.find(" | ", begin);
        out.push_back(allowed.substr(begin, end - begin));
        if (end == std::string::npos) return out;
        begin = end + 3;
    }
}

OrderedJson value_schema(const ParameterRow& row) {
    OrderedJson out = OrderedJson::object();
    std::string description(row.meaning);
    if (!row.requirement.empty()) description += " " + std::string(row.requirement) + ".";
    out["description"] = description;
    const report::Json standard = row.default_value();
    const auto number = [&] {
        return OrderedJson{{"type", "integer"}, {"minimum", row.min}, {"maximum", row.max}};
    };
    if (standard.is_boolean()) {
        out["type"] = "boolean";
    } else if (standard.is_string()) {
        out["enum"] = words_of(row.allowed);
    } else if (standard.is_array()) {
        out["type"] = "array";
        out["items"] = number();
    } else {
        out.update(number());
    }
    out["default"] = standard;
    return out;
}

OrderedJson parameters_schema() {
    OrderedJson out = {
        {"type", "object"}, {"additionalProperties", false}, {"properties", OrderedJson::object()}};
    for (const ParameterRow& row : parameter_table()) {
        OrderedJson* object = &out;
        std::string_view rest = row.pointer.substr(1);
        while (true) {
            const std::size_t slash = rest.find('/');
            OrderedJson& properties = (*object)["properties"];
            const std::string key(rest.substr(0, slash));
            if (slash == std::string_view::npos) {
                properties[key] = value_schema(row);
                break;
            }
            if (!properties.contains(key)) {
                properties[key] = {{"type", "object"},
                                   {"additionalProperties", false},
                                   {"properties", OrderedJson::object()}};
            }
            object = &properties[key];
            rest.remove_prefix(slash + 1);
        }
    }
    return out;
}

}  // namespace

OrderedJson preset_schema() {
    const OrderedJson sentence = {{"type", "string"}, {"minLength", 1}};
    const OrderedJson names = {{"type", "array"}, {"uniqueItems", true}, {"items", sentence}};
    OrderedJson boxes = names;
    boxes["description"] = "Of a chain: names of presets, from the hosts outwards.";
    boxes["uniqueItems"] = false;
    boxes["minItems"] = 2;
    boxes["maxItems"] = 8;
    OrderedJson out;
    out["$schema"] = "https://json-schema.org/draft/2020-12/schema";
    out["$id"] = "urn:portolan:schema:nat-preset:1";
    out["title"] = "Portolan NAT preset";
    out["description"] =
        "A NAT with a name. Only parameters that differ from the defaults need to be there.";
    out["type"] = "object";
    out["additionalProperties"] = false;
    out["required"] = {"schema", "name", "summary"};
    out["oneOf"] = OrderedJson::array({{{"required", {"parameters"}}}, {{"required", {"boxes"}}}});
    OrderedJson& properties = out["properties"];
    properties["$schema"] = {{"type", "string"}};
    properties["schema"] = {{"const", std::string(kPresetSchema)}};
    properties["name"] = {{"type", "string"}, {"pattern", "^[a-z0-9]+(-[a-z0-9]+)*$"}};
    properties["summary"] = sentence;
    properties["aliases"] = names;
    properties["boxes"] = boxes;
    properties["parameters"] = parameters_schema();
    properties["evidence"] = {{"description", "Who saw that behaviour where."},
                              {"type", "array"},
                              {"items",
                               {{"type", "object"},
                                {"additionalProperties", false},
                                {"required", {"seen", "source"}},
                                {"properties", {{"seen", sentence}, {"source", sentence}}}}}};
    properties["carrier_grade"] = {
        {"description", "RFC 6888 applies to it."}, {"type", "boolean"}, {"default", false}};
    properties["violates"] = {
        {"description", "Checks of nat-sim conformance that this NAT fails by design, and why."},
        {"type", "object"},
        {"propertyNames", {{"pattern", "^[A-Za-z0-9][A-Za-z0-9._/:-]*$"}}},
        {"additionalProperties", sentence}};
    return out;
}

}  // namespace portolan::nat
