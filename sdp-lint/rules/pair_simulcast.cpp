// Pair rules about a=rid and a=simulcast.
#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/pair_checks.hpp"

namespace portolan::lint {

namespace {

using sdp::Rid;
using sdp::Simulcast;
using sdp::SimulcastStream;

using Names = std::vector<std::string_view>;

bool has(const Names& names, std::string_view name) {
    return std::binary_search(names.begin(), names.end(), name);
}

/// The streams offered in one direction, sorted.
Names streams_of(const Section& section, bool is_send) {
    Names names;
    for (const Simulcast& simulcast : section.simulcasts) {
        for (const SimulcastStream& stream : simulcast.streams) {
            if (stream.is_send == is_send) names.push_back(stream.rid);
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

void check_streams(const Pair& pair, const Section& offered, const Section& answered,
                   Reporter& reporter) {
    if (answered.simulcasts.empty()) return;
    if (offered.simulcasts.empty()) {
        for (const Simulcast& simulcast : answered.simulcasts) {
            reporter
                .report(Code::OA028, pair.answer.line_of(*simulcast.attribute).text,
                        "simulcast was not offered")
                .fix("remove the line", erase_line(pair.answer, *simulcast.attribute));
        }
        return;
    }
    // RFC 8853 s5.3.2: what was sent is received now.
    const Names to_receive = streams_of(offered, true);
    const Names to_send = streams_of(offered, false);
    for (const Simulcast& simulcast : answered.simulcasts) {
        if (!simulcast.is_well_formed) continue;
        for (const SimulcastStream& stream : simulcast.streams) {
            if (has(stream.is_send ? to_send : to_receive, stream.rid)) continue;
            reporter
                .report(Code::OA028, stream.rid,
                        text("stream ", quoted(stream.rid), " was not offered to be ",
                             stream.is_send ? "received" : "sent"))
                .related(pair.offer.line_of(*offered.simulcasts.front().attribute).text,
                         "what was offered");
        }
    }
}

/// "max-width" of "max-width=1280".
std::string_view restriction_name(std::string_view restriction) {
    return sdp::trim(restriction.substr(0, restriction.find('=')));
}

void check_restrictions(const Rid& offer, const Rid& answer, Reporter& reporter) {
    Names offered;
    for (const std::string_view restriction : sdp::split(offer.restrictions, ';'))
        offered.push_back(restriction_name(restriction));
    std::sort(offered.begin(), offered.end());
    for (const std::string_view part : sdp::split(answer.restrictions, ';')) {
        const std::string_view restriction = sdp::trim(part);
        if (restriction.empty() || has(offered, restriction_name(restriction))) continue;
        reporter
            .report(Code::OA029, restriction,
                    text("the offered rid ", quoted(answer.id), " has no restriction ",
                         quoted(restriction_name(restriction))))
            .related(offer.id, "the offered rid");
    }
}

void check_rids(const Section& offered, const Section& answered, Reporter& reporter) {
    if (answered.rids.empty()) return;
    std::vector<const Rid*> offers;
    for (const Rid& rid : offered.rids)
        offers.push_back(&rid);
    const auto less = [](const Rid* a, const Rid* b) { return a->id < b->id; };
    std::stable_sort(offers.begin(), offers.end(), less);
    for (const Rid& answer : answered.rids) {
        const auto at = std::lower_bound(offers.begin(), offers.end(), &answer, less);
        if (at == offers.end() || (*at)->id != answer.id) {
            reporter.report(Code::OA029, answer.id.empty() ? answer.attribute->name : answer.id,
                            text("rid ", quoted(answer.id), " was not offered"));
            continue;
        }
        const Rid& offer = **at;
        if (!answer.direction.empty() && answer.direction == offer.direction) {
            reporter
                .report(Code::OA029, answer.direction,
                        text("rid ", quoted(answer.id), " was offered as ", offer.direction,
                             ", which the answer reverses"))
                .related(offer.direction, "the offered direction");
        }
        check_restrictions(offer, answer, reporter);
    }
}

}  // namespace

void check_answered_simulcast(const Pair& pair, Reporter& reporter) {
    each_accepted(pair, [&](const Section& offered, const Section& answered) {
        check_streams(pair, offered, answered, reporter);
        check_rids(offered, answered, reporter);
    });
}

}  // namespace portolan::lint
