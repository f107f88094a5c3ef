#include "ice-tests/gate/document.hpp"

#include <algorithm>

#include "reports/cli/suggest.hpp"

namespace portolan::gate {

void refuse_unknown_members(const report::JsonReader& object, std::span<const std::string> known) {
    const report::Json json = object.object();
    if (!object.ok()) return;
    for (const auto& [key, value] : json.items()) {
        if (std::ranges::find(known, key) != known.end()) continue;
        std::string problem = "is not known";
        if (const auto nearest = cli::nearest(key, known)) {
            problem += "; do you mean \"" + std::string(*nearest) + "\"?";
        }
        if (const auto member = object.find(key)) member->fail(problem);
        return;
    }
}

}  // namespace portolan::gate
