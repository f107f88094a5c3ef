#include "nat-sim/scenario/parse.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <span>
#include <utility>

#include "nat-sim/scenario/check.hpp"
#include "nat-sim/scenario/nat_choice.hpp"
#include "nat-sim/scenario/prefix.hpp"
#include "nat-sim/scenario/words.hpp"
#include "reports/cli/suggest.hpp"
#include "reports/model/json_reader.hpp"

namespace portolan::scenario {

namespace {

using report::JsonReader;

constexpr std::size_t kMaxNetworkCount = 64;
constexpr std::size_t kMaxEventCount = 1000;
constexpr std::int64_t kDayMs = 86'400'000;
constexpr double kLeastTimeMs = 100;  ///< of `time_limit_ms`

constexpr report::JsonLimits kLimits{
    .max_bytes = kMaxScenarioBytes, .max_depth_count = 16, .max_value_count = 100'000};

void only_keys(const JsonReader& reader, std::initializer_list<const char*> keys) {
    if (!reader.ok()) return;
    if (!reader.raw().is_object()) return reader.fail("must be an object");
    const std::vector<std::string> known(keys.begin(), keys.end());
    for (const auto& [key, value] : reader.raw().items()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        const std::string near = cli::did_you_mean(key, known);
        const std::string shown = key.size() > 40 ? key.substr(0, 40) + "..." : key;
        return reader.fail("unknown key \"" + shown + "\"; " +
                           (near.empty() ? "there are " + cli::join_or(known) : near));
    }
}

double number(const JsonReader& reader, double min, double max) {
    if (!reader.ok()) return 0;
    const report::Json& raw = reader.raw();
    if (raw.is_number()) {
        const double value = raw.get<double>();
        if (value >= min && value <= max) return value;
    }
    const auto shown = [](double value) {
        return std::to_string(static_cast<std::int64_t>(value));
    };
    reader.fail("must be a number from " + shown(min) + " to " + shown(max));
    return 0;
}

void read_pct(const JsonReader& parent, const char* key, double& into) {
    if (const auto found = parent.find(key)) into = number(*found, 0, 100);
}

void read_ms(const JsonReader& parent, const char* key, Duration& into, double max_ms) {
    if (const auto found = parent.find(key)) {
        into = Duration(std::llround(number(*found, 0, max_ms) * 1000));
    }
}

void read_flag(const JsonReader& parent, const char* key, bool& into) {
    if (const auto found = parent.find(key)) into = found->boolean();
}

template <typename T>
void read_word(const JsonReader& reader, std::span<const Word<T>> words, T& into) {
    const std::string text = reader.string();
    if (!reader.ok()) return;
    std::vector<std::string> known;
    for (const Word<T>& word : words) {
        if (word.text == text) {
            into = word.value;
            return;
        }
        known.emplace_back(word.text);
    }
    reader.fail("must be one of " + cli::join_or(known));
}

Link read_link(const JsonReader& reader, Link link = {}) {
    only_keys(reader,
              {"delay_ms", "jitter_ms", "loss_pct", "burst_loss", "reorder_pct", "reorder_delay_ms",
               "duplicate_pct", "rate_kbit_s", "queue_packets", "mtu_bytes"});
    read_ms(reader, "delay_ms", link.delay, 60'000);
    read_ms(reader, "jitter_ms", link.jitter, 60'000);
    read_pct(reader, "loss_pct", link.loss_pct);
    read_pct(reader, "reorder_pct", link.reorder_pct);
    if (const auto held = reader.find("reorder_delay_ms")) {
        read_ms(reader, "reorder_delay_ms", link.reorder_delay, 60'000);
        if (!reader.find("reorder_pct"))
            held->fail("needs \"reorder_pct\": no packet is held back");
    }
    read_pct(reader, "duplicate_pct", link.duplicate_pct);
    if (const auto burst = reader.find("burst_loss")) {
        only_keys(*burst, {"enter_pct", "leave_pct", "loss_pct"});
        BurstLoss& loss = link.burst_loss.emplace();
        loss.enter_pct = number(burst->member("enter_pct"), 0, 100);
        loss.leave_pct = number(burst->member("leave_pct"), 0, 100);
        read_pct(*burst, "loss_pct", loss.loss_pct);
        if (reader.find("loss_pct")) burst->fail("contradicts \"loss_pct\" beside it: give one");
    }
    if (const auto rate = reader.find("rate_kbit_s")) {
        link.rate_bits_s = static_cast<std::uint64_t>(rate->integer(1, 100'000'000)) * 1000;
    }
    if (const auto queue = reader.find("queue_packets")) {
        link.queue_packet_count = static_cast<std::uint32_t>(queue->integer(1, 100'000));
        if (link.rate_bits_s == 0) {
            queue->fail("needs \"rate_kbit_s\": a link without a rate has no queue");
        }
    }
    if (const auto mtu = reader.find("mtu_bytes")) {
        link.mtu_bytes = static_cast<std::uint32_t>(mtu->integer(576, 9000));
    }
    return link;
}

/// The parameters' reader counts pointers from their own document; this is the whole one.
std::string whole_pointer(const JsonReader& nat, const std::string& message) {
    constexpr std::string_view kPrefix = "NAT parameter ";
    if (!message.starts_with(kPrefix)) return nat.pointer() + ": " + message;
    std::string rest = message.substr(kPrefix.size());
    constexpr std::string_view kDocument = "document";
    if (rest.starts_with(kDocument)) rest.erase(0, kDocument.size());
    return nat.pointer() + "/parameters" + rest;
}

NatChoice read_nat(const JsonReader& reader, std::optional<Error>& slot) {
    NatChoice choice;
    if (reader.raw().is_string()) {
        choice.preset = reader.non_empty_string();
    } else {
        only_keys(reader, {"preset", "parameters"});
        if (const auto preset = reader.find("preset")) choice.preset = preset->non_empty_string();
        const auto parameters = reader.find("parameters");
        if (parameters) choice.parameters = parameters->object();
        if (choice.preset.empty() && !parameters) {
            reader.fail("must have \"preset\", \"parameters\" or both");
        }
    }
    if (!reader.ok()) return choice;
    if (const auto boxes = resolve_nat(choice); !boxes) {
        Error error = boxes.error();
        error.message = whole_pointer(reader, error.message);
        if (!error.hint.empty()) error.message += "; " + std::exchange(error.hint, {});
        slot = std::move(error);
    }
    return choice;
}

sim::Prefix read_prefix(const JsonReader& reader) {
    const std::string text = reader.string();
    if (!reader.ok()) return {};
    const auto prefix = sim::Prefix::parse(text);
    if (!prefix || prefix->ip.family() != AddressFamily::IPv4) {
        reader.fail("must be an IPv4 prefix such as \"192.168.1.0/24\"");
    } else if (prefix->bits < 8 || prefix->bits > 29) {
        reader.fail("must have a length of 8 to 29");
    } else if (prefix->to_string() != text) {
        reader.fail("must be written " + prefix->to_string());
    }
    return prefix.value_or(sim::Prefix{});
}

class Decoder {
  public:
    Decoder(const JsonReader& root, std::optional<Error>& slot) : root_(root), slot_(slot) {}

    Scenario read() {
        only_keys(root_, {"schema", "name", "seed", "time_limit_ms", "networks", "parties",
                          "servers", "signalling", "media", "events"});
        if (const auto schema = root_.find("schema");
            schema && schema->string() != kSchema && root_.ok()) {
            schema->fail("must be \"" + std::string(kSchema) + "\"");
        }
        if (const auto name = root_.find("name")) out_.name = name->non_empty_string();
        if (const auto seed = root_.find("seed")) out_.seed = seed->unsigned_integer();
        if (const auto found = root_.find("time_limit_ms")) {
            out_.time_limit = Duration(
                std::llround(number(*found, kLeastTimeMs, static_cast<double>(kDayMs)) * 1000));
        }
        if (const auto networks = root_.find("networks")) read_networks(*networks);
        read_parties(root_.member("parties"));
        if (const auto servers = root_.find("servers")) {
            only_keys(*servers, {"link"});
            if (const auto link = servers->find("link")) out_.server_link = read_link(*link);
        }
        if (const auto signalling = root_.find("signalling")) {
            only_keys(*signalling, {"delay_ms"});
            read_ms(*signalling, "delay_ms", out_.signalling.delay, 60'000);
        }
        if (const auto media = root_.find("media")) read_media(*media);
        if (const auto events = root_.find("events")) read_events(*events);
        return std::move(out_);
    }

  private:
    void read_networks(const JsonReader& reader) {
        reader.each([&](const JsonReader& each) {
            if (out_.networks.size() >= kMaxNetworkCount) {
                return each.fail("is one more than the " + std::to_string(kMaxNetworkCount) +
                                 " networks that a scenario may have");
            }
            Network network = read_network(each);
            network.given_index = out_.networks.size();
            out_.networks.push_back(std::move(network));
        });
    }

    Network read_network(const JsonReader& reader) {
        Network network;
        only_keys(reader, {"name", "behind", "nat", "ipv4", "outside_addresses", "uplink"});
        const JsonReader name = reader.member("name");
        network.name = name.non_empty_string();
        if (network.name == kInternet) name.fail("is the name of the network outside all others");
        if (index_of(network.name)) name.fail("is the name of an earlier network too");
        if (const auto behind = reader.find("behind")) network.behind = read_network_name(*behind);
        if (const auto nat = reader.find("nat"); nat && !nat->raw().is_null()) {
            network.nat = read_nat(*nat, slot_);
        }
        if (const auto link = reader.find("uplink")) network.uplink = read_link(*link);
        if (const auto prefix = reader.find("ipv4")) {
            network.ipv4 = read_prefix(*prefix);
        }
        if (const auto count = reader.find("outside_addresses")) {
            network.outside_address_count = static_cast<std::uint32_t>(count->integer(1, 32));
            if (!network.nat) count->fail("needs \"nat\": a router has no addresses to map to");
        }
        return network;
    }

    std::optional<std::size_t> index_of(std::string_view name) const {
        for (std::size_t i = 0; i < out_.networks.size(); ++i) {
            if (out_.networks[i].name == name) return i;
        }
        return std::nullopt;
    }

    /// None for the Internet.
    std::optional<std::size_t> read_network_name(const JsonReader& reader) const {
        const std::string name = reader.string();
        if (!reader.ok() || name == kInternet) return std::nullopt;
        const auto index = index_of(name);
        if (!index) {
            std::vector<std::string> known{std::string(kInternet)};
            for (const Network& network : out_.networks)
                known.push_back(network.name);
            reader.fail("must be one of the networks before: " + cli::join_or(known));
        }
        return index;
    }

    void read_parties(const JsonReader& reader) {
        only_keys(reader, {"a", "b"});
        read_party(reader.member("a"), 0);
        read_party(reader.member("b"), 1);
    }

    void read_party(const JsonReader& reader, std::size_t index) {
        Party& party = out_.parties[index];
        party.name = index == 0 ? "A" : "B";
        party.role = index == 0 ? Role::Controlling : Role::Controlled;
        only_keys(reader, {"name", "network", "families", "ipv4", "link", "role", "trickle",
                           "relay_only", "ice_tcp", "turn"});
        if (const auto name = reader.find("name")) party.name = name->non_empty_string();
        if (const auto network = reader.find("network")) {
            party.network = read_network_name(*network);
        }
        if (const auto families = reader.find("families")) read_families(*families, party);
        if (const auto address = reader.find("ipv4")) {
            party.address = IpAddress::parse(address->string());
            if (!party.address || party.address->family() != AddressFamily::IPv4) {
                address->fail("must be an IPv4 address such as \"192.168.1.2\"");
            }
        }
        if (const auto link = reader.find("link")) party.link = read_link(*link);
        if (const auto role = reader.find("role")) {
            read_word<Role>(*role, role_words(), party.role);
        }
        read_flag(reader, "trickle", party.trickle);
        read_flag(reader, "relay_only", party.relay_only);
        read_flag(reader, "ice_tcp", party.ice_tcp);
        if (const auto turn = reader.find("turn")) {
            turn->each([&](const JsonReader& each) {
                TurnTransport transport{};
                read_word<TurnTransport>(each, turn_words(), transport);
                if (std::find(party.turn.begin(), party.turn.end(), transport) !=
                    party.turn.end()) {
                    each.fail("is there already");
                }
                party.turn.push_back(transport);
            });
        }
    }

    static void read_families(const JsonReader& reader, Party& party) {
        party.ipv4 = party.ipv6 = false;
        reader.each([&](const JsonReader& each) {
            const std::string text = each.string();
            if (!each.ok()) return;
            if (text == "ipv4") {
                party.ipv4 = true;
            } else if (text == "ipv6") {
                party.ipv6 = true;
            } else {
                each.fail("must be \"ipv4\" or \"ipv6\"");
            }
        });
        if (!party.ipv4 && !party.ipv6) reader.fail("must name at least one family");
    }

    void read_media(const JsonReader& reader) {
        only_keys(reader, {"duration_ms", "audio", "video"});
        read_ms(reader, "duration_ms", out_.media.duration, static_cast<double>(kDayMs));
        read_flag(reader, "audio", out_.media.audio);
        read_flag(reader, "video", out_.media.video);
        if (out_.media.duration.count() > 0 && !out_.media.audio && !out_.media.video) {
            reader.fail("has a duration but neither audio nor video");
        }
    }

    void read_events(const JsonReader& reader) {
        reader.each([&](const JsonReader& each) {
            if (out_.events.size() >= kMaxEventCount) {
                return each.fail("is one more than the " + std::to_string(kMaxEventCount) +
                                 " events that a scenario may have");
            }
            Event event = read_event(each);
            event.given_index = out_.events.size();
            out_.events.push_back(std::move(event));
        });
        refuse_idle_link_ups(reader);
        std::stable_sort(out_.events.begin(), out_.events.end(),
                         [](const Event& a, const Event& b) { return a.at < b.at; });
    }

    /// A link that is up cannot come up: whoever wrote that had another link in mind.
    void refuse_idle_link_ups(const JsonReader& reader) const {
        if (!reader.ok()) return;
        std::vector<Event> sorted = out_.events;
        std::stable_sort(sorted.begin(), sorted.end(),
                         [](const Event& a, const Event& b) { return a.at < b.at; });
        std::set<std::pair<std::optional<std::size_t>, std::optional<std::size_t>>> down;
        for (const Event& event : sorted) {
            const std::pair link(event.network, event.party);
            if (event.kind == EventKind::LinkDown) down.insert(link);
            if (event.kind != EventKind::LinkUp || down.erase(link) != 0) continue;
            std::size_t index = 0;
            return reader.each([&](const JsonReader& each) {
                if (index++ != event.given_index) return;
                each.member("kind").fail(
                    "must come after a link-down of the same link, which is up at that time");
            });
        }
    }

    Event read_event(const JsonReader& reader) const {
        Event event;
        only_keys(reader, {"at_ms", "kind", "network", "party", "nat"});
        event.at = Duration(
            std::llround(number(reader.member("at_ms"), 0, static_cast<double>(kDayMs)) * 1000));
        read_word<EventKind>(reader.member("kind"), event_words(), event.kind);
        if (!reader.ok()) return event;
        const bool is_link = event.kind == EventKind::LinkDown || event.kind == EventKind::LinkUp;
        if (const auto party = reader.find("party")) {
            const std::string name = party->string();
            if (!is_link) return party->fail("goes with link-down and link-up only"), event;
            if (name != "a" && name != "b") return party->fail("must be \"a\" or \"b\""), event;
            event.party = name == "a" ? 0 : 1;
        }
        if (const auto network = reader.find("network")) {
            if (event.party) return network->fail("contradicts \"party\": give one"), event;
            event.network = read_network_name(*network);
            if (reader.ok() && !event.network) network->fail("must be a network with a box");
            if (reader.ok() && !is_link && !out_.networks[*event.network].nat) {
                network->fail("must be a network with a NAT");
            }
        } else if (!event.party) {
            reader.fail(is_link ? "must have \"network\" or \"party\"" : "must have \"network\"");
        }
        if (const auto nat = reader.find("nat")) {
            if (event.kind != EventKind::BehaviourChange) {
                return nat->fail("goes with behaviour-change only"), event;
            }
            event.nat = read_nat(*nat, slot_);
        } else if (event.kind == EventKind::BehaviourChange) {
            reader.fail("must have \"nat\": what it changes to");
        }
        return event;
    }

    const JsonReader& root_;
    std::optional<Error>& slot_;
    Scenario out_;
};

}  // namespace

Result<Scenario> parse_scenario(std::string_view text) {
    auto document = report::parse_json(text, kLimits);
    if (!document) return std::move(document).error();
    std::optional<Error> error;
    const JsonReader root(*document, error);
    Scenario scenario = Decoder(root, error).read();
    if (error) {
        error->code = "scenario.shape";
        return *error;
    }
    return complete(std::move(scenario));
}

}  // namespace portolan::scenario
