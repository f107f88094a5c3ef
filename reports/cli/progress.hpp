#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace portolan::cli {

/// One line on stderr that overwrites itself, for a person who waits. Disabled it writes nothing
/// at all. It never decides anything: failures to write are ignored.
class Progress {
  public:
    explicit Progress(bool enabled, std::size_t width_columns = 80, int descriptor = 2)
        : enabled_(enabled), width_columns_(width_columns), descriptor_(descriptor) {}
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress() { clear(); }

    /// Cut to the width and escaped; written only if it differs from what is shown.
    void show(std::string_view line);
    /// Takes the line away. Before anything else is written to the terminal.
    void clear();

  private:
    void write(std::string_view bytes) const;

    bool enabled_;
    std::size_t width_columns_;
    int descriptor_;
    std::string shown_;
};

}  // namespace portolan::cli
