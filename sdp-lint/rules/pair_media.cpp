// Pair rules about codecs, header extensions and sources.
#include <algorithm>
#include <tuple>

#include "sdp-lint/rules/codec_format.hpp"
#include "sdp-lint/rules/codec_kind.hpp"
#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/formats.hpp"
#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/pair_checks.hpp"

namespace portolan::lint {

namespace {

using sdp::Codec;
using sdp::Extmap;
using sdp::RtcpFeedback;
using sdp::Ssrc;

std::string_view name_place(const Codec& codec) {
    return codec.rtpmap != nullptr ? codec.rtpmap->encoding : codec.fmt;
}

void check_formats(const Pair& pair, const Section& offered, const Section& answered,
                   Reporter& reporter) {
    const CodecIndex index(offered);
    // Retransmissions, redundancy and tones carry nothing by themselves.
    const bool only_auxiliary =
        std::all_of(offered.codecs.begin(), offered.codecs.end(),
                    [](const Codec& codec) { return codec.is_auxiliary(); });
    bool any_common = false;
    bool any_unknown = false;
    for (const Codec& codec : answered.codecs) {
        if (codec.name.empty()) {
            any_unknown = true;
            continue;
        }
        const Codec* offer = index.find(codec);
        if (offer == nullptr) continue;
        any_common = any_common || !codec.is_auxiliary() || only_auxiliary;
        if (offer->payload_type == codec.payload_type) continue;
        reporter
            .report(Code::OA008, codec.fmt,
                    text(codec.name, " was offered as payload type ", offer->fmt))
            .related(offer->fmt, "the offered payload type");
    }
    // Without rtpmap a codec may be anything; CO001 speaks of that.
    if (!any_common) {
        if (any_unknown) return;
        reporter
            .report(Code::OA006, pair.answer.head_of(answered),
                    "none of the answered codecs that carry media was offered")
            .related(offered.media.formats, "the offered ones");
        return;
    }
    for (const Codec& codec : answered.codecs) {
        if (codec.name.empty() || index.find(codec) != nullptr) continue;
        reporter.report(Code::OA007, codec.fmt, text(quoted(codec.name), " was not offered"));
    }
}

/// Where the answer says what differs, or nullptr.
const sdp::FormatParameter* profile_parameter(const Codec& codec, bool is_mode) {
    if (is_mode) return codec.parameter("packetization-mode");
    for (const std::string_view name : {"profile-level-id", "profile-id", "profile"}) {
        if (const auto* found = codec.parameter(name); found != nullptr) return found;
    }
    return nullptr;
}

void check_profiles(const Section& offered, const Section& answered, Reporter& reporter) {
    const CodecIndex index(offered);
    for (const Codec& answer : answered.codecs) {
        if (!has_profiles(answer)) continue;
        const Codec* offer = offered.codec(answer.payload_type);
        if (offer == nullptr || !is_same_kind(*offer, answer)) {
            if (index.find_format(answer) != nullptr) continue;
            offer = index.find(answer);
        }
        if (offer == nullptr) continue;
        const FormatDifference difference = format_difference(*offer, answer);
        if (difference == FormatDifference::None) continue;
        const bool is_mode = difference == FormatDifference::PacketizationMode;
        const sdp::FormatParameter* parameter = profile_parameter(answer, is_mode);
        std::string_view place = name_place(answer);
        if (parameter != nullptr) place = is_mode ? parameter->text : parameter->value;
        reporter
            .report(Code::OA030, place,
                    text("payload type ", answer.fmt, " was offered with another ",
                         is_mode ? "packetization mode" : "profile"))
            .related(name_place(*offer), "the offered format");
    }
}

void check_rtx(const Pair& pair, const Section& offered, const Section& answered,
               Reporter& reporter) {
    for (const Codec& codec : answered.codecs) {
        if (!codec.is("rtx")) continue;
        const sdp::FormatParameter* apt = codec.parameter("apt");
        if (apt == nullptr || apt->value.empty() || answered.codec(apt->value) != nullptr) continue;
        auto draft = reporter.report(
            Code::OA026, apt->value,
            text("payload type ", quoted(apt->value), " is not among the accepted ones"));
        if (const Codec* offer = offered.codec(apt->value))
            draft.related(offer->fmt, "offered here");
        if (auto edits = remove_format(pair.answer, answered, codec); !edits.empty())
            draft.fix("remove the rtx format", std::move(edits));
    }
}

/// Feedback by what it is, without the payload type.
using FeedbackKey = std::tuple<std::string_view, std::string_view, std::string_view>;

FeedbackKey key_of(std::string_view format, const RtcpFeedback& feedback) {
    return {format, feedback.type, feedback.parameter};
}

void check_feedback(const Pair& pair, const Section& offered, const Section& answered,
                    Reporter& reporter) {
    if (answered.feedback.empty()) return;
    std::vector<FeedbackKey> offers;
    std::vector<FeedbackKey> kinds;  // under any payload type
    for (const RtcpFeedback& feedback : offered.feedback) {
        offers.push_back(key_of(feedback.format, feedback));
        kinds.push_back(key_of({}, feedback));
    }
    std::sort(offers.begin(), offers.end());
    std::sort(kinds.begin(), kinds.end());
    const auto has = [](const std::vector<FeedbackKey>& keys, const FeedbackKey& key) {
        return std::binary_search(keys.begin(), keys.end(), key);
    };
    const CodecIndex index(offered);
    for (const RtcpFeedback& feedback : answered.feedback) {
        if (feedback.type.empty()) continue;
        bool is_offered = has(offers, key_of("*", feedback));
        if (feedback.is_wildcard()) {
            is_offered = is_offered || has(kinds, key_of({}, feedback));
        } else {
            // The codec's number in the offer may be another one.
            const Codec* answer = answered.codec(feedback.format);
            if (answer == nullptr || answer->name.empty()) continue;
            const Codec* offer = index.find(*answer);
            if (offer == nullptr) continue;
            is_offered = is_offered || has(offers, key_of(offer->fmt, feedback));
        }
        if (is_offered) continue;
        reporter
            .report(Code::OA013, pair.answer.line_of(*feedback.attribute).text,
                    text(quoted(feedback.type), feedback.parameter.empty() ? "" : " ",
                         feedback.parameter, " was not offered"))
            .fix("remove the line", erase_line(pair.answer, *feedback.attribute));
    }
}

}  // namespace

void check_answered_codecs(const Pair& pair, Reporter& reporter) {
    each_accepted(pair, [&](const Section& offered, const Section& answered) {
        if (!offered.media.is_rtp || !answered.media.is_rtp ||
            offered.media.media != answered.media.media) {
            return;
        }
        check_formats(pair, offered, answered, reporter);
        check_profiles(offered, answered, reporter);
        check_rtx(pair, offered, answered, reporter);
        check_feedback(pair, offered, answered, reporter);
    });
}

namespace {

constexpr std::uint64_t kFirstNegotiableId = 4096;  // RFC 8285 s7

void check_extmap(const Pair& pair, std::span<const Extmap> offers, const Extmap& answer,
                  Reporter& reporter) {
    if (answer.uri.empty() || !answer.id.value) return;
    const Extmap* offer = nullptr;
    for (const Extmap& candidate : offers) {
        if (candidate.uri != answer.uri) continue;
        // Any of several mappings of one extension will do, and alternatives are renumbered.
        if (candidate.id.value == answer.id.value ||
            candidate.id.value.value_or(0) >= kFirstNegotiableId) {
            return;
        }
        offer = &candidate;
    }
    if (offer == nullptr) {
        reporter.report(Code::OA011, answer.uri, text(quoted(answer.uri), " was not offered"))
            .fix("remove the line", erase_line(pair.answer, *answer.attribute));
        return;
    }
    reporter
        .report(Code::OA012, answer.id.text,
                text(quoted(answer.uri), " was offered as ID ", offer->id.text))
        .related(offer->id.text, "the offered ID")
        .fix("use the offered ID", replace(answer.id.text, std::string(offer->id.text)));
}

/// A long answer is compared with a long offer: the work is bounded by what a section can map.
constexpr std::size_t kMaxCompared = 512;

}  // namespace

void check_answered_extensions(const Pair& pair, Reporter& reporter) {
    const auto compare = [&](std::span<const Extmap> offers, std::span<const Extmap> answers) {
        const auto some_offers = offers.first(std::min(offers.size(), kMaxCompared));
        for (const Extmap& answer : answers.first(std::min(answers.size(), kMaxCompared)))
            check_extmap(pair, some_offers, answer, reporter);
    };
    each_accepted(pair, [&](const Section& offered, const Section& answered) {
        compare(pair.offer.extmaps_for(offered), answered.extmaps);
    });
    compare(pair.offer.extmaps(), pair.answer.session().extmaps);
}

void check_shared_sources(const Pair& pair, Reporter& reporter) {
    std::vector<const Ssrc*> offers;
    offers.reserve(pair.offer.ssrcs().size());
    for (const Ssrc& ssrc : pair.offer.ssrcs())
        offers.push_back(&ssrc);
    const auto less = [](const Ssrc* a, const Ssrc* b) { return a->id.value < b->id.value; };
    std::stable_sort(offers.begin(), offers.end(), less);
    std::vector<std::uint64_t> reported;
    for (const Ssrc& answer : pair.answer.ssrcs()) {
        if (!answer.id.value) continue;
        const auto at = std::lower_bound(offers.begin(), offers.end(), &answer, less);
        if (at == offers.end() || (*at)->id.value != answer.id.value) continue;
        // Once for each source; its lines stand together.
        if (!reported.empty() && reported.back() == *answer.id.value) continue;
        reported.push_back(*answer.id.value);
        reporter
            .report(Code::OA033, answer.id.text,
                    text("source ", answer.id.text, " is one of the offer"))
            .related((*at)->id.text, "the same source");
    }
}

}  // namespace portolan::lint
