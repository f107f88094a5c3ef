#include "ice-tests/gate/document.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <span>

#include "reports/cli/suggest.hpp"

namespace portolan::gate {
namespace {

// A report of the whole suite with all its packets has some megabytes.
constexpr std::size_t kMaxBytes = std::size_t{64} << 20;

Error unreadable(std::string message) {
    return {.culprit = Culprit::Usage, .code = "file", .message = std::move(message)};
}

}  // namespace

Result<std::string> read_text(const std::string& path) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::string out;
    std::string part(std::size_t{1} << 16, '\0');
    while (file && out.size() <= kMaxBytes) {
        file.read(part.data(), static_cast<std::streamsize>(part.size()));
        out.append(part, 0, static_cast<std::size_t>(file.gcount()));
    }
    if (!file.is_open() || file.bad() || (out.empty() && errno != 0)) {
        return unreadable("cannot read \"" + path +
                          "\": " + std::strerror(errno != 0 ? errno : EIO));
    }
    if (out.size() > kMaxBytes) return unreadable('"' + path + "\" is larger than 64 MiB");
    return out;
}

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
