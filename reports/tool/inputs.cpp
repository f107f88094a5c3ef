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
                        Inputs& out) {
    std::error_code error;
    const std::size_t before = out.files.size();
    const std::size_t no_files_before = out.no_files.size();
    for (fs::recursive_directory_iterator at(path, error), end; !error && at != end;
         at.increment(error)) {
        if (at->path().extension() != ".json") continue;
        std::error_code ignored;
        const fs::file_type type = at->status(ignored).type();
        if (output && fs::equivalent(at->path(), *output, ignored)) continue;
        if (type == fs::file_type::directory) continue;
        const bool is_no_file = type == fs::file_type::fifo || type == fs::file_type::socket ||
                                type == fs::file_type::character || type == fs::file_type::block;
        // A link to nothing is told as a file that cannot be read.
        (is_no_file ? out.no_files : out.files).push_back(at->path().string());
    }
    if (error) return unusable(path, error.message());
    if (out.files.size() == before && out.no_files.size() == no_files_before)
        return unusable(path, "no file in this folder ends in .json");
    const auto sort_from = [](std::vector<std::string>& paths, std::size_t first) {
        std::sort(paths.begin() + static_cast<std::ptrdiff_t>(first), paths.end());
    };
    sort_from(out.files, before);
    sort_from(out.no_files, no_files_before);
    return {};
}

}  // namespace

Result<void> spare_inputs(const std::vector<std::string>& paths,
                          const std::optional<std::string>& output) {
    if (!output || !cli::is_one_of(*output, paths)) return {};
    return Error{.culprit = Culprit::Usage,
                 .code = "output",
                 .message = "--output \"" + *output + "\" would replace the report itself",
                 .hint = "name another file"};
}

Result<Inputs> inputs_of(const std::vector<std::string>& paths,
                         const std::optional<std::string>& output) {
    if (auto spared = spare_inputs(paths, output); !spared) return std::move(spared).error();
    Inputs out;
    for (const std::string& path : paths) {
        std::error_code error;
        const fs::file_status status = fs::status(path, error);
        if (!fs::exists(status)) return unusable(path, error ? error.message() : "is not there");
        if (!fs::is_directory(status)) {
            out.files.push_back(path);
            continue;
        }
        if (auto added = add_folder(path, output, out); !added) return std::move(added).error();
    }
    return out;
}

std::size_t common_folder_bytes(const Inputs& inputs) {
    std::vector<std::string> files = inputs.files;
    files.insert(files.end(), inputs.no_files.begin(), inputs.no_files.end());
    if (files.size() < 2) return 0;
    std::string_view common = files.front();
    for (const std::string& file : files) {
        const auto differs = std::ranges::mismatch(common, file).in1;
        common = common.substr(0, static_cast<std::size_t>(differs - common.begin()));
    }
    const std::size_t slash = common.rfind('/');
    return slash == std::string_view::npos ? 0 : slash + 1;
}

void read_each(const Inputs& inputs,
               const std::function<void(const std::string&, report::Report&&)>& visit,
               const std::function<void(const std::string&, const Error&)>& broken) {
    for (const std::string& file : inputs.files) {
        auto report = cli::read_report(file);
        if (report) {
            visit(file, std::move(*report));
        } else {
            broken(file, report.error());
        }
    }
    for (const std::string& path : inputs.no_files)
        broken(path, unusable(path, "is no regular file"));
}

}  // namespace portolan::nat_report
