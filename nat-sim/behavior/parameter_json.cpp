#include <algorithm>
#include <optional>

#include "nat-sim/behavior/parameter_table.hpp"

namespace portolan::nat {
namespace {

using report::Json;

Error fault(std::string_view pointer, std::string_view problem) {
    return {Culprit::Usage, "nat.parameter",
            "NAT parameter " + std::string(pointer.empty() ? "document" : pointer) + ": " +
                std::string(problem)};
}

const ParameterRow* find_row(std::string_view pointer) {
    const auto& table = parameter_table();
    const auto row = std::find_if(table.begin(), table.end(),
                                  [&](const auto& r) { return r.pointer == pointer; });
    return row == table.end() ? nullptr : &*row;
}

bool is_group(std::string_view pointer) {
    const std::string prefix = std::string(pointer) + "/";
    return std::any_of(parameter_table().begin(), parameter_table().end(),
                       [&](const auto& r) { return r.pointer.substr(0, prefix.size()) == prefix; });
}

/// RFC 6901 s3: "~" and "/" in a key are escaped.
std::string escaped(std::string_view key) {
    std::string text;
    for (const char c : key) {
        if (c == '~') {
            text += "~0";
        } else if (c == '/') {
            text += "~1";
        } else {
            text += c;
        }
    }
    return text;
}

std::optional<Error> read(const Json& node, const std::string& pointer, Parameters& parameters) {
    if (!node.is_object()) return fault(pointer, "must be an object");
    for (const auto& [key, value] : node.items()) {
        const std::string child = pointer + "/" + escaped(key);
        if (const ParameterRow* row = find_row(child)) {
            if (auto problem = row->set(*row, parameters, value); !problem.empty()) {
                return fault(child, problem);
            }
        } else if (is_group(child)) {
            if (auto error = read(value, child, parameters)) return error;
        } else {
            return fault(child, "is no parameter");
        }
    }
    return std::nullopt;
}

}  // namespace

Result<void> check_parameters(const Parameters& p) {
    const auto& ports = p.port_allocation;
    const auto apdm = MappingRule::AddressAndPortDependent;
    if (ports.first > ports.last) {
        return fault("/port_allocation/first_port", "is above last_port");
    }
    if (ports.overlap && (p.mapping.udp != apdm || p.mapping.tcp != apdm)) {
        return fault("/port_allocation/overlap",
                     "tells mappings apart by their destination, so /mapping/udp and /mapping/tcp "
                     "must be address-and-port-dependent");
    }
    if (ports.overlap && p.conflict.on_conflict == OnConflict::Overload) {
        return fault("/conflict/on_conflict", "overload contradicts /port_allocation/overlap");
    }
    if (ports.overlap && ports.strategy == PortStrategy::Block) {
        return fault("/port_allocation/overlap", "has no meaning inside blocks");
    }
    if ((ports.parity || ports.contiguity) && ports.strategy == PortStrategy::Block) {
        return fault(ports.parity ? "/port_allocation/parity" : "/port_allocation/contiguity",
                     "has no meaning inside blocks");
    }
    if (p.conflict.stickiness == Stickiness::Source && !ports.overlap) {
        return fault("/conflict/stickiness",
                     "source reuses a port for other destinations, so /port_allocation/overlap "
                     "must be true");
    }
    if (p.protocol_coupling && p.mapping.udp != p.mapping.tcp) {
        return fault("/protocol_coupling", "needs the same /mapping/udp and /mapping/tcp");
    }
    if (p.protocol_coupling && p.mapping.udp != MappingRule::EndpointIndependent) {
        return fault("/protocol_coupling", "needs endpoint-independent mapping");
    }
    if (ports.strategy == PortStrategy::Block) {
        const unsigned shares = ports.block_compression_count + ports.block_dynamic_count;
        const unsigned usable = 65536U - ports.block_reserved_count;
        const unsigned size =
            ports.block_size_count != 0 ? ports.block_size_count : usable / shares;
        if (size == 0 || size * ports.block_compression_count > usable) {
            return fault("/port_allocation/block_compression_count",
                         "that many blocks do not fit into the ports of one address");
        }
    }
    if (p.events.overload_at_mappings_count != 0 && p.protocol_coupling) {
        return fault("/events/overload_at_mappings_count", "cannot be used with protocol_coupling");
    }
    return {};
}

Result<Parameters> parse_parameters(const Json& document) {
    Parameters parameters;
    if (auto error = read(document, "", parameters)) return *error;
    if (auto fine = check_parameters(parameters); !fine) return fine.error();
    return parameters;
}

Result<Parameters> parse_parameters(std::string_view text) {
    auto document = report::parse_json(text);
    if (!document) return document.error();
    return parse_parameters(*document);
}

Json to_json(const Parameters& parameters) {
    Json document = Json::object();
    for (const ParameterRow& row : parameter_table()) {
        document[Json::json_pointer(std::string(row.pointer))] = row.get(parameters);
    }
    return document;
}

}  // namespace portolan::nat
