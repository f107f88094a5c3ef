// AMR and AMR-WB (RFC 4867).
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/pair_checks.hpp"
#include "sdp-lint/rules/registry.hpp"

namespace portolan::lint {

namespace {

using sdp::Codec;
using sdp::FormatParameter;

/// A parameter that is a number within bounds.
struct Choice {
    std::string_view name;
    std::uint64_t least;
    std::uint64_t most;
};

/// RFC 4867 s8.1
constexpr std::array<Choice, 9> kChoices{{{"octet-align", 0, 1},
                                          {"mode-change-period", 1, 2},
                                          {"mode-change-capability", 1, 2},
                                          {"mode-change-neighbor", 0, 1},
                                          {"crc", 0, 1},
                                          {"robust-sorting", 0, 1},
                                          {"channels", 1, 6},
                                          {"max-red", 0, 65535},
                                          {"interleaving", 1, 65535}}};

/// Modes are counted from 0: RFC 4867 s8.1, s8.2.
constexpr std::uint64_t kMaxMode = 7;
constexpr std::uint64_t kMaxWideMode = 8;

bool is_between(std::string_view word, std::uint64_t least, std::uint64_t most) {
    const auto number = sdp::parse_number(word);
    return number && *number >= least && *number <= most;
}

/// AU012
void check_parameter(const FormatParameter& parameter, std::uint64_t max_mode, Reporter& reporter) {
    if (sdp::equal_in_any_case(parameter.name, "mode-set")) {
        for (const std::string_view mode : sdp::split(parameter.value, ',')) {
            if (is_between(sdp::trim(mode), 0, max_mode)) continue;
            reporter.report(Code::AU012, parameter.text,
                            text(quoted(mode), " is no mode from 0 to ", std::to_string(max_mode)));
        }
        return;
    }
    const auto* const choice = std::find_if(
        kChoices.begin(), kChoices.end(),
        [&](const Choice& each) { return sdp::equal_in_any_case(each.name, parameter.name); });
    if (choice == kChoices.end() || is_between(parameter.value, choice->least, choice->most))
        return;
    reporter.report(Code::AU012, parameter.text,
                    text(choice->name, " is a number from ", std::to_string(choice->least), " to ",
                         std::to_string(choice->most), ", not ", quoted(parameter.value)));
}

/// AU013: what works in the octet-aligned form alone.
void check_alignment(const Codec& codec, Reporter& reporter) {
    const FormatParameter* const aligned = codec.parameter("octet-align");
    if (aligned == nullptr || aligned->value != "0") return;
    for (const std::string_view name : {"crc", "robust-sorting", "interleaving"}) {
        const FormatParameter* const parameter = codec.parameter(name);
        if (parameter == nullptr || (name != "interleaving" && parameter->value == "0")) continue;
        reporter
            .report(Code::AU013, parameter->text,
                    text(name, " implies octet-aligned operation, which octet-align=0 denies"))
            .related(aligned->text, "here");
    }
}

void check_amr(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        for (const Codec& codec : section.codecs) {
            const bool is_wide = codec.is("AMR-WB");
            if ((!is_wide && !codec.is("AMR")) || codec.fmtp == nullptr) continue;
            for (const FormatParameter& parameter : codec.fmtp->parameters)
                check_parameter(parameter, is_wide ? kMaxWideMode : kMaxMode, reporter);
            check_alignment(codec, reporter);
        }
    }
}

/// What says how the payload is packed, in one form whatever is left out.
struct Packing {
    std::string_view name;
    std::string (*value)(const Codec& codec);
};

std::string value_or(const Codec& codec, std::string_view name, std::string_view otherwise) {
    const FormatParameter* const parameter = codec.parameter(name);
    return std::string(parameter != nullptr ? sdp::trim(parameter->value) : otherwise);
}

/// RFC 4867 s8.1: each of the three makes it octet-aligned.
std::string alignment_of(const Codec& codec) {
    const bool is_implied = value_or(codec, "crc", "0") == "1" ||
                            value_or(codec, "robust-sorting", "0") == "1" ||
                            codec.parameter("interleaving") != nullptr;
    return is_implied ? "1" : value_or(codec, "octet-align", "0");
}

constexpr std::array kPackings{
    Packing{"octet-align", alignment_of},
    Packing{"crc", [](const Codec& codec) { return value_or(codec, "crc", "0"); }},
    Packing{"robust-sorting",
            [](const Codec& codec) { return value_or(codec, "robust-sorting", "0"); }},
    Packing{"interleaving", [](const Codec& codec) { return value_or(codec, "interleaving", ""); }},
    Packing{"channels", [](const Codec& codec) { return std::to_string(codec.channels); }}};

std::vector<std::string_view> modes_of(const FormatParameter& parameter) {
    std::vector<std::string_view> out;
    for (const std::string_view mode : sdp::split(parameter.value, ','))
        out.push_back(sdp::trim(mode));
    std::sort(out.begin(), out.end());
    return out;
}

void compare_amr(const Codec& offer, const Codec& answer, Reporter& reporter) {
    const auto place_of = [](const Codec& codec, std::string_view name) {
        const FormatParameter* const parameter = codec.parameter(name);
        if (parameter != nullptr) return parameter->text;
        return codec.rtpmap != nullptr ? codec.rtpmap->encoding : codec.fmt;
    };
    for (const Packing& packing : kPackings) {
        const std::string offered = packing.value(offer);
        const std::string answered = packing.value(answer);
        if (offered == answered) continue;
        const auto shown = [](const std::string& value) {
            return value.empty() ? std::string("none") : value;
        };
        reporter
            .report(Code::OA039, place_of(answer, packing.name),
                    text("payload type ", answer.fmt, " was offered with ", packing.name, " ",
                         shown(offered), ", and is answered with ", shown(answered)))
            .related(place_of(offer, packing.name), "the offered format");
        return;
    }
    const FormatParameter* const offered = offer.parameter("mode-set");
    if (offered == nullptr) return;
    const FormatParameter* const answered = answer.parameter("mode-set");
    if (answered != nullptr && modes_of(*answered) == modes_of(*offered)) return;
    reporter
        .report(Code::OA039, place_of(answer, "mode-set"),
                text("payload type ", answer.fmt, " was offered with ", offered->text,
                     answered == nullptr ? ", which the answer leaves out"
                                         : ", and the answer has another one"))
        .related(offered->text, "the offered modes");
}

}  // namespace

void check_answered_amr(const Pair& pair, Reporter& reporter) {
    each_accepted(pair, [&](const Section& offered, const Section& answered) {
        for (const Codec& answer : answered.codecs) {
            if (!answer.is("AMR") && !answer.is("AMR-WB")) continue;
            const Codec* const offer = offered.codec(answer.payload_type);
            // Of a payload type that means something else OA006 to OA008 tell.
            if (offer == nullptr || !offer->is(answer.name)) continue;
            compare_amr(*offer, answer, reporter);
        }
    });
}

std::span<const Rule> audio_amr_rules() {
    static constexpr std::array kRules{
        Rule({Code::AU012, Code::AU013}, check_amr),
    };
    return kRules;
}

}  // namespace portolan::lint
