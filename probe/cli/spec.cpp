#include "probe/cli/spec.hpp"

#include "probe/cli/audit_command.hpp"
#include "probe/cli/classify_command.hpp"
#include "probe/cli/explain_command.hpp"
#include "probe/cli/report_command.hpp"
#include "probe/findings/catalogue.hpp"

namespace portolan::nat_probe {

namespace {

using cli::OptionSpec;
using std::chrono::milliseconds;
using std::chrono::minutes;

const OptionSpec kInterface{
    .name = "interface",
    .help =
        "Probes from this interface only. Binding to it may need root; its first address is used.",
    .kind = cli::Text{"NAME"}};
const OptionSpec kFamily{.name = "family",
                         .help = "Address family to probe.",
                         .kind = cli::Choice{{"4", "6", "both"}},
                         .default_value = "both"};

cli::CommandSpec classify_command() {
    cli::CommandSpec command;
    command.summary = "classify the NAT in front of this machine";
    command.description = {
        "Asks STUN servers what they see of this host and says in one sentence what that means for "
        "a "
        "call; then the facts: UDP, NAT, mapping, filtering, ports; with --verbose the packets "
        "behind "
        "each of them. Filtering needs a server that supports RFC 5780; mapping also works with "
        "two "
        "plain ones.",
        "Without a server it asks one of its own on the loopback interface, which shows that the "
        "tool "
        "works and nothing about the network: over IPv4, or with --family 6 over IPv6.",
        "A server whose name has no address is named on stderr and in the report; the exit code is "
        "then that of the servers that were asked, and 2 when there are none.",
        "It sends no more than ten new STUN transactions a second, makes no port mapping, and asks "
        "no "
        "public server unless told to."};
    command.options = {
        {.name = "stun",
         .help = "A STUN server: stun:host[:port]. The first that supports RFC 5780 shows the "
                 "filtering; after the sixth nobody is asked.",
         .kind = cli::Text{"URI"},
         .repeatable = true},
        {.name = "ice-servers",
         .help = "A file with {\"iceServers\": [...]}, as for RTCPeerConnection. TURN servers are "
                 "asked as STUN servers; their credentials are not used.",
         .kind = cli::Text{"FILE"}},
        {.name = "public",
         .help = "Uses the shipped list of public STUN servers of several operators: "
                 "share/portolan/public-stun-servers.txt, or what PORTOLAN_PUBLIC_SERVERS names."},
        {.name = "ca-file",
         .help = "Certificate authorities in PEM, instead of the system's. TLS to port 5349 of the "
                 "first server is tried when UDP gets no answer.",
         .kind = cli::Text{"FILE"}},
        kFamily,
        kInterface,
        {.name = "all-interfaces",
         .help =
             "Probes from every address of this host, one by one, bound to its interface where the "
             "system permits that; where not, the report names the interface that the routing "
             "table takes."},
        {.name = "budget",
         .help = "Ends by then, with what is known; with --repeat, so long for each time. "
                 "--lifetime takes its time besides.",
         .kind = cli::Duration{milliseconds(100), minutes(10)},
         .default_value = "10s"},
        {.name = "repeat",
         .help = "Classifies so many times, on fresh sockets, and reports whether all agreed.",
         .kind = cli::Count{1, 100},
         .default_value = "1"},
        {.name = "lifetime",
         .help = "Also measures how long an idle binding lives. Takes up to ten minutes."},
        {.name = "lifetime-steps",
         .help = "Idle times to try with --lifetime, comma-separated, ascending.",
         .kind = cli::Text{"DURATIONS"},
         .default_value = "15s,30s,60s,90s,120s,180s,300s,600s"},
        {.name = "invasive",
         .help = "Also tests hairpinning, which some firewalls take for an attack."},
        {.name = "local-port",
         .help = "Local UDP port of the mapping socket, instead of a random one.",
         .kind = cli::Count{1, 65535},
         .hidden = true}};
    command.examples = {
        {"nat-probe --stun stun:stun.example.org", "Classify with one RFC 5780 server."},
        {"nat-probe --ice-servers ice.json --format json --output run.json",
         "With the servers of an application, for machines."},
        {"nat-probe --stun stun:192.0.2.1 --stun stun:198.51.100.1:19302",
         "Mapping with two plain servers."}};
    command.common = {.report = true, .catalogue = true, .seed = true};
    command.default_fail_on = "high";
    return command;
}

cli::CommandSpec audit_command() {
    cli::CommandSpec command;
    command.name = "audit-server";
    command.summary = "check a STUN server before believing it";
    command.description = {
        "Checks one server against RFC 8489 and RFC 5780: whether its other address is one, "
        "whether "
        "it honours CHANGE-REQUEST and RESPONSE-PORT, whether it says where its replies come from. "
        "Silence that loss or the local NAT can explain is never held against the server. What is "
        "no STUN response, or one that clients must discard, is named and not believed."};
    command.options = {kFamily,
                       kInterface,
                       {.name = "budget",
                        .help = "Ends by then, with what is known.",
                        .kind = cli::Duration{milliseconds(500), minutes(1)},
                        .default_value = "5s"}};
    command.positionals = {{.name = "URI", .help = "stun:host[:port]"}};
    command.examples = {{"nat-probe audit-server stun:stun.example.org", "Audit one server."}};
    command.common = {.report = true, .catalogue = false, .seed = true};
    command.default_fail_on = "low";
    return command;
}

cli::CommandSpec explain_command() {
    cli::CommandSpec command;
    command.name = "explain";
    command.summary = "judge the evidence of a saved report again";
    command.description = {
        "Reads a report written with --format json, derives the verdicts from the packets in it, "
        "and "
        "says where they differ from the ones it was saved with. Without --fail-on what made the "
        "saved run fail makes this one fail."};
    command.positionals = {
        {.name = "RUN.json", .help = "A report of nat-probe or nat-probe audit-server."}};
    command.examples = {{"nat-probe explain run.json --verbose", "With every packet, annotated."}};
    command.default_fail_on = "";
    return command;
}

constexpr cli::Command kCommands[] = {
    {classify_command, classify},
    {report_spec, report_call},
    {audit_command, audit_server},
    {explain_command, explain_run},
};

}  // namespace

const cli::ToolSpec& tool_spec() {
    static const cli::ToolSpec kSpec = [] {
        cli::ToolSpec spec;
        spec.name = "nat-probe";
        spec.version = PORTOLAN_VERSION;
        spec.summary = "say what the NAT in front of this machine means for a call";
        for (const cli::Command& command : kCommands)
            spec.commands.push_back(command.spec());
        spec.environment = {{"PORTOLAN_PUBLIC_SERVERS", "Another list for --public."}};
        spec.see_also = {"ice-test(1)"};
        spec.catalogue = findings::catalogue;
        return spec;
    }();
    return kSpec;
}

std::span<const cli::Command> commands() {
    return kCommands;
}

}  // namespace portolan::nat_probe
