#include "nat-sim/scenario/probe_run.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "ice-tests/server/stun_server.hpp"
#include "nat-sim/scenario/check.hpp"
#include "nat-sim/scenario/limits.hpp"
#include "nat-sim/scenario/nat_log.hpp"
#include "nat-sim/scenario/servers.hpp"
#include "nat-sim/scenario/words.hpp"
#include "nat-sim/virtual/program.hpp"
#include "probe/discovery/discovery.hpp"
#include "probe/runner/machine_runner.hpp"

namespace portolan::scenario {

namespace {

constexpr Duration kBudget = std::chrono::seconds(10);  // nat-probe's default

discovery::Mapping to_probe(nat::MappingRule rule) {
    switch (rule) {
        case nat::MappingRule::EndpointIndependent:
            return discovery::Mapping::EndpointIndependent;
        case nat::MappingRule::AddressDependent:
            return discovery::Mapping::AddressDependent;
        case nat::MappingRule::AddressAndPortDependent:
            break;
    }
    return discovery::Mapping::AddressAndPortDependent;
}

discovery::Filtering to_probe(nat::FilteringRule rule) {
    switch (rule) {
        case nat::FilteringRule::EndpointIndependent:
            return discovery::Filtering::EndpointIndependent;
        case nat::FilteringRule::AddressDependent:
            return discovery::Filtering::AddressDependent;
        case nat::FilteringRule::AddressAndPortDependent:
            break;
    }
    return discovery::Filtering::AddressAndPortDependent;
}

/// Nothing else wants the ports of a host that is alone: a port that is kept where it is free is
/// the same toward everybody.
bool looks_endpoint_independent(const nat::Parameters& box) {
    return box.port_allocation.overlap &&
           (box.port_allocation.strategy == nat::PortStrategy::Preserve ||
            box.conflict.stickiness == nat::Stickiness::Source);
}

Result<Scenario> scenario_of_probe(const ProbeSpec& spec, AddressFamily family) {
    Scenario out;
    out.name = "probe " + spec.nat;
    out.seed = spec.seed;
    Party& prober = out.parties[0];
    prober.name = "prober";
    prober.ipv4 = family == AddressFamily::IPv4;
    prober.ipv6 = !prober.ipv4;
    prober.link.delay = std::chrono::milliseconds(1);
    out.parties[1].name = "nobody";
    if (spec.nat != kInternet) {
        Network network;
        network.name = "home";
        network.nat = NatChoice{.preset = spec.nat};
        network.uplink.loss_pct = spec.loss_pct;
        prober.network = 0;
        out.networks.push_back(std::move(network));
    } else {
        prober.link.loss_pct = spec.loss_pct;
    }
    return complete(std::move(out));
}

std::vector<nat::Parameters> boxes_of(const Scenario& scenario) {
    std::vector<nat::Parameters> boxes;
    for (auto network = scenario.networks.rbegin(); network != scenario.networks.rend();
         ++network) {
        if (network->box) boxes.push_back(*network->box);
    }
    return boxes;
}

bool carries_ipv4(const Scenario& scenario) {
    return std::ranges::all_of(boxes_of(scenario), [](const nat::Parameters& box) {
        return box.kind.ipv4 != nat::Translation::Off;
    });
}

discovery::Config config_for(const ProbeSpec& spec, const Scenario& scenario, AddressFamily family,
                             const Lab& lab) {
    const IpAddress way =
        way_to_server(scenario, scenario.parties[0], stun_addresses(AddressFamily::IPv4).front(),
                      stun_addresses(AddressFamily::IPv6).front());
    const TransportAddress server{way, kStunPort};
    discovery::Config config;
    config.family = family;
    if (way.address_class() == AddressClass::Nat64WellKnown) {
        // What RFC 7050 would find.
        config.nat64_prefix = IpAddress::v6({0x00, 0x64, 0xFF, 0x9B});
    }
    config.servers = {{.name = "stun:" + server.to_string(), .address = server, .tcp = server}};
    const HostAddresses& host = lab.plan().parties[0];
    config.route_local_ip = family == AddressFamily::IPv4 ? host.v4 : host.v6;
    config.budget = kBudget;
    config.hairpin = spec.hairpin;
    return config;
}

/// The prober's process.
struct Prober {
    explicit Prober(Lab& lab) : program(lab.world(), lab.party(0), "nat-probe") {}
    ~Prober() {
        program.run([&] { runner.reset(); });
    }
    Prober(const Prober&) = delete;
    Prober& operator=(const Prober&) = delete;

