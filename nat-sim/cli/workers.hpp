#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "reports/model/result.hpp"

namespace portolan::nat_sim {

/// One piece of work, in a process of its own: the result as text, or an error.
using Work = std::function<Result<std::string>(std::size_t index)>;

/// Does `count` pieces of work in `jobs` processes, each of which does many: ns-3 has one simulator
/// a process. The results are in the order of the work, however it was divided. The first piece
/// that fails is the error; a worker that dies is the internal error "worker" that names the piece
/// it was at. `on_done` is told how many are done. `is_cancelled` is asked between results and when
/// a signal has come; true ends the workers, and what they have not done is missing.
Result<std::vector<std::optional<std::string>>> run_in_workers(
    std::size_t count, std::size_t jobs, const std::function<std::string(std::size_t)>& name_of,
    const Work& work, const std::function<void(std::size_t)>& on_done,
    const std::function<bool()>& is_cancelled);

}  // namespace portolan::nat_sim
