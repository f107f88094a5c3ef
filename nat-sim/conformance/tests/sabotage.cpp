#include "nat-sim/conformance/tests/sabotage.hpp"

#include <algorithm>

#include "nat-sim/behavior/presets/preset.hpp"

namespace portolan::nat::conformance {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// A NAT around the simulated one that changes what goes in and what comes out.
class TamperedNat final : public Device {
  public:
    TamperedNat(std::unique_ptr<Device> inner, PacketEdit edit, IncomingEdit incoming,
                bool hairpins_queries, bool emits_refusal)
        : inner_(std::move(inner)),
          edit_(edit),
          incoming_(incoming),
          hairpins_queries_(hairpins_queries),
          emits_refusal_(emits_refusal) {}

    Outcome process(Side from, std::vector<std::byte>& packet, Time now) override {
        const auto read = dissect(packet);
        if (incoming_ != nullptr && read && !read->packet.is_fragment()) {
            Packet changed = read->packet;
            incoming_(from, changed);
            packet = encode(changed);
        }
        if (hairpins_queries_ && from == Side::Inside && read &&
            read->packet.icmp_type == kEchoRequest && read->packet.is_icmp_query() &&
            read->packet.destination.ip.octets()[0] == 203) {
            Packet turned = read->packet;
            turned.destination.ip = host_b().ip;
            packet = encode(turned);
            return {Action::Forward, Side::Inside, Reason::Passed, false, true, 0, {}};
        }
        Outcome out = inner_->process(from, packet, now);
        if (out.action == Action::Forward && !apply(out.out, packet)) out.action = Action::Drop;
        filter(out.extra);
        return out;
    }

    std::vector<Emission> take_due(Time now) override {
        auto out = inner_->take_due(now);
        filter(out);
        if (emits_refusal_) {
            const TransportAddress box{IpAddress::v4({203, 0, 113, 1}), 5000};
            out.push_back(
                {Side::Outside, encode(icmp_error(box.ip, server_2().ip, kDestinationUnreachable, 3,
                                                  tcp_packet(server_2(), box, kSyn)))});
        }
        return out;
    }

  private:
    bool apply(Side side, Bytes& bytes) {
        if (edit_ == nullptr) return true;
        auto read = dissect(bytes);
        if (!read) return true;
        Packet changed = read->packet;
        if (!edit_(side, changed, number_++)) return false;
        const bool is_first_fragment = changed.is_fragment() && changed.fragment_offset_bytes == 0;
        // The checksum of a first fragment is that of the whole.
        if (!is_first_fragment) bytes = encode(changed);
        return true;
    }

    void filter(std::vector<Emission>& emissions) {
        std::vector<Emission> kept;
        for (Emission& emission : emissions) {
            if (apply(emission.out, emission.bytes)) kept.push_back(std::move(emission));
        }
        emissions = std::move(kept);
    }

