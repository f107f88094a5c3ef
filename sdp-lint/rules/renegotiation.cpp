#include <algorithm>
#include <array>

#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/registry.hpp"
#include "sdp-lint/rules/renegotiation_checks.hpp"
#include "sdp-lint/rules/sequence.hpp"
#include "sdp-lint/rules/usage.hpp"

namespace portolan::lint {

namespace {

using sdp::Codec;
using sdp::Extmap;
using sdp::Line;

void check_origin(const Description& before, const Description& now, Reporter& reporter) {
    const sdp::Origin* old_origin = before.origin();
    const sdp::Origin* origin = now.origin();
    if (old_origin == nullptr || origin == nullptr) return;
    if (old_origin->username == origin->username && old_origin->session_id == origin->session_id &&
        old_origin->nettype == origin->nettype && old_origin->addrtype == origin->addrtype &&
        old_origin->address.text == origin->address.text) {
        return;
    }
    reporter
        .report(Code::RE001, now.lines()[origin->line].text,
                "the origin is not that of the same side before")
        .related(before.lines()[old_origin->line].text, "the origin before");
}

/// Lines that may change as candidates are gathered, with nothing said anew (RFC 8829 s5.2.2).
bool follows_candidates(const Line& line) {
    return line.type == 'c' || line.text.starts_with("a=candidate:") ||
           line.text.starts_with("a=end-of-candidates") || line.text.starts_with("a=rtcp:");
}

bool is_same_line(const Line& a, const Line& b) {
    if (a.type != 'm' || b.type != 'm') return a.text == b.text;
    // All but the port, which is that of the default candidate; zero is a meaning of its own.
    sdp::Cursor first(a.value());
    sdp::Cursor second(b.value());
    if (first.word() != second.word()) return false;
    const bool was_off = first.word() == "0";
    const bool is_off = second.word() == "0";
    return was_off == is_off && first.rest() == second.rest();
}

/// RFC 3264 s8 (MUST): with the same version, the very same text. Only what ICE gathers after the
/// description was made may come to it.
bool is_same_body(const Description& a, const Description& b) {
    const bool may_gather = a.uses_ice() && b.uses_ice();
    const auto is_passed_over = [&](const Line& line) {
        return line.type == 'o' || (may_gather && follows_candidates(line));
    };
    auto first = a.lines().begin();
    auto second = b.lines().begin();
    while (true) {
        while (first != a.lines().end() && is_passed_over(*first))
            ++first;
        while (second != b.lines().end() && is_passed_over(*second))
            ++second;
        if (first == a.lines().end() || second == b.lines().end())
            return first == a.lines().end() && second == b.lines().end();
        const bool is_same =
            may_gather ? is_same_line(*first, *second) : first->text == second->text;
        if (!is_same) return false;
        ++first;
        ++second;
    }
}

void check_version(const Description& before, const Description& now, Reporter& reporter) {
    const sdp::Origin* old_origin = before.origin();
    const sdp::Origin* origin = now.origin();
    if (old_origin == nullptr || origin == nullptr ||
        old_origin->session_id != origin->session_id) {
        return;
    }
    const auto old_version = sdp::parse_number(old_origin->session_version);
    const auto version = sdp::parse_number(origin->session_version);
    if (!old_version || !version) return;
    // JSEP counts calls of createOffer, so only others take steps of one (RFC 8829 s5.2.2).
    const bool steps_by_one =
        reporter.profile() == Profile::Sip || reporter.profile() == Profile::Broadcast;
    std::string problem;
    if (*version < *old_version) {
        problem = text("version ", origin->session_version, " is older than ",
                       old_origin->session_version, " before it");
    } else if (*version == *old_version && !is_same_body(before, now)) {
        problem = text("version ", origin->session_version, " stayed, and the description changed");
    } else if (steps_by_one && *version > *old_version + 1) {
        problem =
            text("version ", origin->session_version, " follows ", old_origin->session_version);
    }
    if (problem.empty()) return;
    reporter.report(Code::RE002, origin->session_version, std::move(problem))
        .related(old_origin->session_version, "the version before");
}

void check_identity(const Sequence& sequence, Reporter& reporter) {
    const Session session(sequence);
    for (std::size_t i = 2; i < session.size(); ++i) {
        const Description* before = session.previous_of_same_side(i);
        if (before == nullptr) continue;
        check_origin(*before, session.at(i), reporter);
        check_version(*before, session.at(i), reporter);
    }
}

void check_kept_count(const Sequence& sequence, Reporter& reporter) {
    const Session session(sequence);
    for (std::size_t i = 2; i < session.size(); ++i) {
        const Description& before = session.at(i - 1);
        const Description& now = session.at(i);
        // An answer that falls short of its offer is OA001's.
        if (!session.is_offer(i) || now.sections().size() >= before.sections().size()) continue;
        const Section& place = now.sections().empty() ? now.session() : now.sections().back();
        reporter
            .report(Code::RE003, now.head_of(place),
                    text("there were ", std::to_string(before.sections().size()),
                         " sections, and now ", std::to_string(now.sections().size())))
            .related(before.head_of(before.sections()[now.sections().size()]), "removed");
    }
}

/// A codec's name, where the finding's caret goes.
std::string_view place_of(const Codec& codec) {
    return codec.rtpmap != nullptr ? codec.rtpmap->encoding : codec.fmt;
}

void check_codecs(const Section& before, const Section& now, Reporter& reporter) {
    for (const Codec& codec : now.codecs) {
        const Codec* old_codec = before.codec(codec.payload_type);
        if (old_codec == nullptr || old_codec->name.empty() || codec.name.empty()) continue;
        const bool is_same = codec.is(old_codec->name) &&
                             codec.clock_rate_hz == old_codec->clock_rate_hz &&
                             codec.channels == old_codec->channels;
        if (is_same) continue;
        reporter
            .report(Code::RE004, place_of(codec),
                    text("payload type ", codec.fmt, " was ", quoted(old_codec->name)))
            .related(place_of(*old_codec), "what it meant before");
    }
}

constexpr std::uint64_t kLastValidId = 256;  // RFC 8285 s4.3

/// The first mapping of each ID of use.
using ExtmapsById = std::array<const Extmap*, kLastValidId + 1>;

/// An ID that is new, for an extension that had one.
void check_renumbered(const ExtmapsById& before, const Extmap& extmap, Reporter& reporter) {
    const auto old_extmap = std::find_if(before.begin(), before.end(), [&](const Extmap* row) {
        return row != nullptr && row->uri == extmap.uri && row->attributes == extmap.attributes;
    });
    if (old_extmap == before.end()) return;
    reporter
        .report(Code::RE005, extmap.id.text,
                text(quoted(extmap.uri), " had ID ", (*old_extmap)->id.text))
        .related((*old_extmap)->id.text, "its ID before");
}

void check_extmaps(std::span<const Extmap> before, std::span<const Extmap> now,
                   Reporter& reporter) {
    ExtmapsById by_id{};
    for (const Extmap& extmap : before) {
        const auto id = extmap.id.value;
        if (id && *id <= kLastValidId && by_id.at(*id) == nullptr) by_id.at(*id) = &extmap;
    }
    for (const Extmap& extmap : now) {
        const auto id = extmap.id.value;
        if (!id || *id > kLastValidId) continue;
        const Extmap* old_extmap = by_id.at(*id);
        if (old_extmap == nullptr) {
            check_renumbered(by_id, extmap, reporter);
            continue;
        }
        if (old_extmap->uri == extmap.uri) continue;
        reporter
            .report(Code::RE005, extmap.uri,
                    text("ID ", extmap.id.text, " was ", quoted(old_extmap->uri)))
            .related(old_extmap->uri, "what it meant before");
    }
}

void check_mappings(const Sequence& sequence, Reporter& reporter) {
    const Session session(sequence);
    for (std::size_t i = 2; i < session.size(); ++i) {
        const Description* before = session.previous_of_same_side(i);
        if (before == nullptr) continue;
        const Description& now = session.at(i);
        for (const Section& section : now.sections()) {
            const Section* old_section = same_stream(*before, now, section);
            if (old_section == nullptr) continue;
            check_codecs(*old_section, section, reporter);
            check_extmaps(before->extmaps_for(*old_section), section.extmaps, reporter);
        }
        check_extmaps(before->session().extmaps, now.session().extmaps, reporter);
    }
}

/// Calls visit(old offered, now offered) for what an offer says of sections that went on.
template <typename Visit>
void each_kept_section(const Sequence& sequence, Visit visit) {
    const Session session(sequence);
    for (std::size_t i = 2; i < session.size(); i += 2) {
        const Description& now = session.at(i);
        const Description& offer = *session.previous_offer(i);
        const Description& answer = *session.previous_answer(i);
        const std::size_t count =
            std::min({now.sections().size(), offer.sections().size(), answer.sections().size()});
        for (std::size_t at = 0; at < count; ++at) {
            if (now.sections()[at].is_rejected() || offer.sections()[at].is_rejected() ||
                answer.sections()[at].is_rejected()) {
                continue;
            }
            visit(offer.sections()[at], now.sections()[at]);
        }
    }
}

void check_kept_mids(const Sequence& sequence, Reporter& reporter) {
    each_kept_section(sequence, [&](const Section& before, const Section& section) {
        const sdp::Attribute* old_mid = before.find(Attr::Mid);
        const sdp::Attribute* mid = section.find(Attr::Mid);
        if (old_mid == nullptr || mid == nullptr || old_mid->value == mid->value) return;
        reporter
            .report(Code::RE012, mid->value.empty() ? mid->name : mid->value,
                    text("mid ", quoted(mid->value), " was ", quoted(old_mid->value)))
            .related(old_mid->value, "the mid before");
    });
}

void check_types(const Sequence& sequence, Reporter& reporter) {
    each_kept_section(sequence, [&](const Section& before, const Section& section) {
        if (before.media.media == section.media.media) return;
        reporter
            .report(Code::RE015, section.media.media,
                    text(quoted(section.media.media), " was ", quoted(before.media.media)))
            .related(before.media.media, "the type before");
    });
}

/// RE016: of the same side, whose port it is.
void check_sctp_ports(const Sequence& sequence, Reporter& reporter) {
    each_section_again(
        sequence, same_stream,
        [&](const auto& before, const auto& old_section, const auto& now, const auto& section) {
            const sdp::Attribute* port = section.find(Attr::SctpPort);
            const sdp::Attribute* old_port = old_section.find(Attr::SctpPort);
            if (port == nullptr || old_port == nullptr || port->value.empty() ||
                sdp::parse_number(port->value) == sdp::parse_number(old_port->value) ||
                compare_credentials(before, old_section, now, section) == Credentials::Restarted) {
                return;
            }
            reporter
                .report(Code::RE016, port->value,
                        text("the SCTP port was ", quoted(old_port->value)))
                .related(old_port->value, "the port before");
        });
}

}  // namespace

std::span<const Rule> renegotiation_rules() {
    static constexpr std::array kRules{
        Rule({Code::RE001, Code::RE002}, check_identity),
        Rule(Code::RE003, check_kept_count),
        Rule({Code::RE004, Code::RE005}, check_mappings),
        Rule({Code::RE006, Code::RE007, Code::RE008, Code::RE013}, check_restarts),
        Rule(Code::RE014, check_ice_parameters),
        Rule(Code::RE009, check_certificates),
        Rule(Code::RE010, check_dtls_roles),
        Rule(Code::RE011, check_rtcp_mux),
        Rule(Code::RE012, check_kept_mids),
        Rule(Code::RE015, check_types),
        Rule(Code::RE016, check_sctp_ports),
    };
    return kRules;
}

}  // namespace portolan::lint
