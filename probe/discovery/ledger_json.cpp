#include <nlohmann/json.hpp>

#include "probe/discovery/ledger.hpp"
#include "probe/discovery/reply_flaw.hpp"

namespace portolan::discovery {

namespace {

using nlohmann::json;

std::string to_hex(std::span<const std::byte> bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::byte byte : bytes) {
        text += kDigits[std::to_integer<unsigned>(byte) >> 4U];
        text += kDigits[std::to_integer<unsigned>(byte) & 0xFU];
    }
    return text;
}

std::optional<std::vector<std::byte>> from_hex(std::string_view text) {
    const auto nibble = [](char c) -> int {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        return -1;
    };
    if (text.size() % 2 != 0) return std::nullopt;
    std::vector<std::byte> bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = nibble(text[i]);
        const int low = nibble(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes.push_back(static_cast<std::byte>(high * 16 + low));
    }
    return bytes;
}

template <typename Enum>
std::optional<Enum> enum_from(std::string_view word, int count) {
    for (int i = 0; i < count; ++i) {
        if (to_string(static_cast<Enum>(i)) == word) return static_cast<Enum>(i);
    }
    return std::nullopt;
}

constexpr int kRoles = static_cast<int>(Role::FilterIpPortAgain) + 1;
constexpr int kFaults = static_cast<int>(NetworkFault::Other) + 1;
constexpr int kStreamOutcomes = static_cast<int>(StreamOutcome::NotPermitted) + 1;

json fault_to_json(const Fault& fault) {
    json out{{"at_us", fault.at.count()},
             {"fault", to_string(fault.report.fault)},
             {"detail", fault.report.detail}};
    if (fault.report.reported_by) out["reported_by"] = fault.report.reported_by->to_string();
    return out;
}

/// Reads a ledger, remembering where it is; the first error wins and everything after is skipped.
class Reader {
  public:
    explicit Reader(const json& root) : root_(&root) {}

    [[nodiscard]] bool ok() const { return error_.empty(); }
    [[nodiscard]] Error error() const {
        return {Culprit::Usage, "ledger.malformed", error_, std::nullopt};
    }

    void fail(const std::string& where, const std::string& what) {
        if (ok()) error_ = "evidence is not usable: " + where + " " + what;
    }

    std::int64_t integer(const json& object, const char* key, const std::string& where) {
        const auto it = object.find(key);
        // A quarter of the range: differences of two stay representable.
        constexpr std::int64_t kLimit = std::int64_t{1} << 60;
        if (it == object.end() || !it->is_number_integer()) {
            fail(where + "/" + key, "is not an integer");
            return 0;
        }
        if (it->is_number_unsigned() && it->get<std::uint64_t>() > std::uint64_t{kLimit}) {
            fail(where + "/" + key, "is out of range");
            return 0;
        }
        const auto value = it->get<std::int64_t>();
        if (value > kLimit || value < -kLimit) {
            fail(where + "/" + key, "is out of range");
            return 0;
        }
        return value;
    }

    int small(const json& object, const char* key, const std::string& where, int limit) {
        const std::int64_t value = integer(object, key, where);
        if (ok() && (value < 0 || value >= limit)) {
            fail(where + "/" + key, "is out of range");
            return 0;
        }
        return static_cast<int>(value);
    }

    std::string text(const json& object, const char* key, const std::string& where) {
        const auto it = object.find(key);
        if (it == object.end() || !it->is_string()) {
            fail(where + "/" + key, "is not a string");
            return {};
        }
        return it->get<std::string>();
    }

    TransportAddress address(const json& object, const char* key, const std::string& where) {
        const std::string value = text(object, key, where);
        if (!ok()) return {};
        const auto parsed = TransportAddress::parse(value);
        if (!parsed) {
            fail(where + "/" + key, "is not an address with a port");
            return {};
        }
        return *parsed;
    }

    std::optional<IpAddress> ip(const json& object, const char* key, const std::string& where) {
        const auto it = object.find(key);
        if (it == object.end() || it->is_null()) return std::nullopt;
        const auto parsed =
            it->is_string() ? IpAddress::parse(it->get_ref<const std::string&>()) : std::nullopt;
        if (!parsed) fail(where + "/" + key, "is not an IP address");
        return parsed;
    }

    std::vector<std::byte> bytes(const json& object, const char* key, const std::string& where) {
        const std::string value = text(object, key, where);
        if (!ok()) return {};
        auto parsed = from_hex(value);
        if (!parsed) {
            fail(where + "/" + key, "is not lower-case hexadecimal");
            return {};
        }
        return *std::move(parsed);
    }

    bool flag(const json& object, const char* key, const std::string& where) {
        const auto it = object.find(key);
        if (it == object.end() || !it->is_boolean()) {
            fail(where + "/" + key, "is not true or false");
            return false;
        }
        return it->get<bool>();
    }

