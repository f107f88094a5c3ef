#pragma once

#include <string>

#include "nat-sim/behavior/tests/lab.hpp"

// What the proofs of the parameters have in common.

namespace portolan::nat::test {

inline const Address kHost = "192.168.1.2:5000";
inline const Address kOther = "192.168.1.3:5000";
inline const Address kX = "203.0.113.9:3478";
inline const Address kX2 = "203.0.113.9:3479";
inline const Address kY = "203.0.113.10:3478";
inline const Address kOutside = "198.51.100.1:5000";

inline constexpr auto kEim = MappingRule::EndpointIndependent;
inline constexpr auto kAdm = MappingRule::AddressDependent;
inline constexpr auto kApdm = MappingRule::AddressAndPortDependent;
inline constexpr auto kEif = FilteringRule::EndpointIndependent;
inline constexpr auto kAdf = FilteringRule::AddressDependent;
inline constexpr auto kApdf = FilteringRule::AddressAndPortDependent;

/// The first thing that was not as expected.
class Proof {
  public:
    template <typename A, typename B>
    Proof& equal(const A& actual, const B& expected, const std::string& what) {
        if (problem_.empty() && !(actual == expected)) problem_ = what;
        return *this;
    }
    Proof& holds(bool condition, const char* what) { return equal(condition, true, what); }
    std::string result(const Lab& lab) {
        holds(lab.broken == 0, "a packet left with a wrong checksum or length");
        holds(lab.nat.invariants_hold(), "the tables contradict each other");
        return problem_;
    }

  private:
    std::string problem_;
};

inline Parameters rules(MappingRule mapping, FilteringRule filtering) {
    Parameters p;
    p.mapping = {mapping, mapping};
    p.filtering = {filtering, filtering, filtering};
    return p;
}

}  // namespace portolan::nat::test