    std::unique_ptr<Device> inner_;
    PacketEdit edit_;
    IncomingEdit incoming_;
    bool hairpins_queries_;
    bool emits_refusal_;
    unsigned number_ = 0;
};

// ---- what boxes need to meet a requirement
void parity(Parameters& p) {
    p.port_allocation.parity = true;
}
void open_filter(Parameters& p) {
    p.filtering.udp = p.filtering.tcp = p.filtering.icmp = FilteringRule::EndpointIndependent;
}
void refreshed_by_both(Parameters& p) {
    p.refresh.direction = RefreshDirection::Both;
}
void quota(Parameters& p) {
    p.capacity.max_mappings_per_host_count = 100;
    p.exhaustion = Exhaustion::AdminProhibited;
}
void one_to_one(Parameters& p) {
    p.kind.ipv4 = Translation::OneToOne;
    p.policy.open_inbound = true;
}
void nat64(Parameters& p) {
    p.kind.ipv6 = Ipv6Mode::Nat64;
    p.port_allocation.parity = true;
}

void shares_ports(Parameters& p) {
    p.mapping.udp = p.mapping.tcp = MappingRule::AddressAndPortDependent;
    p.port_allocation.overlap = true;
}
void without_blocks(Parameters& p) {
    p.port_allocation = {};
}
void small_table(Parameters& p) {
    p.port_allocation = {};
    p.capacity = {};
    p.capacity.max_mappings_count = 500;
}

// ---- faults of parameters
void mapping_by_address(Parameters& p) {
    p.mapping.udp = p.mapping.tcp = MappingRule::AddressDependent;
}
void arbitrary_pool(Parameters& p) {
    p.pooling = Pooling::Arbitrary;
}
void arbitrary_pool_without_blocks(Parameters& p) {
    p.port_allocation = {};
    p.pooling = Pooling::Arbitrary;
}
void soft_pool(Parameters& p) {
    p.pooling = Pooling::Soft;
    p.port_allocation.strategy = PortStrategy::Random;
    p.port_allocation.last = 20000;
}
void overload(Parameters& p) {
    p.conflict.on_conflict = OnConflict::Overload;
}
void no_class(Parameters& p) {
    p.port_allocation.strategy = PortStrategy::Random;
    p.port_allocation.preserve_class = false;
}
void random_ports(Parameters& p) {
    p.port_allocation.strategy = PortStrategy::Random;
    p.port_allocation.parity = false;
}
void sequential(Parameters& p) {
    p.port_allocation.strategy = PortStrategy::Sequential;
}
void coupled(Parameters& p) {
    p.protocol_coupling = true;
}
void short_udp(Parameters& p) {
    p.timers.udp_unreplied = seconds(100);
}
void medium_udp(Parameters& p) {
    p.timers.udp_unreplied = seconds(200);
}
void refreshed_by_in(Parameters& p) {
    p.refresh.direction = RefreshDirection::In;
}
void refreshed_by_out(Parameters& p) {
    p.refresh.direction = RefreshDirection::Out;
}
void short_tcp(Parameters& p) {
    p.timers.tcp_established = minutes(60);
}
void short_opening(Parameters& p) {
    p.timers.tcp_opening = minutes(2);
}
void short_closing(Parameters& p) {
    p.timers.tcp_closing = minutes(1);
}
void short_reset(Parameters& p) {
    p.timers.tcp_reset = seconds(10);
}
void strangers_refresh(Parameters& p) {
    p.refresh.direction = RefreshDirection::Both;
    p.refresh.unsolicited = true;
}
void errors_refresh(Parameters& p) {
    p.refresh.error_responses = true;
}
void confused(Parameters& p) {
    p.realms = Realms::Confused;
}
void strict_filter(Parameters& p) {
    p.filtering.udp = p.filtering.tcp = FilteringRule::AddressAndPortDependent;
}
void address_filter(Parameters& p) {
    p.filtering.udp = p.filtering.tcp = FilteringRule::AddressDependent;
}
void stun_alg(Parameters& p) {
    p.alg = Alg::Stun;
}
void no_hairpin(Parameters& p) {
    p.hairpin = HairpinMode::Off;
}
void inside_source(Parameters& p) {
    p.hairpin = HairpinMode::InternalSource;
}
void changes_at_two(Parameters& p) {
    p.events.overload_at_mappings_count = 2;
}
void changes_at_hundred(Parameters& p) {
    p.events.overload_at_mappings_count = 100;
}
void peer_takes_port(Parameters& p) {
    p = find_preset("linux-masq-open")->parameters;
}
void no_refusal(Parameters& p) {
    p.timers.tcp_unsolicited_syn = Time{0};
}
void early_refusal(Parameters& p) {
    p.timers.tcp_unsolicited_syn = seconds(1);
}
void ignores_df(Parameters& p) {
    p.forwarding.honour_dont_fragment = false;
}
void tracks_fragments(Parameters& p) {
    p.fragments = FragmentMode::Track;
}
void short_query(Parameters& p) {
    p.timers.icmp_query = seconds(30);
}
void icmp_kills(Parameters& p) {
    p.icmp = IcmpMode::KillsMapping;
}
void icmp_dropped(Parameters& p) {
    p.icmp = IcmpMode::Drop;
}
void no_errors(Parameters& p) {
    p.forwarding.send_errors = false;
}
void silent(Parameters& p) {
    p.exhaustion = Exhaustion::Silent;
}
void evicting(Parameters& p) {
    p.exhaustion = Exhaustion::EvictLru;
}
void no_quota(Parameters& p) {
    p.capacity = {};
    p.port_allocation = {};
}
/// A mapping for each destination, so that the limits of mappings are limits of destinations.
void maps_each_destination(Parameters& p) {
    p.mapping.udp = MappingRule::AddressAndPortDependent;
}
void no_rate(Parameters& p) {
    p.capacity.max_new_mappings_per_second = 0;
}
void no_rest(Parameters& p) {
    p.capacity.quarantine = Time{0};
}
void few_ports(Parameters& p) {
    p.port_allocation.block_reserved_count = 60000;
}
void no_pcp(Parameters& p) {
    p.port_control = PortControl::Off;
}

// ---- faults of packets
template <typename Change>
void in_embedded(Packet& error, Change change) {
    const auto inner = dissect(error.payload);
    if (!inner) return;
    Packet changed = inner->packet;
    change(changed);
    Bytes bytes = encode(changed);
    const std::size_t size = error.payload.size();
    if (bytes.size() > size) bytes.resize(size);
    std::copy(bytes.begin(), bytes.end(), error.payload.begin());
}

bool error_in(Side out, const Packet& p) {
    return out == Side::Inside && p.is_icmp_error();
}
bool error_out(Side out, const Packet& p) {
    return out == Side::Outside && p.is_icmp_error();
}

bool one_identification(Side, Packet& p, unsigned) {
    p.identification = 4711;
    return true;
}
bool own_identification(Side, Packet& p, unsigned number) {
    if (!p.is_fragment()) p.identification = static_cast<std::uint16_t>(number + 1);
    return true;
}
bool loses_fin(Side, Packet& p, unsigned) {
    return (p.tcp_flags & kFin) == 0;
}
bool loses_crossing_syn(Side out, Packet& p, unsigned) {
    return !(out == Side::Inside && p.protocol == Protocol::Tcp && p.tcp_flags == kSyn);
}
bool all_to_one_host(Side out, Packet& p, unsigned) {
    if (out == Side::Inside) p.destination.ip = host_a().ip;
    return true;
}
bool loses_rst(Side, Packet& p, unsigned) {
    return (p.tcp_flags & kRst) == 0;
}
bool rewrites_sip(Side, Packet& p, unsigned) {
    if (p.protocol == Protocol::Tcp && !p.payload.empty()) p.payload[0] = std::byte{'X'};
    return true;
}
bool loses_fragments(Side, Packet& p, unsigned) {
    return p.fragment_offset_bytes == 0;
}
bool tires(Side, Packet&, unsigned number) {
    return number < 1;
}
bool loses_replies(Side out, Packet& p, unsigned) {
    return !(out == Side::Inside && p.is_icmp_query());
}
bool swaps_replies(Side out, Packet& p, unsigned) {
    if (out == Side::Inside && p.is_icmp_query()) p.destination.ip = host_a().ip;
    return true;
}
bool identifier_by_number(Side out, Packet& p, unsigned number) {
    if (out == Side::Outside && p.is_icmp_query()) {
        p.source.port = static_cast<std::uint16_t>(100 + number);
    }
    return true;
}
bool wrong_inner_port(Side out, Packet& p, unsigned) {
    if (error_in(out, p)) in_embedded(p, [](Packet& inner) { inner.source.port = 1; });
    return true;
}
bool checks_inner_checksum(Side out, Packet& p, unsigned) {
    const auto inner = dissect(p.payload);
    return !error_in(out, p) || !inner || inner->transport_checksum_ok;
}
bool cuts_extension(Side out, Packet& p, unsigned) {
    if (error_in(out, p) && p.payload.size() > 128) p.payload.resize(128);
    return true;
}
bool other_type(Side, Packet& p, unsigned) {
    if (p.is_icmp_error()) p.icmp_code = 9;
    return true;
}
bool other_destination(Side out, Packet& p, unsigned) {
    if (error_in(out, p)) p.destination.ip = host_b().ip;
    return true;
}
bool hairpin_other_destination(Side out, Packet& p, unsigned) {
    if (error_in(out, p)) p.destination.ip = IpAddress::v4({192, 168, 1, 99});
    return true;
}
bool shows_inside(Side out, Packet& p, unsigned) {
    if (error_out(out, p)) in_embedded(p, [](Packet& inner) { inner.destination = host_a(); });
    return true;
}
bool inside_source_outside(Side out, Packet& p, unsigned) {
    if (error_out(out, p)) p.source.ip = host_a().ip;
    return true;
}
bool drops_quench(Side, Packet& p, unsigned) {
    return !(p.is_icmp_error() && p.icmp_type == kSourceQuench);
}
bool marks_errors(Side, Packet& p, unsigned) {
    if (p.is_icmp_error()) p.traffic_class = 0xB8;
    return true;
}

// ---- faults of what the box is given
void repairs_inner(Side, Packet& p) {
    in_embedded(p, [](Packet&) {});
}
void repairs_outer(Side, Packet&) {}  // encoding it again makes the checksum right
void hides_errors(Side from, Packet& p) {
    // The box takes an error that belongs to nothing for one about the first mapping.
    if (!p.is_icmp_error()) return;
    if (from == Side::Outside) {
        in_embedded(p, [](Packet& inner) { inner.source.port = 5000; });
    } else {
        p.source.ip = host_a().ip;
        in_embedded(p, [](Packet& inner) {
            inner.source = server_1();
            inner.destination = host_a();
        });
        p.destination.ip = server_1().ip;
    }
}
void refreshes_by_error(Side from, Packet& p) {
    // To the box an outgoing error looks like traffic of the mapping.
    if (from != Side::Inside || !p.is_icmp_error()) return;
    p = udp_packet(host_a(), server_1());
}
void forgets_first_options(Side, Packet& p) {
    in_embedded(p, [](Packet& inner) {
        if (!inner.ip_options.empty()) inner.source.port = 1;
    });
}
void lengthens_ttl(Side, Packet& p) {
    p.ttl = 64;
}

SabotageRow param(std::string_view id, ParameterEdit fault, ParameterEdit base = nullptr) {
    return {.check_id = id, .base = base, .fault = fault};
}
SabotageRow packets(std::string_view id, PacketEdit edit, ParameterEdit base = nullptr) {
    return {.check_id = id, .base = base, .edit = edit};
}
bool other_embedded_address(Side out, Packet& p, unsigned) {
    if (out == Side::Outside) p.destination.ip = server_2().ip;
    return true;
}
/// The box is shown what it would have to refuse as something that it takes.
void accepts_any_prefix(Side from, Packet& p) {
    if (from != Side::Inside || !p.is_ipv6()) return;
    p.source = {*IpAddress::parse("2001:db8:1::10"), p.source.port};
    p.destination = {*IpAddress::parse("64:ff9b::198.51.100.1"), p.destination.port};
}
void accepts_any_port(Side from, Packet& p) {
    if (from == Side::Outside) p.destination.port = 5000;
}

SabotageRow given_nat64(std::string_view id, ParameterEdit fault, PacketEdit edit = nullptr,
                        IncomingEdit incoming = nullptr) {
    return {.check_id = id, .base = nat64, .fault = fault, .edit = edit, .incoming = incoming};
}
SabotageRow given(std::string_view id, IncomingEdit incoming) {
    return {.check_id = id, .incoming = incoming};
}

}  // namespace