    template <typename Enum>
    Enum word(const json& object, const char* key, const std::string& where, int count) {
        const std::string value = text(object, key, where);
        if (!ok()) return Enum{};
        const auto parsed = enum_from<Enum>(value, count);
        if (!parsed) {
            fail(where + "/" + key, "is an unknown word");
            return Enum{};
        }
        return *parsed;
    }

    /// Calls `each(object, where)` for each element; they must be objects.
    template <typename Each>
    void array(const json& object, const char* key, const std::string& where, Each each) {
        const auto it = object.find(key);
        if (it == object.end() || !it->is_array()) {
            fail(where + "/" + key, "is not an array");
            return;
        }
        for (std::size_t i = 0; i < it->size() && ok(); ++i) {
            const std::string here = where + "/" + key + "/" + std::to_string(i);
            if (!(*it)[i].is_object()) {
                fail(here, "is not an object");
            } else {
                each((*it)[i], here);
            }
        }
    }

    Fault fault(const json& object, const std::string& where) {
        Fault fault;
        fault.at = Time(integer(object, "at_us", where));
        fault.report.fault = word<NetworkFault>(object, "fault", where, kFaults);
        fault.report.detail = text(object, "detail", where);
        fault.report.reported_by = ip(object, "reported_by", where);
        return fault;
    }

    Arrival arrival(const json& object, const std::string& where) {
        Arrival arrival;
        arrival.at = Time(integer(object, "at_us", where));
        arrival.socket = small(object, "socket", where, 1 << 20);
        arrival.source = address(object, "source", where);
        arrival.local_ip = ip(object, "local_ip", where);
        arrival.bytes = bytes(object, "message", where);
        arrival.decode();
        return arrival;
    }

    Probe probe(const json& object, const std::string& where, int servers) {
        Probe probe;
        probe.role = word<Role>(object, "role", where, kRoles);
        probe.socket = small(object, "socket", where, 1 << 20);
        probe.server = small(object, "server", where, servers);
        probe.attempt = small(object, "attempt", where, 1000);
        probe.destination = address(object, "destination", where);
        probe.change_ip = flag(object, "change_ip", where);
        probe.change_port = flag(object, "change_port", where);
        if (object.contains("response_port")) {
            probe.response_port =
                static_cast<std::uint16_t>(small(object, "response_port", where, 65536));
        }
        probe.request = bytes(object, "request", where);
        if (ok()) {
            const auto message = stun::MessageView::parse(probe.request);
            if (message) {
                probe.id = message->transaction_id();
            } else {
                fail(where + "/request", "is not a STUN message");
            }
        }
        const auto sent = object.find("sent_us");
        if (sent == object.end() || !sent->is_array()) {
            fail(where + "/sent_us", "is not an array");
            return probe;
        }
        for (const json& at : *sent) {
            const json holder{{"sent_us", at}};
            probe.sent.push_back(Time(integer(holder, "sent_us", where)));
        }
        const auto arrivals = object.find("arrivals");
        if (arrivals != object.end() && arrivals->size() > kMaxArrivals) {
            fail(where + "/arrivals",
                 "has more than the " + std::to_string(kMaxArrivals) + " that a run keeps");
            return probe;
        }
        array(object, "arrivals", where, [&](const json& item, const std::string& here) {
            probe.arrivals.push_back(arrival(item, here));
        });
        probe.arrival_count = probe.arrivals.size();
        array(object, "faults", where, [&](const json& item, const std::string& here) {
            probe.faults.push_back(fault(item, here));
        });
        return probe;
    }

    Ledger ledger() {
        Ledger ledger;
        if (!root_->is_object()) {
            fail("/", "is not an object");
            return ledger;
        }
        const json& root = *root_;
        ledger.family =
            text(root, "family", "") == "ipv6" ? AddressFamily::IPv6 : AddressFamily::IPv4;
        ledger.started = Time(integer(root, "started_us", ""));
        ledger.ended = Time(integer(root, "ended_us", ""));
        ledger.cut_off = flag(root, "cut_off", "");
        ledger.route_local_ip = ip(root, "route_local_ip", "");
        if (root.contains("route_note")) ledger.route_note = text(root, "route_note", "");
        ledger.nat64_prefix = ip(root, "nat64_prefix", "");
        ledger.stray_count = static_cast<std::size_t>(small(root, "stray_count", "", 1 << 30));
        array(root, "servers", "", [&](const json& item, const std::string& here) {
            ledger.servers.push_back({text(item, "name", here), address(item, "address", here)});
        });
        array(root, "sockets", "", [&](const json& item, const std::string& here) {
            ledger.sockets.push_back(
                {small(item, "id", here, 1 << 20), address(item, "local", here)});
        });
        const auto servers = static_cast<int>(ledger.servers.size());
        array(root, "probes", "", [&](const json& item, const std::string& here) {
            ledger.probes.push_back(probe(item, here, servers));
        });
        array(root, "streams", "", [&](const json& item, const std::string& here) {
            StreamRecord stream;
            stream.id = small(item, "id", here, 1 << 20);
            stream.server = small(item, "server", here, servers);
            stream.to = address(item, "to", here);
            stream.tls = flag(item, "tls", here);
            stream.started = Time(integer(item, "started_us", here));
            if (item.contains("ended_us")) {
                stream.ended = Time(integer(item, "ended_us", here));
                stream.report =
                    StreamReport{word<StreamOutcome>(item, "outcome", here, kStreamOutcomes),
                                 text(item, "detail", here)};
                if (item.contains("reply")) stream.report->reply = bytes(item, "reply", here);
            }
            if (item.contains("request")) stream.request = bytes(item, "request", here);
            ledger.streams.push_back(std::move(stream));
        });
        array(root, "strays", "", [&](const json& item, const std::string& here) {
            ledger.strays.push_back(
                {Time(integer(item, "at_us", here)), address(item, "source", here),
                 text(item, "what", here),
                 item.contains("answers")
                     ? small(item, "answers", here, static_cast<int>(ledger.probes.size()))
                     : -1});
        });
        array(root, "socket_faults", "", [&](const json& item, const std::string& here) {
            ledger.socket_faults.push_back(fault(item, here));
        });
        for (const Probe& probe : ledger.probes) {
            for (const Arrival& arrival : probe.arrivals)
                note_arrival(ledger, probe, arrival);
        }
        return ledger;
    }

