#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nat-sim/scenario/call.hpp"
#include "nat-sim/scenario/defaults.hpp"
#include "reports/cli/main_guard.hpp"
#include "reports/cli/spec.hpp"
#include "reports/model/result.hpp"

// What the commands that run a world have in common.
namespace portolan::nat_sim {

/// --pcap and --events.
std::vector<cli::OptionSpec> recording_options();
/// --family, with the word "both".
cli::OptionSpec family_option();
/// --set NAME=VALUE, repeatable.
cli::OptionSpec set_option();

/// The seed of a run without --seed: runs are the same unless somebody wants another one.
inline constexpr std::uint64_t kDefaultSeed = 1;

/// Where a run's captures and NAT decisions go. Made before the run, so that a folder or file that
/// cannot be written is known before the work.
class Recording {
  public:
    /// Environment error "output" with the path. Usage error "value" for "-": standard output is
    /// the report's.
    static Result<Recording> open(const cli::Arguments& arguments);

    [[nodiscard]] scenario::CallOptions options();
    /// Writes what there is.
    Result<void> write(const std::vector<scenario::CaptureFile>& captures) const;

  private:
    std::string folder_;
    std::string events_path_;
    std::shared_ptr<std::string> lines_;
};

/// Of --family: which families hosts have.
struct Families {
    bool ipv4 = true;
    bool ipv6 = false;
};
Families families_of(const cli::Arguments& arguments);

/// The parameter document that --set describes: "/mapping/udp=endpoint-independent" or
/// "hairpin=off". Usage error "value" for a name that is no parameter, with the nearest.
Result<report::Json> parameters_of(const cli::Arguments& arguments);

/// Whether each preset takes the parameters of --set. Usage errors name the parameter's pointer.
Result<void> check_settings(const std::vector<std::string>& presets,
                            const report::Json& parameters);

/// Usage error "value" when one is given twice: the same calls twice are a slip of the pen.
Result<void> check_different(const std::string& option, const std::vector<std::string>& values);

/// The preset names of an option, each checked; "internet" is one.
Result<void> check_preset(const std::string& option, const std::string& name);

}  // namespace portolan::nat_sim