const std::vector<SabotageRow>& sabotage_table() {
    static const std::vector<SabotageRow> table = {
        param("rfc4787/req-1", mapping_by_address),
        param("rfc4787/req-2", arbitrary_pool),
        param("rfc4787/req-3", overload),
        param("rfc4787/req-3a", no_class),
        param("rfc4787/req-4", random_ports, parity),
        param("rfc4787/req-5", short_udp),
        param("rfc4787/req-5c", medium_udp),
        param("rfc4787/req-6", refreshed_by_in),
        param("rfc4787/req-6a", refreshed_by_out, refreshed_by_both),
        param("rfc4787/req-7", confused),
        param("rfc4787/req-8", strict_filter),
        param("rfc4787/req-9", no_hairpin),
        param("rfc4787/req-9a", inside_source),
        param("rfc4787/req-10", stun_alg),
        param("rfc4787/req-11-collision", changes_at_two),
        param("rfc4787/req-11-load", changes_at_hundred),
        param("rfc4787/req-11-peer-first", peer_takes_port),
        param("rfc4787/req-12", icmp_kills),
        param("rfc4787/req-12a", icmp_dropped),
        param("rfc4787/req-12b", icmp_dropped),
        param("rfc4787/req-13", ignores_df),
        packets("rfc4787/req-13a", loses_fragments),
        param("rfc4787/req-14", tracks_fragments),
        packets("rfc4787/req-14a", tires),
        param("rfc5382/req-1", mapping_by_address),
        packets("rfc5382/req-2", loses_fin),
        packets("rfc5382/req-2a", loses_crossing_syn),
        param("rfc5382/req-3", strict_filter),
        param("rfc5382/req-4", early_refusal),
        {.check_id = "rfc5382/req-4-own-syn", .emits_refusal = true},
        param("rfc5382/req-4-refusal", no_refusal),
        param("rfc5382/req-5-established", short_tcp),
        param("rfc5382/req-5-transitory", short_opening),
        packets("rfc5382/req-6", rewrites_sip),
        param("rfc5382/req-7", overload),
        param("rfc5382/req-8", no_hairpin),
        param("rfc5382/req-8a", inside_source),
        param("rfc5382/req-9", icmp_dropped),
        param("rfc5382/req-10", icmp_kills),
        packets("rfc5508/req-1", loses_replies),
        packets("rfc5508/req-1-hosts", swaps_replies),
        packets("rfc5508/req-1a", identifier_by_number),
        param("rfc5508/req-2", short_query),
        given("rfc5508/req-3", repairs_outer),
        given("rfc5508/req-3a", repairs_inner),
        given("rfc5508/req-3b", forgets_first_options),
        packets("rfc5508/req-3c", checks_inner_checksum),
        packets("rfc5508/req-3d", cuts_extension),
        given("rfc5508/req-4", hides_errors),
        packets("rfc5508/req-4a", wrong_inner_port),
        packets("rfc5508/req-4b", other_type),
        packets("rfc5508/req-4c", other_destination),
        given("rfc5508/req-5", hides_errors),
        packets("rfc5508/req-5a", shows_inside),
        packets("rfc5508/req-5b", other_type),
        packets("rfc5508/req-5c", inside_source_outside),
        param("rfc5508/req-6", icmp_kills),
        param("rfc5508/req-7", icmp_dropped),
        {.check_id = "rfc5508/req-7-query", .base = one_to_one, .hairpins_queries = true},
        packets("rfc5508/req-7a", hairpin_other_destination),
        param("rfc5508/req-8", silent, quota),
        param("rfc5508/req-10a-time-exceeded", no_errors),
        {.check_id = "rfc5508/req-10c", .repair = drops_quench},
        {.check_id = "rfc5508/req-10d", .repair = marks_errors},
        given("rfc5508/req-10e", lengthens_ttl),
        given_nat64("rfc6146/3.5-destination", nullptr, nullptr, accepts_any_prefix),
        given_nat64("rfc6146/3.5-source", nullptr, nullptr, accepts_any_prefix),
        given_nat64("rfc6146/3.5.1-filtering", open_filter),
        given_nat64("rfc6146/3.5.1-mapping", mapping_by_address),
        given_nat64("rfc6146/3.5.1-udp-default", medium_udp),
        given_nat64("rfc6146/3.5.1-udp-min", short_udp),
        given_nat64("rfc6146/3.5.1-unmatched", nullptr, nullptr, accepts_any_port),
        given_nat64("rfc6146/3.5.1.1-ports", random_ports),
        given_nat64("rfc6146/3.5.1.1-unique", overload),
        given_nat64("rfc6146/3.5.2.2-established", short_tcp),
        given_nat64("rfc6146/3.5.2.2-transitory", short_opening),
        given_nat64("rfc6146/3.5.3", short_query),
        given_nat64("rfc6146/3.5.4", nullptr, other_embedded_address),
        given_nat64("rfc6146/3.7-error", nullptr, other_type),
        given_nat64("rfc6146/3.8", no_hairpin),
        param("rfc6888/req-2", arbitrary_pool_without_blocks),
        {.check_id = "rfc6888/req-3", .one_address = true},
        param("rfc6888/req-4", no_quota),
        param("rfc6888/req-4c", no_rate),
        param("rfc6888/req-5", no_quota, maps_each_destination),
        param("rfc6888/req-5b", no_rate, maps_each_destination),
        param("rfc6888/req-7", address_filter),
        param("rfc6888/req-8", no_rest, without_blocks),
        param("rfc6888/req-9", no_pcp),
        param("rfc6888/req-11a", no_quota),
        param("rfc6888/req-11b", silent),
        param("rfc6888/req-11d", evicting, small_table),
        param("rfc6888/req-13", few_ports),
        param("rfc6888/req-14", without_blocks),
        param("rfc6888/req-15", sequential),
        param("rfc7857/2.1", short_closing),
        packets("rfc7857/2.2", loses_rst),
        param("rfc7857/2.2-state", short_reset),
        packets("rfc7857/3", all_to_one_host, shares_ports),
        param("rfc7857/4", soft_pool),
        param("rfc7857/5", coupled),
        param("rfc7857/6", coupled),
        param("rfc7857/7", strangers_refresh, open_filter),
        given("rfc7857/7.1-icmp", refreshes_by_error),
        param("rfc7857/7.1-rst", errors_refresh),
        param("rfc7857/7.1-stun", errors_refresh),
        param("rfc7857/9", sequential),
        {.check_id = "rfc7857/10", .edit = one_identification, .repair = own_identification},
    };
    return table;
}

