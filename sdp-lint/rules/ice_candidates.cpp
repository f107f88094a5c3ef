// Candidates one by one.
#include <algorithm>
#include <array>

#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/ice_checks.hpp"
#include "sdp-lint/rules/say.hpp"

namespace portolan::lint {

namespace {

using sdp::AddressKind;
using sdp::AddressScope;
using sdp::Candidate;
using sdp::CandidateType;

/// RFC 8839 s5.1
constexpr std::size_t kMinTokens = 8;
constexpr std::size_t kMaxFoundationBytes = 32;
constexpr std::uint64_t kMaxComponent = 256;
constexpr std::uint64_t kMaxPriority = 0x7FFFFFFF;
/// RFC 8839 s5.1 for hidden addresses, RFC 6544 s4.5 for active candidates.
constexpr std::uint64_t kDiscardPort = 9;

/// Shorter ones are IC008 and are judged no further.
bool is_whole(const Candidate& candidate) {
    return candidate.token_count >= kMinTokens;
}

std::uint64_t or_too_large(const sdp::Number& number) {
    return sdp::is_digits(number.text) && number.value ? *number.value : ~std::uint64_t{0};
}

void foundation(const Candidate& candidate, Reporter& reporter) {
    if (candidate.foundation.size() > kMaxFoundationBytes) {
        reporter.report(Code::IC009, candidate.foundation,
                        "the foundation has " + std::to_string(candidate.foundation.size()) +
                            " characters instead of 1 to 32");
    }
    if (!sdp::all_of(candidate.foundation, sdp::is_ice_char)) {
        reporter.report(Code::IC010, candidate.foundation,
                        quoted(candidate.foundation) +
                            " has characters other than letters, digits, '+' and '/'");
    }
}

void numbers(const Candidate& candidate, Reporter& reporter) {
    const std::uint64_t component = or_too_large(candidate.component);
    if (component == 0) {
        reporter.report(Code::IC011, candidate.component.text, "components are counted from 1");
    } else if (component > kMaxComponent) {
        reporter.report(Code::IC012, candidate.component.text,
                        quoted(candidate.component.text) + " is no component from 1 to 256");
    }
    const std::uint64_t priority = or_too_large(candidate.priority);
    if (priority == 0) {
        reporter.report(Code::IC014, candidate.priority.text, "priorities begin at 1");
    } else if (priority > kMaxPriority) {
        reporter.report(Code::IC015, candidate.priority.text,
                        quoted(candidate.priority.text) + " is no priority from 1 to 2147483647");
    }
    if (or_too_large(candidate.port) > sdp::kMaxPort) {
        reporter.report(Code::IC016, candidate.port.text,
                        quoted(candidate.port.text) + " is no port number");
    }
}

/// Extensions whose values have to be numbers: those of libwebrtc, which refuses others.
struct NumberedExtension {
    std::string_view name;
    std::uint64_t most;
};
constexpr std::array kNumberedExtensions{
    NumberedExtension{"generation", 0xFFFFFFFF},
    NumberedExtension{"network-id", 0xFFFF},
    NumberedExtension{"network-cost", 0xFFFF},
};

void extension_number(const sdp::CandidateExtension& extension, Reporter& reporter) {
    const auto* const row =
        std::find_if(kNumberedExtensions.begin(), kNumberedExtensions.end(),
                     [&](const NumberedExtension& each) { return each.name == extension.name; });
    if (row == kNumberedExtensions.end()) return;
    if (sdp::is_digits(extension.value)) {
        const auto value = sdp::parse_number(extension.value);
        if (value && *value <= row->most) return;
    }
    reporter.report(Code::IC042, extension.value.empty() ? extension.name : extension.value,
                    quoted(extension.value) + " is no " + std::string(row->name) + " from 0 to " +
                        std::to_string(row->most));
}

void extension_numbers(const Candidate& candidate, Reporter& reporter) {
    if (!candidate.rport.empty() && or_too_large(candidate.related_port) > sdp::kMaxPort) {
        reporter.report(
            Code::IC042,
            candidate.related_port.text.empty() ? candidate.rport : candidate.related_port.text,
            quoted(candidate.related_port.text) + " is no port number");
    }
    for (const sdp::CandidateExtension& extension : candidate.extensions)
        extension_number(extension, reporter);
}

bool is_random_uuid(std::string_view name) {
    constexpr std::string_view kShape = "xxxxxxxx-xxxx-4xxx-Vxxx-xxxxxxxxxxxx";
    if (name.size() != kShape.size()) return false;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = sdp::to_lower(name[i]);
        const char wanted = kShape[i];
        if (wanted == 'x'   ? !sdp::is_hex(c)
            : wanted == 'V' ? std::string_view("89ab").find(c) == std::string_view::npos
                            : c != wanted) {
            return false;
        }
    }
    return true;
}

/// With the blank before it.
std::string_view with_blank(std::string_view view) {
    return {view.data() - 1, view.size() + 1};
}

}  // namespace