    sim::Program program;
    std::unique_ptr<discovery::Discovery> machine;
    std::unique_ptr<runner::MachineRunner> runner;
    bool is_finished = false;
};

}  // namespace

Configured configured(const std::vector<nat::Parameters>& boxes, AddressFamily family) {
    Configured out{.udp = discovery::UdpReachability::Reachable,
                   .translation = discovery::Translation::None,
                   .mapping = discovery::Mapping::EndpointIndependent,
                   .filtering = discovery::Filtering::EndpointIndependent};
    const bool is_v4 = family == AddressFamily::IPv4;
    for (const nat::Parameters& box : boxes) {
        const bool is_nat64 = !is_v4 && box.kind.ipv6 == nat::Ipv6Mode::Nat64;
        const bool carries =
            is_v4 ? box.kind.ipv4 != nat::Translation::Off : box.kind.ipv6 != nat::Ipv6Mode::Off;
        if (!carries || !box.policy.udp) {
            Configured silent{.udp = discovery::UdpReachability::Silent};
            silent.carries = carries;
            return silent;
        }
        if (const std::string limit = limit_of(box); !limit.empty()) {
            Configured limited;
            limited.limited_by = "the NAT " + limit;
            return limited;
        }
        const bool has_ports =
            is_nat64 || (is_v4 && box.kind.ipv4 == nat::Translation::AddressAndPort);
        const bool translates = is_v4 ? box.kind.ipv4 != nat::Translation::None
                                      : is_nat64 || box.kind.ipv6 == nat::Ipv6Mode::Nptv6;
        if (is_nat64) {
            out.translation = discovery::Translation::Nat64;
        } else if (translates) {
            out.translation = discovery::Translation::Address;
        }
        if (has_ports && !looks_endpoint_independent(box)) {
            out.mapping = std::max(*out.mapping, to_probe(box.mapping.udp));
        }
        if (has_ports || !box.policy.open_inbound) {
            out.filtering = std::max(*out.filtering, to_probe(box.filtering.udp));
        }
    }
    return out;
}

Result<ProbeRun> run_probe(const ProbeSpec& spec, const CallOptions& options) {
    AddressFamily family = spec.family.value_or(AddressFamily::IPv4);
    auto scenario = scenario_of_probe(spec, family);
    if (scenario && !spec.family && !carries_ipv4(*scenario)) {
        family = AddressFamily::IPv6;
        scenario = scenario_of_probe(spec, family);
    }
    if (!scenario) return std::move(scenario).error();
    auto plan = plan_addresses(*scenario);
    if (!plan) return std::move(plan).error();
    Lab lab(*scenario, std::move(*plan));
    std::vector<std::pair<std::string, sim::Capture*>> captures;
    if (options.capture) captures = start_captures(lab);
    if (options.on_nat_event) log_nat_decisions(lab, options.on_nat_event);

    std::unique_ptr<Servers> servers;
    std::unique_ptr<Prober> prober;
    std::optional<Error> error;
    lab.world().schedule(sim::SimTime{0}, [&] {
        auto started = Servers::start(lab, *scenario);
        if (!started) {
            error = std::move(started).error();
            return;
        }
        servers = std::move(*started);
        prober = std::make_unique<Prober>(lab);
        prober->program.run([&] {
            discovery::Config config = config_for(spec, *scenario, family, lab);
            config.seed = prober->program.random()();
            prober->machine = std::make_unique<discovery::Discovery>(std::move(config));
            prober->runner = std::make_unique<runner::MachineRunner>(
                prober->program.context(), prober->program.clock(), prober->program.random(),
                *prober->machine, runner::RunnerOptions{}, [&] { prober->is_finished = true; });
            prober->runner->start();
        });
    });
    lab.world().run_until([&] { return error || (prober && prober->is_finished); }, 2 * kBudget);
    if (error) return *error;
    if (!prober || !prober->is_finished) {
        return Error{.culprit = Culprit::Internal,
                     .code = "scenario.probe",
                     .message = "the probe did not end within twice its budget"};
    }
    ProbeRun run;
    run.ledger = prober->machine->ledger();
    run.outcome = prober->machine->outcome();
    run.family = family;
    run.configured = configured(boxes_of(*scenario), family);
    run.simulated = std::chrono::duration_cast<Duration>(lab.world().now());
    for (const auto& [name, capture] : captures)
        run.captures.push_back({name, capture->bytes()});
    prober.reset();
    servers.reset();
    return run;
}

}  // namespace portolan::scenario
