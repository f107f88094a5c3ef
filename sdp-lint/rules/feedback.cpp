#include <algorithm>
#include <array>
#include <bitset>
#include <cstring>
#include <functional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "sdp-lint/rules/doubles.hpp"
#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/registry.hpp"
#include "sdp-lint/rules/say.hpp"
#include "sdp-lint/rules/usage.hpp"

namespace portolan::lint {

namespace {

using sdp::RtcpFeedback;

constexpr std::string_view kAbsSendTime =
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
constexpr std::string_view kTransportCc =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
constexpr std::string_view kTransportCc02 =
    "http://www.webrtc.org/experiments/rtp-hdrext/transport-wide-cc-02";

std::string_view first_word(std::string_view text) {
    return sdp::Cursor(text).word();
}

/// The registered parameters (IANA, "nack" and "ack" Attribute Values, Codec Control Messages) and
/// the one of a draft that browsers know (ccm lrr).
bool is_known_parameter(std::string_view type, std::string_view parameter) {
    constexpr std::array<std::string_view, 8> kNack{"pli", "sli",   "rpsi",  "app",
                                                    "rai", "tllei", "pslei", "ecn"};
    constexpr std::array<std::string_view, 4> kAck{"rpsi", "app", "ccfb", "ecn"};
    constexpr std::array<std::string_view, 6> kCcm{"fir", "tmmbr", "tstr", "vbcm", "pause", "lrr"};
    const auto in = [&](const auto& list) {
        return std::find(list.begin(), list.end(), parameter) != list.end();
    };
    if (type == "nack") return in(kNack);
    if (type == "ack") return in(kAck);
    if (type == "ccm") return in(kCcm);
    return true;
}

void one_line(const Description& description, const Section& section, const RtcpFeedback& feedback,
              Reporter& reporter) {
    const std::string_view value = feedback.attribute->value;
    if (sdp::trim(value).empty()) return;  // SY014
    if (feedback.type.empty()) {
        reporter.report(Code::FB001, sdp::end_of(value), "the line names a format but no feedback");
        return;
    }
    if (!feedback.is_wildcard() && section.media.is_rtp && !section.is_rejected() &&
        section.codec(feedback.payload_type) == nullptr) {
        reporter
            .report(Code::FB002, feedback.format,
                    "format " + quoted(feedback.format) + " is not in the m= line")
            .related(section.media.formats, "the formats of the section")
            .fix("remove the line", erase_line(description, *feedback.attribute));
    }
    const std::string_view parameter = first_word(feedback.parameter);
    if (feedback.type == "trr-int") {
        if (!sdp::is_digits(feedback.parameter)) {
            reporter.report(Code::FB009,
                            feedback.parameter.empty() ? sdp::end_of(value) : feedback.parameter,
                            "trr-int takes a number of milliseconds");
        }
    } else if (!parameter.empty() && !is_known_parameter(feedback.type, parameter)) {
        reporter.report(Code::FB003, parameter,
                        quoted(parameter) + " is no known parameter of " + quoted(feedback.type));
    }
}

/// FB001, FB002, FB003, FB009
void lines(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        for (const RtcpFeedback& feedback : section.feedback)
            one_line(description, section, feedback, reporter);
    }
}

/// FB004
void profile(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        if (section.feedback.empty() || !section.media.is_rtp || section.media.is_feedback ||
            section.is_rejected()) {
            continue;
        }
        reporter
            .report(Code::FB004, section.feedback.front().attribute->name,
                    quoted(section.media.proto) + " is no feedback profile")
            .related(section.media.proto, "the profile");
    }
}

/// Equal for equal texts; the beginning and the length tell nearly all feedback apart.
std::uint64_t key_of(std::string_view text) {
    std::uint64_t key = 0;
    std::memcpy(&key, text.data(), std::min(text.size(), sizeof key));
    return key ^ (std::uint64_t{text.size()} << 58U);
}

/// Whether two of them fall into one of many drawers; the few that do by chance are compared
/// afterwards.
bool may_have_doubles(std::span<const RtcpFeedback> all) {
    constexpr std::uint64_t kPrime = 0x9E3779B97F4A7C15ULL;
    constexpr unsigned kDrawerBits = 13;
    if (all.size() < 2) return false;
    std::bitset<std::size_t{1} << kDrawerBits> taken;
    for (const RtcpFeedback& feedback : all) {
        const std::uint64_t format =
            feedback.payload_type ? *feedback.payload_type : key_of(feedback.format);
        const std::uint64_t key =
            ((format * kPrime ^ key_of(feedback.type)) * kPrime ^ key_of(feedback.parameter)) *
            kPrime;
        const std::size_t drawer = key >> (64U - kDrawerBits);
        if (taken.test(drawer)) return true;
        taken.set(drawer);
    }
    return false;
}

/// FB005
void twice(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        const auto report = [&](const RtcpFeedback& first, const RtcpFeedback& again) {
            const std::string_view value = sdp::trim(again.attribute->value);
            reporter
                .report(Code::FB005, value,
                        first.is_wildcard() && !again.is_wildcard()
                            ? "'*' already asks for it for every format"
                            : "the section already has this line")
                .related(first.attribute->value, "the first line")
                .fix("remove the line", erase_line(description, *again.attribute));
        };
        if (may_have_doubles(section.feedback)) {
            find_doubles(
                section.feedback,
                [](const RtcpFeedback& feedback) {
                    return std::tuple(feedback.format, feedback.type, feedback.parameter);
                },
                report);
        }
        std::vector<const RtcpFeedback*> wildcards;
        for (const RtcpFeedback& feedback : section.feedback) {
            if (feedback.is_wildcard()) wildcards.push_back(&feedback);
        }
        if (wildcards.empty()) continue;
        const auto less = [](const RtcpFeedback* a, const RtcpFeedback* b) {
            return std::pair(a->type, a->parameter) < std::pair(b->type, b->parameter);
        };
        std::sort(wildcards.begin(), wildcards.end(), less);
        for (const RtcpFeedback& feedback : section.feedback) {
            if (feedback.is_wildcard()) continue;
            const auto found =
                std::lower_bound(wildcards.begin(), wildcards.end(), &feedback, less);
            if (found != wildcards.end() && !less(&feedback, *found)) report(**found, feedback);
        }
    }
}

