#include <algorithm>

#include "probe/discovery/observations.hpp"

namespace portolan::discovery {

namespace {

constexpr std::size_t kMostFlaws = 4;

bool is_change_request(const Probe& probe) {
    return probe.change_ip || probe.change_port;
}

/// As public as the server's own address: a global server that names a private alternate sits
/// behind a NAT of its own and does not know its outside.
bool is_plausible(const TransportAddress& other, const TransportAddress& own) {
    const AddressClass theirs = other.ip.address_class();
    switch (theirs) {
        case AddressClass::Unspecified:
        case AddressClass::Multicast:
        case AddressClass::Reserved:
            return false;
        default:
            break;
    }
    if (other.port == 0) return false;
    const AddressClass ours = own.ip.address_class();
    const bool own_public = ours == AddressClass::Global || ours == AddressClass::Nat64WellKnown;
    return !own_public || theirs == AddressClass::Global;
}

}  // namespace

ServerAudit audit_server(const Ledger& ledger, int server) {
    ServerAudit audit;
    audit.server = server;
    const TransportAddress own = ledger.servers[static_cast<std::size_t>(server)].address;
    bool wrong_origin = false;
    std::vector<std::string> flaws;
    for (const Probe& probe : ledger.probes) {
        if (probe.server != server) continue;
        for (const Arrival& arrival : probe.arrivals) {
            if (!arrival.well_formed) continue;
            const bool success = arrival.message_class == stun::MessageClass::SuccessResponse;
            std::string flaw = reply_flaw(ledger, probe, arrival);
            if (!flaw.empty()) {
                if (arrival.source != probe.destination) continue;
                audit.answers = true;
                audit.faulty = true;
                if (std::find(flaws.begin(), flaws.end(), flaw) == flaws.end() &&
                    flaws.size() < kMostFlaws) {
                    flaws.push_back(std::move(flaw));
                }
                continue;
            }
            if (success && arrival.response_origin &&
                as_seen_here(ledger, *arrival.response_origin) != arrival.source) {
                wrong_origin = true;
            }
            if (is_change_request(probe)) {
                if (arrival.error_code == 420 && !probe.response_port) {
                    audit.rejects_change_request = true;
                }
                continue;
            }
            if (arrival.source != probe.destination || !success) continue;
            audit.answers = true;
            if (arrival.mapped_xor) audit.has_mapped_address = true;
            if (probe.destination == own && arrival.other_address && !audit.other_address) {
                audit.other_address = arrival.other_address;
            }
        }
    }
    audit.faults = std::move(flaws);
    if (!audit.answers) {
        const auto stray =
            std::find_if(ledger.strays.begin(), ledger.strays.end(),
                         [&](const Stray& candidate) { return candidate.source == own; });
        if (stray != ledger.strays.end()) {
            audit.faulty = true;
            audit.faults.push_back("sends what answers no request (" + stray->what + ")");
        }
    }
    bool inconsistent = false;
    if (audit.other_address) {
        const TransportAddress other = as_seen_here(ledger, *audit.other_address);
        for (const Probe& probe : ledger.probes) {
            if (probe.server != server || probe.destination == own) continue;
            // RFC 5780 s6.1, table 1: asked at Da:Dp, a server names Ca:Cp.
            const TransportAddress opposite{
                probe.destination.ip == own.ip ? other.ip : own.ip,
                probe.destination.port == own.port ? other.port : own.port};
            for (const Arrival& arrival : probe.arrivals) {
                inconsistent |= is_answer(ledger, probe, arrival) && arrival.other_address &&
                                as_seen_here(ledger, *arrival.other_address) != opposite;
            }
        }
    }
    audit.has_other_address = audit.other_address.has_value();
    audit.origin_true = !wrong_origin;
    if (audit.other_address) {
        const TransportAddress seen = as_seen_here(ledger, *audit.other_address);
        if (seen.family() != own.family()) {
            audit.faults.emplace_back("OTHER-ADDRESS " + seen.to_string() +
                                      " is of another address family than the server's own");
        } else if (seen.ip == own.ip) {
            audit.faults.emplace_back(
                "OTHER-ADDRESS " + seen.to_string() +
                " has the server's own IP address (RFC 5780 s7.4 forbids it)");
        } else if (seen.port == own.port) {
            audit.faults.emplace_back("OTHER-ADDRESS " + seen.to_string() +
                                      " has the server's own port (RFC 5780 s6 wants another)");
        } else if (!is_plausible(*audit.other_address, own)) {
            audit.faults.emplace_back("OTHER-ADDRESS " + seen.to_string() + " is " +
                                      std::string(to_string(seen.ip.address_class())) +
                                      ", which cannot be the other side of " + own.to_string());
        } else {
            audit.other_address_usable = true;
        }
    }
    if (!audit.origin_true) {
        audit.faults.emplace_back(
            "RESPONSE-ORIGIN differs from the address the reply came from: the server lies, or "
            "something between rewrites addresses");
    }
    if (inconsistent) {
        audit.faults.emplace_back(
            "its other addresses name a wrong OTHER-ADDRESS (RFC 5780 s6.1, table 1)");
    }
    if (audit.answers && !audit.has_mapped_address && !audit.faulty) {
        audit.faults.emplace_back(
            "replies without XOR-MAPPED-ADDRESS (RFC 8489 s6.3.1.1 requires it)");
    }
    if (!audit.has_other_address) return audit;

    const TransportAddress other = as_seen_here(ledger, *audit.other_address);
    for (const Probe& probe : ledger.probes) {
        if (probe.server != server || !is_change_request(probe)) continue;
        const TransportAddress expected{probe.change_ip ? other.ip : probe.destination.ip,
                                        other.port};
        for (const Arrival& arrival : probe.arrivals) {
            if (!arrival.well_formed ||
                arrival.message_class != stun::MessageClass::SuccessResponse) {
                continue;
            }
            if (arrival.source == expected) {
                audit.change_request_confirmed = true;
            } else if (arrival.source == probe.destination) {
                audit.ignores_change_request = true;
            } else {
                audit.wrong_reply_address = true;
            }
        }
    }
    if (audit.ignores_change_request) {
        audit.faults.emplace_back("ignores CHANGE-REQUEST: answers from where it was asked");
    }
    if (audit.rejects_change_request) {
        audit.faults.emplace_back(
            "rejects CHANGE-REQUEST with 420 although it sends OTHER-ADDRESS (RFC 5780 s6)");
    }
    if (audit.wrong_reply_address) {
        audit.faults.emplace_back("answers CHANGE-REQUEST from an address it did not announce");
    }
    return audit;
}

bool is_plausible_other(const TransportAddress& other, const TransportAddress& own) {
    return is_plausible(other, own);
}

}  // namespace portolan::discovery
