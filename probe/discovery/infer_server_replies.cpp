#include <algorithm>
#include <array>
#include <cstdio>

#include "probe/discovery/reply_flaw.hpp"
#include "probe/discovery/server_check_judge.hpp"

// Whether what a server sends are replies at all, and such as a client may believe.
namespace portolan::discovery {

namespace {

using stun::AttributeType;

/// The same in all that a client would act on.
bool agree(const Arrival& one, const Arrival& other) {
    return one.message_class == other.message_class && one.error_code == other.error_code &&
           one.mapped_xor == other.mapped_xor && one.mapped_plain == other.mapped_plain &&
           one.other_address == other.other_address &&
           one.response_origin == other.response_origin && one.source == other.source &&
           one.socket == other.socket;
}

std::string describe(const Arrival& arrival) {
    if (!is_success(arrival)) return error_text(arrival) + " from " + arrival.source.to_string();
    const auto& mapped = arrival.mapped_xor ? arrival.mapped_xor : arrival.mapped_plain;
    return (mapped ? mapped->to_string() : std::string("success without a mapped address")) +
           " from " + arrival.source.to_string();
}

/// Two answers to one copy of a request. Each copy may have an answer of its own, and a NAT that
/// loses its state in between makes those differ (RFC 8489 s6.3.1); but no more than there were
/// copies.
const Arrival* contradicting(const Probe& probe) {
    std::vector<const Arrival*> distinct;
    for (const Arrival& arrival : probe.arrivals) {
        if (!is_reply(arrival)) continue;
        if (std::any_of(distinct.begin(), distinct.end(),
                        [&](const Arrival* known) { return agree(*known, arrival); })) {
            continue;
        }
        distinct.push_back(&arrival);
        const auto copies = std::count_if(probe.sent.begin(), probe.sent.end(),
                                          [&](Time sent) { return sent <= arrival.at; });
        if (static_cast<std::ptrdiff_t>(distinct.size()) > copies) return &arrival;
    }
    return nullptr;
}

std::string hexadecimal(std::uint16_t type) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "0x%04X", static_cast<unsigned>(type));
    return text.data();
}

}  // namespace

Disbelief disbelief_of(const Arrival& arrival) {
    if (arrival.flaw == ReplyFlaw::None) {
        return {"not-a-response", "a request or indication instead of a response"};
    }
    std::string what = "a response with a FINGERPRINT that is wrong";
    if (arrival.flaw == ReplyFlaw::UnknownAttribute) {
        std::vector<std::string> types;
        if (const auto message = stun::MessageView::parse(arrival.bytes)) {
            for (const std::uint16_t type : message->unknown_comprehension_required())
                add_once(types, hexadecimal(type));
        }
        what = "a response with the unknown comprehension-required attribute " + join(types);
    }
    return {std::string(to_string(arrival.flaw)), what};
}

ServerStrays strays_of(const Ledger& ledger, const NamedAlternate& named) {
    ServerStrays strays;
    const TransportAddress own = ledger.servers.front().address;
    for (const Stray& stray : ledger.strays) {
        const bool from_server =
            stray.source.ip == own.ip ||
            (named.other_address && stray.source.ip == named.other_address->ip);
        if (!from_server) continue;
        if (stray.what == "unknown transaction id") {
            ++strays.wrong_id_count;
        } else if (stray.what != "reply on another socket") {
            if (strays.malformed_count == 0) strays.malformed = stray.what;
            ++strays.malformed_count;
        }
    }
    return strays;
}

void ServerJudge::judge_replies() {
    judge_well_formed();
    judge_agreement();
    judge_possible();
}

void ServerJudge::judge_well_formed() {
    constexpr std::string_view kId = "audit/replies-well-formed";
    const std::vector<ProbeId> asked = ids_of({AuditStep::Primary, AuditStep::SecondSocket});
    std::vector<ProbeId> seen;
    for (std::size_t i = 0; i < ledger_.probes.size(); ++i) {
        const auto id = static_cast<ProbeId>(i);
        for (const Arrival& arrival : ledger_.probes[i].arrivals) {
            if (!is_reply(arrival) && arrival.flaw == ReplyFlaw::None) {
                const Disbelief why = disbelief_of(arrival);
                set(kId, Kind::Fail, why.reason, "a request is answered with " + why.what, {id});
                return;
            }
            seen.push_back(id);
        }
    }
    const ServerStrays strays = strays_of(ledger_, audit_);
    if (strays.malformed_count > 0) {
        const bool proved = strays.malformed_count >= kProvingStrays;
        set(kId, proved ? Kind::Fail : Kind::Inconclusive, "malformed-reply",
            std::string(proved ? "" : "only ") + std::to_string(strays.malformed_count) +
                (ledger_.stray_count > ledger_.strays.size() ? " or more" : "") +
                (strays.malformed_count == 1 ? " datagram" : " datagrams") +
                " from the server: " + strays.malformed,
            asked)
            .rests_on_run = true;
    } else if (!seen.empty()) {
        pass(kId, "everything that came from the server is a STUN response", seen);
    }
}

