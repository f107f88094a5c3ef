#include "ice-tests/calls/ladder.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "ice-tests/calls/call.hpp"
#include "probe/stun/attribute_table.hpp"

namespace portolan::calls {
namespace {

using report::Ladder;
using report::LadderExchange;
using report::LadderState;
using transport::Time;
using turn::Direction;

constexpr std::size_t kServerLane = 1;
constexpr std::size_t kLanes[] = {0, 2};  // of the parties

class Sheet {
  public:
    Sheet(const std::array<LadderParty, 2>& parties, Time begun)
        : parties_(parties), begun_(begun) {
        const auto lane_of = [](const LadderParty& party) {
            return report::LadderLane{
                .name = party.name,
                .detail = party.relayed ? party.relayed->to_string() : std::string()};
        };
        ladder_.lanes = {
            lane_of(parties[0]), {.name = "TURN server", .detail = ""}, lane_of(parties[1])};
    }

    Ladder draw() {
        for (const std::size_t side : {0, 1}) {
            if (parties_[side].tap == nullptr) continue;
            add_requests(side);
            add_checks(side);
            ladder_.left_out_count += parties_[side].tap->unkept_check_count();
            if (parties_[side].selected_at) {
                ladder_.marks.push_back({.at_us = us(*parties_[side].selected_at),
                                         .lane = kLanes[side],
                                         .name = "pair selected"});
            }
        }
        keep_most();
        std::ranges::stable_sort(ladder_.exchanges, {}, &LadderExchange::at_us);
        std::ranges::stable_sort(ladder_.marks, {}, &report::LadderMark::at_us);
        return std::move(ladder_);
    }

  private:
    [[nodiscard]] std::int64_t us(Time at) const { return (at - begun_).count(); }

    void add_requests(std::size_t side) {
        const auto request = [&](stun::Method method, const std::optional<TransportAddress>& peer) {
            LadderExchange out{.from = kLanes[side],
                               .to = kServerLane,
                               .name = std::string(stun::name_of(method))};
            if (peer) out.pair = "for " + peer->to_string();
            return out;
        };
        for (const Answer& answer : parties_[side].tap->answers()) {
            LadderExchange one = request(answer.method, answer.peer);
            one.at_us = us(answer.at - answer.round_trip);
            one.answered_at_us = us(answer.at);
            one.state = LadderState::Answered;
            one.sent_count = answer.copy_count;
            one.note = error_words(answer.code);
            ladder_.exchanges.push_back(std::move(one));
        }
        for (const OpenRequest& open : parties_[side].tap->open_requests()) {
            LadderExchange one = request(open.method, open.peer);
            one.at_us = us(open.at);
            one.sent_count = open.copy_count;
            ladder_.exchanges.push_back(std::move(one));
        }
    }

    void add_checks(std::size_t side) {
        const LadderParty& mine = parties_[side];
        for (const Check& check : mine.tap->kept_checks()) {
            if (check.direction != Direction::Sent) continue;
            const Check* arrival = arrival_of(check, 1 - side);
            LadderExchange one{.at_us = us(check.at),
                               .from = kLanes[side],
                               .to = check.answered_at || arrival ? kLanes[1 - side] : kServerLane,
                               .state = check.answered_at ? LadderState::Answered
                                        : arrival         ? LadderState::Unanswered
                                                          : LadderState::Unknown,
                               .name = check.is_nominating ? "check, nominating" : "check",
                               .sent_count = check.copy_count};
            one.pair = (mine.relayed ? mine.relayed->to_string() : "its relay") + " to " +
                       (check.peer ? check.peer->to_string() : "the other relay");
            if (arrival != nullptr) one.ended_at_us = us(arrival->at);
            if (check.answered_at) {
                one.answered_at_us = us(*check.answered_at);
                one.note = error_words(check.code);
                one.is_selected = is_of_selected_pair(mine, check) && check.code == 0;
            } else if (arrival != nullptr && arrival->answered_at) {
                one.note = "an answer was sent, and did not come";
            }
            ladder_.exchanges.push_back(std::move(one));
        }
    }

    /// Where the same check came out at the other side.
    [[nodiscard]] const Check* arrival_of(const Check& check, std::size_t other) const {
        if (parties_[other].tap == nullptr) return nullptr;
        const auto& seen = parties_[other].tap->kept_checks();
        const auto found = std::ranges::find_if(seen, [&](const Check& each) {
            return each.direction == Direction::Received && each.id == check.id;
        });
        return found == seen.end() ? nullptr : &*found;
    }

    static bool is_of_selected_pair(const LadderParty& party, const Check& check) {
        return party.pair && party.relayed == party.pair->local.address &&
               check.peer == party.pair->remote.address;
    }

    static std::string error_words(int code) {
        if (code == 0) return "";
        return code > 0 ? "error " + std::to_string(code) : "an error without a code";
    }

    void keep_most() {
        auto& all = ladder_.exchanges;
        std::ranges::stable_sort(all, [](const LadderExchange& one, const LadderExchange& other) {
            return std::pair(!one.is_selected, one.at_us) <
                   std::pair(!other.is_selected, other.at_us);
        });
        if (all.size() <= kMostLadderExchanges) return;
        ladder_.left_out_count += all.size() - kMostLadderExchanges;
        all.resize(kMostLadderExchanges);
    }

    const std::array<LadderParty, 2>& parties_;
    Time begun_;
    Ladder ladder_;
};

LadderParty party_of(const Side& side, std::string name) {
    LadderParty out{.name = std::move(name),
                    .tap = side.bridge ? &side.bridge->tap() : nullptr,
                    .selected_at = side.selected_at};
    for (const agent::Candidate& candidate : side.candidates) {
        if (candidate.type == agent::CandidateType::Relayed) out.relayed = candidate.address;
    }
    if (!side.pairs.empty()) out.pair = side.pairs.back();
    return out;
}

}  // namespace

Ladder ladder_of(const std::array<LadderParty, 2>& parties, Time begun) {
    return Sheet(parties, begun).draw();
}

std::optional<Ladder> ladder_of(Call& call) {
    Ladder out =
        ladder_of({party_of(call.offerer(), "offerer"), party_of(call.answerer(), "answerer")},
                  call.started_at());
    if (out.exchanges.empty()) return std::nullopt;
    return out;
}

}  // namespace portolan::calls
