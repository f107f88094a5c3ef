// Candidates together, and with the section that they are in.
#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <vector>

#include "sdp-lint/rules/doubles.hpp"
#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/ice_checks.hpp"
#include "sdp-lint/rules/say.hpp"
#include "sdp-lint/rules/usage.hpp"

namespace portolan::lint {

namespace {

using sdp::AddressKind;
using sdp::AddressScope;
using sdp::Candidate;
using sdp::CandidateType;

constexpr std::uint64_t kRtcpComponent = 2;

bool is_same_address(const sdp::Address& a, const sdp::Address& b) {
    if (a.kind != b.kind) return false;
    return a.is_numeric() ? a.octets == b.octets : a.text == b.text;
}

/// IC027
void identical(const Description& description, std::span<const Candidate> candidates,
               Reporter& reporter) {
    find_doubles(
        candidates, [](const Candidate& candidate) { return candidate.attribute->value; },
        [&](const Candidate& first, const Candidate& again) {
            reporter.report(Code::IC027, again.attribute->value, "the section has it already")
                .related(first.attribute->value, "the first time")
                .fix("remove the line", erase_line(description, *again.attribute));
        });
}

/// IC028
void priorities(std::span<const Candidate> candidates, Reporter& reporter) {
    std::vector<const Candidate*> all;
    for (const Candidate& candidate : candidates) {
        if (candidate.component.value && candidate.priority.value && *candidate.priority.value > 0)
            all.push_back(&candidate);
    }
    find_doubles(
        all,
        [](const Candidate* candidate) {
            return std::tuple(*candidate->component.value, *candidate->priority.value);
        },
        [&](const Candidate* first, const Candidate* again) {
            if (first->attribute->value == again->attribute->value) return;  // IC027
            reporter
                .report(Code::IC028, again->priority.text,
                        "another candidate of component " + std::string(again->component.text) +
                            " has this priority")
                .related(first->priority.text, "the other candidate");
        });
}

/// IC029: by type preference, within one transport. RFC 8445 s5.1.2.1.
void relays(std::span<const Candidate> candidates, Reporter& reporter) {
    const auto preference = [](const Candidate& candidate) {
        return candidate.priority.value.value_or(0) >> 24U;
    };
    const Candidate* lowest_direct = nullptr;
    for (const Candidate& candidate : candidates) {
        const bool is_direct = candidate.type_value == CandidateType::Host ||
                               candidate.type_value == CandidateType::ServerReflexive;
        // Priorities out of range are IC014 and IC015.
        if (!is_direct || !candidate.is_udp || !candidate.priority.value ||
            *candidate.priority.value == 0) {
            continue;
        }
        if (lowest_direct == nullptr || preference(candidate) < preference(*lowest_direct)) {
            lowest_direct = &candidate;
        }
    }
    if (lowest_direct == nullptr) return;
    for (const Candidate& candidate : candidates) {
        if (candidate.type_value != CandidateType::Relayed || !candidate.is_udp ||
            preference(candidate) < preference(*lowest_direct)) {
            continue;
        }
        reporter
            .report(Code::IC029, candidate.priority.text,
                    "the relay's type preference is " + std::to_string(preference(candidate)) +
                        ", that of a direct candidate " +
                        std::to_string(preference(*lowest_direct)))
            .related(lowest_direct->priority.text, "the direct candidate");
    }
}

/// The address of the base, as far as the line tells (RFC 8445 s5.1.1.2).
std::optional<sdp::Address> base_of(const Candidate& candidate) {
    const bool is_host = candidate.type_value == CandidateType::Host;
    const sdp::Address& base = is_host ? candidate.address : candidate.related_address;
    // A relayed candidate's base is the relay's address, and its servers' addresses are not told.
    if (candidate.type_value == CandidateType::Relayed || !base.is_numeric() ||
        base.scope == AddressScope::Unspecified) {
        return std::nullopt;
    }
    return base;
}

/// IC030
void foundations(std::span<const Candidate> candidates, Reporter& reporter) {
    find_doubles(
        candidates, [](const Candidate& candidate) { return candidate.foundation; },
        [&](const Candidate& first, const Candidate& again) {
            if (first.foundation.empty() || first.type_value == CandidateType::Unknown ||
                again.type_value == CandidateType::Unknown) {
                return;
            }
            const auto base = base_of(first);
            const auto other_base = base_of(again);
            std::string_view difference;
            if (first.type_value != again.type_value) {
                difference = "type";
            } else if (!sdp::equal_in_any_case(first.transport, again.transport)) {
                difference = "transport";
            } else if (base && other_base && !is_same_address(*base, *other_base)) {
                difference = "base";
            } else {
                return;
            }
            reporter
                .report(Code::IC030, again.foundation,
                        "a candidate of another " + std::string(difference) + " has foundation " +
                            quoted(again.foundation) + " too")
                .related(first.foundation, "the other candidate");
        });
}

bool is_private(const Candidate& candidate) {
    return candidate.address.kind == AddressKind::MulticastDns ||
           candidate.address.scope == AddressScope::Private ||
           candidate.address.scope == AddressScope::LinkLocal ||
           candidate.address.scope == AddressScope::Loopback;
}

bool has_trickle(const Section& section) {
    bool found = false;
    section.each(Attr::IceOptions, [&](const sdp::Attribute& attribute) {
        for (const std::string_view option : sdp::words(attribute.value))
            found = found || option == "trickle";
    });
    return found;
}

}  // namespace

void candidate_sets(const Description& description, Reporter& reporter) {
    const auto check = [&](const Section& section) {
        if (section.candidates.size() < 2) return;
        identical(description, section.candidates, reporter);
        priorities(section.candidates, reporter);
        relays(section.candidates, reporter);
        foundations(section.candidates, reporter);
    };
    check(description.session());
    for (const Section& section : description.sections())
        check(section);
}

void candidate_places(const Description& description, Reporter& reporter) {
    const auto sections = description.sections();
    for (const Candidate& candidate : description.session().candidates) {
        Draft draft = reporter.report(Code::IC032, candidate.attribute->name,
                                      "a candidate before the first m= line");
        if (sections.size() == 1) {
            const sdp::Line& line = description.line_of(*candidate.attribute);
            draft.fix("move the line into the section",
                      {erase_line(line), append_line(description, sections.front(), line.text)});
        }
    }
    for (const Section& section : sections) {
        const bool is_mux_only = section.has(Attr::RtcpMuxOnly);
        for (const Candidate& candidate : section.candidates) {
            if (is_mux_only && candidate.component.value == kRtcpComponent) {
                reporter
                    .report(Code::IC013, candidate.component.text,
                            "a candidate for RTCP, which a=rtcp-mux-only puts on RTP's port")
                    .fix("remove the line", erase_line(description, *candidate.attribute));
            }
            if (description.is_ice_lite() && candidate.type_value != CandidateType::Host &&
                candidate.type_value != CandidateType::Unknown) {
                reporter.report(
                    Code::IC038, candidate.type,
                    "a lite agent has host candidates only, not " + quoted(candidate.type));
            }
        }
    }
}

void reachability(const Description& description, Reporter& reporter) {
    const auto candidates = description.candidates();
    if (candidates.empty()) {
        const Section* first = nullptr;
        bool trickles = has_trickle(description.session());
        for (const Section& section : description.sections()) {
            trickles = trickles || has_trickle(section);
            if (first == nullptr && needs_ice(description, section, reporter.profile())) {
                first = &section;
            }
        }
        if (first == nullptr || trickles || !description.uses_ice()) return;
        reporter.report(Code::IC033, description.head_of(*first),
                        "there is no candidate, and the option trickle does not promise any");
        return;
    }
    if (!std::all_of(candidates.begin(), candidates.end(), [](const Candidate& candidate) {
            return candidate.type_value == CandidateType::Host && is_private(candidate);
        })) {
        return;
    }
    const bool only_names =
        std::all_of(candidates.begin(), candidates.end(), [](const Candidate& candidate) {
            return candidate.address.kind == AddressKind::MulticastDns;
        });
    reporter.report(only_names ? Code::IC035 : Code::IC034, candidates.front().address.text,
                    only_names ? "all candidates are names that only mDNS resolves"
                               : "all candidates are addresses that only this network reaches");
}

void default_destination_known(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        const sdp::Connection* const connection = description.connection_for(section);
        const auto port = section.media.port.value;
        if (section.is_rejected() || section.candidates.empty() || connection == nullptr ||
            !connection->address.is_numeric() ||
            connection->address.scope == AddressScope::Unspecified || !port || *port == 0 ||
            *port == 9 || description.is_bundled_untagged(section)) {
            continue;
        }
        bool has_address = false;
        bool has_both = false;
        for (const Candidate& candidate : section.candidates) {
            if (candidate.component.value != 1U ||
                !is_same_address(candidate.address, connection->address)) {
                continue;
            }
            has_address = true;
            has_both = has_both || candidate.port.value == port;
        }
        if (has_both) continue;
        reporter
            .report(Code::IC037, has_address ? section.media.port.text : connection->address_text,
                    std::string(connection->address_text) + " port " +
                        std::string(section.media.port.text) + " is none of the candidates")
            .related(section.candidates.front().attribute->value, "the first candidate");
    }
}

}  // namespace portolan::lint
