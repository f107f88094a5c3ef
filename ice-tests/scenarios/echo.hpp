#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "ice-tests/calls/call.hpp"
#include "ice-tests/media/delay_histogram.hpp"
#include "reports/model/json.hpp"

namespace portolan::scenarios {

using calls::Call;
using calls::Side;

struct EchoCounts {
    std::size_t sent_count = 0;
    std::size_t returned_count = 0;  ///< as they were sent
    std::size_t mangled_count = 0;   ///< neither at the other side nor back as they were sent
    std::size_t duplicate_count = 0;
    std::size_t reordered_count = 0;  ///< came back behind a later one
    media::DelayHistogram round_trips;
    /// The longest time without anything coming back, the time since the last one included.
    transport::Duration longest_gap{0};

    [[nodiscard]] double loss_pct() const;
};

/// The offerer sends numbered payloads at a steady rate, the answerer returns them.
class Echo {
  public:
    /// What the answerer returns goes through `tamper` first: empty lets it through.
    using Tamper = std::function<bool(std::vector<std::byte>&)>;

    Echo(const turn::Surroundings& where, Call& call, Tamper tamper = {});
    ~Echo();
    Echo(const Echo&) = delete;
    Echo& operator=(const Echo&) = delete;

    /// One every interval for that time, then waits a while for the last. Ends early when an agent
    /// has failed, or when nothing has come back for longer than `patience`.
    turn::Task<bool> run(transport::Duration interval, transport::Duration duration,
                         transport::Duration patience);
    [[nodiscard]] const EchoCounts& counts() const { return counts_; }

  private:
    void send();
    void on_returned(transport::Bytes bytes);

    turn::Surroundings where_;
    Call& call_;
    Tamper tamper_;
    EchoCounts counts_;
    std::uint32_t next_number_ = 0;
    std::optional<std::uint32_t> last_returned_;
    std::map<std::uint32_t, std::pair<transport::Time, std::vector<std::byte>>> waiting_;
    std::set<std::uint32_t> done_;
    transport::Time last_return_at_{};
};

report::Json to_json(const EchoCounts& counts);

}  // namespace portolan::scenarios
