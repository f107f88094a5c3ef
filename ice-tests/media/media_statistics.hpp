#pragma once

#include <optional>

#include "ice-tests/media/e_model.hpp"
#include "ice-tests/media/rtp_sink.hpp"
#include "ice-tests/media/rtp_source.hpp"
#include "reports/model/json.hpp"

namespace portolan::media {

/// How well speech over a stream would sound: the E-model with what was measured. The play-out
/// buffer is taken to hold packets until the 99th percentile of the delay; later ones are lost to
/// the listener.
struct SpeechQuality {
    CodecImpairment codec = kG711Plc;
    Duration mouth_to_ear{0};  ///< packetisation, network and play-out buffer
    double late_pct = 0;       ///< of the packets sent: arrived after their time
    EModelInput input;
    EModelResult result;
};

/// One stream in one direction.
struct DirectionStatistics {
    std::optional<SourceStatistics> sent;  ///< absent when the sender is elsewhere
    SinkStatistics received;
    std::optional<Duration> time_to_first_media;  ///< since the receiver's start()
    std::optional<SpeechQuality> speech;          ///< of audio of which something arrived
};

/// Absent when nothing has arrived: silence has no rating.
std::optional<SpeechQuality> speech_quality(const SinkStatistics& received,
                                            const StreamProfile& profile,
                                            const CodecImpairment& codec = kG711Plc);

/// Units are in the key names; what was not measured is null. Times count from `epoch`.
report::Json to_json(const DirectionStatistics& statistics, Time epoch);
report::Json to_json(const SpeechQuality& quality);

}  // namespace portolan::media
