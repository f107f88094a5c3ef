#include <algorithm>
#include <utility>

#include "probe/discovery/observations.hpp"

namespace portolan::discovery {

namespace {

constexpr std::size_t kMostFlaws = 4;

bool is_change_request(const Probe& probe) {
    return probe.change_ip || probe.change_port;
}

bool is_success(const Arrival& arrival) {
    return arrival.well_formed && arrival.message_class == stun::MessageClass::SuccessResponse;
}

/// What the server at `own` calls its other side, asked there.
std::optional<TransportAddress> named_other(const Ledger& ledger, int server,
                                            const TransportAddress& own) {
    for (const Probe& probe : ledger.probes) {
        if (probe.server != server || probe.destination != own || is_change_request(probe)) {
            continue;
        }
        for (const Arrival& arrival : probe.arrivals) {
            if (is_success(arrival) && arrival.source == own && arrival.other_address &&
                reply_flaw(ledger, probe, arrival).empty()) {
                return arrival.other_address;
            }
        }
    }
    return std::nullopt;
}

/// Collects what replies show, one at a time.
class Reader {
  public:
    Reader(const Ledger& ledger, int server, ServerAudit& audit)
        : ledger_(ledger),
          audit_(audit),
          own_(ledger.servers[static_cast<std::size_t>(server)].address) {}

    void read(const Probe& probe, const Arrival& arrival) {
        std::string flaw = reply_flaw(ledger_, probe, arrival);
        if (!flaw.empty()) {
            if (is_of_server(arrival.source)) read_flawed(std::move(flaw));
            return;
        }
        const bool success = is_success(arrival);
        if (success && arrival.response_origin &&
            as_seen_here(ledger_, own_.ip, *arrival.response_origin) != arrival.source) {
            audit_.origin_true = false;
        }
        if (is_change_request(probe)) {
            if (arrival.error_code == 420 && !probe.response_port) {
                audit_.rejects_change_request = true;
            }
            change_answered_ |= success && arrival.source == probe.destination;
            return;
        }
        if (arrival.source != probe.destination) {
            if (success && !elsewhere_) elsewhere_ = {probe.destination, arrival.source};
            return;
        }
        if (!success) {
            if (arrival.error_code) error_code_ = arrival.error_code;
            return;
        }
        audit_.answers = true;
        if (arrival.mapped_xor) audit_.has_mapped_address = true;
        if (arrival.mapped_xor && probe.destination == own_) seen_ = arrival.mapped_xor;
        if (arrival.mapped_plain && !is_possible_mapped(ledger_, probe, *arrival.mapped_plain)) {
            impossible_plain_ = arrival.mapped_plain;
        }
    }

    void finish() {
        audit_.faults = std::move(flaws_);
        if (impossible_plain_) {
            audit_.plain_address_wrong = true;
            audit_.faults.push_back("sends MAPPED-ADDRESS " + impossible_plain_->to_string() +
                                    ", which cannot be where a request comes from");
        }
        if (audit_.answers) return;
        audit_.error_code = error_code_;
        if (elsewhere_) {
            // RFC 8489 s6.3.1.2: the response leaves from where the request came in.
            audit_.faulty = true;
            audit_.faults.push_back("answers from " + elsewhere_->second.to_string() +
                                    " what it was asked at " + elsewhere_->first.to_string() +
                                    " (RFC 8489 s6.3.1.2 wants the answer from there)");
        } else if (change_answered_) {
            // Behind a filter the wrong replies to plain requests stay out, and this one gets in.
            audit_.faulty = true;
            audit_.faults.emplace_back(
                "answers CHANGE-REQUEST from where it was asked, and plain requests not at all or "
                "from elsewhere (RFC 8489 s6.3.1.2)");
        }
    }

    /// How the server sees this host.
    [[nodiscard]] const std::optional<TransportAddress>& seen() const { return seen_; }

  private:
    [[nodiscard]] bool is_of_server(const TransportAddress& source) const {
        return source.ip == own_.ip ||
               (audit_.other_address &&
                source.ip == as_seen_here(ledger_, own_.ip, *audit_.other_address).ip);
    }

    void read_flawed(std::string flaw) {
        audit_.answers = audit_.faulty = true;
        if (flaws_.size() < kMostFlaws &&
            std::find(flaws_.begin(), flaws_.end(), flaw) == flaws_.end()) {
            flaws_.push_back(std::move(flaw));
        }
    }