Subject sound_subject(const SabotageRow& row) {
    Subject out;
    out.name = "sound";
    if (row.check_id.starts_with("rfc6888/")) {
        out.parameters = find_preset("cgn-rfc6888")->parameters;
        out.carrier_grade = true;
    }
    if (row.base != nullptr) row.base(out.parameters);
    out.make = [&row](const Parameters& parameters, const BoxAddresses& addresses,
                      std::uint64_t seed) -> std::unique_ptr<Device> {
        auto nat = make_simulated_nat(parameters, addresses, seed);
        return std::make_unique<TamperedNat>(std::move(nat), row.repair, nullptr,
                                             row.hairpins_queries, false);
    };
    return out;
}

DeviceMaker faulty_maker(const SabotageRow& row) {
    return [&row](const Parameters& parameters, const BoxAddresses& addresses,
                  std::uint64_t seed) -> std::unique_ptr<Device> {
        Parameters faulty = parameters;
        if (row.fault != nullptr) row.fault(faulty);
        BoxAddresses pool = addresses;
        if (row.one_address) pool.outside_v4.resize(1);
        return std::make_unique<TamperedNat>(make_simulated_nat(faulty, pool, seed), row.edit,
                                             row.incoming, false, row.emits_refusal);
    };
}

}  // namespace portolan::nat::conformance
