#include <algorithm>
#include <array>
#include <vector>

#include "sdp-lint/rules/doubles.hpp"
#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/registry.hpp"

namespace portolan::lint {

namespace {

using sdp::Extmap;
using sdp::MediaKind;

// RFC 8285 s4.3, s5, s7.
constexpr std::uint64_t kReservedId = 15;
constexpr std::uint64_t kLastOneByteId = 14;
constexpr std::uint64_t kLastValidId = 256;
constexpr std::uint64_t kFirstNegotiableId = 4096;
constexpr std::uint64_t kLastNegotiableId = 4351;

constexpr std::string_view kEncrypt = "urn:ietf:params:rtp-hdrext:encrypt";

enum class Media : std::uint8_t { Any, Audio, Video };

struct KnownExtension {
    std::string_view uri;
    Media media = Media::Any;
};

/// IANA's registry and what browsers offer. Media only where sending it with the other kind cannot
/// mean anything.
constexpr std::array kKnownExtensions{
    KnownExtension{"urn:ietf:params:rtp-hdrext:toffset"},
    KnownExtension{"urn:ietf:params:rtp-hdrext:ntp-64"},
    KnownExtension{"urn:ietf:params:rtp-hdrext:ntp-56"},
    KnownExtension{"urn:ietf:params:rtp-hdrext:smpte-tc"},
    KnownExtension{"urn:ietf:params:rtp-hdrext:ssrc-audio-level", Media::Audio},
    KnownExtension{"urn:ietf:params:rtp-hdrext:csrc-audio-level", Media::Audio},
    KnownExtension{"urn:ietf:params:rtp-hdrext:encrypt"},
    KnownExtension{"urn:ietf:params:rtp-hdrext:splicing-interval"},
    KnownExtension{"urn:ietf:params:rtp-hdrext:framemarking", Media::Video},
    KnownExtension{"urn:ietf:params:rtp-hdrext:sdes:cname"},
    KnownExtension{"urn:ietf:params:rtp-hdrext:sdes:mid"},
    KnownExtension{"urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"},
    KnownExtension{"urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"},
    KnownExtension{"urn:ietf:params:rtp-hdrext:sdes:CaptId"},
    KnownExtension{"urn:3gpp:video-orientation", Media::Video},
    KnownExtension{"urn:3gpp:video-orientation:6", Media::Video},
    KnownExtension{"urn:3gpp:roi-sent"},
    KnownExtension{"http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"},
    KnownExtension{"http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"},
    KnownExtension{"http://www.webrtc.org/experiments/rtp-hdrext/transport-wide-cc-02"},
    KnownExtension{"http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"},
    KnownExtension{"http://www.webrtc.org/experiments/rtp-hdrext/video-content-type", Media::Video},
    KnownExtension{"http://www.webrtc.org/experiments/rtp-hdrext/video-timing", Media::Video},
    KnownExtension{"http://www.webrtc.org/experiments/rtp-hdrext/color-space", Media::Video},
    KnownExtension{"http://www.webrtc.org/experiments/rtp-hdrext/inband-cn", Media::Audio},
    KnownExtension{"http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00",
                   Media::Video},
    KnownExtension{"http://www.webrtc.org/experiments/rtp-hdrext/video-frame-tracking-id",
                   Media::Video},
    KnownExtension{"http://www.webrtc.org/experiments/rtp-hdrext/generic-frame-descriptor-00",
                   Media::Video},
    KnownExtension{"http://www.webrtc.org/experiments/rtp-hdrext/generic-frame-descriptor-02",
                   Media::Video},
    KnownExtension{"http://www.webrtc.org/experiments/rtp-hdrext/corruption-detection",
                   Media::Video},
    KnownExtension{"https://aomediacodec.github.io/av1-rtp-spec/"
                   "#dependency-descriptor-rtp-header-extension",
                   Media::Video},
    KnownExtension{"http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"},
};

const KnownExtension* known(std::string_view uri) {
    const auto at = std::find_if(kKnownExtensions.begin(), kKnownExtensions.end(),
                                 [&](const KnownExtension& row) { return row.uri == uri; });
    return at == kKnownExtensions.end() ? nullptr : &*at;
}

bool is_negotiable(std::uint64_t id) {
    return id >= kFirstNegotiableId && id <= kLastNegotiableId;
}

/// RFC 3986 s4.3: begins with a scheme and has something behind it.
bool is_absolute_uri(std::string_view uri) {
    const std::size_t colon = uri.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == uri.size()) return false;
    if (!sdp::is_alpha(uri.front())) return false;
    return sdp::all_of(uri.substr(0, colon),
                       [](char c) { return sdp::is_alnum(c) || c == '+' || c == '-' || c == '.'; });
}

bool is_direction(std::string_view word) {
    return word == "sendrecv" || word == "sendonly" || word == "recvonly" || word == "inactive";
}

/// Each extmap line by itself.
void check_lines(const Description& description, Reporter& reporter) {
    for (const Extmap& extmap : description.extmaps()) {
        const auto id = extmap.id.value;
        if (!sdp::is_digits(extmap.id.text) && !extmap.uri.empty()) {
            reporter.report(Code::EX007, extmap.id.text,
                            text(quoted(extmap.id.text), " is no number for a header extension"));
        } else if (extmap.uri.empty()) {
            reporter.report(Code::EX007, description.line_of(*extmap.attribute).text,
                            "a header extension needs an ID and a URI");
        } else if (!is_absolute_uri(extmap.uri)) {
            reporter.report(Code::EX007, extmap.uri,
                            text(quoted(extmap.uri), " is not an absolute URI"));
        }
        if (extmap.has_direction && !is_direction(extmap.direction)) {
            reporter.report(Code::EX006,
                            extmap.direction.empty() ? extmap.attribute->value : extmap.direction,
                            text(quoted(extmap.direction), " is not a direction"));
        }
        if (sdp::is_digits(extmap.id.text)) {
            if (id == 0U) {
                reporter.report(Code::EX001, extmap.id.text, "ID 0 is padding, not an extension");
            } else if (id == kReservedId) {
                reporter.report(Code::EX002, extmap.id.text,
                                "ID 15 ends the extensions of a packet with one-byte headers");
            } else if (!id || (*id > kLastValidId && !is_negotiable(*id))) {
                reporter.report(
                    Code::EX003, extmap.id.text,
                    text("ID ", extmap.id.text,
                         " is neither usable (1 to 256) nor negotiable (4096 to 4351)"));
            }
        }
        if (extmap.uri == kEncrypt) {
            const std::string_view inner = sdp::Cursor(extmap.attributes).word();
            if (inner.empty() || !is_absolute_uri(inner)) {
                reporter.report(Code::EX010, inner.empty() ? extmap.uri : inner,
                                "the extension that is to be encrypted is not named");
            } else if (inner == kEncrypt) {
                reporter.report(Code::EX010, inner, "encryption cannot be applied to itself");
            }
        }
    }
}

/// IDs above 14 in a stream that may not mix header forms.
void check_mixed(const Description& description, Reporter& reporter) {
    if (description.session().has(Attr::ExtmapAllowMixed)) return;
    for (const Extmap& extmap : description.extmaps()) {
        if (!extmap.id.value || *extmap.id.value <= kReservedId ||
            *extmap.id.value > kLastValidId) {
            continue;
        }
        const Section& section = description.section(extmap.section);
        if (section.has(Attr::ExtmapAllowMixed)) continue;
        reporter
            .report(Code::EX009, extmap.id.text,
                    text("ID ", extmap.id.text,
                         " needs two-byte headers, and extmap-allow-mixed is missing"))
            .fix("announce that header forms are mixed",
                 append_line(description, description.session(), "a=extmap-allow-mixed"));
    }
}

void check_section(const Description& description, const Section& section, Reporter& reporter) {
    std::vector<const Extmap*> by_id;
    by_id.reserve(section.extmaps.size());
    for (const Extmap& extmap : section.extmaps) {
        // RFC 8285 s7: negotiable IDs may repeat, as alternatives.
        if (extmap.id.value && *extmap.id.value <= kLastValidId) by_id.push_back(&extmap);
    }
    find_doubles(
        by_id, [](const Extmap* extmap) { return *extmap->id.value; },
        [&](const Extmap* first, const Extmap* again) {
            // The same line twice is EX005's.
            if (first->uri == again->uri && first->attributes == again->attributes) return;
            reporter
                .report(Code::EX004, again->id.text,
                        text("ID ", again->id.text, " already names ", quoted(first->uri)))
                .related(first->id.text, "first used here");
        });
    struct Name {
        std::string_view uri, attributes;
        auto operator<=>(const Name&) const = default;
    };
    find_doubles(
        section.extmaps,
        [](const Extmap& extmap) {
            return Name{extmap.uri, extmap.attributes};
        },
        [&](const Extmap& first, const Extmap& again) {
            if (again.uri.empty()) return;
            reporter
                .report(Code::EX005, again.uri,
                        text(quoted(again.uri), " is already mapped to ID ", first.id.text))
                .related(first.uri, "first mapped here")
                .fix("remove the second mapping", erase_line(description, *again.attribute));
        });
}

void check_sections(const Description& description, Reporter& reporter) {
    if (!description.session().extmaps.empty())
        check_section(description, description.session(), reporter);
    for (const Section& section : description.sections()) {
        if (section.extmaps.size() > 1) check_section(description, section, reporter);
    }
}

/// One finding, at the first mapping of the session: they all have to move.
void check_levels(const Description& description, Reporter& reporter) {
    if (description.session().extmaps.empty()) return;
    for (const Section& section : description.sections()) {
        if (section.extmaps.empty()) continue;
        const auto line_of = [&](const Extmap& extmap) {
            return description.line_of(*extmap.attribute).text;
        };
        reporter
            .report(Code::EX008, line_of(description.session().extmaps.front()),
                    "header extensions are mapped here and in media sections")
            .related(line_of(section.extmaps.front()), "mapped in a section");
        return;
    }
}

/// How many bytes have to be inserted, removed or replaced; more than `limit` is limit + 1.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
    if (a.size() > b.size()) std::swap(a, b);
    if (b.size() - a.size() > limit) return limit + 1;
    constexpr std::size_t kMaxBytes = 120;
    if (b.size() > kMaxBytes) return limit + 1;
    std::array<std::size_t, kMaxBytes + 1> row{};
    for (std::size_t j = 0; j <= a.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= b.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        std::size_t least = row[0];
        for (std::size_t j = 1; j <= a.size(); ++j) {
            const std::size_t above = row[j];
            row[j] =
                std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[j - 1] == b[i - 1] ? 0U : 1U)});
            diagonal = above;
            least = std::min(least, row[j]);
        }
        if (least > limit) return limit + 1;
    }
    return row[a.size()];
}

