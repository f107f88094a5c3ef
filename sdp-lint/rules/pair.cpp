#include <array>

#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/message.hpp"
#include "sdp-lint/rules/pair_checks.hpp"
#include "sdp-lint/rules/registry.hpp"

namespace portolan::lint {

namespace {

using sdp::StreamDirection;

void check_count(const Pair& pair, Reporter& reporter) {
    const auto offered = pair.offer.sections();
    const auto answered = pair.answer.sections();
    if (offered.size() == answered.size()) return;
    const Section& place = answered.empty()                   ? pair.answer.session()
                           : answered.size() > offered.size() ? answered[offered.size()]
                                                              : answered.back();
    reporter.report(Code::OA001, pair.answer.head_of(place),
                    text("the offer has ", std::to_string(offered.size()),
                         " sections and the answer ", std::to_string(answered.size())));
}

void check_media_lines(const Pair& pair, Reporter& reporter) {
    each_section(pair, [&](const Section& offered, const Section& answered) {
        if (answered.media.media != offered.media.media) {
            reporter
                .report(Code::OA002, answered.media.media,
                        text("the offer has ", quoted(offered.media.media), " at this position"))
                .related(offered.media.media, "the offered section");
            return;
        }
        if (answered.media.proto != offered.media.proto) {
            reporter
                .report(
                    Code::OA003, answered.media.proto,
                    text(quoted(answered.media.proto), " answers ", quoted(offered.media.proto)))
                .related(offered.media.proto, "the offered protocol")
                .fix("use the offered protocol",
                     replace(answered.media.proto, std::string(offered.media.proto)));
        }
        if (offered.is_rejected() && answered.media.port.value && !answered.is_rejected()) {
            reporter
                .report(Code::OA004, answered.media.port.text,
                        "the section was offered with port 0")
                .related(offered.media.port.text, "the offered port");
        }
    });
}

/// What is to be answered; the other choice is always inactive.
StreamDirection answer_to(StreamDirection offered) {
    switch (offered) {
        case StreamDirection::SendOnly:
            return StreamDirection::ReceiveOnly;
        case StreamDirection::ReceiveOnly:
            return StreamDirection::SendOnly;
        default:
            return offered;
    }
}

const sdp::Attribute* direction_attribute(const Section& section) {
    for (const sdp::Attribute& attribute : section.attributes) {
        if (sdp::direction_from(attribute.id) != StreamDirection::None) return &attribute;
    }
    return nullptr;
}

void check_directions(const Pair& pair, Reporter& reporter) {
    each_accepted(pair, [&](const Section& offered, const Section& answered) {
        if (!answered.media.is_rtp || !offered.media.is_rtp) return;
        const StreamDirection offer = pair.offer.direction_of(offered);
        const StreamDirection answer = pair.answer.direction_of(answered);
        const StreamDirection expected = answer_to(offer);
        if (offer == StreamDirection::SendReceive || answer == expected ||
            answer == StreamDirection::Inactive) {
            return;
        }
        const sdp::Attribute* attribute = direction_attribute(answered);
        auto draft = reporter.report(Code::OA005,
                                     attribute != nullptr ? pair.answer.line_of(*attribute).text
                                                          : pair.answer.head_of(answered),
                                     text(to_string(offer), " is answered by ", to_string(expected),
                                          ", not ", to_string(answer)));
        draft.related(pair.offer.head_of(offered), "the offered section");
        const std::string line = text("a=", to_string(expected));
        if (attribute != nullptr) {
            draft.fix("answer " + line.substr(2),
                      replace(pair.answer.line_of(*attribute).text, line));
        } else {
            draft.fix("answer " + line.substr(2), append_line(pair.answer, answered, line));
        }
    });
}

void check_mids(const Pair& pair, Reporter& reporter) {
    each_accepted(pair, [&](const Section& offered, const Section& answered) {
        const sdp::Attribute* offer = offered.find(Attr::Mid);
        const sdp::Attribute* answer = answered.find(Attr::Mid);
        if (offer == nullptr && answer == nullptr) return;
        if (answer == nullptr) {
            reporter
                .report(Code::OA009, pair.answer.head_of(answered),
                        text("the section lacks the offered mid ", quoted(offer->value)))
                .related(pair.offer.line_of(*offer).text, "the offered mid")
                .fix("add the mid",
                     append_line(pair.answer, answered, text("a=mid:", offer->value)));
        } else if (offer == nullptr) {
            reporter
                .report(Code::OA009, answer->value.empty() ? answer->name : answer->value,
                        "the offered section has no mid")
                .related(pair.offer.head_of(offered), "the offered section")
                .fix("remove the line", erase_line(pair.answer, *answer));
        } else if (offer->value != answer->value) {
            reporter
                .report(Code::OA009, answer->value.empty() ? answer->name : answer->value,
                        text("mid ", quoted(answer->value), " answers mid ", quoted(offer->value)))
                .related(offer->value, "the offered mid")
                .fix("use the offered mid", replace(answer->value, std::string(offer->value)));
        }
    });
}

void check_times(const Pair& pair, Reporter& reporter) {
    const sdp::Line* offer = pair.offer.session_line('t');
    const sdp::Line* answer = pair.answer.session_line('t');
    if (offer == nullptr || answer == nullptr || offer->text == answer->text) return;
    reporter.report(Code::OA032, answer->text, "the t= line differs from the offer's")
        .related(offer->text, "the offered times");
}

/// The first DTLS role that a description names.
std::string_view setup_of(const Description& description) {
    if (const auto value = description.session().value(Attr::Setup)) return *value;
    for (const Section& section : description.sections()) {
        if (const auto value = section.value(Attr::Setup)) return *value;
    }
    return {};
}

/// Whether the answer names the offer's transport: the same ICE credentials, or without any the
/// same address and port.
bool is_same_place(const Pair& pair) {
    bool is_same = false;
    each_accepted(pair, [&](const Section& offered, const Section& answered) {
        const sdp::Attribute* pwd = pair.offer.find_transport(offered, Attr::IcePwd);
        const sdp::Attribute* answer_pwd = pair.answer.find_transport(answered, Attr::IcePwd);
        if (pwd != nullptr || answer_pwd != nullptr) {
            is_same = is_same ||
                      (pwd != nullptr && answer_pwd != nullptr && pwd->value == answer_pwd->value);
            return;
        }
        const sdp::Connection* at = pair.offer.connection_for(offered);
        const sdp::Connection* answer_at = pair.answer.connection_for(answered);
        is_same = is_same || (at != nullptr && answer_at != nullptr &&
                              at->address_text == answer_at->address_text &&
                              offered.media.port.text == answered.media.port.text);
    });
    return is_same;
}

void check_echo(const Pair& pair, Reporter& reporter) {
    const sdp::Origin* offer = pair.offer.origin();
    const sdp::Origin* answer = pair.answer.origin();
    if (offer == nullptr || answer == nullptr) return;
    // Short ids are fixed ones, which a gateway may use for everything.
    constexpr std::size_t kChosenIdBytes = 6;
    // A time in seconds (RFC 8866 s5.2) may be that of both: it takes more to be an echo.
    constexpr std::size_t kTimeBytes = 10;
    const std::string_view offer_line = pair.offer.lines()[offer->line].text;
    const std::string_view answer_line = pair.answer.lines()[answer->line].text;
    const std::size_t id_bytes = answer->session_id.size();
    if (offer_line == answer_line && id_bytes >= kChosenIdBytes &&
        (id_bytes > kTimeBytes || is_same_place(pair))) {
        reporter.report(Code::OA034, answer_line, "the answer has the origin of the offer")
            .related(offer_line, "the same origin");
        return;
    }
    const std::string_view offered = setup_of(pair.offer);
    if ((offered == "active" || offered == "passive") && setup_of(pair.answer) == "actpass") {
        reporter.report(Code::OA034, answer_line,
                        "the roles are those of an answer and an offer: were they exchanged?");
    }
}

void check_result(const Pair& pair, Reporter& reporter) {
    each_section(pair, [&](const Section& offered, const Section& answered) {
        if (offered.is_rejected()) return;
        const std::string name = text("the ", answered.media.media, " section");
        if (answered.is_rejected()) {
            reporter.report(Code::OA035, pair.answer.head_of(answered),
                            text(name, " was rejected"));
        } else if (answered.media.is_rtp &&
                   pair.answer.direction_of(answered) == StreamDirection::Inactive &&
                   pair.offer.direction_of(offered) != StreamDirection::Inactive) {
            reporter.report(Code::OA035, pair.answer.head_of(answered),
                            text("no media will flow in ", name));
        }
    });
}

void check_sctp_port(const Pair& pair, Reporter& reporter) {
    each_accepted(pair, [&](const Section& offered, const Section& answered) {
        const bool is_standard =
            answered.media.proto == "UDP/DTLS/SCTP" || answered.media.proto == "TCP/DTLS/SCTP";
        if (!is_standard || answered.has(Attr::SctpPort) || !offered.media.is_sctp) return;
        reporter
            .report(Code::OA027, pair.answer.head_of(answered),
                    "the accepted data section has no a=sctp-port")
            .fix("add a=sctp-port:5000", append_line(pair.answer, answered, "a=sctp-port:5000"));
    });
}

}  // namespace

std::span<const Rule> pair_rules() {
    static constexpr std::array kRules{
        Rule(Code::OA001, check_count),
        Rule({Code::OA002, Code::OA003, Code::OA004}, check_media_lines),
        Rule(Code::OA005, check_directions),
        Rule({Code::OA006, Code::OA007, Code::OA008, Code::OA013, Code::OA026, Code::OA030},
             check_answered_codecs),
        Rule(Code::OA009, check_mids),
        Rule({Code::OA010, Code::OA024, Code::OA025, Code::OA037}, check_bundle),
        Rule({Code::OA011, Code::OA012}, check_answered_extensions),
        Rule({Code::OA014, Code::OA015}, check_answered_roles, check_answered_roles_in_pair),
        Rule({Code::OA016, Code::OA017}, check_setup),
        Rule({Code::OA018, Code::OA019, Code::OA020, Code::OA021, Code::OA022, Code::OA023,
              Code::OA031},
             check_transport),
        Rule(Code::OA027, check_sctp_port),
        Rule({Code::OA028, Code::OA029}, check_answered_simulcast),
        Rule(Code::OA032, check_times),
        Rule(Code::OA033, check_shared_sources),
        Rule(Code::OA034, check_echo),
        Rule(Code::OA035, check_result),
        Rule(Code::OA036, check_answered_keys),
        Rule(Code::OA038, check_shared_keys),
        Rule(Code::OA039, check_answered_amr),
    };
    return kRules;
}

}  // namespace portolan::lint