  private:
    const json* root_;
    std::string error_;
};

}  // namespace

json to_json(const Ledger& ledger) {
    json out{{"family", to_string(ledger.family)}, {"started_us", ledger.started.count()},
             {"ended_us", ledger.ended.count()},   {"cut_off", ledger.cut_off},
             {"stray_count", ledger.stray_count},  {"servers", json::array()},
             {"sockets", json::array()},           {"probes", json::array()},
             {"streams", json::array()},           {"strays", json::array()},
             {"socket_faults", json::array()}};
    if (ledger.route_local_ip) out["route_local_ip"] = ledger.route_local_ip->to_string();
    if (!ledger.route_note.empty()) out["route_note"] = ledger.route_note;
    if (ledger.nat64_prefix) out["nat64_prefix"] = ledger.nat64_prefix->to_string();
    for (const ServerRecord& server : ledger.servers) {
        out["servers"].push_back({{"name", server.name}, {"address", server.address.to_string()}});
    }
    for (const SocketRecord& socket : ledger.sockets) {
        out["sockets"].push_back({{"id", socket.id}, {"local", socket.local.to_string()}});
    }
    for (const Probe& probe : ledger.probes) {
        json entry{{"role", to_string(probe.role)},
                   {"socket", probe.socket},
                   {"server", probe.server},
                   {"attempt", probe.attempt},
                   {"destination", probe.destination.to_string()},
                   {"change_ip", probe.change_ip},
                   {"change_port", probe.change_port},
                   {"request", to_hex(probe.request)},
                   {"sent_us", json::array()},
                   {"arrivals", json::array()},
                   {"faults", json::array()}};
        if (probe.response_port) entry["response_port"] = *probe.response_port;
        for (const Time at : probe.sent)
            entry["sent_us"].push_back(at.count());
        for (const Arrival& arrival : probe.arrivals) {
            json item{{"at_us", arrival.at.count()},
                      {"socket", arrival.socket},
                      {"source", arrival.source.to_string()},
                      {"message", to_hex(arrival.bytes)}};
            if (arrival.local_ip) item["local_ip"] = arrival.local_ip->to_string();
            entry["arrivals"].push_back(std::move(item));
        }
        for (const Fault& fault : probe.faults)
            entry["faults"].push_back(fault_to_json(fault));
        out["probes"].push_back(std::move(entry));
    }
    for (const StreamRecord& stream : ledger.streams) {
        json item{{"id", stream.id},
                  {"server", stream.server},
                  {"to", stream.to.to_string()},
                  {"tls", stream.tls},
                  {"started_us", stream.started.count()}};
        if (!stream.request.empty()) item["request"] = to_hex(stream.request);
        if (stream.ended && stream.report) {
            item["ended_us"] = stream.ended->count();
            item["outcome"] = to_string(stream.report->outcome);
            item["detail"] = stream.report->detail;
            if (!stream.report->reply.empty()) item["reply"] = to_hex(stream.report->reply);
        }
        out["streams"].push_back(std::move(item));
    }
    for (const Stray& stray : ledger.strays) {
        json item{{"at_us", stray.at.count()},
                  {"source", stray.source.to_string()},
                  {"what", stray.what}};
        if (stray.answers >= 0) item["answers"] = stray.answers;
        out["strays"].push_back(std::move(item));
    }
    for (const Fault& fault : ledger.socket_faults) {
        out["socket_faults"].push_back(fault_to_json(fault));
    }
    return out;
}

Result<Ledger> ledger_from_json(const json& source) {
    Reader reader(source);
    Ledger ledger = reader.ledger();
    if (!reader.ok()) return reader.error();
    return ledger;
}

}  // namespace portolan::discovery