/// Another number in the name is another version of an extension, not a typing error.
bool differs_in_digits_only(std::string_view a, std::string_view b) {
    const auto letters = [](std::string_view text) {
        std::string out;
        std::copy_if(text.begin(), text.end(), std::back_inserter(out),
                     [](char c) { return !sdp::is_digit(c); });
        return out;
    };
    return letters(a) == letters(b);
}

void check_uris(const Description& description, Reporter& reporter) {
    constexpr std::size_t kTypingErrors = 2;
    // Comparing costs; a description with more unknown names than this does not come from typing.
    constexpr std::size_t kMaxCompared = 32;
    std::size_t compared = 0;
    for (const Extmap& extmap : description.extmaps()) {
        const KnownExtension* row = known(extmap.uri);
        if (row != nullptr) {
            const MediaKind kind = description.section(extmap.section).media.kind;
            const bool is_wrong = (row->media == Media::Audio && kind == MediaKind::Video) ||
                                  (row->media == Media::Video && kind == MediaKind::Audio);
            if (is_wrong && extmap.section != sdp::kSession) {
                reporter.report(Code::EX012, extmap.uri,
                                text(quoted(extmap.uri), " has no meaning for ",
                                     description.section(extmap.section).media.media));
            }
            continue;
        }
        if (extmap.uri.empty() || ++compared > kMaxCompared) continue;
        for (const KnownExtension& candidate : kKnownExtensions) {
            if (distance(extmap.uri, candidate.uri, kTypingErrors) > kTypingErrors ||
                differs_in_digits_only(extmap.uri, candidate.uri)) {
                continue;
            }
            reporter
                .report(Code::EX011, extmap.uri,
                        text(quoted(extmap.uri), " is not known; ", quoted(candidate.uri), " is"))
                .fix("use the known URI", replace(extmap.uri, std::string(candidate.uri)));
            break;
        }
    }
}

}  // namespace

std::span<const Rule> extmap_rules() {
    static constexpr std::array kRules{
        Rule({Code::EX001, Code::EX002, Code::EX003, Code::EX006, Code::EX007, Code::EX010},
             check_lines),
        Rule({Code::EX004, Code::EX005}, check_sections),
        Rule(Code::EX008, check_levels),
        Rule(Code::EX009, check_mixed),
        Rule({Code::EX011, Code::EX012}, check_uris),
    };
    return kRules;
}

}  // namespace portolan::lint
