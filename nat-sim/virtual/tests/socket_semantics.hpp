#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

// What programs rely on about sockets, as plain code over the C library. The same object code runs
// on the real kernel and in the simulated world, in a place that looks the same to it: loopback,
// and one more address of each family (kLocalV4, kLocalV6) on an interface "lan0" with an MTU of
// 1500, whose network has a neighbour that answers nothing but ICMP.
namespace portolan::socket_semantics {

inline constexpr const char* kLocalV4 = "192.0.2.1";
inline constexpr const char* kLocalV6 = "2001:db8::1";
/// On lan0 as well, for source address selection.
inline constexpr const char* kSecondV4 = "198.51.100.1";
inline constexpr const char* kNeighbourV4 = "192.0.2.2";
inline constexpr const char* kNeighbourV6 = "2001:db8::2";
inline constexpr const char* kNeighbourOfSecondV4 = "198.51.100.2";
/// No route leads there.
inline constexpr const char* kUnroutedV4 = "203.0.113.1";
inline constexpr const char* kUnroutedV6 = "2001:db8:ffff::1";

/// What a case found different from what it expects.
class Report {
  public:
    void differ(std::string what) { differences_.push_back(std::move(what)); }
    [[nodiscard]] const std::vector<std::string>& differences() const { return differences_; }

  private:
    std::vector<std::string> differences_;
};

struct Case {
    const char* name;
    bool needs_lan;  ///< lan0, which on the real kernel takes a network namespace
    void (*run)(Report&);
};

const std::vector<Case>& cases();

}  // namespace portolan::socket_semantics
