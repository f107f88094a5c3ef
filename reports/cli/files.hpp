#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "reports/model/report.hpp"
#include "reports/model/result.hpp"

namespace portolan::cli {

/// Reports with all their packets have some megabytes.
inline constexpr std::size_t kMaxFileBytes = std::size_t{64} << 20;

/// So long somebody may take to begin writing to a pipe.
inline constexpr std::chrono::seconds kPipePatience{5};

/// A file as it is, also from a pipe; "-" is a file of that name. A usage error with the code
/// `code`, naming the file, when it cannot be read or is longer than `max_bytes`.
Result<std::string> read_file(const std::string& path, std::size_t max_bytes = kMaxFileBytes,
                              const char* code = "file");

/// A report from a JSON file. Usage errors, naming the file: "file", and those of
/// report::from_json.
Result<report::Report> read_report(const std::string& path);

/// Whether writing to `output` would replace one of the regular files, by whatever name.
bool is_one_of(const std::string& output, const std::vector<std::string>& files);

}  // namespace portolan::cli
