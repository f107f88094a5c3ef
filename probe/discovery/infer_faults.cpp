#include <algorithm>
#include <array>
#include <set>

#include "probe/discovery/observations.hpp"

// What errno and ICMP say of UDP. A message about one server is about that server, unless it comes
// from so near that it must be about everything.
namespace portolan::discovery {

namespace {

using Verdict = Judgement<UdpReachability>;

struct ServerFault {
    const ServerRecord* server = nullptr;
    const Fault* fault = nullptr;
};

const Fault* most_telling(const std::vector<const Fault*>& faults) {
    // The nearest cause first: what this host forbids never reached a router.
    constexpr std::array kOrder{NetworkFault::NotPermitted, NetworkFault::NoRoute,
                                NetworkFault::IcmpProhibited, NetworkFault::IcmpPortUnreachable,
                                NetworkFault::IcmpUnreachable};
    for (const NetworkFault wanted : kOrder) {
        for (const Fault* fault : faults) {
            if (fault->report.fault == wanted) return fault;
        }
    }
    return nullptr;
}

/// Of each server that was asked; `fault` is null where nothing but silence came back.
std::vector<ServerFault> faults_by_server(const Ledger& ledger) {
    std::vector<ServerFault> all;
    for (std::size_t i = 0; i < ledger.servers.size(); ++i) {
        std::vector<const Fault*> faults;
        bool asked = false;
        for (const Probe& probe : ledger.probes) {
            if (probe.server != static_cast<int>(i) || probe.sent.empty()) continue;
            // Of another address or port only what a router nearby says is about this server too.
            const bool is_own = probe.role != Role::OtherPoint;
            asked |= is_own;
            for (const Fault& fault : probe.faults) {
                if (is_own || is_refusal_nearby(ledger, fault, probe.destination.ip)) {
                    faults.push_back(&fault);
                }
            }
        }
        if (asked) all.push_back({&ledger.servers[i], most_telling(faults)});
    }
    return all;
}

bool is_own(const Ledger& ledger, const IpAddress& ip) {
    return ledger.route_local_ip == ip ||
           std::any_of(ledger.sockets.begin(), ledger.sockets.end(),
                       [&](const SocketRecord& socket) { return socket.local.ip == ip; });
}

/// A router on this side of the public Internet: in this host's own network, or with an address
/// that the other side could not have. What it refuses it refuses to this host.
bool is_near(const Ledger& ledger, const IpAddress& router, const IpAddress& server) {
    if (ledger.route_local_ip && network_of(router) == network_of(*ledger.route_local_ip)) {
        return true;
    }
    switch (router.address_class()) {
        case AddressClass::Private:
        case AddressClass::SharedCgn:
        case AddressClass::LinkLocal:
            return server.address_class() == AddressClass::Global;
        default:
            return false;
    }
}

std::string by_whom(const Fault& fault) {
    return fault.report.reported_by ? " by " + fault.report.reported_by->to_string() : "";
}

Verdict one_server_only(const ServerFault& first, std::string reason, const std::string& what) {
    return unknown<UdpReachability>(VerdictKind::Inconclusive, std::move(reason),
                                    what + " (" + first.fault->report.detail +
                                        "): that is about this server, and shows nothing of other "
                                        "ways; name another server");
}

/// A refusal counts for all of UDP when it meets several addresses and several ports.
Verdict hedged(const Ledger& ledger, UdpReachability value, const std::string& reason,
               const std::string& unless_server, const std::string& unless_port,
               const std::string& sentence) {
    const Tried asked = refused(ledger);
    if (asked.addresses.size() < 2) {
        return known(VerdictKind::Fail, value, unless_server,
                     sentence + "; that is said of this server alone, and others may be reached");
    }
    if (asked.ports.size() < 2) {
        return known(VerdictKind::Fail, value, unless_port,
                     sentence + "; only port " + std::to_string(*asked.ports.begin()) +
                         " was asked, and others may be open");
    }
    return known(VerdictKind::Fail, value, reason, sentence);
}

Verdict judge_local(const Ledger& ledger, const Fault& fault, const std::string& to) {
    const std::string detail = " (" + fault.report.detail + ")";
    if (fault.report.fault == NetworkFault::NotPermitted) {
        const std::string sentence = "this host's own firewall does not let UDP out" + detail;
        // Without a socket nothing was sent anywhere.
        if (ledger.probes.empty()) {
            return known(VerdictKind::Fail, UdpReachability::LocalFirewall, "local-firewall",
                         sentence);
        }
        return hedged(ledger, UdpReachability::LocalFirewall, "local-firewall",
                      kLocalFirewallUnlessServer, kLocalFirewallUnlessPort, sentence);
    }
    // What Linux says for a broadcast address, and for routes of the types prohibit, blackhole and
    // unreachable (ip-route(8)): somebody has decided so about that destination.
    for (const std::string_view name : {"EACCES", "EINVAL", "EHOSTUNREACH"}) {
        if (!fault.report.detail.starts_with(name)) continue;
        return unknown<UdpReachability>(
            VerdictKind::Inconclusive, "destination-refused",
            std::string("this host does not send to ")
                .append(to)
                .append(detail)
                .append(": it is a broadcast address, or a route forbids it; name another server"));
    }
    return known(VerdictKind::Fail, UdpReachability::NoRoute, "no-route",
                 "this host has no route to the server" + detail);
}

Verdict judge_icmp(const Ledger& ledger, const std::vector<ServerFault>& all) {
    const ServerFault& first = all.front();
    const FaultReport& report = first.fault->report;
    const std::string to = first.server->address.to_string();
    const std::string detail = " (" + report.detail + ")";
    std::set<std::string> networks;
    bool one_reporter = report.reported_by.has_value();
    bool by_server = false;
    bool near = one_reporter;
    for (const ServerFault& each : all) {
        networks.insert(network_of(each.server->address.ip));
        const auto& by = each.fault->report.reported_by;
        one_reporter &= by == report.reported_by;
        near = near && by && is_near(ledger, *by, each.server->address.ip);
        by_server |=
            by && std::any_of(ledger.servers.begin(), ledger.servers.end(),
                              [&](const auto& server) { return server.address.ip == *by; });
    }
    if (one_reporter && !by_server && is_own(ledger, *report.reported_by)) {
        if (report.fault == NetworkFault::IcmpUnreachable) {
            return one_server_only(first, "server-unreachable",
                                   "neither " + to +
                                       " nor a router toward it answers in the "
                                       "local network");
        }
        return hedged(ledger, UdpReachability::LocalFirewall, "local-firewall",
                      kLocalFirewallUnlessServer, kLocalFirewallUnlessPort,
                      "this host's own firewall rejects UDP" + detail);
    }
    const bool about_all = !by_server && one_reporter && (near || networks.size() > 1);
    switch (report.fault) {
        case NetworkFault::IcmpPortUnreachable:
            if (by_server) {
                return unknown<UdpReachability>(
                    VerdictKind::Inconclusive, "server-port-closed",
                    "the server's host answers that nothing listens on that UDP port: UDP gets "
                    "there, but this server cannot show more");
            }
            if (!about_all) {
                return one_server_only(first, "server-unreachable",
                                       "UDP to " + to + " is rejected" + by_whom(*first.fault));
            }
            return hedged(ledger, UdpReachability::Prohibited, "udp-rejected",
                          kProhibitedUnlessServer, kProhibitedUnlessPort,
                          "UDP is rejected" + by_whom(*first.fault) + detail);
        case NetworkFault::IcmpProhibited:
            if (!about_all) {
                return one_server_only(
                    first, "server-prohibited",
                    "UDP to " + to + " is administratively prohibited" + by_whom(*first.fault));
            }
            return hedged(ledger, UdpReachability::Prohibited, "udp-prohibited",
                          kProhibitedUnlessServer, kProhibitedUnlessPort,
                          "UDP is administratively prohibited" + by_whom(*first.fault) + detail);
        default:
            break;
    }
    // A router may know no way to one network and to all others.
    if (!by_server && one_reporter && networks.size() > 1) {
        return known(
            VerdictKind::Fail, UdpReachability::NoRoute, "unreachable",
            "the network reports every server as unreachable" + by_whom(*first.fault) + detail);
    }
    return one_server_only(first, "server-unreachable",
                           to + " is reported as unreachable" + by_whom(*first.fault));
}

/// The servers of which a router nearby says that UDP to them is refused, where the others are
/// merely silent: routers send few such messages, whatever they drop (RFC 1812 s4.3.2.8).
std::vector<ServerFault> refused_nearby(const Ledger& ledger, const std::vector<ServerFault>& all) {
    std::vector<ServerFault> refused;
    for (const ServerFault& each : all) {
        if (each.fault == nullptr) continue;
        const bool by_router = each.fault->report.fault == NetworkFault::IcmpProhibited ||
                               each.fault->report.fault == NetworkFault::IcmpPortUnreachable;
        if (!by_router || !is_refusal_nearby(ledger, *each.fault, each.server->address.ip)) {
            return {};
        }
        refused.push_back(each);
    }
    return refused;
}

}  // namespace

bool is_refusal_nearby(const Ledger& ledger, const Fault& fault, const IpAddress& server) {
    const auto& by = fault.report.reported_by;
    switch (fault.report.fault) {
        case NetworkFault::NotPermitted:
            return true;
        case NetworkFault::IcmpProhibited:
        case NetworkFault::IcmpPortUnreachable:
            return by && by != server && (is_own(ledger, *by) || is_near(ledger, *by, server));
        default:
            return false;
    }
}

std::string network_of(const IpAddress& ip) {
    const auto octets = ip.octets();
    const std::size_t kept = ip.family() == AddressFamily::IPv4 ? 3 : 8;
    std::string network(to_string(ip.family()));
    for (std::size_t i = 0; i < kept; ++i)
        network += "." + std::to_string(octets[i]);
    return network;
}

std::optional<Judgement<UdpReachability>> judge_faults(const Ledger& ledger) {
    std::vector<const Fault*> opening;
    for (const Fault& fault : ledger.socket_faults)
        opening.push_back(&fault);
    if (const Fault* fault = most_telling(opening)) {
        return judge_local(ledger, *fault, "any server");
    }
    const std::vector<ServerFault> all = faults_by_server(ledger);
    const bool every = !all.empty() && std::all_of(all.begin(), all.end(), [](const auto& each) {
        return each.fault != nullptr;
    });
    if (!every) {
        // Silence beside it is a question of its own.
        const bool any = std::any_of(all.begin(), all.end(),
                                     [](const auto& each) { return each.fault != nullptr; });
        if (!any) return std::nullopt;
        if (const auto refused = refused_nearby(ledger, all); !refused.empty()) {
            return judge_icmp(ledger, refused);
        }
        return unknown<UdpReachability>(
            VerdictKind::Inconclusive, "servers-differ",
            "some servers are reported as unreachable and the others are silent: name another "
            "server");
    }
    const NetworkFault kind = all.front().fault->report.fault;
    const bool alike = std::all_of(
        all.begin(), all.end(), [&](const auto& each) { return each.fault->report.fault == kind; });
    if (!alike) {
        return unknown<UdpReachability>(
            VerdictKind::Inconclusive, "servers-differ",
            "no server can be reached, each for another reason: name another server");
    }
    if (kind == NetworkFault::NotPermitted || kind == NetworkFault::NoRoute) {
        return judge_local(ledger, *all.front().fault, all.front().server->address.to_string());
    }
    return judge_icmp(ledger, all);
}

}  // namespace portolan::discovery
