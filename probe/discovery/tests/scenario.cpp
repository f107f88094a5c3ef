#include "probe/discovery/tests/scenario.hpp"

namespace portolan::discovery::sim {

TransportAddress at(const char* text) {
    return *TransportAddress::parse(text);
}
IpAddress ip(const char* text) {
    return *IpAddress::parse(text);
}

const IpAddress kHostIp = ip("192.168.1.10");
const IpAddress kPublicHostIp = ip("81.2.69.10");
const IpAddress kPublicIp = ip("81.2.69.142");
const IpAddress kSecondPublicIp = ip("81.2.69.143");
const TransportAddress kPP = at("45.33.32.10:3478");
const TransportAddress kPA = at("45.33.32.10:3479");
const TransportAddress kAP = at("45.33.32.11:3478");
const TransportAddress kAA = at("45.33.32.11:3479");
const TransportAddress kPlain1 = at("45.33.40.1:3478");
const TransportAddress kPlain2 = at("45.33.41.2:3478");

NatRules nat_rules(MappingRule mapping, FilteringRule filtering) {
    NatRules rules;
    rules.mapping = mapping;
    rules.filtering = filtering;
    if (mapping != MappingRule::None) rules.public_ips = {kPublicIp};
    return rules;
}

NatRules linux_masquerade() {
    NatRules rules =
        nat_rules(MappingRule::AddressAndPortDependent, FilteringRule::AddressAndPortDependent);
    rules.ports = PortRule::Preserving;
    rules.ports_shared_between_destinations = true;
    return rules;
}

void use_servers(Scenario& scenario, std::vector<ServerRules> servers) {
    scenario.world.servers = std::move(servers);
    scenario.config.servers.clear();
    for (const ServerRules& rules : scenario.world.servers) {
        ServerTarget target;
        target.name = "stun:" + rules.primary.to_string();
        target.address = rules.primary;
        target.tcp = rules.primary;
        target.tls = TransportAddress{rules.primary.ip, 5349};
        target.tls_name = "stun.example.org";
        scenario.config.servers.push_back(std::move(target));
    }
}

Scenario behind(MappingRule mapping, FilteringRule filtering) {
    Scenario scenario;
    scenario.name = std::string(to_string(mapping)) + "/" + std::string(to_string(filtering));
    const bool direct = mapping == MappingRule::None;
    scenario.world.host_ips = {direct ? kPublicHostIp : kHostIp};
    scenario.world.nats = {nat_rules(mapping, filtering)};
    scenario.config.route_local_ip = scenario.world.host_ips.front();
    use_servers(scenario, {rfc5780_server(kPP, kAA)});
    return scenario;
}

std::string_view to_string(MappingRule mapping) {
    switch (mapping) {
        case MappingRule::None:
            return "direct";
        case MappingRule::EndpointIndependent:
            return "EIM";
        case MappingRule::AddressDependent:
            return "ADM";
        case MappingRule::AddressAndPortDependent:
            return "APDM";
        case MappingRule::PortDependent:
            return "PDM";
    }
    return "?";
}

std::string_view to_string(FilteringRule filtering) {
    switch (filtering) {
        case FilteringRule::Open:
            return "open";
        case FilteringRule::EndpointIndependent:
            return "EIF";
        case FilteringRule::AddressDependent:
            return "ADF";
        case FilteringRule::AddressAndPortDependent:
            return "APDF";
    }
    return "?";
}

}  // namespace portolan::discovery::sim
