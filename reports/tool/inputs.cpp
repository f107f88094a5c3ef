#include "reports/tool/inputs.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "reports/cli/files.hpp"

namespace portolan::nat_report {
namespace {

namespace fs = std::filesystem;

Error unusable(const std::string& path, const std::string& what) {
    return {.culprit = Culprit::Usage,
            .code = "file",
            .message = "\"" + path + "\": " + what,
            .hint = "reports are JSON files, as every tool writes them with --format json"};
}

Result<void> add_folder(const std::string& path, const std::optional<std::string>& output,
                        std::vector<std::string>& files) {
    std::error_code error;
    const std::size_t before = files.size();
    for (fs::recursive_directory_iterator at(path, error), end; !error && at != end;
         at.increment(error)) {
        if (at->path().extension() != ".json") continue;
        std::error_code ignored;
        const fs::file_type type = at->status(ignored).type();
        if (output && fs::equivalent(at->path(), *output, ignored)) continue;
        // A link to nothing is told as a file that cannot be read.
        if (type == fs::file_type::regular || type == fs::file_type::not_found)
            files.push_back(at->path().string());
    }
    if (error) return unusable(path, error.message());
    if (files.size() == before) return unusable(path, "no file in this folder ends in .json");
    std::sort(files.begin() + static_cast<std::ptrdiff_t>(before), files.end());
    return {};
}

}  // namespace

Result<std::vector<std::string>> files_of(const std::vector<std::string>& paths,
                                          const std::optional<std::string>& output) {
    std::vector<std::string> files;
    for (const std::string& path : paths) {
        std::error_code error;
        const fs::file_status status = fs::status(path, error);
        if (!fs::exists(status)) return unusable(path, error ? error.message() : "is not there");
        if (!fs::is_directory(status)) {
            files.push_back(path);
            continue;
        }
        if (auto added = add_folder(path, output, files); !added) return std::move(added).error();
    }
    return files;
}

std::size_t common_folder_bytes(const std::vector<std::string>& files) {
    if (files.size() < 2) return 0;
    std::string_view common = files.front();
    for (const std::string& file : files) {
        const auto differs = std::ranges::mismatch(common, file).in1;
        common = common.substr(0, static_cast<std::size_t>(differs - common.begin()));
    }
    const std::size_t slash = common.rfind('/');
    return slash == std::string_view::npos ? 0 : slash + 1;
}

void read_each(const std::vector<std::string>& files,
               const std::function<void(const std::string&, report::Report&&)>& visit,
               const std::function<void(const std::string&, const Error&)>& broken) {
    for (const std::string& file : files) {
        auto report = cli::read_report(file);
        if (report) {
            visit(file, std::move(*report));
        } else {
            broken(file, report.error());
        }
    }
}

}  // namespace portolan::nat_report
