#include "probe/discovery/vocabulary.hpp"

namespace portolan::discovery {

std::string_view to_string(Mapping mapping) {
    switch (mapping) {
        case Mapping::EndpointIndependent:
            return "endpoint-independent";
        case Mapping::AddressDependent:
            return "address-dependent";
        case Mapping::AddressAndPortDependent:
            return "address-and-port-dependent";
        case Mapping::PortDependent:
            return "port-dependent";
        case Mapping::AddressIndependent:
            return "address-independent";
        case Mapping::EndpointDependent:
            return "endpoint-dependent";
    }
    return "";
}

std::string_view to_string(Filtering filtering) {
    switch (filtering) {
        case Filtering::EndpointIndependent:
            return "endpoint-independent";
        case Filtering::AddressDependent:
            return "address-dependent";
        case Filtering::AddressAndPortDependent:
            return "address-and-port-dependent";
    }
    return "";
}

std::string_view to_string(Translation translation) {
    switch (translation) {
        case Translation::None:
            return "none";
        case Translation::Address:
            return "address";
        case Translation::Nat64:
            return "nat64";
    }
    return "";
}

std::string_view to_string(UdpReachability reachability) {
    switch (reachability) {
        case UdpReachability::Reachable:
            return "reachable";
        case UdpReachability::Silent:
            return "silent";
        case UdpReachability::Prohibited:
            return "prohibited";
        case UdpReachability::LocalFirewall:
            return "local-firewall";
        case UdpReachability::NoRoute:
            return "no-route";
        case UdpReachability::SomePorts:
            return "some-ports";
    }
    return "";
}

std::string_view to_string(Pooling pooling) {
    switch (pooling) {
        case Pooling::Paired:
            return "paired";
        case Pooling::Arbitrary:
            return "arbitrary";
        case Pooling::MultiEgress:
            return "multi-egress";
    }
    return "";
}

std::string_view to_string(PortAllocation allocation) {
    switch (allocation) {
        case PortAllocation::Preserving:
            return "preserving";
        case PortAllocation::Sequential:
            return "sequential";
        case PortAllocation::NonSequential:
            return "non-sequential";
    }
    return "";
}

std::string_view to_string(Collision collision) {
    switch (collision) {
        case Collision::Robust:
            return "robust";
        case Collision::Possible:
            return "possible";
        case Collision::Observed:
            return "observed";
    }
    return "";
}

std::string_view to_string(Hairpinning hairpinning) {
    switch (hairpinning) {
        case Hairpinning::External:
            return "external";
        case Hairpinning::Internal:
            return "internal";
        case Hairpinning::Other:
            return "other-source";
        case Hairpinning::None:
            return "none";
    }
    return "";
}

std::string_view to_string(AlgRewriting rewriting) {
    switch (rewriting) {
        case AlgRewriting::None:
            return "none";
        case AlgRewriting::Rewrites:
            return "rewrites";
    }
    return "";
}

std::string_view to_string(Layers layers) {
    switch (layers) {
        case Layers::NoSign:
            return "no-sign";
        case Layers::CarrierGrade:
            return "carrier-grade";
        case Layers::Multiple:
            return "multiple";
    }
    return "";
}

std::string_view classic_name(Translation translation, Mapping mapping, Filtering filtering) {
    struct Alias {
        Mapping mapping;
        Filtering filtering;
        std::string_view name;
    };
    // RFC 3489 s5; its "symmetric" says nothing of filtering.
    static constexpr Alias kAliases[] = {
        {Mapping::EndpointIndependent, Filtering::EndpointIndependent, "full cone"},
        {Mapping::EndpointIndependent, Filtering::AddressDependent, "restricted cone"},
        {Mapping::EndpointIndependent, Filtering::AddressAndPortDependent, "port restricted cone"},
        {Mapping::AddressAndPortDependent, Filtering::EndpointIndependent, "symmetric"},
        {Mapping::AddressAndPortDependent, Filtering::AddressDependent, "symmetric"},
        {Mapping::AddressAndPortDependent, Filtering::AddressAndPortDependent, "symmetric"},
    };
    if (translation == Translation::None) {
        return filtering == Filtering::EndpointIndependent ? "open internet"
                                                           : "symmetric UDP firewall";
    }
    for (const Alias& alias : kAliases) {
        if (alias.mapping == mapping && alias.filtering == filtering) return alias.name;
    }
    return "";
}

}  // namespace portolan::discovery
