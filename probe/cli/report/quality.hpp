#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ice-tests/media/e_model.hpp"
#include "ice-tests/precall/loop.hpp"
#include "probe/cli/report/facts.hpp"
#include "reports/model/finding.hpp"
#include "reports/model/json.hpp"

namespace portolan::nat_probe {

/// Where quality begins to hurt. Printed with every report.
struct QualityThresholds {
    double loss_pct = 1;                    ///< with 95 % confidence more
    transport::Duration delay{150'000};     ///< there and back, of half of the packets
    transport::Duration variation{30'000};  ///< of the 95th percentile above the least
    double rating = 70;                     ///< R: "many users dissatisfied" below
    transport::Duration max_lag{20'000};    ///< of this process: more, and delays are not judged
    std::uint64_t min_packets = 40;         ///< fewer prove nothing
};

enum class Impairment { Loss, Delay, Jitter, Speech };

/// "loss-high", "delay-high", "jitter-high", "speech-poor".
std::string_view to_string(Impairment impairment);

/// A share, and where it lies with 95 % confidence (Wilson's interval).
struct Share {
    std::uint64_t part = 0;
    std::uint64_t whole = 0;
    [[nodiscard]] double pct() const;
    [[nodiscard]] double low_pct() const;
    [[nodiscard]] double high_pct() const;
};

/// What a loop came to, both directions together: they use the same ways, up and down.
struct Quality {
    Share lost;
    std::uint64_t refused_count = 0;
    std::uint64_t reordered_count = 0;
    std::uint64_t duplicate_count = 0;
    double burst_ratio = 1;
    transport::Duration least{0}, median{0}, p95{0}, p99{0};
    double jitter_us = 0;  ///< RFC 3550 s6.4.1, of the worse direction
    media::EModelInput speech_input = {};
    double rating = 0;
    double mos = 1;
    bool is_one_way = false;     ///< nothing at all came in one direction: that one decides
    transport::Duration lag{0};  ///< of this process, 95th percentile
    transport::Duration greatest_lag{0};  ///< once
    bool is_late = false;                 ///< this computer was: no word on delays
    bool is_enough = false;
    std::vector<Impairment> impairments = {};
};

/// Nothing of a loop over which nothing came.
std::optional<Quality> quality_of(const precall::Loop& loop, const QualityThresholds& limits = {});

report::Severity severity_of(const Quality& quality);
/// "31 ms there and back, 0.4 ms of jitter, none of 200 packets lost"
std::string words_of(const Quality& quality);
/// Units in the key names.
report::Json to_json(const Quality& quality);
/// Round trip, its variation, and loss, as what two runs can be compared by (report::Measured).
/// What this computer's own lateness may have added belongs to the spread of its delays.
void add_measured(const Quality& quality, report::Json& data);
report::Json to_json(const QualityThresholds& limits);
/// "31 ms", "0.4 ms"
std::string ms_text(transport::Duration duration);
/// "9.8 %", "0 %"
std::string pct_text(double pct);

/// What a loop of audio puts on a link over UDP and IPv4, with all headers: so much up, and as much
/// down, twice what a call of one voice takes.
std::int64_t loop_load_kbit_s();

/// Half of the packets took 100 ms longer than an answer of the idle server, over UDP: a queue that
/// the loop itself may have filled, which is no word on the network.
bool may_be_own_load(const ServerFacts& server, const Quality& quality);

/// What was measured through this relay shows that a call can hardly be held (relay/quality is
/// critical), and nothing else may be why.
bool breaks_calls(const ServerFacts& server);
/// It was measured, and shows that a call can be held.
bool holds_calls(const ServerFacts& server);
/// Why not, in the middle of a sentence: "20 % of the packets are lost on the way to the relay and
/// back". Only where it breaks calls.
std::string breaking_words(const ServerFacts& server);

}  // namespace portolan::nat_probe
