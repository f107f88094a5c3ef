#include <algorithm>
#include <array>

#include "sdp-lint/rules/doubles.hpp"
#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/registry.hpp"

namespace portolan::lint {

namespace {

using sdp::Rid;
using sdp::Simulcast;
using sdp::SimulcastStream;

constexpr std::string_view kStreamIdUri = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
/// What libwebrtc and Firefox take.
constexpr std::size_t kMaxRidBytes = 16;
/// What libwebrtc encodes.
constexpr std::uint32_t kMaxStreams = 3;

constexpr bool is_rid_char(char c) {
    return sdp::is_alnum(c) || c == '-' || c == '_';
}

/// Names, by which a list may be long, are looked up in sorted order.
class RidIndex {
  public:
    explicit RidIndex(std::span<const Rid> rids) {
        rids_.reserve(rids.size());
        for (const Rid& rid : rids)
            rids_.push_back(&rid);
        std::stable_sort(rids_.begin(), rids_.end(),
                         [](const Rid* a, const Rid* b) { return a->id < b->id; });
    }
    /// The first of that name, or nullptr.
    const Rid* find(std::string_view id) const {
        const auto at =
            std::lower_bound(rids_.begin(), rids_.end(), id,
                             [](const Rid* rid, std::string_view name) { return rid->id < name; });
        return at != rids_.end() && (*at)->id == id ? *at : nullptr;
    }

