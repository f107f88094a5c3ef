#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nat-sim/behavior/parameters.hpp"
#include "nat-sim/network/interface.hpp"
#include "probe/stun/transport_address.hpp"
#include "reports/model/json.hpp"

/// What is simulated, as data. scenario.schema.json describes the same as JSON; parse.hpp reads it.
namespace portolan::scenario {

using Duration = std::chrono::microseconds;

/// Loss in bursts: a good and a bad state, and each packet may change it (Gilbert-Elliott).
struct BurstLoss {
    double enter_pct = 0;    ///< good to bad
    double leave_pct = 100;  ///< bad to good
    double loss_pct = 100;   ///< in the bad state
};

/// Both directions of a link are alike.
struct Link {
    Duration delay = std::chrono::milliseconds(10);
    Duration jitter{0};  ///< up to this much more delay, evenly distributed; keeps the order
    double loss_pct = 0;
    std::optional<BurstLoss> burst_loss = {};
    double reorder_pct = 0;  ///< of the packets; each is held back by this much:
    Duration reorder_delay = std::chrono::milliseconds(25);  ///< more than between audio packets
    double duplicate_pct = 0;
    std::uint64_t rate_bits_s = 0;  ///< 0: without limit
    std::uint32_t queue_packet_count = 100;
    std::uint32_t mtu_bytes = 1500;
};

/// A preset, or parameters of one's own, or the one with changes by the other. Firewalls are boxes
/// too: ones that translate nothing.
struct NatChoice {
    std::string preset;  ///< empty: the defaults of the parameters
    report::Json parameters = report::Json::object();
};

/// A local network and the box that connects it to the one it is behind.
struct Network {
    std::string name;
    std::size_t given_index = 0;              ///< in the scenario as it was given, for errors
    std::optional<std::size_t> behind = {};   ///< index of an earlier network; none: the Internet
    std::optional<NatChoice> nat = {};        ///< none: a router, and addresses that are public
    std::optional<nat::Parameters> box = {};  ///< what `nat` means; complete() fills it in
    sim::Prefix ipv4 = {};  ///< its own addresses; length 0 until complete() has chosen
    std::uint32_t outside_address_count = 1;
    Link uplink = {};
};

/// Whether its hosts have addresses of their own that the networks around it do not know.
bool translates_ipv4(const Network& network);
bool has_ipv6(const Network& network);

enum class Role { Controlling, Controlled };
enum class TurnTransport { Udp, Tcp, Tcp443 };

struct Party {
    std::string name;                         ///< "A", "B"
    std::optional<std::size_t> network = {};  ///< none: on the Internet itself
    bool ipv4 = true;
    bool ipv6 = false;
    std::optional<IpAddress> address = {};  ///< of IPv4, where it matters; otherwise the next free
    Link link = {};                         ///< between the host and its network
    Role role = Role::Controlling;
    bool trickle = true;
    bool relay_only = false;
    bool ice_tcp = false;
    std::vector<TurnTransport> turn = {};  ///< of its own TURN server, in order of preference
};

struct Signalling {
    Duration delay = std::chrono::milliseconds(50);
};

struct Media {
    Duration duration{0};  ///< after both sides are ready; 0: none
    bool audio = true;
    bool video = false;
};

enum class EventKind { NatReboot, AddressChange, BehaviourChange, LinkDown, LinkUp };

struct Event {
    Duration at{0};
    std::size_t given_index = 0;  ///< in the scenario as it was given, for errors
    EventKind kind = EventKind::NatReboot;
    std::optional<std::size_t> network = {};  ///< whose box, or whose uplink
    std::optional<std::size_t> party = {};    ///< whose link: 0 or 1
    NatChoice nat = {};                       ///< BehaviourChange
    std::optional<nat::Parameters> box = {};  ///< what `nat` means; complete() fills it in
};

struct Scenario {
    std::string name = "call";
    std::uint64_t seed = 1;
    Duration time_limit = std::chrono::seconds(60);  ///< for the connection, before media
    std::vector<Network> networks;
    std::array<Party, 2> parties{};
    Signalling signalling;
    Media media;
    std::vector<Event> events;
    Link server_link;
};

/// Whether what the party sends to the Internet passes that network's box.
bool is_behind(const Scenario& scenario, const Party& party, std::size_t network);

std::string_view to_string(Role value);
std::string_view to_string(TurnTransport value);
std::string_view to_string(EventKind value);

}  // namespace portolan::scenario
