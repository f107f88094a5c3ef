#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/result.hpp"
#include "sdp-lint/cli/input.hpp"

namespace portolan::sdp_lint {

/// What makes a finding the same finding after lines moved: its code and the text of its line, not
/// its number. Sixteen hex digits; says nothing about what it stands for.
std::string fingerprint_of(const lint::Finding& finding, const sdp::Description& description);

/// Known findings: how often each fingerprint may be found.
class Baseline {
  public:
    /// Usage error "baseline" for what is none.
    static Result<Baseline> parse(std::string_view text, const std::string& path);
    static Result<Baseline> read(const std::string& path);

    void add(const std::string& fingerprint) { ++counts_[fingerprint]; }
    /// Whether this one is known; each known one is used up once.
    bool take(const std::string& fingerprint);
    /// Ends in a newline.
    std::string to_json() const;

  private:
    std::map<std::string, std::uint64_t> counts_;
};

}  // namespace portolan::sdp_lint