  private:
    std::vector<const Rid*> rids_;
};

void check_rid_name(const Rid& rid, Reporter& reporter) {
    if (rid.id.empty() || !sdp::all_of(rid.id, is_rid_char)) {
        reporter.report(Code::SI006, rid.id.empty() ? rid.attribute->name : rid.id,
                        text(quoted(rid.id), " is not a name of letters and digits"));
        return;
    }
    if (!sdp::all_of(rid.id, sdp::is_alnum)) {
        reporter.report(Code::SI007, rid.id,
                        text("RTP cannot carry the '-' or '_' of ", quoted(rid.id)));
    } else if (rid.id.size() > kMaxRidBytes) {
        reporter.report(
            Code::SI007, rid.id,
            text(quoted(rid.id), " is longer than the 16 characters that browsers take"));
    }
}

/// The formats of pt=, and the semicolons.
void check_restrictions(const Section& section, const Rid& rid, Reporter& reporter) {
    for (const std::string_view format : sdp::split(rid.payload_types, ',')) {
        if (section.codec(format) == nullptr) {
            reporter
                .report(Code::SI009, format.empty() ? rid.payload_types : format,
                        text("payload type ", quoted(format), " is not on the m= line"))
                .related(section.media.formats, "the payload types of the section");
        }
    }
    bool is_first = true;
    for (const std::string_view part : sdp::split(rid.restrictions, ';')) {
        if (!is_first && sdp::trim(part).empty()) {
            const std::string_view semicolon{part.data() - 1, 1};
            reporter.report(Code::SI010, semicolon, "no restriction follows the semicolon")
                .fix("remove the semicolon", erase(semicolon));
        }
        if (is_first && sdp::trim(part).empty()) {
            const std::string_view semicolon = rid.restrictions.substr(part.size(), 1);
            reporter.report(Code::SI010, semicolon, "no restriction precedes the semicolon")
                .fix("remove the semicolon", erase(semicolon));
        }
        is_first = false;
    }
}

/// RFC 8851 s5: restrictions that are numbers; all others that RFC defines have a value too.
void check_values(const Rid& rid, Reporter& reporter) {
    constexpr std::array<std::string_view, 6> kNumeric{"max-width", "max-height", "max-fps",
                                                       "max-fs",    "max-br",     "max-pps"};
    for (const std::string_view part : sdp::split(rid.restrictions, ';')) {
        const std::string_view restriction = sdp::trim(part);
        if (restriction.empty()) continue;  // SI010
        const std::size_t equals = restriction.find('=');
        if (equals == std::string_view::npos) {
            reporter.report(Code::SI017, restriction, text(quoted(restriction), " has no value"));
            continue;
        }
        const std::string_view value = restriction.substr(equals + 1);
        const bool is_numeric = std::find(kNumeric.begin(), kNumeric.end(),
                                          restriction.substr(0, equals)) != kNumeric.end();
        if (is_numeric && !sdp::is_digits(value)) {
            reporter.report(Code::SI017, value.empty() ? restriction : value,
                            text(quoted(value), " is not a number"));
        }
    }
}

void check_rids(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        for (const Rid& rid : section.rids) {
            if (rid.attribute->value.empty()) continue;  // SY014
            check_rid_name(rid, reporter);
            if (rid.direction != "send" && rid.direction != "recv") {
                reporter.report(
                    Code::SI008, rid.direction.empty() ? rid.id : rid.direction,
                    text("the rid needs send or recv", rid.direction.empty() ? "" : ", not ",
                         rid.direction.empty() ? "" : quoted(rid.direction)));
            }
            check_restrictions(section, rid, reporter);
            check_values(rid, reporter);
        }
        find_doubles(
            section.rids, [](const Rid& rid) { return rid.id; },
            [&](const Rid& first, const Rid& again) {
                reporter
                    .report(Code::SI005, again.id,
                            text("rid ", quoted(again.id), " is already defined"))
                    .related(first.id, "first defined here");
            });
    }
}

/// The word that no reader of RFC 8853 s5.1 understands.
std::string_view odd_word(const Simulcast& simulcast) {
    const std::string_view value = simulcast.attribute->value;
    bool is_list = false;
    for (const std::string_view word : sdp::words(value)) {
        if (is_list ? word.find('=') != word.npos : word != "send" && word != "recv") return word;
        is_list = !is_list;
    }
    return value.empty() ? simulcast.attribute->name : value;
}

/// RFC 8853 s5.1: a stream has one alternative at least.
void check_empty(const Simulcast& simulcast, Reporter& reporter) {
    constexpr std::string_view kSeparators = ";,";
    for (const std::string_view list : {simulcast.send, simulcast.recv}) {
        for (std::size_t at = list.find_first_of(kSeparators); at != list.npos;
             at = list.find_first_of(kSeparators, at + 1)) {
            const bool has_before = at > 0 && kSeparators.find(list[at - 1]) == list.npos;
            const bool has_after = at + 1 < list.size();
            if (has_before && has_after) continue;
            reporter.report(Code::SI004, list.substr(at, 1),
                            text("no stream ", has_before ? "follows" : "precedes", " this '",
                                 list.substr(at, 1), "'"));
        }
    }
}

void check_streams(const RidIndex& index, const Simulcast& simulcast, Reporter& reporter) {
    for (const SimulcastStream& stream : simulcast.streams) {
        const Rid* rid = index.find(stream.rid);
        if (rid == nullptr) {
            reporter.report(Code::SI001,
                            stream.rid.empty() ? simulcast.attribute->value : stream.rid,
                            text("there is no a=rid line for ", quoted(stream.rid)));
        } else if ((rid->direction == "send" || rid->direction == "recv") &&
                   (rid->direction == "send") != stream.is_send) {
            reporter
                .report(Code::SI002, stream.rid,
                        text(quoted(stream.rid), " is defined for ", rid->direction,
                             " and listed under ", stream.is_send ? "send" : "recv"))
                .related(rid->direction, "defined here");
        }
    }
    find_doubles(
        simulcast.streams, [](const SimulcastStream& stream) { return stream.rid; },
        [&](const SimulcastStream& first, const SimulcastStream& again) {
            if (again.rid.empty()) return;
            reporter
                .report(Code::SI012, again.rid,
                        text(quoted(again.rid), " is listed twice in one line"))
                .related(first.rid, "first listed here");
        });
    for (const bool is_send : {true, false}) {
        if (simulcast.stream_count(is_send) > kMaxStreams) {
            reporter.report(Code::SI014, is_send ? simulcast.send : simulcast.recv,
                            text(std::to_string(simulcast.stream_count(is_send)),
                                 " streams are more than the three that browsers encode"));
        }
    }
}

/// SI013: defined, in a section with simulcast, and listed nowhere.
void check_unused(const Section& section, Reporter& reporter) {
    std::vector<std::string_view> listed;
    for (const Simulcast& simulcast : section.simulcasts) {
        if (!simulcast.is_well_formed) return;
        for (const SimulcastStream& stream : simulcast.streams)
            listed.push_back(stream.rid);
    }
    std::sort(listed.begin(), listed.end());
    for (const Rid& rid : section.rids) {
        if (!std::binary_search(listed.begin(), listed.end(), rid.id)) {
            reporter.report(Code::SI013, rid.id,
                            text("a=simulcast does not list rid ", quoted(rid.id)));
        }
    }
}

void check_extension(const Description& description, const Section& section, Reporter& reporter) {
    const auto extmaps = description.extmaps_for(section);
    const bool has = std::any_of(extmaps.begin(), extmaps.end(), [](const sdp::Extmap& extmap) {
        return extmap.uri == kStreamIdUri;
    });
    if (has || section.is_rejected()) return;
    reporter.report(Code::SI011, description.line_of(*section.simulcasts.front().attribute).text,
                    text("the section does not map ", kStreamIdUri));
}

void check_simulcast(const Description& description, Reporter& reporter) {
    description.session().each(Attr::Simulcast, [&](const sdp::Attribute& attribute) {
        reporter.report(Code::SI015, description.line_of(attribute).text,
                        "simulcast at session level is ignored");
    });
    for (const Section& section : description.sections()) {
        if (section.simulcasts.empty()) continue;
        const Simulcast& first = section.simulcasts.front();
        const RidIndex index(section.rids);
        for (const Simulcast& simulcast : section.simulcasts) {
            if (&simulcast != &first) {
                reporter
                    .report(Code::SI003, description.line_of(*simulcast.attribute).text,
                            "the section already has an a=simulcast line")
                    .related(description.line_of(*first.attribute).text, "the first one");
            }
            if (sdp::trim(simulcast.attribute->value).empty()) continue;  // SY014
            if (!simulcast.is_well_formed) {
                const std::string_view word = odd_word(simulcast);
                reporter.report(Code::SI004, word,
                                text(quoted(word), " is not in the grammar of RFC 8853"));
                continue;
            }
            check_empty(simulcast, reporter);
            check_streams(index, simulcast, reporter);
        }
        check_unused(section, reporter);
        check_extension(description, section, reporter);
    }
}

void check_legacy_group(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        for (const sdp::SsrcGroup& group : section.ssrc_groups) {
            if (group.semantics != "SIM") continue;
            reporter.report(Code::SI016, group.semantics,
                            "ssrc-group SIM is simulcast as only old Chrome versions know it");
        }
    }
}

}  // namespace

std::span<const Rule> simulcast_rules() {
    static constexpr std::array kRules{
        Rule({Code::SI005, Code::SI006, Code::SI007, Code::SI008, Code::SI009, Code::SI010,
              Code::SI017},
             check_rids),
        Rule({Code::SI001, Code::SI002, Code::SI003, Code::SI004, Code::SI011, Code::SI012,
              Code::SI013, Code::SI014, Code::SI015},
             check_simulcast),
        Rule(Code::SI016, check_legacy_group),
    };
    return kRules;
}

}  // namespace portolan::lint
