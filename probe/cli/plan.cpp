#include "probe/cli/plan.hpp"

#include <sys/socket.h>

#include <algorithm>

#include "probe/discovery/nat64.hpp"
#include "probe/transport/local_addresses.hpp"
#include "probe/transport/route.hpp"
#include "probe/transport/socket.hpp"

namespace portolan::nat_probe {

namespace {

std::string title_of(AddressFamily family) {
    return family == AddressFamily::IPv4 ? "IPv4" : "IPv6";
}

/// An address of this machine, its own network or its provider's: how it is reached says nothing of
/// the way out.
bool is_inside(const IpAddress& ip) {
    const AddressClass kind = ip.address_class();
    return kind == AddressClass::Loopback || kind == AddressClass::Private ||
           kind == AddressClass::LinkLocal || kind == AddressClass::SharedCgn;
}

/// The first address of each server, then the second of each, and so on, those outside before those
/// inside; several names of one address are one vantage point (a second name proves nothing).
std::vector<discovery::ServerTarget> targets_of(const std::vector<ResolvedServer>& servers,
                                                AddressFamily family,
                                                const std::optional<IpAddress>& nat64_prefix) {
    std::vector<std::vector<IpAddress>> usable_of;
    std::size_t most = 0;
    for (const ResolvedServer& server : servers) {
        std::vector<IpAddress>& usable = usable_of.emplace_back();
        for (const IpAddress& address : server.addresses) {
            if (address.family() == family) {
                usable.push_back(address);
            } else if (nat64_prefix && family == AddressFamily::IPv6) {
                usable.push_back(discovery::nat64_address(*nat64_prefix, address));
            }
        }
        most = std::max(most, usable.size());
    }
    std::vector<discovery::ServerTarget> targets;
    for (std::size_t turn = 0; turn < most; ++turn) {
        for (std::size_t i = 0; i < servers.size(); ++i) {
            if (turn >= usable_of[i].size()) continue;
            const IpAddress& ip = usable_of[i][turn];
            const TransportAddress to{ip, servers[i].server.uri.port};
            const bool known = std::any_of(targets.begin(), targets.end(), [&](const auto& target) {
                return target.address == to;
            });
            if (known) continue;
            std::string name = servers[i].server.name;
            if (turn > 0) name += " (" + ip.to_string() + ")";
            targets.push_back({.name = std::move(name),
                               .address = to,
                               .tcp = to,
                               .tls = TransportAddress{ip, transport::kStunsPort},
                               .tls_name = servers[i].server.uri.host});
        }
    }
    std::stable_partition(
        targets.begin(), targets.end(),
        [](const discovery::ServerTarget& target) { return !is_inside(target.address.ip); });
    return targets;
}

report::Section not_probed(AddressFamily family, const std::string& code, const std::string& why,
                           bool decides) {
    auto reason = report::Reason::parse(code, why);
    report::Finding finding{
        .id = "udp/reachability",
        .title = "UDP",
        .verdict = report::Verdict::not_tested(
            reason ? *reason : report::Reason("not-probed", "It was not probed."))};
    finding.summary = why;
    finding.decides = decides;
    report::Section section;
    section.id = std::string(to_string(family));
    section.title = title_of(family);
    section.subject["family"] = to_string(family);
    section.findings.push_back(std::move(finding));
    return section;
}

bool usable(const transport::LocalAddress& address, AddressFamily family) {
    return address.ip.family() == family && address.ip.address_class() != AddressClass::LinkLocal &&
           address.ip.address_class() != AddressClass::Loopback;
}

Result<std::vector<transport::LocalInterface>> interface_named(
    std::vector<transport::LocalInterface> all, const std::string& name) {
    std::string names;
    for (const auto& interface : all)
        names += (names.empty() ? "" : ", ") + interface.name;
    std::erase_if(all, [&](const auto& interface) { return interface.name != name; });
    if (all.empty()) {
        return Error{Culprit::Usage, "interface",
                     "there is no interface \"" + name + "\"; there are " + names};
    }
    return all;
}

Result<std::vector<transport::LocalInterface>> wanted_interfaces(const cli::Arguments& arguments) {
    auto all = transport::local_interfaces();
    if (!all) return all;
    if (arguments.has("all-interfaces")) {
        std::erase_if(
            *all, [](const auto& interface) { return !interface.is_up || interface.is_loopback; });
        return all;
    }
    return interface_named(std::move(*all), arguments.text("interface"));
}

std::vector<AddressFamily> families_of(const std::string& word) {
    if (word == "4") return {AddressFamily::IPv4};
    if (word == "6") return {AddressFamily::IPv6};
    return {AddressFamily::IPv4, AddressFamily::IPv6};
}

/// How a family leads to the servers, if it does.
struct Reach {
    AddressFamily family = AddressFamily::IPv4;
    std::vector<discovery::ServerTarget> targets = {};
    std::optional<IpAddress> nat64_prefix = {};
    std::optional<IpAddress> route = {};  ///< the local address toward the first target

