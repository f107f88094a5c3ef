#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ice-tests/precall/candidates.hpp"
#include "ice-tests/precall/ice_trial.hpp"
#include "ice-tests/precall/loop.hpp"
#include "ice-tests/precall/outside.hpp"
#include "ice-tests/precall/port_mapping.hpp"
#include "ice-tests/precall/visit.hpp"
#include "ice-tests/precall/web_check.hpp"
#include "probe/discovery/inference.hpp"
#include "probe/stun/transport_address.hpp"
#include "probe/transport/server_uri.hpp"

/// `nat-probe report`: from what was measured to findings. No sockets and no clock here.
namespace portolan::nat_probe {

/// What the network is known to be like, so that it is no news.
enum class Expected { Nothing, RelayOnly, NoUdp };

/// One address of a server, and the visit to it.
struct Attempt {
    AddressFamily family = AddressFamily::IPv4;
    /// A loopback address, or one of this computer's own: says nothing of the way to others.
    bool is_on_this_machine = false;
    precall::Visit visit = {};
};

/// All that was found out about one URL, in whatever state it is.
struct ServerFacts {
    std::string id;  ///< legal, and unique in the report: "server-1"
    transport::ServerUri uri = {};
    /// Of a time-limited credential: its user name says when.
    std::optional<std::int64_t> credential_expires_at_s = {};
    bool is_looked_up = false;
    transport::Duration lookup_time{0};
    std::optional<precall::Problem> lookup_problem = {};
    bool is_lookup_silent = false;                        ///< then: no name server answered in time
    std::vector<std::unique_ptr<Attempt>> attempts = {};  ///< stay where they are
    precall::Visit second = {};  ///< the other allocation of the loop, on the same address
    precall::FromOutside outside = {};
    bool asks_from_outside = false;
    /// Its relay's address is one of this computer, which the server is not: what is sent there
    /// stays here.
    bool is_relay_here = false;
    precall::Loop audio = {};
    bool wants_media = false;
    /// Media of other servers went out meanwhile: what is wrong may be their doing.
    bool was_beside_others = false;
    precall::IceTrial ice = {};         ///< of libnice, with nothing but this relay
    std::string no_media_because = {};  ///< a sentence, where media was left out on purpose

    /// The attempt that came furthest: with success, and among these the quickest. Nothing without
    /// attempts.
    [[nodiscard]] const Attempt* best() const;
    [[nodiscard]] Attempt* best();
    [[nodiscard]] bool has_relay() const;
    /// The run ended before it was known what it does.
    [[nodiscard]] bool is_undecided() const;
    /// The best attempt went to this computer itself.
    [[nodiscard]] bool is_on_this_machine() const;
    /// It refused the peer of the loop, which was its own other relay (403).
    [[nodiscard]] bool refuses_its_relays() const;
    /// "turn:turn.example.org over UDP"
    [[nodiscard]] std::string title() const;
    [[nodiscard]] turn::Transport transport() const;
};

/// A loop beside those of the single servers, and who took part.
struct ExtraLoop {
    std::size_t first = 0;  ///< index of a server
    std::size_t second = 0;
    precall::Loop loop = {};
};

struct NatFacts {
    AddressFamily family = AddressFamily::IPv4;
    std::string section_id = {};
    discovery::Outcome outcome = {};
    bool is_on_this_machine = false;  ///< as of all servers that were asked
    bool is_cut_off = false;
    /// Servers that are named by IPv4 addresses were asked at their translations behind a NAT64,
    /// which callers do not use of addresses.
    bool is_translated = false;
    /// The interface that was asked from, where it is none that this computer prefers: by it no
    /// call goes, as its routing table is.
    std::string other_way = {};
};

/// One call of libnice in nat-sim, by nat-sim's own words.
struct SimulatedCall {
    std::string own;  ///< preset: "eim-apdf"
    std::string peer;
    std::string turn;        ///< "none", "udp", "tcp"
    std::string reach;       ///< "direct", "relayed", "unreachable"
    bool was_early = false;  ///< nominated a relay before the direct pair was valid
};

/// What nat-sim said about NATs that measured like this one.
struct PeerSimulation {
    bool is_missing = false;  ///< there is no nat-sim
    bool is_done = false;
    std::string failure = {};  ///< it ran in vain
    std::vector<SimulatedCall> calls = {};
};

/// Of the host that it was given as an address: loopback or none at all.
bool is_of_host(const IpAddress& ip);
/// Whether a relay at that address, of a server at that one, can be sent to from elsewhere by its
/// kind alone.
bool is_out_of_reach(const IpAddress& relay, const IpAddress& server);

/// One run.
struct CallFacts {
    std::vector<std::unique_ptr<ServerFacts>> servers = {};
    std::vector<NatFacts> nats = {};
    precall::Gathering gathering = {};          ///< of libnice, without any relay
    std::optional<precall::WebCheck> web = {};  ///< where a page was named
    std::int64_t unix_time_s = 0;               ///< this computer's clock at the start
    std::int64_t took_s = 0;                    ///< up to its end
    precall::PortMapping port_mapping = {};     ///< with --invasive
    PeerSimulation simulation = {};
    /// The preset of the home router that is simulated, where no server was named.
    std::optional<std::string> simulated_nat = {};
    /// With some NAT's `other_way`: the interface by which this computer sends to the servers.
    std::string preferred_way = {};
    /// Further interfaces with a default route, which nothing was sent by.
    std::vector<std::string> untried_ways = {};
    bool has_route = true;  ///< of any family, to anywhere
    bool has_ipv6_route = false;
    bool is_quick = false;
    bool is_built_in = false;  ///< the server is this program's own, on this machine
    bool is_cut_off = false;
    Expected expected = Expected::Nothing;
    /// Up over UDP and down over a stream, and the reverse: who loses, where some is lost.
    std::optional<ExtraLoop> split = {};
    /// Audio beside a megabit of video a second.
    std::optional<ExtraLoop> loaded = {};