/// What WebRTC senders of video have to react to (RFC 8834 s5.1.1, s5.1.2) and generic NACK.
struct WantedFeedback {
    std::string_view type;
    std::string_view parameter;
};
constexpr std::array<WantedFeedback, 3> kWantedFeedback{
    {{"nack", ""}, {"nack", "pli"}, {"ccm", "fir"}}};
constexpr std::uint8_t kAllFeedback = 0b111;

/// FB006
void video_feedback(const Description& description, Reporter& reporter) {
    if (!is_offer_like(description)) return;
    for (const Section& section : description.sections()) {
        if (section.media.kind != sdp::MediaKind::Video || !section.media.is_rtp ||
            section.is_rejected()) {
            continue;
        }
        std::array<std::uint8_t, 128> has{};  // bits by payload type
        std::uint8_t for_all = 0;
        for (const RtcpFeedback& feedback : section.feedback) {
            for (std::size_t i = 0; i < kWantedFeedback.size(); ++i) {
                const WantedFeedback& wanted = kWantedFeedback[i];
                if (feedback.type != wanted.type || feedback.parameter != wanted.parameter) {
                    continue;
                }
                const auto bit = static_cast<std::uint8_t>(1U << i);
                const auto payload_type = feedback.payload_type;
                if (feedback.is_wildcard()) for_all |= bit;
                if (payload_type && *payload_type < has.size()) has[*payload_type] |= bit;
            }
        }
        for (const sdp::Codec& codec : section.codecs) {
            // Without rtpmap it is another rule's, and nobody knows whether it is video.
            if (!codec.payload_type || *codec.payload_type >= has.size() ||
                codec.rtpmap == nullptr) {
                continue;
            }
            const std::uint8_t all = has[*codec.payload_type] | for_all;
            if (all == kAllFeedback || codec.is_auxiliary()) continue;
            std::string missing;
            std::string lines;  // one edit: several at one place would contradict each other
            for (std::size_t i = 0; i < kWantedFeedback.size(); ++i) {
                if ((all & (1U << i)) != 0) continue;
                std::string name(kWantedFeedback[i].type);
                if (!kWantedFeedback[i].parameter.empty()) {
                    name += " " + std::string(kWantedFeedback[i].parameter);
                }
                missing += (missing.empty() ? "" : ", ") + name;
                if (!lines.empty()) lines += description.document().usual_ending();
                lines += "a=rtcp-fb:" + std::string(codec.fmt) + " " + name;
            }
            reporter
                .report(Code::FB006, codec.rtpmap->encoding,
                        quoted(codec.name) + " lacks " + missing)
                .fix("add what is missing",
                     insert_line_after(description, description.line_of(*codec.rtpmap->attribute),
                                       lines));
        }
    }
}

const sdp::Extmap* find_extmap(std::span<const sdp::Extmap> extmaps, std::string_view uri) {
    const auto found = std::find_if(extmaps.begin(), extmaps.end(),
                                    [&](const sdp::Extmap& extmap) { return extmap.uri == uri; });
    return found == extmaps.end() ? nullptr : &*found;
}

const RtcpFeedback* find_feedback(const Section& section, std::string_view type) {
    const auto found =
        std::find_if(section.feedback.begin(), section.feedback.end(),
                     [&](const RtcpFeedback& feedback) { return feedback.type == type; });
    return found == section.feedback.end() ? nullptr : &*found;
}

/// FB007, FB008
void estimation(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        if (!section.media.is_rtp || section.is_rejected()) continue;
        const auto extmaps = description.extmaps_for(section);
        const RtcpFeedback* const feedback = find_feedback(section, "transport-cc");
        const sdp::Extmap* const extension = find_extmap(extmaps, kTransportCc);
        // Version 02 of the extension has its feedback asked for in the packets.
        if (feedback != nullptr && extension == nullptr &&
            find_extmap(extmaps, kTransportCc02) == nullptr) {
            reporter.report(Code::FB007, feedback->type,
                            "the header extension with the sequence numbers is missing");
        }
        if (feedback == nullptr && extension != nullptr && extension->section == section.index) {
            reporter.report(Code::FB007, extension->uri,
                            "no a=rtcp-fb asks for the feedback on these sequence numbers");
        }
        const RtcpFeedback* const remb = find_feedback(section, "goog-remb");
        if (remb != nullptr && find_extmap(extmaps, kAbsSendTime) == nullptr) {
            reporter.report(Code::FB008, remb->type,
                            "the header extension with the send times is missing");
        }
    }
}

}  // namespace

std::span<const Rule> feedback_rules() {
    static constexpr std::array kRules{
        Rule({Code::FB001, Code::FB002, Code::FB003, Code::FB009}, lines),
        Rule(Code::FB004, profile),
        Rule(Code::FB005, twice),
        Rule(Code::FB006, video_feedback),
        Rule({Code::FB007, Code::FB008}, estimation),
    };
    return kRules;
}

}  // namespace portolan::lint