    const Ledger& ledger_;
    ServerAudit& audit_;
    TransportAddress own_;
    std::vector<std::string> flaws_;
    std::optional<int> error_code_;
    bool change_answered_ = false;
    std::optional<TransportAddress> impossible_plain_;
    std::optional<TransportAddress> seen_;
    std::optional<std::pair<TransportAddress, TransportAddress>> elsewhere_;  // asked, answered
};

}  // namespace

ServerAudit audit_server(const Ledger& ledger, int server) {
    ServerAudit audit;
    audit.server = server;
    audit.address = ledger.servers[static_cast<std::size_t>(server)].address;
    const TransportAddress own = ledger.servers[static_cast<std::size_t>(server)].address;
    audit.other_address = named_other(ledger, server, own);
    Reader reader(ledger, server, audit);
    for (const Probe& probe : ledger.probes) {
        // What answers at another port alone is not the server that was named.
        if (probe.server != server || probe.role == Role::OtherPoint) continue;
        for (const Arrival& arrival : probe.arrivals) {
            if (arrival.well_formed) reader.read(probe, arrival);
        }
    }
    reader.finish();
    if (!audit.answers && !audit.error_code) {
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
        const TransportAddress other = as_seen_here(ledger, own.ip, *audit.other_address);
        for (const Probe& probe : ledger.probes) {
            if (probe.server != server || probe.destination == own) continue;
            // RFC 5780 s6.1, table 1: asked at Da:Dp, a server names Ca:Cp.
            const TransportAddress opposite{
                probe.destination.ip == own.ip ? other.ip : own.ip,
                probe.destination.port == own.port ? other.port : own.port};
            for (const Arrival& arrival : probe.arrivals) {
                inconsistent |= is_answer(ledger, probe, arrival) && arrival.other_address &&
                                as_seen_here(ledger, own.ip, *arrival.other_address) != opposite;
            }
        }
    }
    audit.has_other_address = audit.other_address.has_value();
    if (audit.other_address) {
        const TransportAddress seen = as_seen_here(ledger, own.ip, *audit.other_address);
        if (seen.family() != own.family()) {
            audit.faults.emplace_back("names OTHER-ADDRESS " + seen.to_string() +
                                      ", of another address family than the server's own");
        } else if (seen.ip == own.ip) {
            audit.faults.emplace_back("names OTHER-ADDRESS " + seen.to_string() +
                                      " with its own IP address (RFC 5780 s7.4 forbids it)");
        } else if (seen.port == own.port) {
            audit.faults.emplace_back("names OTHER-ADDRESS " + seen.to_string() +
                                      " with its own port (RFC 5780 s6 wants another)");
        } else if (reader.seen() && reader.seen()->ip == audit.other_address->ip &&
                   own.ip.address_class() != AddressClass::Loopback) {
            audit.faults.emplace_back("names OTHER-ADDRESS " + seen.to_string() +
                                      ", which is the address that it sees this host with");
        } else if (!is_plausible_other(ledger, *audit.other_address, own)) {
            audit.faults.emplace_back("names OTHER-ADDRESS " + seen.to_string() + ", " +
                                      std::string(to_string(seen.ip.address_class())) +
                                      ", which cannot be the other side of " + own.to_string());
        } else {
            audit.other_address_usable = true;
        }
    }
    if (!audit.origin_true) {
        audit.faults.emplace_back(
            "sends a RESPONSE-ORIGIN that is not where the reply came from: the server lies, or "
            "something between rewrites addresses");
    }
    if (inconsistent) {
        audit.faults.emplace_back(
            "names a wrong OTHER-ADDRESS when it is asked at its other addresses (RFC 5780 s6.1, "
            "table 1)");
    }
    if (audit.answers && !audit.has_mapped_address && !audit.faulty) {
        audit.faults.emplace_back(
            "replies without XOR-MAPPED-ADDRESS (RFC 8489 s6.3.1.1 requires it)");
    }
    if (!audit.has_other_address) return audit;

    const TransportAddress other = as_seen_here(ledger, own.ip, *audit.other_address);
    for (const Probe& probe : ledger.probes) {
        if (probe.server != server || !is_change_request(probe)) continue;
        const TransportAddress expected{probe.change_ip ? other.ip : probe.destination.ip,
                                        other.port};
        for (const Arrival& arrival : probe.arrivals) {
            if (!is_success(arrival) || !reply_flaw(ledger, probe, arrival).empty()) continue;
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

std::string ServerAudit::refusal() const {
    if (!error_code) return {};
    if (*error_code == 401) return "asks for credentials (401)";
    if (*error_code == 300) return "sends its clients to another server (300)";
    return "answers with error " + std::to_string(*error_code);
}

NoAddress why_no_address(const Ledger& ledger, const std::vector<ServerAudit>& servers) {
    const auto name = [&](const ServerAudit& audit) {
        return ledger.servers[static_cast<std::size_t>(audit.server)].address.to_string() + " ";
    };
    for (const ServerAudit& audit : servers) {
        if (audit.faulty && !audit.has_mapped_address) {
            return {VerdictKind::Unsupported, "server-faulty",
                    "no server is believed: " + name(audit) + audit.faults.front()};
        }
    }
    for (const ServerAudit& audit : servers) {
        if (audit.answers && !audit.has_mapped_address) {
            return {VerdictKind::Unsupported, "no-xor-mapped-address",
                    "the server sends no XOR-MAPPED-ADDRESS"};
        }
    }
    for (const ServerAudit& audit : servers) {
        if (audit.error_code) {
            return {VerdictKind::Unsupported, "server-refuses",
                    "no server says what address it sees: " + name(audit) + audit.refusal()};
        }
    }
    for (const Probe& probe : ledger.probes) {
        if (probe.role != Role::OtherPoint || first_answer(ledger, probe) == nullptr) continue;
        const auto& own = ledger.servers[static_cast<std::size_t>(probe.server)].address;
        return {VerdictKind::NotTested, "own-address-silent",
                "it takes an answer from the address that a server is named by, and " +
                    own.to_string() + " gave none; " + probe.destination.to_string() +
                    " of the same server did"};
    }
    return {VerdictKind::NotTested, "no-mapped-address", "no server said what address it sees"};
}

bool is_plausible_other(const Ledger& ledger, const TransportAddress& other,
                        const TransportAddress& own) {
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
    return class_of_host(ledger, own.ip) != AddressClass::Global || theirs == AddressClass::Global;
}

}  // namespace portolan::discovery