void ServerJudge::judge_agreement() {
    constexpr std::string_view kId = "audit/replies-agree";
    std::vector<ProbeId> seen;
    for (std::size_t i = 0; i < ledger_.probes.size(); ++i) {
        const Probe& subject = ledger_.probes[i];
        if (std::none_of(subject.arrivals.begin(), subject.arrivals.end(), is_reply)) continue;
        const auto id = static_cast<ProbeId>(i);
        seen.push_back(id);
        const Arrival* second = contradicting(subject);
        if (second == nullptr) continue;
        const auto first = std::find_if(subject.arrivals.begin(), subject.arrivals.end(), is_reply);
        set(kId, Kind::Fail, "contradicts",
            "one request has two answers: " + describe(*first) + ", and " + describe(*second),
            {id});
        return;
    }
    if (!seen.empty()) pass(kId, "no request has two answers that differ", seen);
}

/// What clients must discard, in whichever response it stands.
void ServerJudge::judge_flaws() {
    struct Row {
        ReplyFlaw flaw;
        std::string_view id;
    };
    bool any = false;
    std::vector<ProbeId> seen;
    for (const Row& row : {Row{ReplyFlaw::Fingerprint, "audit/fingerprint"},
                           Row{ReplyFlaw::UnknownAttribute, "audit/known-attributes"}}) {
        std::vector<ProbeId> flawed;
        std::string what;
        for (std::size_t i = 0; i < ledger_.probes.size(); ++i) {
            for (const Arrival& arrival : ledger_.probes[i].arrivals) {
                if (is_reply(arrival)) seen.push_back(static_cast<ProbeId>(i));
                if (arrival.flaw != row.flaw) continue;
                flawed.push_back(static_cast<ProbeId>(i));
                if (what.empty()) what = disbelief_of(arrival).what;
            }
        }
        if (flawed.empty()) continue;
        any |= row.flaw == ReplyFlaw::UnknownAttribute;
        set(row.id, Kind::Fail, std::string(to_string(row.flaw)), "answers with " + what, flawed);
    }
    if (!any && !seen.empty()) {
        pass("audit/known-attributes",
             "no response has an unknown comprehension-required attribute", seen);
    }
}

void ServerJudge::judge_possible() {
    constexpr std::string_view kId = "audit/mapped-address-possible";
    const AddressFamily family = ledger_.servers.front().address.family();
    std::vector<std::string> wrong;
    std::vector<ProbeId> wrong_ids;
    std::vector<ProbeId> seen;
    bool translated = false;
    bool other_family = false;
    for (std::size_t i = 0; i < ledger_.probes.size(); ++i) {
        const auto id = static_cast<ProbeId>(i);
        for (const Arrival& arrival : ledger_.probes[i].arrivals) {
            const auto message = stun::MessageView::parse(arrival.bytes);
            if (!is_success(arrival) || !message) continue;
            for (const AttributeType type :
                 {AttributeType::XorMappedAddress, AttributeType::MappedAddress}) {
                const auto address = message->address(type);
                if (!address) continue;
                seen.push_back(id);
                const bool foreign = address->family() != family;
                // A NAT64 on the way changes all addresses that the server sees.
                const bool excused = foreign && arrival.response_origin &&
                                     arrival.response_origin->family() == address->family();
                translated |= excused;
                if (can_be_mapped(*address) && (!foreign || excused)) continue;
                other_family |= can_be_mapped(*address);
                wrong_ids.push_back(id);
                add_once(wrong,
                         std::string(type == AttributeType::MappedAddress ? "MAPPED-ADDRESS "
                                                                          : "XOR-MAPPED-ADDRESS ") +
                             address->to_string());
            }
        }
    }
    if (!wrong.empty()) {
        // The addresses of ports that vary would fill the page.
        if (wrong.size() > 3) wrong.resize(3);
        set(kId, Kind::Fail, other_family ? "other-family" : "impossible",
            join(wrong) + (other_family ? " is of another address family than the request"
                                        : ": no request can have come from there"),
            wrong_ids);
    } else if (translated) {
        set(kId, Kind::Inconclusive, "translated",
            "mapped addresses are of another address family than the request: a NAT64 is in "
            "between",
            seen);
    } else if (!seen.empty()) {
        pass(kId, "every mapped address is one that a request can come from", seen);
    }
}

}  // namespace portolan::discovery