void candidate_fields(const Description& description, Reporter& reporter) {
    for (const Candidate& candidate : description.candidates()) {
        if (sdp::trim(candidate.attribute->value).empty()) continue;  // SY014
        if (!is_whole(candidate)) {
            reporter.report(Code::IC008, candidate.attribute->value,
                            "the candidate has " + std::to_string(candidate.token_count) +
                                " fields, and 8 are the least");
            continue;
        }
        foundation(candidate, reporter);
        numbers(candidate, reporter);
        extension_numbers(candidate, reporter);
        if (!candidate.is_udp && !candidate.is_tcp) {
            reporter.report(Code::IC043, candidate.transport,
                            quoted(candidate.transport) + " is neither udp nor tcp");
        }
        if (!sdp::equal_in_any_case(candidate.typ, "typ")) {
            reporter.report(Code::IC017, candidate.typ,
                            "'typ' should stand here instead of " + quoted(candidate.typ));
        } else if (candidate.type_value == CandidateType::Unknown) {
            reporter.report(Code::IC017, candidate.type,
                            quoted(candidate.type) + " is no type of candidate");
        }
    }
}

void related_addresses(const Description& description, Reporter& reporter) {
    for (const Candidate& candidate : description.candidates()) {
        if (!is_whole(candidate) || candidate.type_value == CandidateType::Unknown) continue;
        const bool has_address = !candidate.raddr.empty();
        const bool has_port = !candidate.rport.empty();
        if (candidate.type_value != CandidateType::Host) {
            if (!has_address || !has_port) {
                reporter.report(Code::IC018, candidate.type,
                                "a candidate of type " + quoted(candidate.type) + " has " +
                                    (has_address ? "raddr but no rport"
                                     : has_port  ? "rport but no raddr"
                                                 : "neither raddr nor rport"));
            }
        } else if (has_address || has_port) {
            std::vector<ViewEdit> edits;
            if (has_address) {
                edits.push_back(erase(
                    with_blank(sdp::span_of(candidate.raddr, candidate.related_address.text))));
            }
            if (has_port) {
                edits.push_back(
                    erase(with_blank(sdp::span_of(candidate.rport, candidate.related_port.text))));
            }
            reporter
                .report(Code::IC019, has_address ? candidate.raddr : candidate.rport,
                        "a host candidate has no related address")
                .fix("remove it", std::move(edits));
        }
        if (has_address && has_port &&
            candidate.related_address.scope == AddressScope::Unspecified &&
            candidate.related_port.value != kDiscardPort) {
            reporter.report(
                Code::IC020, candidate.related_port.text,
                "a hidden related address has port 9, not " + quoted(candidate.related_port.text));
        }
    }
}

void tcp_types(const Description& description, Reporter& reporter) {
    for (const Candidate& candidate : description.candidates()) {
        if (!is_whole(candidate)) continue;
        const bool is_active = candidate.tcptype == "active";
        if (candidate.is_tcp && !candidate.has_tcptype) {
            // RFC 6544 s4.5: behind the related address.
            std::string_view before = candidate.type;
            if (!candidate.raddr.empty()) before = candidate.related_address.text;
            if (!candidate.rport.empty()) before = candidate.related_port.text;
            const bool on_discard = candidate.port.value == kDiscardPort;
            const std::string type = on_discard ? "active" : "passive";
            reporter.report(Code::IC021, candidate.transport, "a TCP candidate has no tcptype")
                .fix("add tcptype " + type, insert_after(before, " tcptype " + type));
        } else if (candidate.has_tcptype && !candidate.is_tcp) {
            const auto extension =
                std::find_if(candidate.extensions.begin(), candidate.extensions.end(),
                             [](const auto& each) { return each.name == "tcptype"; });
            Draft draft =
                reporter.report(Code::IC023, candidate.tcptype,
                                quoted(candidate.transport) + " candidates have no tcptype");
            if (extension != candidate.extensions.end()) {
                draft.fix("remove it",
                          erase(with_blank(sdp::span_of(extension->name, extension->value))));
            }
        } else if (candidate.has_tcptype && !is_active && candidate.tcptype != "passive" &&
                   candidate.tcptype != "so") {
            reporter.report(Code::IC022, candidate.tcptype,
                            quoted(candidate.tcptype) + " is none of active, passive and so");
        } else if (candidate.is_tcp && is_active && candidate.port.value != kDiscardPort) {
            reporter
                .report(Code::IC024, candidate.port.text,
                        "an active candidate has port 9, not " + quoted(candidate.port.text))
                .fix("write port 9", replace(candidate.port.text, "9"));
        }
    }
}

