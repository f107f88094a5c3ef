#include <algorithm>

#include "probe/discovery/server_check_judge.hpp"
#include "probe/discovery/server_check_request.hpp"
#include "probe/stun/integrity.hpp"

// What a server does with the attributes of a request: CHANGE-REQUEST, RESPONSE-PORT, PADDING,
// unknown ones.
namespace portolan::discovery {

namespace {

constexpr int kBadRequest = 400;  // RFC 8489 s14.8
constexpr int kUnknownAttribute = 420;

/// UNKNOWN-ATTRIBUTES (RFC 8489 s14.13): a list of 16-bit types.
bool lists(const Arrival& reply, stun::AttributeType type) {
    const auto message = stun::MessageView::parse(reply.bytes);
    const auto attribute =
        message ? message->find(stun::AttributeType::UnknownAttributes) : std::nullopt;
    if (!attribute) return false;
    const auto wanted = static_cast<std::uint16_t>(type);
    for (std::size_t i = 0; i + 1 < attribute->value.size(); i += 2) {
        const unsigned listed = std::to_integer<unsigned>(attribute->value[i]) << 8U |
                                std::to_integer<unsigned>(attribute->value[i + 1]);
        if (listed == wanted) return true;
    }
    return false;
}

}  // namespace

void ServerJudge::judge_requests() {
    judge_change_none();
    judge_change("audit/change-request-ip", AuditStep::ChangeIp);
    judge_change("audit/change-request-port", AuditStep::ChangePort);
    judge_change("audit/change-request-both", AuditStep::ChangeBoth);
    judge_change_refused();
    judge_response_port();
    judge_padding();
    judge_response_port_padding();
    judge_unknown_attribute();
    judge_fingerprint();
    judge_classic();
}

void ServerJudge::judge_change(std::string_view id, AuditStep step) {
    if (!audit_.other_address) {
        set(id, Kind::Unsupported, "no-other-address",
            "the server has no alternate address to answer from", ids_of({AuditStep::Primary}));
        return;
    }
    if (!audit_.other_address_usable) {
        set(id, Kind::NotTested, "other-address-unusable",
            "not asked: OTHER-ADDRESS does not say where the answer must come from");
        return;
    }
    const StepReading reading = read(step);
    const std::string question = "CHANGE-REQUEST";
    if (reading.state == StepState::Silent && probe(reading.probe).response_port) {
        // The mapping toward the alternate address lets in nothing from where it was asked.
        AuditCheck& row = set(
            id, Kind::Fail, "not-honoured",
            "no answer comes from the address that CHANGE-REQUEST asks for: it is not answered, or "
            "answered from where it was asked, which this NAT's mapping keeps out, so that "
            "it cannot be told which",
            ids_of({AuditStep::Primary, change_target(step), step}));
        row.error_bound = reading.error_bound;
        return;
    }
    if (reading.state != StepState::Answered) return set_silence(id, reading, step, question);

    const Probe& change = probe(reading.probe);
    const TransportAddress expected{
        change.change_ip ? audit_.other_address->ip : change.destination.ip,
        change.change_port ? audit_.other_address->port : change.destination.port};
    const std::vector<ProbeId> ids = ids_of({AuditStep::Primary, change_target(step), step});
    const Arrival* wrong = nullptr;
    for (const Arrival& arrival : change.arrivals) {
        if (!is_reply(arrival)) continue;
        if (!is_success(arrival)) {
            const bool rejected = arrival.error_code == kUnknownAttribute;
            set(id, Kind::Fail, rejected ? "rejected" : "error-response",
                "answered with " + error_text(arrival) +
                    (rejected ? ", although it names an OTHER-ADDRESS" : ""),
                ids);
            return;
        }
        if (arrival.source == change.destination) {
            set(id, Kind::Fail, "ignored",
                "answered from " + arrival.source.to_string() +
                    ", where it was asked, instead of " + expected.to_string(),
                ids);
            return;
        }
        if (arrival.source != expected) wrong = &arrival;
    }
    if (wrong == nullptr) {
        pass(id, "answered from " + expected.to_string(), ids);
    } else if (success_of(ledger_, change_target(step)) == nullptr) {
        set(id, Kind::Inconclusive, "other-address-unproven",
            "answered from " + wrong->source.to_string() + " instead of " + expected.to_string() +
                ", which does not answer either: OTHER-ADDRESS may be what is wrong",
            ids);
    } else {
        set(id, Kind::Fail, "wrong-source",
            "answered from " + wrong->source.to_string() + " instead of " + expected.to_string(),
            ids);
    }
}

void ServerJudge::judge_change_none() {
    constexpr std::string_view kId = "audit/change-request-none";
    if (!audit_.other_address) {
        set(kId, Kind::Unsupported, "no-other-address",
            "the server has no alternate address, so it must refuse CHANGE-REQUEST in any form",
            ids_of({AuditStep::Primary}));
        return;
    }
    const StepReading reading = read(AuditStep::ChangeNone);
    const std::vector<ProbeId> ids = ids_of({AuditStep::Primary, AuditStep::ChangeNone});
    if (reading.elsewhere != nullptr) {
        set(kId, Kind::Fail, "wrong-source",
            "answered from " + reading.elsewhere->source.to_string() + " with no flag set", ids);
    } else if (reading.state != StepState::Answered) {
        set_silence(kId, reading, AuditStep::ChangeNone, "CHANGE-REQUEST without flags");
    } else if (is_success(*reading.reply)) {
        pass(kId, "answered from where it was asked", ids);
    } else if (!audit_.other_address_usable) {
        // RFC 5780 s6: right for a server without a second address; OTHER-ADDRESS is its fault.
        set(kId, Kind::Inconclusive, "other-address-unusable",
            "answered with " + error_text(*reading.reply), ids);
    } else {
        const bool rejected = reading.reply->error_code == kUnknownAttribute;
        set(kId, Kind::Fail, rejected ? "rejected" : "error-response",
            "answered with " + error_text(*reading.reply), ids);
    }
}

void ServerJudge::judge_change_refused() {
    constexpr std::string_view kId = "audit/change-request-refused";
    if (audit_.other_address) {
        set(kId, Kind::NotTested, "has-other-address",
            "asked only of servers without OTHER-ADDRESS", ids_of({AuditStep::Primary}));
        return;
    }
    const StepReading both = read(AuditStep::ChangeBoth);
    const StepReading none = read(AuditStep::ChangeNone);
    const std::vector<ProbeId> ids =
        ids_of({AuditStep::Primary, AuditStep::ChangeBoth, AuditStep::ChangeNone});
    if (both.state == StepState::Answered) {
        if (is_success(*both.reply)) {
            set(kId, Kind::Fail, "not-refused",
                "answered with success from " + both.reply->source.to_string() +
                    ", although the server names no OTHER-ADDRESS",
                ids);
        } else if (both.reply->error_code == kUnknownAttribute) {
            pass(kId, "refused with 420", ids);
        } else {
            set(kId, Kind::Fail, "wrong-error",
                "refused with " + error_text(*both.reply) + " instead of 420", ids);
        }
        return;
    }
    // An answer from elsewhere may not get in here. Without flags it comes from where it was asked.
    set_silence(kId, none.state == StepState::Silent ? none : both,
                none.state == StepState::Silent ? AuditStep::ChangeNone : AuditStep::ChangeBoth,
                "CHANGE-REQUEST");
}

void ServerJudge::judge_response_port() {
    constexpr std::string_view kId = "audit/response-port";
    const StepReading reading = read(AuditStep::ResponsePort);
    const std::vector<ProbeId> ids =
        ids_of({AuditStep::Primary, AuditStep::SecondSocket, AuditStep::ResponsePort});
    if (reading.state != StepState::Answered) {
        return set_silence(kId, reading, AuditStep::ResponsePort, "RESPONSE-PORT");
    }
    const Probe& asked = probe(reading.probe);
    const Arrival& reply = *reading.reply;
    if (!is_success(reply)) {
        const bool rejected = reply.error_code == kUnknownAttribute;
        set(kId, rejected ? Kind::Unsupported : Kind::Fail,
            rejected ? "rejected" : "error-response",
            "answered with " + error_text(reply) +
                (rejected ? ": the server does not offer it, which is its right" : ""),
            ids);
    } else if (reply.socket == asked.socket) {
        set(kId, Kind::Fail, "ignored", "answered to the port that asked, not to the one named",
            ids);
    } else {
        pass(kId, "answered to the port named", ids);
    }
}

void ServerJudge::judge_padding() {
    constexpr std::string_view kId = "audit/padding";
    const StepReading reading = read(AuditStep::Padding);
    const std::vector<ProbeId> ids = ids_of({AuditStep::Primary, AuditStep::Padding});
    if (reading.state != StepState::Answered) {
        return set_silence(kId, reading, AuditStep::Padding, "PADDING");
    }
    const auto message = stun::MessageView::parse(reading.reply->bytes);
    if (is_success(*reading.reply)) {
        if (message && message->has(stun::AttributeType::Padding)) {
            pass(kId, "answered with PADDING", ids);
        } else {
            set(kId, Kind::Fail, "missing", "answered without PADDING", ids);
        }
    } else if (reading.reply->error_code == kUnknownAttribute) {
        set(kId, Kind::Unsupported, "rejected",
            "answered with error 420: the server does not know it and says so", ids);
    } else {
        set(kId, Kind::Fail, "error-response", "answered with " + error_text(*reading.reply), ids);
    }
}

void ServerJudge::judge_response_port_padding() {
    constexpr std::string_view kId = "audit/response-port-with-padding-refused";
    constexpr AuditStep kStep = AuditStep::ResponsePortPadding;
    const StepReading reading = read(kStep);
    const std::vector<ProbeId> ids = ids_of({AuditStep::Primary, AuditStep::SecondSocket, kStep});
    if (reading.state != StepState::Answered) {
        return set_silence(kId, reading, kStep, "RESPONSE-PORT with PADDING");
    }
    const Arrival& reply = *reading.reply;
    if (is_success(reply)) {
        set(kId, Kind::Fail, "not-refused", "answered with success", ids);
    } else if (reply.error_code == kBadRequest) {
        pass(kId, "refused with 400", ids);
    } else if (reply.error_code == kUnknownAttribute) {
        set(kId, Kind::Unsupported, "rejected",
            "refused with 420: the server does not know one of the two and says so", ids);
    } else {
        set(kId, Kind::Fail, "wrong-error", "refused with " + error_text(reply) + " instead of 400",
            ids);
    }
}

void ServerJudge::judge_unknown_attribute() {
    constexpr std::string_view kId = "audit/unknown-attribute-420";
    const StepReading reading = read(AuditStep::UnknownAttribute);
    const std::vector<ProbeId> ids = ids_of({AuditStep::Primary, AuditStep::UnknownAttribute});
    if (reading.state != StepState::Answered) {
        return set_silence(kId, reading, AuditStep::UnknownAttribute,
                           "an unknown comprehension-required attribute");
    }
    const Arrival& reply = *reading.reply;
    if (is_success(reply)) {
        set(kId, Kind::Fail, "ignored", "an unknown comprehension-required attribute is ignored",
            ids);
    } else if (reply.error_code != kUnknownAttribute) {
        set(kId, Kind::Fail, "wrong-error", "refused with " + error_text(reply) + " instead of 420",
            ids);
    } else if (!lists(reply, kUnknownType)) {
        set(kId, Kind::Fail, "unknown-attributes-missing",
            "refused with 420, but UNKNOWN-ATTRIBUTES does not name it", ids);
    } else {
        pass(kId, "refused with 420 that names it", ids);
    }
}

void ServerJudge::judge_fingerprint() {
    constexpr std::string_view kId = "audit/fingerprint";
    const StepReading reading = read(AuditStep::Fingerprint);
    const std::vector<ProbeId> ids = ids_of({AuditStep::Primary, AuditStep::Fingerprint});
    if (reading.state != StepState::Answered) {
        return set_silence(kId, reading, AuditStep::Fingerprint, "a request with FINGERPRINT");
    }
    if (!is_success(*reading.reply)) {
        set(kId, Kind::Fail, "error-response", "answered with " + error_text(*reading.reply), ids);
        return;
    }
    const auto message = stun::MessageView::parse(reading.reply->bytes);
    const stun::Check check = message ? stun::verify_fingerprint(*message) : stun::Check::Malformed;
    if (check == stun::Check::Valid) {
        pass(kId, "answered with a right FINGERPRINT", ids);
    } else if (check == stun::Check::Absent) {
        // RFC 5780 s6.1: required only where STUN shares the port with other traffic.
        pass(kId, "answered, without FINGERPRINT", ids);
    } else {
        set(kId, Kind::Fail, "wrong-fingerprint",
            "answered with a FINGERPRINT that is " + std::string(stun::to_string(check)), ids);
    }
}

void ServerJudge::judge_classic() {
    constexpr std::string_view kId = "audit/rfc3489-form";
    const StepReading reading = read(AuditStep::Classic);
    const std::vector<ProbeId> ids = ids_of({AuditStep::Primary, AuditStep::Classic});
    if (reading.state == StepState::NotAsked || reading.state == StepState::Pending) {
        return set_silence(kId, reading, AuditStep::Classic, "a request without magic cookie");
    }
    if (reading.state == StepState::Answered && is_success(*reading.reply)) {
        pass(kId,
             reading.reply->mapped_plain ? "answered with MAPPED-ADDRESS"
                                         : "answered, without MAPPED-ADDRESS",
             ids);
        return;
    }
    set(kId, Kind::Unsupported, "not-answered",
        "a request without magic cookie is not answered with success", ids);
}

}  // namespace portolan::discovery
