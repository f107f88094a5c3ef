#pragma once

#include <vector>

#include "sdp-lint/rules/rule.hpp"

/// Who said what in a session that is negotiated several times.
namespace portolan::lint {

/// One of the two sides; the first offerer is Side{0}.
using Side = std::uint8_t;

/// The sequence with the side of each description. A later offer is of the side whose origin (o=)
/// it has, or at least whose session id; of the previous offerer when it is like both or neither.
class Session {
  public:
    explicit Session(const Sequence& sequence);

    std::size_t size() const { return descriptions_.size(); }
    const Description& at(std::size_t index) const { return *descriptions_[index]; }
    Side side_of(std::size_t index) const { return sides_[index]; }
    bool is_offer(std::size_t index) const { return index % 2 == 0; }
    /// The last description before that of the same side, or nullptr.
    const Description* previous_of_same_side(std::size_t index) const;
    /// The answer before that, or nullptr.
    const Description* previous_answer(std::size_t index) const;
    /// The offer before that, or nullptr.
    const Description* previous_offer(std::size_t index) const;

  private:
    std::span<const Description* const> descriptions_;
    std::vector<Side> sides_;
};

/// The section of `before` that is the same stream as this one: at the same position, of the same
/// type, alive, and with the same mid; or nullptr.
const Section* same_stream(const Description& before, const Description& now,
                           const Section& section);

/// The same, for sections whose own lines are those of a transport in both: not the ones that a
/// bundle carries along.
const Section* same_transport(const Description& before, const Description& now,
                              const Section& section);

/// Calls visit(before, section before, now, section) for each section that `match`, one of those
/// above, finds in what the same side described last.
template <typename Match, typename Visit>
void each_section_again(const Sequence& sequence, Match match, Visit visit) {
    const Session session(sequence);
    for (std::size_t i = 2; i < session.size(); ++i) {
        const Description* before = session.previous_of_same_side(i);
        if (before == nullptr) continue;
        const Description& now = session.at(i);
        for (const Section& section : now.sections()) {
            const Section* old_section = match(*before, now, section);
            if (old_section != nullptr) visit(*before, *old_section, now, section);
        }
    }
}

/// What became of ICE credentials from one description of a side to its next.
enum class Credentials : std::uint8_t {
    Unknown,  ///< missing in one of them
    Kept,
    Restarted,     ///< both changed
    HalfRestarted  ///< only one changed
};
Credentials compare_credentials(const Description& before, const Section& section_before,
                                const Description& now, const Section& section);

}  // namespace portolan::lint