void candidate_addresses(const Description& description, Reporter& reporter) {
    for (const Candidate& candidate : description.candidates()) {
        if (!is_whole(candidate)) continue;
        const sdp::Address& address = candidate.address;
        if (address.kind == AddressKind::Name || address.kind == AddressKind::Malformed) {
            reporter.report(Code::IC025, address.text,
                            quoted(address.text) + (address.kind == AddressKind::Name
                                                        ? " is a host name, not an address"
                                                        : " is not an address"));
        } else if (address.kind == AddressKind::MulticastDns) {
            const std::string_view name = address.text.substr(0, address.text.rfind('.'));
            if (!is_random_uuid(name)) {
                reporter.report(Code::IC026, address.text,
                                quoted(address.text) + " is not a random UUID before .local");
            }
        } else if (address.scope == AddressScope::Unspecified ||
                   address.scope == AddressScope::Loopback ||
                   address.scope == AddressScope::LinkLocal) {
            reporter.report(Code::IC031, address.text,
                            quoted(address.text) + (address.scope == AddressScope::Loopback
                                                        ? " is this host itself"
                                                    : address.scope == AddressScope::LinkLocal
                                                        ? " is reached from its own link only"
                                                        : " is no address of any host"));
        } else if (candidate.port.value == 0U) {
            reporter.report(Code::IC031, candidate.port.text, "nobody can send to port 0");
        }
    }
}

void candidate_generation(const Description& description, Reporter& reporter) {
    for (const Candidate& candidate : description.candidates()) {
        if (candidate.ufrag.empty()) continue;
        const sdp::Attribute* const own = description.find_transport(
            description.section(candidate.attribute->section), Attr::IceUfrag);
        if (own == nullptr || own->value.empty() || own->value == candidate.ufrag) continue;
        reporter
            .report(Code::IC040, candidate.ufrag,
                    "the section's fragment is " + quoted(own->value) + ", the candidate's " +
                        quoted(candidate.ufrag))
            .related(own->value, "the section's fragment");
    }
}

void fragment_form(const Description& description, Reporter& reporter) {
    if (!description.is_fragment()) return;
    if (description.form() == sdp::DescriptionForm::LostCandidate && !description.lines().empty()) {
        reporter.report(Code::IC041, description.lines().front().text,
                        "neither sdpMid nor sdpMLineIndex says which section this is of");
    }
    for (const sdp::Line& line : description.lines()) {
        if (line.type == 'a' || line.type == 'm' || sdp::trim(line.text).empty() ||
            line.text.starts_with("candidate:")) {
            continue;
        }
        Draft draft = reporter.report(Code::IC041, line.text,
                                      quoted(line.text) + " does not begin with 'candidate:'");
        // "1 1 udp 2122260223 192.0.2.1 5000 typ host"
        if (line.text.find(" typ ") != std::string_view::npos &&
            line.text.find(':') > line.text.find(' ')) {
            draft.fix("write candidate: before it", insert_before(line.text, "candidate:"));
        }
    }
    // In an object mid or index say so, and browsers take the text with a= and without.
    if (description.form() != sdp::DescriptionForm::Fragment) return;
    // RFC 8840 s9.2: pseudo m= lines and mids say which section an a=candidate is of.
    const Section& session = description.session();
    for (const Candidate& candidate : session.candidates) {
        const sdp::Line& line = description.line_of(*candidate.attribute);
        if (line.type != 'a' || session.has(Attr::Mid)) continue;
        const bool is_alone = description.lines().size() == 1;
        Draft draft =
            reporter.report(Code::IC041, candidate.attribute->name,
                            is_alone ? "a candidate by itself is written without 'a='"
                                     : "no m= or a=mid line says which section this is of");
        if (is_alone) {
            draft.fix("write it without a=", erase(line.text.substr(0, 2)));
        }
        break;
    }
}

}  // namespace portolan::lint
