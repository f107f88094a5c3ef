#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "reports/model/report.hpp"

namespace portolan::nat_report {

/// What the command line names.
struct Inputs {
    std::vector<std::string> files = {};
    /// Pipes, sockets and devices in folders: reading them may wait, or take what is another's.
    std::vector<std::string> no_files = {};
};

/// Usage error "output" when the output is one of the given files, which would be lost.
Result<void> spare_inputs(const std::vector<std::string>& paths,
                          const std::optional<std::string>& output);

/// The files that are meant: a folder stands for the files in and below it that end in ".json",
/// sorted, but for the one that is about to be written: a sum of last time is no run. Usage error
/// "file" when something given is not there, or a folder holds no such file, and spare_inputs().
Result<Inputs> inputs_of(const std::vector<std::string>& paths,
                         const std::optional<std::string>& output = {});

/// How many bytes at the beginning of each path are the folder that all of them lie in, with its
/// slash: nothing that tells them apart. 0 for a single file.
std::size_t common_folder_bytes(const Inputs& inputs);

/// Reads one file after the other, so that memory does not depend on how many there are. A file
/// that is no report goes to `broken`, as does what is no file, and the rest is read all the same.
void read_each(const Inputs& inputs,
               const std::function<void(const std::string&, report::Report&&)>& visit,
               const std::function<void(const std::string&, const Error&)>& broken);

}  // namespace portolan::nat_report