    [[nodiscard]] bool ready() const { return !targets.empty() && route.has_value(); }
};

void find_route(Reach& reach) {
    if (reach.targets.empty()) return;
    const auto source = transport::source_address_for(reach.targets.front().address);
    if (source) reach.route = *source;
}

Reach reach_of(AddressFamily family, const std::vector<ResolvedServer>& servers, Session& session,
               transport::Time deadline) {
    Reach reach{.family = family};
    reach.targets = targets_of(servers, family, std::nullopt);
    find_route(reach);
    if (family != AddressFamily::IPv6) return reach;
    // A NAT64 (RFC 7050) leads to servers that have IPv4 only. A DNS64 has then already made their
    // names IPv6 addresses; the prefix tells those from real ones.
    const bool by_name =
        std::any_of(reach.targets.begin(), reach.targets.end(), [](const auto& target) {
            return !IpAddress::parse(target.tls_name).has_value() &&
                   target.address.ip.address_class() != AddressClass::Loopback;
        });
    if (!reach.targets.empty() && !reach.route) return reach;
    if (!by_name && has_ipv4_route()) return reach;
    const auto prefix = session.nat64_prefix(deadline);
    if (!prefix) return reach;
    if (reach.targets.empty()) {
        reach.targets = targets_of(servers, family, prefix);
        find_route(reach);
    }
    const bool any_behind = std::any_of(
        reach.targets.begin(), reach.targets.end(), [&](const discovery::ServerTarget& target) {
            return discovery::is_nat64_address(*prefix, target.address.ip);
        });
    if (any_behind) reach.nat64_prefix = prefix;
    return reach;
}

report::Json describe(const std::vector<transport::LocalInterface>& interfaces) {
    report::Json out = report::Json::array();
    for (const auto& interface : interfaces) {
        if (!interface.is_up || interface.addresses.empty()) continue;
        report::Json addresses = report::Json::array();
        for (const auto& address : interface.addresses)
            addresses.push_back(address.ip.to_string());
        out.push_back({{"name", interface.name},
                       {"addresses", addresses},
                       {"likely_tunnel", interface.is_likely_tunnel}});
    }
    return out;
}

std::string interface_with(const std::vector<transport::LocalInterface>& interfaces,
                           const IpAddress& ip) {
    for (const auto& interface : interfaces) {
        for (const auto& address : interface.addresses) {
            if (address.ip == ip) {
                return interface.name + (interface.is_likely_tunnel ? " (a tunnel)" : "");
            }
        }
    }
    return {};
}

/// How what is sent from an address of an interface leaves this host.
struct WayOut {
    std::string bind_to;  ///< the interface; empty where that is not permitted
    std::string by;       ///< the interface that packets leave by
    std::string note;
};

/// A socket that is bound to an address alone leaves by whatever the routing table says, such as a
/// VPN that takes all.
WayOut way_out(const transport::LocalInterface& interface, const IpAddress& from,
               const TransportAddress& target, bool must_bind) {
    WayOut out{interface.name, interface.name, {}};
    if (must_bind || transport::open_socket(from.family(), SOCK_DGRAM, interface.name)) {
        const auto route = transport::route_interface({.to = target.ip, .by = interface.name});
        if (route && !*route) {
            out.note = "The routing table of this machine has no route to " +
                       target.ip.to_string() + " by " + interface.name + ".";
        }
        return out;
    }
    out.bind_to.clear();
    const auto route = transport::route_interface({.to = target.ip, .from = from});
    if (route && *route) out.by = **route;
    if (out.by != interface.name) {
        out.note = "Binding to " + interface.name +
                   " is not permitted (it needs root or CAP_NET_RAW), and by the routing table "
                   "what is sent from " +
                   from.to_string() + " leaves by " + out.by + ".";
    }
    return out;
}

/// Empty for an address that a server may have.
std::string why_no_server(const IpAddress& ip,
                          const Result<std::vector<transport::LocalInterface>>& interfaces) {
    if (ip.is_unspecified()) return "the unspecified address";
    if (ip.address_class() == AddressClass::Multicast) return "a multicast address";
    if (ip.family() != AddressFamily::IPv4) return {};
    const auto number = [](const IpAddress& address) {
        std::uint32_t value = 0;
        for (const std::uint8_t octet : address.octets())
            value = value << 8U | octet;
        return value;
    };
    const std::uint32_t target = number(ip);
    if (target == 0xFFFFFFFF) return "the broadcast address";
    if (!interfaces) return {};
    for (const auto& interface : *interfaces) {
        for (const auto& address : interface.addresses) {
            // A network of 31 or 32 bits has none.
            if (address.ip.family() != ip.family() || address.prefix_bits > 30) continue;
            const std::uint32_t hosts = 0xFFFFFFFFU >> address.prefix_bits;
            if (target == (number(address.ip) | hosts)) {
                return "the broadcast address of the network of " + interface.name;
            }
        }
    }
    return {};
}

}  // namespace

Result<void> check_interface(const cli::Arguments& arguments) {
    if (!arguments.has("interface")) return {};
    auto all = transport::local_interfaces();
    if (!all) return all.error();
    const auto named = interface_named(std::move(*all), arguments.text("interface"));
    if (!named) return named.error();
    return {};
}

discovery::Config config_for(const Leg& leg, Session& session,
                             const std::shared_ptr<discovery::TransactionPacer>& pacer) {
    discovery::Config config;
    config.family = leg.family;
    config.servers = leg.servers;
    config.bind_ip = leg.bind_ip;
    config.route_local_ip = leg.route_local_ip;
    config.route_note = leg.route_note;
    config.nat64_prefix = leg.nat64_prefix;
    config.seed = session.next_seed();
    config.random = session.entropy();
    config.pacer = pacer;
    return config;
}

bool has_ipv4_route() {
    return transport::source_address_for({IpAddress::v4({192, 0, 0, 170}), 3478}).has_value();
}

namespace {

/// Neither a broadcast nor a multicast nor an unspecified address is a server.
Result<void> check_targets(const std::vector<ResolvedServer>& servers,
                           const Result<std::vector<transport::LocalInterface>>& interfaces) {
    for (const ResolvedServer& server : servers) {
        for (const IpAddress& ip : server.addresses) {
            const std::string what = why_no_server(ip, interfaces);
            if (what.empty()) continue;
            const bool literal = IpAddress::parse(server.server.uri.host).has_value();
            return Error{literal ? Culprit::Usage : Culprit::Environment, "server.address",
                         server.server.name + (literal ? " is no server: " : " leads to ") +
                             ip.to_string() + (literal ? " is " : ", which is ") + what};
        }
    }
    return {};
}

Error nothing_to_probe_from(const cli::Arguments& arguments) {
    Error error{Culprit::Environment, "no-address", "no interface has an address to probe from"};
    if (!arguments.has("interface")) return error;
    const std::string name = arguments.text("interface");
    error.message = "interface " + name + " has no address to probe from";
    const auto interfaces = transport::local_interfaces();
    if (!interfaces) return error;
    for (const auto& interface : *interfaces) {
        if (interface.name != name) continue;
        if (interface.is_loopback) {
            error.message +=
                ": loopback addresses are excluded, because what is sent from them "
                "does not leave this machine";
            error.hint = "leave --interface out to ask a server on this machine";
        } else if (!interface.addresses.empty()) {
            error.message += ": link-local addresses and those of the other family do not count";
        }
    }
    return error;
}

/// There are addresses, but none of the families that may be asked over.
Error no_server_of(const std::string& family_word, const std::vector<ResolvedServer>& servers) {
    const std::string family = family_word == "6" ? "IPv6" : "IPv4";
    std::string names;
    for (const ResolvedServer& server : servers)
        names += (names.empty() ? "" : ", ") + server.server.name;
    Error error{Culprit::Environment, "no-server-address",
                "no server has an " + family + " address (" + names + ")"};
    error.hint = "name a server with one, or leave --family " + family_word + " out";
    return error;
}

/// A run in which nothing decides would be a success that has measured nothing.
void let_something_decide(Plan& plan) {
    if (std::any_of(plan.legs.begin(), plan.legs.end(),
                    [](const Leg& leg) { return leg.names.decides; })) {
        return;
    }
    for (Leg& leg : plan.legs)
        leg.names.decides = true;
    if (!plan.legs.empty()) return;
    for (report::Section& section : plan.not_probed) {
        for (report::Finding& finding : section.findings)
            finding.decides = true;
    }
}

}  // namespace

Result<Plan> make_plan(const cli::Arguments& arguments, const std::vector<ResolvedServer>& servers,
                       bool loopback_only, Session& session, transport::Time deadline) {
    Plan plan;
    std::string failures;
    bool any_address = false;
    for (const ResolvedServer& server : servers) {
        any_address |= !server.addresses.empty();
        if (!server.error.empty()) failures += (failures.empty() ? "" : "; ") + server.error;
    }
    if (!any_address && !session.interrupted()) {
        return Error{Culprit::Environment, "resolve.failed",
                     failures.empty() ? std::string("no server has an address") : failures};
    }
    const auto interfaces = transport::local_interfaces();
    if (const auto fit = check_targets(servers, interfaces); !fit) return fit.error();
    if (interfaces) plan.environment["interfaces"] = describe(*interfaces);
    plan.subject["servers"] = report::Json::array();
    for (const ResolvedServer& server : servers)
        plan.subject["servers"].push_back(server.server.name);

    if (const auto there = check_interface(arguments); !there) return there.error();
    const std::string asked_word = arguments.text("family");
    const std::string family_word = loopback_only && asked_word != "6" ? "4" : asked_word;
    const bool by_interface =
        !loopback_only && (arguments.has("interface") || arguments.has("all-interfaces"));
    const bool both = family_word == "both";
    std::vector<Reach> reaches;
    for (const AddressFamily family : families_of(family_word))
        reaches.push_back(reach_of(family, servers, session, deadline));
    // The family that leads somewhere decides; where neither or both do, IPv4.
    const AddressFamily first_choice = both && !reaches.front().ready() && reaches.back().ready()
                                           ? AddressFamily::IPv6
                                           : AddressFamily::IPv4;
    for (const Reach& reach : reaches) {
        const AddressFamily family = reach.family;
        const bool optional = both && family != first_choice;
        if (reach.targets.empty()) {
            plan.not_probed.push_back(
                not_probed(family, "no-server-address",
                           "No server has an " + title_of(family) + " address.", !both));
            continue;
        }
        const auto& route = reach.route;
        if (optional && !route && !by_interface) {
            plan.not_probed.push_back(
                not_probed(family, "no-address",
                           "This host has no route for " + title_of(family) + ".", false));
            continue;
        }
        Leg leg;
        leg.family = family;
        leg.servers = reach.targets;
        leg.nat64_prefix = reach.nat64_prefix;
        if (!by_interface) {
            leg.names = {std::string(to_string(family)), title_of(family), !optional};
            if (route) {
                leg.route_local_ip = *route;
                if (interfaces) {
                    const std::string name = interface_with(*interfaces, *route);
                    if (!name.empty()) leg.names.title += " from " + name;
                }
            }
            plan.legs.push_back(std::move(leg));
            continue;
        }
        auto wanted = wanted_interfaces(arguments);
        if (!wanted) return std::move(wanted).error();
        bool found = false;
        for (const auto& interface : *wanted) {
            for (const auto& address : interface.addresses) {
                if (!usable(address, family)) continue;
                found = true;
                Leg own = leg;
                own.bind_ip = address.ip;
                const WayOut out = way_out(interface, address.ip, own.servers.front().address,
                                           arguments.has("interface"));
                own.interface = out.bind_to;
                own.route_note = out.note;
                own.names.id = std::string(to_string(family)) + "/" + interface.name;
                const auto same = std::count_if(
                    plan.legs.begin(), plan.legs.end(),
                    [&](const Leg& l) { return l.names.id.starts_with(own.names.id); });
                if (same > 0) own.names.id += "." + std::to_string(same + 1);
                own.names.title = title_of(family) + " from " + interface.name + ", " +
                                  address.ip.to_string() +
                                  (out.by != interface.name ? ", by " + out.by : "") +
                                  (interface.is_likely_tunnel ? " (a tunnel)" : "");
                own.names.decides = !optional;
                plan.legs.push_back(std::move(own));
                if (arguments.has("interface")) break;
            }
        }
        if (!found && !optional) {
            plan.not_probed.push_back(
                not_probed(family, "no-address",
                           "There is no " + title_of(family) + " address to probe from.", !both));
        }
    }
    let_something_decide(plan);
    const bool asks_nobody = std::all_of(reaches.begin(), reaches.end(),
                                         [](const Reach& reach) { return reach.targets.empty(); });
    if (asks_nobody && !session.interrupted()) {
        return no_server_of(asked_word, servers);
    }
    if (plan.legs.empty() && by_interface) {
        return nothing_to_probe_from(arguments);
    }
    return plan;
}

}  // namespace portolan::nat_probe