    /// Whether what this attempt shows is about the way to others: not where it stays on this
    /// computer, but for the built-in server, whose report is a simulation and says so.
    [[nodiscard]] bool counts(const Attempt& attempt) const;
    /// Of the attempt that came furthest; a server without an address counts.
    [[nodiscard]] bool counts(const ServerFacts& server) const;
    [[nodiscard]] bool counts(const NatFacts& nat) const;
    /// Servers were named, and all of them are on this computer.
    [[nodiscard]] bool are_all_on_this_machine() const;
    /// Whether there is a relay, and nothing yet shows that it serves nobody.
    [[nodiscard]] bool may_use(const ServerFacts& server) const;
    /// The same, and it counts: calls with others can take it.
    [[nodiscard]] bool serves_calls(const ServerFacts& server) const;
    /// Whether others can take it is open, and no other relay is there: it forbids the peers that
    /// were asked of it, or is on this computer.
    [[nodiscard]] bool might_serve_calls(const ServerFacts& server) const;
    /// A relay that forbids every peer that was asked of it (403): whether it serves any is open.
    [[nodiscard]] bool forbids_peers(const ServerFacts& server) const;
    /// The relay's address is one of the server's own host or network, and the server is reached at
    /// another kind: nobody elsewhere can send to it. The same address over another transport may
    /// show the contrary.
    [[nodiscard]] bool is_relay_out_of_reach(const ServerFacts& server) const;
    /// The first of these, where no relay can be used.
    [[nodiscard]] const ServerFacts* forbidding_relay() const;
    /// The relay that a call takes first: over UDP before TCP before TLS (libwebrtc's and libnice's
    /// order of preference). Nothing without any that counts.
    [[nodiscard]] const ServerFacts* preferred_relay() const;
    /// The first of these in that order through which a call can be held, as was measured.
    [[nodiscard]] const ServerFacts* relay_that_holds() const;
    /// The first of those on this computer that can be used from here.
    [[nodiscard]] const ServerFacts* relay_on_this_machine() const;
    /// The preferred relay; without one, that on this computer. What media is measured through.
    [[nodiscard]] const ServerFacts* measured_relay() const;
    /// The relay on this computer, where no other one is named: whether others reach it is open.
    [[nodiscard]] const ServerFacts* relay_of_open_reach() const;
    /// Relays are named, all of them are known, and none can be used: whatever else works, that
    /// is a failure (severity high, exit code 1).
    [[nodiscard]] bool has_unusable_relay() const;
    /// What the classification says of the family that calls go over; nothing where it has not run,
    /// or has asked this computer alone.
    [[nodiscard]] const discovery::Outcome* nat() const;
    /// The NAT of another way than the preferred one, by which servers answer, where nothing at all
    /// comes back by that.
    [[nodiscard]] const NatFacts* other_way_that_works() const;
    /// The classification has seen what it can; what was cut off are families over which no visit
    /// got an answer either.
    [[nodiscard]] bool is_classified() const;
    /// UDP came back from somebody else than this computer.
    [[nodiscard]] bool has_udp() const;
    /// UDP comes back from servers, and something speaks against its getting out to others' ports,
    /// as direct calls need: what that is, in a sentence without a full stop; else empty.
    [[nodiscard]] std::string doubt_about_ports() const;
};

}  // namespace portolan::nat_probe
