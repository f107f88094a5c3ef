#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace portolan::digest {

/// Values of one essence, and how to say them in a few words: as they were read, never with the
/// essence's place holders.
class Alike {
  public:
    void add(const std::string& value);

    [[nodiscard]] std::size_t count() const { return count_; }
    /// The value where there is but one; "20.5 ms to 49.9 ms" of figures with one unit; otherwise
    /// the first, "and the like".
    [[nodiscard]] std::string words() const;

  private:
    struct Figure {
        double value = 0;
        std::string text;
    };

    std::size_t count_ = 0;
    std::string first_;
    bool varies_ = false;
    bool are_figures_ = true;
    std::string unit_;
    Figure least_;
    Figure greatest_;
};

}  // namespace portolan::digest
