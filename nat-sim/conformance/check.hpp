#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nat-sim/behavior/nat.hpp"
#include "reports/model/finding.hpp"

namespace portolan::nat::conformance {

/// What is judged: a NAT between two networks. Tests put faulty ones here.
class Device {
  public:
    Device() = default;
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;
    virtual ~Device() = default;

    virtual Outcome process(Side from, std::vector<std::byte>& packet, Time now) = 0;
    virtual std::vector<Emission> take_due(Time now) = 0;
};

using DeviceMaker =
    std::function<std::unique_ptr<Device>(const Parameters&, const BoxAddresses&, std::uint64_t)>;

/// The simulator's own NAT.
std::unique_ptr<Device> make_simulated_nat(const Parameters& parameters,
                                           const BoxAddresses& addresses, std::uint64_t seed);

/// One box under test.
struct Subject {
    std::string name;
    Parameters parameters = {};
    bool carrier_grade = false;  ///< RFC 6888 applies
    std::uint64_t seed = 1;
    DeviceMaker make = make_simulated_nat;
};

enum class Status {
    Meets,
    Violates,
    NotApplicable,  ///< the requirement says nothing about such a box
};

struct Judgement {
    Status status = Status::NotApplicable;
    std::string came;  ///< what was seen, or why it is not applicable: one sentence
};

class Trial;

/// One requirement as an executable check: it makes a fresh box, sends packets in virtual time and
/// judges what comes out. A pure function of the subject.
struct Check {
    std::string_view id;  ///< permanent: "rfc4787/req-9a"
    std::string_view title;
    report::Requirement level = report::Requirement::Must;
    std::string_view document;     ///< "RFC 4787"
    std::string_view section;      ///< "6"
    std::string_view requirement;  ///< in our words
    std::string_view sends;        ///< what is sent
    std::string_view conformant;   ///< what a conformant NAT does
    Judgement (*run)(Trial& trial) = nullptr;
};

/// Every check, ordered by RFC and requirement.
const std::vector<Check>& check_table();

Judgement meets(std::string came);
Judgement violates(std::string came);
Judgement not_applicable(std::string why);

}  // namespace portolan::nat::conformance
