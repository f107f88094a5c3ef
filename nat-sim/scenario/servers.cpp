#include "nat-sim/scenario/servers.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace portolan::scenario {

namespace {

constexpr const char* kUser = "portolan";
constexpr const char* kPassword = "simulated";  // of servers that exist in the simulation only
constexpr AddressFamily kFamilies[] = {AddressFamily::IPv4, AddressFamily::IPv6};

Result<std::unique_ptr<server::TurnServer>> start_turn(sim::Program& program, std::size_t party,
                                                       std::uint16_t port) {
    server::TurnServerOptions options;
    for (const AddressFamily family : kFamilies) {
        options.addresses.push_back(turn_address(party, family));
        options.relay_addresses.push_back(relay_address(party, family));
    }
    options.port = port;
    options.users.push_back({kUser, cli::Secret(kPassword)});
    return server::TurnServer::start(program.context(), program.clock(),
                                     transport::Random(program.random()()), options);
}

}  // namespace

Result<std::unique_ptr<Servers>> Servers::start(Lab& lab, const Scenario& scenario) {
    std::unique_ptr<Servers> out(new Servers);
    out->stun_program_ = std::make_unique<sim::Program>(lab.world(), lab.stun_host(), "stun");
    server::StunServerOptions options;
    for (const AddressFamily family : kFamilies) {
        for (const IpAddress& ip : stun_addresses(family))
            options.addresses.push_back(ip);
    }
    options.port = kStunPort;
    options.alt_port = kStunAltPort;
    sim::Program& program = *out->stun_program_;
    auto stun = program.run([&] {
        return server::StunServer::start(program.context(), program.clock(),
                                         transport::Random(program.random()()), options);
    });
    if (!stun) return std::move(stun).error();
    out->stun_ = std::move(*stun);

    for (std::size_t i = 0; i < scenario.parties.size(); ++i) {
        const auto& wanted = scenario.parties[i].turn;
        if (wanted.empty()) continue;
        Turn& turn = out->turns_.emplace_back();
        turn.program = std::make_unique<sim::Program>(lab.world(), lab.turn_host(i),
                                                      i == 0 ? "turn-a" : "turn-b");
        std::vector<std::uint16_t> ports;
        for (const TurnTransport transport : wanted) {
            const std::uint16_t port = transport == TurnTransport::Tcp443 ? kWebPort : kStunPort;
            if (std::find(ports.begin(), ports.end(), port) == ports.end()) ports.push_back(port);
        }
        for (const std::uint16_t port : ports) {
            auto started = turn.program->run([&] { return start_turn(*turn.program, i, port); });
            if (!started) return std::move(started).error();
            turn.servers.push_back(std::move(*started));
        }
    }
    return out;
}

Servers::~Servers() {
    for (Turn& turn : turns_)
        turn.program->run([&] { turn.servers.clear(); });
    if (stun_program_) stun_program_->run([&] { stun_.reset(); });
}

std::vector<agent::TurnServerRef> Servers::turn_refs(const Scenario& scenario, std::size_t index) {
    std::vector<agent::TurnServerRef> out;
    const Party& party = scenario.parties[index];
    const IpAddress ip = way_to_server(scenario, party, turn_address(index, AddressFamily::IPv4),
                                       turn_address(index, AddressFamily::IPv6));
    for (const TurnTransport transport : party.turn) {
        agent::TurnServerRef& ref = out.emplace_back();
        ref.address = {ip, transport == TurnTransport::Tcp443 ? kWebPort : kStunPort};
        ref.transport = transport == TurnTransport::Udp ? agent::TurnServerRef::Transport::Udp
                                                        : agent::TurnServerRef::Transport::Tcp;
        ref.username = kUser;
        ref.password = cli::Secret(kPassword);
    }
    return out;
}

}  // namespace portolan::scenario
