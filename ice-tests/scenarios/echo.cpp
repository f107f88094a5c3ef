#include "ice-tests/scenarios/echo.hpp"

#include <algorithm>
#include <utility>

#include "ice-tests/scenarios/steps.hpp"
#include "probe/stun/wire.hpp"

namespace portolan::scenarios {
namespace {

using std::chrono::milliseconds;

// Of an audio packet.
constexpr std::size_t kPayloadBytes = 172;
constexpr std::size_t kNumberAt = 4;
constexpr transport::Duration kLastWait = milliseconds(500);
// What came so long ago is forgotten, so that an hour costs no memory.
constexpr std::size_t kMaxDoneCount = 4096;

}  // namespace

double EchoCounts::loss_pct() const {
    if (sent_count == 0) return 0;
    return 100.0 * static_cast<double>(sent_count - std::min(returned_count, sent_count)) /
           static_cast<double>(sent_count);
}

Echo::Echo(const turn::Surroundings& where, Call& call, Tamper tamper)
    : where_(where), call_(call), tamper_(std::move(tamper)) {
    call_.answerer().on_receive = [this](transport::Bytes bytes) {
        if (call_.is_opening(bytes)) return;
        std::vector<std::byte> back(bytes.begin(), bytes.end());
        if (tamper_ && !tamper_(back)) return;
        (void)call_.answerer().negotiation->agent().send(back);
    };
    call_.offerer().on_receive = [this](transport::Bytes bytes) {
        if (!call_.is_opening(bytes)) on_returned(bytes);
    };
}

Echo::~Echo() {
    call_.answerer().on_receive = {};
    call_.offerer().on_receive = {};
}

void Echo::send() {
    std::vector<std::byte> payload(kPayloadBytes);
    for (std::byte& octet : payload)
        octet = std::byte((*where_.random)() & 0xFF);
    // RFC 7983 s7: no STUN.
    payload.front() = std::byte{0x80};
    const std::uint32_t number = next_number_++;
    stun::wire::store_u32(payload.data() + kNumberAt, number);
    ++counts_.sent_count;
    const transport::Time now = where_.now();
    (void)call_.offerer().negotiation->agent().send(payload);
    waiting_.emplace(number, std::pair(now, std::move(payload)));
    if (waiting_.size() > kMaxDoneCount) waiting_.erase(waiting_.begin());
}

void Echo::on_returned(transport::Bytes bytes) {
    if (bytes.size() < kNumberAt + 4) {
        ++counts_.mangled_count;
        return;
    }
    const std::uint32_t number = stun::wire::load_u32(bytes.data() + kNumberAt);
    if (done_.contains(number)) {
        ++counts_.duplicate_count;
        return;
    }
    const auto sent = waiting_.find(number);
    if (sent == waiting_.end() || !std::ranges::equal(sent->second.second, bytes)) {
        ++counts_.mangled_count;
        return;
    }
    const transport::Time now = where_.now();
    ++counts_.returned_count;
    counts_.round_trips.add(now - sent->second.first);
    counts_.longest_gap = std::max(counts_.longest_gap, now - last_return_at_);
    last_return_at_ = now;
    if (last_returned_ && number < *last_returned_) ++counts_.reordered_count;
    last_returned_ = std::max(last_returned_.value_or(0), number);
    waiting_.erase(sent);
    done_.insert(number);
    if (done_.size() > kMaxDoneCount) done_.erase(done_.begin());
}

turn::Task<bool> Echo::run(transport::Duration interval, transport::Duration duration,
                           transport::Duration patience) {
    const transport::Time end = where_.now() + duration;
    last_return_at_ = where_.now();
    transport::Time due = where_.now();
    const auto is_over = [&] {
        return call_.offerer().failure || call_.answerer().failure ||
               where_.now() - last_return_at_ > patience;
    };
    while (where_.now() < end && !is_over()) {
        send();
        due += interval;
        const bool failed = co_await call_.until(
            [&is_over] { return is_over(); }, std::max(due - where_.now(), transport::Duration(0)));
        (void)failed;
    }
    const transport::Time last = where_.now() + kLastWait;
    while (!waiting_.empty() && where_.now() < last && !is_over())
        co_await turn::Pause(where_, milliseconds(5));
    counts_.longest_gap =
        std::max(counts_.longest_gap, std::min(where_.now(), end) - last_return_at_);
    co_return !is_over();
}

report::Json to_json(const EchoCounts& counts) {
    report::Json out = {{"sent_count", counts.sent_count},
                        {"returned_count", counts.returned_count},
                        {"mangled_count", counts.mangled_count},
                        {"duplicate_count", counts.duplicate_count},
                        {"reordered_count", counts.reordered_count},
                        {"loss_pct", counts.loss_pct()},
                        {"longest_gap_ms", milliseconds_of(counts.longest_gap)}};
    for (const auto& [name, pct] : {std::pair("rtt_p50_ms", 50.0), std::pair("rtt_p95_ms", 95.0),
                                    std::pair("rtt_p99_ms", 99.0)}) {
        if (const auto value = counts.round_trips.percentile(pct)) {
            out[name] = milliseconds_of(*value);
        }
    }
    return out;
}

}  // namespace portolan::scenarios
