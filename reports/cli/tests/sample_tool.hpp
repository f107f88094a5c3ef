#pragma once

#include "reports/cli/spec.hpp"

namespace portolan::testing {

/// A tool that uses every part of a specification.
inline cli::ToolSpec sample_tool() {
    using namespace cli;
    const std::vector<OptionSpec> probing{
        {.name = "stun",
         .help = "A STUN server to ask, as in RFC 7064.",
         .kind = Text{"URI"},
         .repeatable = true},
        {.name = "family",
         .help = "Which address families to probe.",
         .kind = Choice{{"4", "6", "both"}},
         .default_value = "both"},
        {.name = "budget",
         .help = "Gives up after this time.",
         .kind = Duration{std::chrono::milliseconds(100), std::chrono::minutes(2)},
         .default_value = "10s"},
        {.name = "repeat",
         .help = "How often to probe.",
         .kind = Count{1, 100},
         .default_value = "1"},
        {.name = "invasive", .help = "Also sends what some networks mistake for an attack."},
        {.name = "secret-knob", .help = "For tests.", .hidden = true},
    };
    return {
        .name = "nat-sample",
        .version = "1.2.3",
        .summary = "measure a NAT that does not exist",
        .description =
            {"Sends nothing to nobody, and says in one sentence what it means for a call. "
             "Text with a .dot, a 'quote' and a back\\slash must survive in the man page.",
             ".A paragraph that starts with a dot."},
        .commands = {{.name = "",
                      .summary = "probe",
                      .options = probing,
                      .examples = {{"nat-sample --stun stun:192.0.2.1",
                                    "Asks one server about both families."}},
                      .common = {.report = true, .catalogue = true, .seed = true},
                      .default_fail_on = "high"},
                     {.name = "audit-server",
                      .summary = "check whether a server can be believed",
                      .description = {"Looks at the server, not at the network."},
                      .options = {{.name = "strict", .help = "Believes nobody."}},
                      .positionals = {{"URI", "The server.", 1, 1}},
                      .examples = {{"nat-sample audit-server stun:192.0.2.1", "Audits it."}}},
                     {.name = "merge",
                      .summary = "merge runs",
                      .positionals = {{"RUN", "Saved runs.", 2, 1000}}}},
        .environment = {{"NO_COLOR", "Switches colour off when set."}},
        .see_also = {"nat-sim(1)", "ice-test(1)"},
        .catalogue =
            [] {
                return std::vector<CatalogueEntry>{
                    {.id = "nat.mapping",
                     .title = "Mapping",
                     .explanation = {"Whether the same public port is used for every peer."},
                     .references = {{"RFC 4787", "4.1"}},
                     .attributes = {"decides"}},
                    {.id = "nat.filtering", .title = "Filtering"}};
            },
    };
}

}  // namespace portolan::testing
