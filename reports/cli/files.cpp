#include "reports/cli/files.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>

#include "reports/model/usage_error.hpp"

namespace portolan::cli {

Result<std::string> read_file(const std::string& path, std::size_t max_bytes, const char* code) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::string out;
    std::string part(std::size_t{1} << 16, '\0');
    while (file && out.size() <= max_bytes) {
        file.read(part.data(), static_cast<std::streamsize>(part.size()));
        out.append(part, 0, static_cast<std::size_t>(file.gcount()));
    }
    // A directory opens, and fails when it is read.
    if (!file.is_open() || file.bad() || (out.empty() && errno != 0)) {
        return usage_error(code, "cannot read \"" + path + "\": " +
                                     std::generic_category().message(errno != 0 ? errno : EIO));
    }
    if (out.size() > max_bytes) {
        return usage_error(
            code, '"' + path + "\" is larger than " + std::to_string(max_bytes >> 20U) + " MiB");
    }
    return out;
}

Result<report::Report> read_report(const std::string& path) {
    auto text = read_file(path);
    if (!text) return std::move(text).error();
    auto out = report::from_json(*text);
    if (out) return out;
    Error error = std::move(out).error();
    error.message = path + ": " + error.message;
    error.hint = "every tool writes such a report with --format json";
    return error;
}

}  // namespace portolan::cli
