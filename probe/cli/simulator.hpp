#pragma once

#include <glib.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reports/model/result.hpp"

namespace portolan::nat_probe {

/// nat-sim as a process of its own: this program links no simulator. It runs at the lowest
/// priority, so that what is measured meanwhile is not disturbed, and ends with this one whatever
/// happens.
class Simulator {
  public:
    /// Everything that it has written to its standard output; empty when it could not run.
    using Done = std::function<void(std::string output)>;

    /// The program of that name in the folder of this one.
    static std::optional<std::string> find();

    /// Starts it. `done` comes from the context, once, unless this is destroyed before. Error:
    /// environment.simulator with errno.
    static Result<std::unique_ptr<Simulator>> start(GMainContext* context, const std::string& path,
                                                    const std::vector<std::string>& arguments,
                                                    Done done);
    /// Ends it.
    ~Simulator();
    Simulator(const Simulator&) = delete;
    Simulator& operator=(const Simulator&) = delete;

  private:
    struct State;
    explicit Simulator(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace portolan::nat_probe
