#include <algorithm>

#include "probe/discovery/server_check_judge.hpp"

// What the replies of a server say: which addresses are in them, and are they true?
namespace portolan::discovery {

namespace {

/// Steps whose reply comes from where they were asked, in the form of RFC 8489.
constexpr AuditStep kUnmoved[] = {
    AuditStep::Primary,          AuditStep::SecondSocket, AuditStep::AlternatePort,
    AuditStep::AlternateAddress, AuditStep::Alternate,    AuditStep::ChangeNone,
    AuditStep::Fingerprint,      AuditStep::Padding,
};
constexpr AuditStep kAlternates[] = {AuditStep::AlternatePort, AuditStep::AlternateAddress,
                                     AuditStep::Alternate};

constexpr std::string_view kNoOther = "no-other-address";

}  // namespace

void ServerJudge::judge_addresses() {
    judge_mapped("audit/xor-mapped-address", false);
    judge_mapped("audit/mapped-address", true);
    judge_origin();
    judge_other_address();
    judge_alternates();
    judge_consistency();
    judge_alternate_server();
}

void ServerJudge::judge_mapped(std::string_view id, bool plain) {
    const std::string name = plain ? "MAPPED-ADDRESS" : "XOR-MAPPED-ADDRESS";
    const auto type =
        plain ? stun::AttributeType::MappedAddress : stun::AttributeType::XorMappedAddress;
    std::vector<std::string> without;
    std::vector<ProbeId> seen;
    std::vector<ProbeId> missing;
    for (const AuditStep step : kUnmoved) {
        const ProbeId at = probe_of(ledger_, step);
        if (at < 0) continue;
        for (const Arrival& arrival : probe(at).arrivals) {
            if (!is_success(arrival) || arrival.source != probe(at).destination) continue;
            // Whether it can be true is another check.
            const auto message = stun::MessageView::parse(arrival.bytes);
            const bool has = message && message->address(type).has_value();
            (has ? seen : missing).push_back(at);
            if (!has) add_once(without, arrival.source.to_string());
        }
    }
    // RFC 8489 s6.3.1.1 wants XOR-MAPPED-ADDRESS only; both is what RFC 5780 s6.1 adds.
    if (plain && !audit_.other_address) {
        set(id, Kind::Unsupported, "plain-server",
            "a plain STUN server need not send it beside XOR-MAPPED-ADDRESS", seen);
    } else if (!missing.empty()) {
        set(id, Kind::Fail, "missing", "success without " + name + " from " + join(without),
            missing);
    } else {
        pass(id, "every success response has " + name, seen);
    }
}

void ServerJudge::judge_origin() {
    std::vector<std::string> lies;
    std::vector<std::string> without;
    std::vector<ProbeId> lying;
    std::vector<ProbeId> missing;
    std::vector<ProbeId> seen;
    bool translated = false;
    for (std::size_t i = 0; i < ledger_.probes.size(); ++i) {
        const Probe& subject = ledger_.probes[i];
        const auto id = static_cast<ProbeId>(i);
        // RFC 3489 had SOURCE-ADDRESS instead.
        if (subject.role != Role::Audit ||
            subject.attempt == static_cast<int>(AuditStep::Classic)) {
            continue;
        }
        for (const Arrival& arrival : subject.arrivals) {
            if (!is_success(arrival)) continue;
            if (!arrival.response_origin) {
                missing.push_back(id);
                add_once(without, arrival.source.to_string());
            } else if (arrival.response_origin->family() != arrival.source.family()) {
                translated = true;
                seen.push_back(id);
            } else if (*arrival.response_origin != arrival.source) {
                lying.push_back(id);
                add_once(lies, arrival.response_origin->to_string() + " in a reply from " +
                                   arrival.source.to_string());
            } else {
                seen.push_back(id);
            }
        }
    }
    constexpr std::string_view kPresent = "audit/response-origin-present";
    constexpr std::string_view kTrue = "audit/response-origin-true";
    const bool none = seen.empty() && lying.empty();
    if (!missing.empty() && !audit_.other_address && none) {
        set(kPresent, Kind::Unsupported, "plain-server", "a plain STUN server need not send it",
            missing);
    } else if (!missing.empty()) {
        set(kPresent, Kind::Fail, "missing",
            "success without RESPONSE-ORIGIN from " + join(without), missing);
    } else {
        std::vector<ProbeId> all = seen;
        all.insert(all.end(), lying.begin(), lying.end());
        pass(kPresent, "every success response has RESPONSE-ORIGIN", all);
    }
    if (none) {
        set(kTrue, Kind::Unsupported, "no-response-origin", "the server sends no RESPONSE-ORIGIN",
            missing);
    } else if (!lying.empty()) {
        set(kTrue, Kind::Fail, "not-the-source", "RESPONSE-ORIGIN " + join(lies), lying);
    } else if (translated) {
        set(kTrue, Kind::Inconclusive, "translated",
            "RESPONSE-ORIGIN is of another address family than the reply: a NAT64 is in between",
            seen);
    } else {
        pass(kTrue, "RESPONSE-ORIGIN is the address that each reply came from", seen);
    }
}

void ServerJudge::judge_other_address() {
    constexpr std::string_view kDistinct = "audit/other-address-distinct";
    constexpr std::string_view kPublic = "audit/other-address-public";
    const std::vector<ProbeId> ids = ids_of({AuditStep::Primary, AuditStep::SecondSocket});
    const TransportAddress own = ledger_.servers.front().address;
    if (!audit_.other_address) {
        for (const std::string_view id :
             {std::string_view("audit/other-address-present"), kDistinct, kPublic,
              std::string_view("audit/other-address-answers"),
              std::string_view("audit/other-address-consistent")}) {
            set(id, Kind::Unsupported, std::string(kNoOther),
                "the server names no OTHER-ADDRESS: a plain STUN server", ids);
        }
        return;
    }
    const TransportAddress other = *audit_.other_address;
    const std::string name = "OTHER-ADDRESS " + other.to_string();
    pass("audit/other-address-present", name, ids);
    if (other.family() != own.family()) {
        set(kDistinct, Kind::Fail, "other-family",
            name + " is of another address family than " + own.to_string(), ids);
    } else if (other.ip == own.ip) {
        set(kDistinct, Kind::Fail, "same-ip",
            name + " has the IP address of " + own.to_string() + " (RFC 5780 s7.4 forbids it)",
            ids);
    } else if (other.port == own.port) {
        set(kDistinct, Kind::Fail, "same-port", name + " has the port of " + own.to_string(), ids);
    } else {
        pass(kDistinct, name + " differs from " + own.to_string() + " in both", ids);
    }
    if (audit_.other_address_usable) {
        pass(kPublic, name + " is as public as " + own.to_string(), ids);
    } else if (passed(kDistinct)) {
        set(kPublic, Kind::Fail, "less-public",
            name + " is " + std::string(to_string(other.ip.address_class())) +
                ", which cannot be the other side of " + own.to_string(),
            ids);
    } else {
        set(kPublic, Kind::NotTested, "other-address-not-distinct",
            name + " is no alternate address anyway", ids);
    }
}

void ServerJudge::judge_alternates() {
    constexpr std::string_view kId = "audit/other-address-answers";
    if (!audit_.other_address) return;
    if (!audit_.other_address_usable) {
        set(kId, Kind::NotTested, "other-address-unusable",
            "not asked: OTHER-ADDRESS is not a usable alternate address");
        return;
    }
    // The worst of the three is the verdict.
    std::optional<AuditStep> open;
    for (const AuditStep step : kAlternates) {
        const StepReading reading = read(step);
        const std::vector<ProbeId> ids = ids_of({AuditStep::Primary, step});
        if (reading.state == StepState::Answered) {
            if (is_success(*reading.reply)) continue;
            set(kId, Kind::Fail, "error-response",
                probe(reading.probe).destination.to_string() + " answers with " +
                    error_text(*reading.reply),
                ids);
            return;
        }
        if (reading.elsewhere != nullptr) {
            set(kId, Kind::Fail, "wrong-reply-address",
                "a request to " + probe(reading.probe).destination.to_string() +
                    " is answered from " + reading.elsewhere->source.to_string(),
                ids);
            return;
        }
        if (reading.state == StepState::Silent) {
            set_silence(kId, reading, step,
                        "a plain request to " + probe(reading.probe).destination.to_string());
            return;
        }
        open = step;
    }
    if (open) {
        const StepReading reading = read(*open);
        set_silence(kId, reading, *open, "a plain request to an alternate address");
        return;
    }
    pass(kId, "the three alternate addresses answer",
         ids_of({AuditStep::AlternatePort, AuditStep::AlternateAddress, AuditStep::Alternate}));
}

void ServerJudge::judge_consistency() {
    constexpr std::string_view kId = "audit/other-address-consistent";
    if (!audit_.other_address) return;
    if (!audit_.other_address_usable) {
        set(kId, Kind::NotTested, "other-address-unusable",
            "not asked: OTHER-ADDRESS is not a usable alternate address");
        return;
    }
    const TransportAddress own = ledger_.servers.front().address;
    const TransportAddress other = *audit_.other_address;
    std::vector<ProbeId> seen;
    bool complete = true;
    for (const AuditStep step : {AuditStep::Primary, AuditStep::AlternatePort,
                                 AuditStep::AlternateAddress, AuditStep::Alternate}) {
        if (success_of(ledger_, step) == nullptr) {
            complete = false;
            continue;
        }
        const ProbeId at = probe_of(ledger_, step);
        const TransportAddress asked = probe(at).destination;
        const TransportAddress expected{asked.ip == own.ip ? other.ip : own.ip,
                                        asked.port == own.port ? other.port : own.port};
        seen.push_back(at);
        for (const Arrival& arrival : probe(at).arrivals) {
            if (!is_success(arrival) || arrival.source != asked ||
                arrival.other_address == expected) {
                continue;
            }
            set(kId, Kind::Fail, "contradicts",
                asked.to_string() + " names " +
                    (arrival.other_address ? arrival.other_address->to_string() : "no address") +
                    " instead of " + expected.to_string(),
                {probe_of(ledger_, AuditStep::Primary), at});
            return;
        }
    }
    if (!complete) {
        set(kId, Kind::Inconclusive, "alternate-silent",
            "not all four addresses answered, so they cannot be compared", seen);
        return;
    }
    pass(kId, "all four addresses name the one opposite", seen);
}

void ServerJudge::judge_alternate_server() {
    using stun::AttributeType;
    constexpr std::string_view kId = "audit/no-alternate-server";
    std::vector<ProbeId> seen;
    for (std::size_t i = 0; i < ledger_.probes.size(); ++i) {
        for (const Arrival& arrival : ledger_.probes[i].arrivals) {
            const auto message = stun::MessageView::parse(arrival.bytes);
            if (!message) continue;
            seen.push_back(static_cast<ProbeId>(i));
            const bool discovery = arrival.other_address || arrival.response_origin ||
                                   message->has(AttributeType::Padding);
            if (!message->has(AttributeType::AlternateServer) || !discovery) continue;
            set(kId, Kind::Fail, "both",
                "ALTERNATE-SERVER stands in a response with attributes of the discovery usage",
                {static_cast<ProbeId>(i)});
            return;
        }
    }
    pass(kId, "no response has ALTERNATE-SERVER beside attributes of the discovery usage", seen);
}

}  // namespace portolan::discovery
