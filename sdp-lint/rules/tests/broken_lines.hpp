#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace portolan::lint {

/// One way to spoil how a line is written. What it cannot spoil it gives back unchanged.
struct Breakage {
    std::string name;
    std::function<std::string(std::string_view line)> apply;
};

/// Those after which everybody can see what was meant: fixing them gives back the line.
std::vector<Breakage> repairable_breakages();
/// Those that leave a guess.
std::vector<Breakage> other_breakages();

/// The files below a folder that end in .sdp, with CR LF; in order of their names.
std::vector<std::pair<std::string, std::string>> descriptions_below(const std::string& folder);
/// Without their ends.
std::vector<std::string> split_lines(std::string_view text);
std::string join_lines(const std::vector<std::string>& lines);

}  // namespace portolan::lint
