#include "reports/model/measured.hpp"

#include <optional>

namespace portolan::report {
namespace {

std::optional<Measured> read(const Json& element) {
    if (!element.is_object()) return std::nullopt;
    const auto text = [&](const char* key) -> std::string {
        const auto found = element.find(key);
        return found != element.end() && found->is_string() ? found->get<std::string>() : "";
    };
    const auto has_number = [&](const char* key) {
        const auto found = element.find(key);
        return found != element.end() && found->is_number();
    };
    for (const char* key : {"value", "low", "high", "sample_count"}) {
        if (!has_number(key)) return std::nullopt;
    }
    if (element["sample_count"] < 0) return std::nullopt;
    Measured out{.quantity = text("quantity"),
                 .unit = text("unit"),
                 .value = element["value"],
                 .low = element["low"],
                 .high = element["high"],
                 .sample_count = element["sample_count"]};
    const bool is_in_order = out.low <= out.value && out.value <= out.high;
    if (out.quantity.empty() || out.low < 0 || !is_in_order) return std::nullopt;
    return out;
}

}  // namespace

void add_measured(Json& data, const Measured& measured) {
    data["measured"].push_back({{"quantity", measured.quantity},
                                {"unit", measured.unit},
                                {"value", measured.value},
                                {"low", measured.low},
                                {"high", measured.high},
                                {"sample_count", measured.sample_count}});
}

std::vector<Measured> measured_of(const Json& data) {
    std::vector<Measured> out;
    const auto found = data.is_object() ? data.find("measured") : data.end();
    if (found == data.end() || !found->is_array()) return out;
    for (const Json& element : *found) {
        if (auto one = read(element)) out.push_back(std::move(*one));
    }
    return out;
}

}  // namespace portolan::report
