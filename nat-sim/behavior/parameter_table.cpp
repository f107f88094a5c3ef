#include "nat-sim/behavior/parameter_table.hpp"

#include <type_traits>

#include "nat-sim/behavior/parameter_words.hpp"

namespace portolan::nat {
namespace {

using report::Json;

constexpr std::int64_t kMaxMs = std::int64_t{100} * 365 * 86'400'000;
/// The indices of the tables hold 24 bits.
constexpr std::int64_t kMaxEntries = (1 << 24) - 2;

template <typename T>
inline constexpr bool kIsTimes = std::is_same_v<T, std::vector<Time>>;

Json time_to_json(Time time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

template <typename T>
Json value_to_json(const T& value) {
    if constexpr (std::is_enum_v<T>) {
        return std::string(to_string(value));
    } else if constexpr (std::is_same_v<T, Time>) {
        return time_to_json(value);
    } else if constexpr (kIsTimes<T>) {
        Json list = Json::array();
        for (const Time time : value)
            list.push_back(time_to_json(time));
        return list;
    } else {
        return value;
    }
}

/// nlohmann keeps positive literals as unsigned and negative ones as signed integers.
bool in_range(const ParameterRow& row, const Json& json) {
    if (json.is_number_unsigned()) {
        return json.get<std::uint64_t>() >= static_cast<std::uint64_t>(row.min) &&
               json.get<std::uint64_t>() <= static_cast<std::uint64_t>(row.max);
    }
    return json.is_number_integer() && json.get<std::int64_t>() >= row.min &&
           json.get<std::int64_t>() <= row.max;
}

template <typename T>
std::string set_value(const ParameterRow& row, T& value, const Json& json) {
    std::string must = "must be " + row.allowed;
    if constexpr (std::is_enum_v<T>) {
        if (!json.is_string()) return must;
        for (std::size_t i = 0; i < Words<T>::kWords.size(); ++i) {
            if (json.get_ref<const std::string&>() != Words<T>::kWords[i]) continue;
            value = static_cast<T>(i);
            return {};
        }
        return must;
    } else if constexpr (std::is_same_v<T, bool>) {
        if (!json.is_boolean()) return must;
        value = json.get<bool>();
    } else if constexpr (std::is_same_v<T, Time>) {
        if (!in_range(row, json)) return must;
        value = std::chrono::milliseconds(json.get<std::int64_t>());
    } else if constexpr (kIsTimes<T>) {
        if (!json.is_array()) return must;
        T times;
        for (const Json& element : json) {
            if (!in_range(row, element)) return must;
            times.push_back(std::chrono::milliseconds(element.get<std::int64_t>()));
            if (times.size() > 1 && times.back() < times[times.size() - 2]) {
                return "must be in ascending order";
            }
        }
        value = std::move(times);
    } else {
        if (!in_range(row, json)) return must;
        value = json.get<T>();
    }
    return {};
}

template <typename T>
std::string allowed_values(std::int64_t min, std::int64_t max) {
    if constexpr (std::is_enum_v<T>) {
        std::string text;
        for (const auto word : Words<T>::kWords) {
            if (!text.empty()) text += " | ";
            text += word;
        }
        return text;
    } else if constexpr (std::is_same_v<T, bool>) {
        return "true | false";
    } else {
        const std::string range = std::to_string(min) + " .. " + std::to_string(max);
        return kIsTimes<T> ? "a list of integers " + range : "an integer " + range;
    }
}

struct Text {
    std::string_view unit;
    std::string_view requirement;
    std::string_view meaning;
};

template <auto kField>
ParameterRow row(int number, std::string_view pointer, const Text& text, std::int64_t min = 0,
                 std::int64_t max = 0) {
    using T = std::decay_t<decltype(kField(std::declval<Parameters&>()))>;
    return {
        .number = number,
        .pointer = pointer,
        .unit = text.unit,
        .requirement = text.requirement,
        .meaning = text.meaning,
        .allowed = allowed_values<T>(min, max),
        .min = min,
        .max = max,
        .get = [](const Parameters& p) { return value_to_json<T>(kField(p)); },
        .set = [](const ParameterRow& self, Parameters& p,
                  const Json& json) { return set_value<T>(self, kField(p), json); },
    };
}

// The field of a row, for const and for mutable parameters.
#define FIELD(member) [](auto& p) -> decltype(auto) { return (p.member); }

std::vector<ParameterRow> make_table() {
    return {
        row<FIELD(mapping.udp)>(1, "/mapping/udp",
                                {"", "RFC 4787 REQ-1", "When a new mapping is made for UDP."}),
        row<FIELD(mapping.tcp)>(1, "/mapping/tcp",
                                {"", "RFC 5382 REQ-1", "When a new mapping is made for TCP."}),
        row<FIELD(filtering.udp)>(2, "/filtering/udp",
                                  {"", "RFC 4787 REQ-8", "Who may send UDP through a mapping."}),
        row<FIELD(filtering.tcp)>(2, "/filtering/tcp",
                                  {"", "RFC 5382 REQ-3", "Who may connect through a mapping."}),
        row<FIELD(filtering.icmp)>(2, "/filtering/icmp",
                                   {"", "RFC 5508 REQ-1", "Who may answer ICMP queries."}),
        row<FIELD(port_allocation.strategy)>(
            3, "/port_allocation/strategy",
            {"", "RFC 7857 s9", "Where the outside port of a new mapping comes from."}),
        row<FIELD(port_allocation.overlap)>(
            3, "/port_allocation/overlap",
            {"", "RFC 7857 s3",
             "One outside port may serve several mappings if the destinations differ."}),
        row<FIELD(port_allocation.parity)>(
            3, "/port_allocation/parity",
            {"", "RFC 4787 REQ-4", "Even ports get even ports, odd ones odd."}),
        row<FIELD(port_allocation.contiguity)>(
            3, "/port_allocation/contiguity",
            {"", "RFC 4787 s4.2.3",
             "Port n+1 of a host gets the port after the one that port n has, if free."}),
        row<FIELD(port_allocation.preserve_class)>(
            3, "/port_allocation/preserve_class",
            {"", "RFC 4787 REQ-3a", "Ports below 1024 get ports below 1024, and no others do."}),
        row<FIELD(port_allocation.first)>(
            3, "/port_allocation/first_port",
            {"port", "", "The lowest port that is given out when it is not preserved."}, 1, 65535),
        row<FIELD(port_allocation.last)>(
            3, "/port_allocation/last_port",
            {"port", "", "The highest port that is given out when it is not preserved."}, 1, 65535),
        row<FIELD(port_allocation.start)>(3, "/port_allocation/start_port",
                                          {"port", "", "Where the strategy sequential begins."}, 1,
                                          65535),
        row<FIELD(port_allocation.step)>(
            3, "/port_allocation/step_count",
            {"count", "", "How far the strategy sequential moves for each mapping."}, 1, 65535),
        row<FIELD(port_allocation.block_size_count)>(
            3, "/port_allocation/block_size_count",
            {"count", "RFC 7422 s2", "Ports of a block; 0: the ports divided by C + D."}, 0, 64512),
        row<FIELD(port_allocation.block_algorithm)>(
            3, "/port_allocation/block_algorithm",
            {"", "RFC 7422 s2", "A: which ports a subscriber's block has."}),
        row<FIELD(port_allocation.block_compression_count)>(
            3, "/port_allocation/block_compression_count",
            {"count", "RFC 7422 s2", "C: inside addresses for each outside address."}, 1, 65535),
        row<FIELD(port_allocation.block_dynamic_count)>(
            3, "/port_allocation/block_dynamic_count",
            {"count", "RFC 7422 s2", "D: blocks' worth of ports for subscribers that need more."},
            0, 65535),
        row<FIELD(port_allocation.block_reserved_count)>(
            3, "/port_allocation/block_reserved_count",
            {"count", "RFC 7422 s2", "R: ports below this belong to no block."}, 0, 65535),
        row<FIELD(conflict.on_conflict)>(
            4, "/conflict/on_conflict",
            {"", "RFC 4787 REQ-3", "What to do when the port that the strategy names is taken."}),
        row<FIELD(conflict.stickiness)>(
            4, "/conflict/stickiness",
            {"", "", "Whether a source keeps, for other destinations, a port it got before."}),
        row<FIELD(reply_binding)>(
            5, "/reply_binding",
            {"", "", "Through which mapping the answer to an unsolicited packet leaves."}),
        row<FIELD(pooling)>(6, "/pooling",
                            {"", "RFC 4787 REQ-2", "Which outside address a mapping gets."}),
        row<FIELD(timers.udp_unreplied)>(
            7, "/timers/udp_unreplied_ms",
            {"ms", "RFC 4787 REQ-5", "Idle time of a UDP session without an answer so far."}, 1,
            kMaxMs),
        row<FIELD(timers.udp_stream)>(
            7, "/timers/udp_stream_ms",
            {"ms", "RFC 4787 REQ-5", "Idle time of a UDP session with traffic both ways."}, 1,
            kMaxMs),
        row<FIELD(timers.udp_stream_after)>(
            7, "/timers/udp_stream_after_ms",
            {"ms", "",
             "Age up to which a UDP session keeps the idle time of one without an answer, whatever "
             "comes back."},
            0, kMaxMs),
        row<FIELD(timers.udp_well_known)>(
            7, "/timers/udp_well_known_ms",
            {"ms", "RFC 4787 REQ-5a",
             "Idle time toward UDP ports below 1024; 0: like other ports."},
            0, kMaxMs),
        row<FIELD(timers.tcp_opening)>(
            7, "/timers/tcp_opening_ms",
            {"ms", "RFC 5382 REQ-5", "Idle time of a connection that is not open yet."}, 1, kMaxMs),
        row<FIELD(timers.tcp_established)>(
            7, "/timers/tcp_established_ms",
            {"ms", "RFC 5382 REQ-5", "Idle time of an open connection."}, 1, kMaxMs),
        row<FIELD(timers.tcp_closing)>(
            7, "/timers/tcp_closing_ms",
            {"ms", "RFC 7857 s2.1", "Idle time of a connection that both sides have closed."}, 1,
            kMaxMs),
        row<FIELD(timers.tcp_reset)>(
            7, "/timers/tcp_reset_ms",
            {"ms", "RFC 7857 s2.2", "How long a connection is remembered after RST."}, 1, kMaxMs),
        row<FIELD(timers.tcp_unsolicited_syn)>(
            7, "/timers/tcp_unsolicited_syn_ms",
            {"ms", "RFC 5382 REQ-4",
             "Silence after a SYN that was refused, before ICMP says so; 0: it never does, or at "
             "once where /unsolicited/tcp_answer says so."},
            0, kMaxMs),
        row<FIELD(timers.icmp_query)>(
            7, "/timers/icmp_query_ms",
            {"ms", "RFC 5508 REQ-2", "Idle time of an ICMP query session."}, 1, kMaxMs),
        row<FIELD(timers.other)>(7, "/timers/other_ms",
                                 {"ms", "", "Idle time of protocols without ports."}, 1, kMaxMs),
        row<FIELD(timers.fragment)>(7, "/timers/fragment_ms",
                                    {"ms", "RFC 6146 s4", "How long fragments wait for the rest."},
                                    1, kMaxMs),
        row<FIELD(refresh.direction)>(
            8, "/refresh/direction",
            {"", "RFC 4787 REQ-6", "Packets of which direction keep a session alive."}),
        row<FIELD(refresh.unsolicited)>(
            8, "/refresh/unsolicited",
            {"", "RFC 7857 s7", "Packets from hosts that were never sent to keep mappings alive."}),
        row<FIELD(refresh.error_responses)>(
            8, "/refresh/error_responses",
            {"", "RFC 7857 s7.1", "Outgoing RST and STUN error responses keep sessions alive."}),
        row<FIELD(hairpin)>(9, "/hairpin",
                            {"", "RFC 4787 REQ-9",
                             "Inside to inside by outside addresses, and with which source."}),
        row<FIELD(capacity.max_mappings_count)>(
            10, "/capacity/max_mappings_count",
            {"count", "RFC 6888 REQ-5", "Mappings the box can hold."}, 1, kMaxEntries),
        row<FIELD(capacity.max_sessions_count)>(
            10, "/capacity/max_sessions_count",
            {"count", "RFC 6888 REQ-5", "Sessions (5-tuples) the box can hold."}, 1, kMaxEntries),
        row<FIELD(capacity.max_mappings_per_host_count)>(
            10, "/capacity/max_mappings_per_host_count",
            {"count", "RFC 6888 REQ-4", "Mappings one inside address can have; 0: no limit."}, 0,
            kMaxEntries),
        row<FIELD(capacity.max_new_mappings_per_second)>(
            10, "/capacity/max_new_mappings_per_second",
            {"per second", "RFC 6888 REQ-4c", "Mappings one inside address can make; 0: no limit."},
            0, 1'000'000),
        row<FIELD(capacity.quarantine)>(
            10, "/capacity/quarantine_ms",
            {"ms", "RFC 6888 REQ-8", "How long a port rests before another host gets it."}, 0,
            kMaxMs),
        row<FIELD(exhaustion)>(
            11, "/exhaustion",
            {"", "RFC 6888 REQ-11", "What happens when no mapping can be made."}),
        row<FIELD(unsolicited.inbound_first)>(
            12, "/unsolicited/inbound_first",
            {"", "RFC 4787 REQ-11",
             "Unsolicited packets to the box itself occupy their tuple, as on Linux."}),
        row<FIELD(unsolicited.timeout)>(12, "/unsolicited/timeout_ms",
                                        {"ms", "", "How long they occupy it."}, 1, kMaxMs),
        row<FIELD(unsolicited.udp_answer)>(
            12, "/unsolicited/udp_answer",
            {"", "RFC 1122 s4.1.3.1",
             "What a UDP packet to a shared outside address is answered with when nobody inside "
             "gets it."}),
        row<FIELD(unsolicited.tcp_answer)>(
            12, "/unsolicited/tcp_answer",
            {"", "RFC 5382 REQ-4",
             "The same for TCP; a SYN is answered after the silence of "
             "/timers/tcp_unsolicited_syn_ms."}),
        row<FIELD(protocol_coupling)>(
            13, "/protocol_coupling",
            {"", "RFC 7857 s5", "UDP and TCP from one endpoint share a mapping and its filter."}),
        row<FIELD(icmp)>(14, "/icmp", {"", "RFC 4787 REQ-12", "What ICMP errors are treated to."}),
        row<FIELD(fragments)>(15, "/fragments",
                              {"", "RFC 4787 REQ-14", "What fragments are treated to."}),
        row<FIELD(alg)>(16, "/alg", {"", "RFC 4787 REQ-10", "Which payloads are rewritten."}),
        row<FIELD(events.reboot_at)>(17, "/events/reboot_at_ms",
                                     {"ms", "", "When the box forgets everything."}, 0, kMaxMs),
        row<FIELD(events.address_change_at)>(
            17, "/events/address_change_at_ms",
            {"ms", "", "When the first outside address is replaced by a spare one."}, 0, kMaxMs),
        row<FIELD(events.overload_at_mappings_count)>(
            17, "/events/overload_at_mappings_count",
            {"count", "RFC 4787 REQ-11",
             "From this many mappings on the mapping rule is overload_mapping; 0: never."},
            0, kMaxEntries),
        row<FIELD(events.overload_mapping)>(
            17, "/events/overload_mapping",
            {"", "RFC 4787 REQ-11", "The mapping rule of UDP and TCP under load."}),
        row<FIELD(port_control)>(
            18, "/port_control",
            {"", "RFC 6888 REQ-9",
             "Answers to NAT-PMP and PCP requests from inside; UPnP IGD is not offered."}),
        row<FIELD(forwarding.decrement_ttl)>(
            19, "/forwarding/decrement_ttl",
            {"", "RFC 1812 s5.3.1", "The box is a hop; else it cannot be seen by traceroute."}),
        row<FIELD(forwarding.honour_dont_fragment)>(
            19, "/forwarding/honour_dont_fragment",
            {"", "RFC 4787 REQ-13", "Packets with DF that do not fit are refused."}),
        row<FIELD(forwarding.send_errors)>(
            19, "/forwarding/send_errors",
            {"", "RFC 4787 REQ-13", "The sender is told of packets that are too big or too old."}),
        row<FIELD(forwarding.mtu_inside_bytes)>(19, "/forwarding/mtu_inside_bytes",
                                                {"bytes", "RFC 4787 REQ-13", "MTU inside."}, 68,
                                                65535),
        row<FIELD(forwarding.mtu_outside_bytes)>(19, "/forwarding/mtu_outside_bytes",
                                                 {"bytes", "RFC 4787 REQ-13", "MTU outside."}, 68,
                                                 65535),
        row<FIELD(realms)>(
            20, "/realms",
            {"", "RFC 4787 REQ-7", "Outside addresses that equal inside ones are kept apart."}),
        row<FIELD(seed)>(21, "/seed", {"", "", "Added to the seed of the run: other random ports."},
                         0, INT64_MAX),
        row<FIELD(kind.ipv4)>(22, "/kind/ipv4",
                              {"", "RFC 3022 s2", "What happens to IPv4 addresses."}),
        row<FIELD(kind.ipv6)>(22, "/kind/ipv6", {"", "RFC 6092 s3", "What happens to IPv6."}),
        row<FIELD(policy.udp)>(23, "/policy/udp", {"", "", "UDP passes at all."}),
        row<FIELD(policy.tcp_in)>(
            23, "/policy/tcp_in",
            {"", "", "TCP connections from outside pass, if filtering lets them."}),
        row<FIELD(policy.web_only)>(23, "/policy/web_only",
                                    {"", "", "TCP from inside passes to ports 80 and 443 only."}),
        row<FIELD(policy.open_inbound)>(
            23, "/policy/open_inbound",
            {"", "",
             "Where ports are not translated, NPTv6 included: everything from outside passes."}),
        row<FIELD(policy.tcp_pick_up)>(
            23, "/policy/tcp_pick_up",
            {"", "",
             "What comes from inside of a TCP connection that is not known makes it known again."}),
    };
}

#undef FIELD

}  // namespace

const std::vector<ParameterRow>& parameter_table() {
    static const std::vector<ParameterRow> table = make_table();
    return table;
}

}  // namespace portolan::nat
