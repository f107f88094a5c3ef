#include "probe/cli/audit_command.hpp"

#include <algorithm>
#include <chrono>

#include "probe/cli/plan.hpp"
#include "probe/cli/run_start.hpp"
#include "probe/cli/session.hpp"
#include "probe/cli/targets.hpp"
#include "probe/discovery/nat64.hpp"
#include "probe/discovery/reply_flaw.hpp"
#include "probe/discovery/server_check.hpp"
#include "probe/findings/server_check_findings.hpp"
#include "probe/transport/local_addresses.hpp"
#include "reports/model/report.hpp"

namespace portolan::nat_probe {

namespace {

std::vector<IpAddress> wanted(const std::vector<IpAddress>& addresses, const std::string& family) {
    std::vector<IpAddress> chosen;
    for (const AddressFamily candidate : {AddressFamily::IPv4, AddressFamily::IPv6}) {
        if (family == "4" && candidate != AddressFamily::IPv4) continue;
        if (family == "6" && candidate != AddressFamily::IPv6) continue;
        const auto found =
            std::find_if(addresses.begin(), addresses.end(),
                         [&](const IpAddress& address) { return address.family() == candidate; });
        if (found != addresses.end()) chosen.push_back(*found);
    }
    return chosen;
}

/// A NAT64 changes the family of every address in an answer, which would be held against the
/// server. Takes out the addresses that lead through one; whether it did.
bool leave_out_nat64(std::vector<IpAddress>& addresses, const transport::ServerUri& uri,
                     Session& session, transport::Time deadline) {
    const auto is_v6 = [](const IpAddress& ip) { return ip.family() == AddressFamily::IPv6; };
    if (std::none_of(addresses.begin(), addresses.end(), is_v6)) return false;
    if (IpAddress::parse(uri.host) && has_ipv4_route()) return false;
    const auto prefix = session.nat64_prefix(deadline);
    return prefix && std::erase_if(addresses, [&](const IpAddress& ip) {
                         return discovery::is_nat64_address(*prefix, ip);
                     }) > 0;
}

/// A family of the server that is not audited, and why: not knowing is said, not left out.
report::Section not_audited(const TransportAddress& to, const std::string& why) {
    report::Finding finding{
        .id = "audit/answers",
        .title = "Answers",
        .verdict = report::Verdict::not_tested(report::Reason("no-route", why))};
    finding.severity = report::Severity::High;
    finding.summary = why;
    report::Section section;
    section.id = std::string(to_string(to.family()));
    section.title = to.to_string();
    section.headline = "The server cannot be judged: " + why + ".";
    section.subject["address"] = to.to_string();
    section.subject["family"] = to_string(to.family());
    section.findings.push_back(std::move(finding));
    return section;
}

/// Every request was refused or could not be sent: nobody was asked anything.
bool nobody_was_asked(const discovery::ServerCheckOutcome& outcome) {
    const std::string& reason = outcome.check("audit/answers").reason;
    using discovery::NetworkFault;
    for (const NetworkFault fault :
         {NetworkFault::NoRoute, NetworkFault::NotPermitted, NetworkFault::IcmpProhibited,
          NetworkFault::IcmpPortUnreachable, NetworkFault::IcmpUnreachable}) {
        if (reason == to_string(fault)) return true;
    }
    return false;
}

std::string family_name(const std::string& word) {
    return word == "6" ? "IPv6" : "IPv4";
}

}  // namespace

Result<cli::ExitCode> audit_server(cli::Context& context) {
    const cli::Arguments& arguments = context.arguments;
    const std::string& text = arguments.positionals().front();
    const auto uri = transport::ServerUri::parse(text);
    if (!uri) return uri.error();
    if (uri->is_secure() || uri->transport != transport::ServerTransport::Udp) {
        return Error{
            Culprit::Usage, "servers.none",
            "a server is audited over UDP: give a stun: or turn: URI without transport=tcp"};
    }
    if (const auto there = check_interface(arguments); !there) return there.error();
    Session session(arguments.seed());
    report::Report run = begin_report(context, session);
    const transport::Time started = session.clock().now();
    context.progress.show("resolving names");
    const auto resolved =
        session.resolve({{uri->to_string(), *uri}}, std::chrono::seconds(3)).front();
    const auto budget = arguments.duration("budget").value_or(std::chrono::seconds(5));
    auto addresses = wanted(resolved.addresses, arguments.text("family"));
    const bool left_out = leave_out_nat64(addresses, *uri, session, started + budget);
    if (addresses.empty() && left_out) {
        return Error{Culprit::Environment, "nat64",
                     uri->host +
                         " is reached through a NAT64, which changes the addresses in its "
                         "answers: audit it from a host with IPv4"};
    }
    if (addresses.empty() && !session.interrupted()) {
        return Error{Culprit::Environment, "resolve.failed",
                     resolved.error.empty()
                         ? uri->host + " has no " + family_name(arguments.text("family")) +
                               " address, as --family " + arguments.text("family") + " wants it"
                         : resolved.error};
    }
    for (const IpAddress& address : addresses) {
        const TransportAddress to{address, uri->port};
        if (discovery::can_be_mapped(to)) continue;
        return Error{
            Culprit::Usage, "server.address",
            to.to_string() + " is not the address of one host, so no server answers there"};
    }
    const auto pacer = std::make_shared<discovery::TransactionPacer>();
    bool cut_off = session.interrupted();
    bool any_asked = false;
    report::Json ledgers = report::Json::object();
    std::vector<report::Section> left;
    for (const IpAddress& address : addresses) {
        const TransportAddress to{address, uri->port};
        const std::string section = std::string(to_string(address.family()));
        // One family may lack a route without that being the server's fault.
        if (addresses.size() > 1 && !transport::source_address_for(to)) {
            left.push_back(not_audited(to, "this host has no route to " + to.to_string()));
            continue;
        }
        context.progress.show("auditing " + to.to_string());
        discovery::ServerCheckConfig config;
        config.family = address.family();
        config.server_name = uri->to_string();
        config.server = to;
        config.tcp = to;
        config.seed = session.next_seed();
        config.random = session.entropy();
        config.pacer = pacer;
        config.budget = budget / static_cast<std::int64_t>(addresses.size());
        discovery::ServerCheck machine(std::move(config));
        session.run(machine, arguments.text("interface"));
        if (session.failure()) return *session.failure();
        const findings::SectionNames names{
            section, to.to_string(), run.sections.empty() || arguments.text("family") != "both"};
        const discovery::ServerCheckOutcome outcome = infer_server_check(machine.ledger());
        any_asked |= !nobody_was_asked(outcome);
        auto judged = findings::classify_server_check(machine.ledger(), outcome, names);
        ledgers[section] = report::Json::array({to_json(machine.ledger())});
        cut_off |= machine.ledger().cut_off;
        run.sections.push_back(std::move(judged.section));
        std::move(judged.evidence.begin(), judged.evidence.end(), std::back_inserter(run.evidence));
    }
    if (run.sections.empty() && !left.empty()) left.front().findings.front().decides = true;
    std::move(left.begin(), left.end(), std::back_inserter(run.sections));
    run.headline =
        run.sections.empty() ? "Nothing could be checked." : run.sections.front().headline;
    run.subject["server"] = uri->to_string();
    run.data["server_check_ledgers"] = std::move(ledgers);
    run.duration = session.clock().now() - started;
    run.complete = !cut_off;
    if (cut_off) {
        run.cut_off = session.interrupted()
                          ? report::Reason{"interrupted", "The run was interrupted."}
                          : report::Reason{"budget", "The run ended before all was checked."};
    }
    auto code = context.publish(std::move(run));
    if (!code || any_asked || session.interrupted()) return code;
    return Error{Culprit::Environment, "servers.unreachable",
                 uri->to_string() + " cannot be asked over UDP", std::nullopt,
                 "the report says why"};
}

}  // namespace portolan::nat_probe
