#pragma once

#include <string>
#include <utility>

#include "probe/cli/report/facts.hpp"

namespace portolan::nat_probe {

/// Facts made by hand, as a run would leave them.
struct FactsBuilder {
    CallFacts facts;

    ServerFacts& add(const std::string& uri, const std::string& ip = "192.0.2.10") {
        auto made = std::make_unique<ServerFacts>();
        made->id = "server-" + std::to_string(facts.servers.size() + 1);
        made->uri = *transport::ServerUri::parse(uri);
        made->is_looked_up = true;
        made->attempts.push_back(std::make_unique<Attempt>());
        made->attempts.back()->is_on_this_machine =
            IpAddress::parse(ip)->address_class() == AddressClass::Loopback;
        precall::Visit& visit = made->attempts.back()->visit;
        visit.endpoint.transport = transport::carrier_of(made->uri);
        visit.endpoint.server = {*IpAddress::parse(ip), made->uri.port};
        facts.servers.push_back(std::move(made));
        return *facts.servers.back();
    }
    /// Answers, and gives a relay where it is asked for one.
    ServerFacts& good(const std::string& uri, const std::string& ip = "192.0.2.10") {
        ServerFacts& out = add(uri, ip);
        precall::Visit& visit = out.best()->visit;
        visit.has_answered = visit.has_succeeded = true;
        visit.round_trip = transport::Duration(31'000);
        visit.steps = {{precall::Step::Ask, transport::Duration(31'000)}};
        if (out.uri.is_turn()) {
            visit.steps.push_back({precall::Step::Allocate, transport::Duration(32'000)});
            visit.relayed = TransportAddress{*IpAddress::parse(ip), 50'000};
        }
        out.no_media_because = "Left out in this test";
        return out;
    }
    /// libnice has gathered, and connected through every relay there is.
    void ice(const std::string& own = "10.0.0.2", const std::string& outside = "203.0.113.9") {
        using std::chrono::milliseconds;
        precall::Gathering& seen = facts.gathering;
        seen.was_begun = seen.is_done = true;
        seen.stun_server = TransportAddress{*IpAddress::parse("192.0.2.10"), 3478};
        seen.took = milliseconds(33);
        seen.candidates = {
            {"host", "udp", {*IpAddress::parse(own), 40'000}, milliseconds(1)},
            {"srflx", "udp", {*IpAddress::parse(outside), 40'000}, milliseconds(32)}};
        for (const auto& server : facts.servers) {
            if (!server->has_relay()) continue;
            precall::IceTrial& trial = server->ice;
            trial.was_begun = trial.is_done = trial.is_connected = trial.has_carried = true;
            trial.gathered_after = milliseconds(64);
            trial.connected_after = milliseconds(240);
            trial.candidates.assign(
                2, {"relay", "udp", {*IpAddress::parse("192.0.2.10"), 50'000}, milliseconds(64)});
            trial.ladder = ladder();
        }
    }
    /// An allocation, a check that is lost, and one that nominates.
    static report::Ladder ladder() {
        using report::LadderState;
        report::Ladder out;
        out.lanes = {
            {"offerer", "192.0.2.10:50000"}, {"TURN server", ""}, {"answerer", "192.0.2.10:50002"}};
        out.exchanges = {{.at_us = 1'000,
                          .from = 0,
                          .to = 1,
                          .answered_at_us = 33'000,
                          .state = LadderState::Answered,
                          .name = "Allocate",
                          .note = "error 401"},
                         {.at_us = 130'000,
                          .from = 2,
                          .to = 1,
                          .name = "check",
                          .pair = "192.0.2.10:50002 to 192.0.2.10:50000",
                          .sent_count = 2},
                         {.at_us = 140'000,
                          .from = 0,
                          .to = 2,
                          .ended_at_us = 172'000,
                          .answered_at_us = 204'000,
                          .state = LadderState::Answered,
                          .name = "check, nominating",
                          .pair = "192.0.2.10:50000 to 192.0.2.10:50002",
                          .is_selected = true}};
        out.marks = {{.at_us = 205'000, .lane = 0, .name = "pair selected"}};
        return out;
    }
    ServerFacts& bad(const std::string& uri, precall::Step step, precall::Cause cause,
                     std::string detail = {}, const std::string& ip = "192.0.2.10") {
        ServerFacts& out = add(uri, ip);
        precall::Visit& visit = out.best()->visit;
        visit.has_answered = step > precall::Step::Ask;
        visit.problem = precall::Problem{step, cause, std::move(detail)};
        return out;
    }
    void nat(discovery::Mapping mapping, discovery::Filtering filtering) {
        NatFacts out{.family = AddressFamily::IPv4, .section_id = "ipv4", .outcome = {}};
        using discovery::known;
        using discovery::VerdictKind;
        out.outcome.udp = known(VerdictKind::Pass, discovery::UdpReachability::Reachable, "", "");
        out.outcome.translation = known(VerdictKind::Pass, discovery::Translation::Address, "", "");
        out.outcome.mapping = known(VerdictKind::Pass, mapping, "", "");
        out.outcome.filtering = known(VerdictKind::Pass, filtering, "", "");
        facts.nats.push_back(std::move(out));
    }
    void well_behaved_nat() {
        nat(discovery::Mapping::EndpointIndependent, discovery::Filtering::AddressAndPortDependent);
    }
    void blocked_nat() {
        NatFacts out{.family = AddressFamily::IPv4, .section_id = "ipv4", .outcome = {}};
        out.outcome.udp = discovery::known(discovery::VerdictKind::Fail,
                                           discovery::UdpReachability::Silent, "silent", "blocked");
        facts.nats.push_back(std::move(out));
    }
};

/// A loop of so many packets each way, of which every `lost_of`th was lost (0: none), each of which
/// took `base` plus up to `spread`.
inline precall::Loop made_loop(std::uint64_t count, std::uint64_t lost_of, transport::Duration base,
                               transport::Duration spread) {
    precall::Loop out;
    out.is_done = out.was_begun = true;
    for (precall::Leg* leg : {&out.there, &out.back}) {
        media::RtpSink sink(media::audio_profile());
        transport::Random random(7);
        transport::Time sent_at{};
        std::vector<std::pair<transport::Time, std::vector<std::byte>>> arrivals;
        media::RtpSource source(media::audio_profile(), random, sent_at);
        std::uint64_t number = 0;
        for (std::uint64_t i = 0; i < count; ++i) {
            source.send_due(sent_at, [&](media::Bytes bytes) {
                const bool lost = lost_of != 0 && number % lost_of == lost_of - 1;
                const auto delay = base + spread * static_cast<std::int64_t>(number % 11) / 10;
                if (!lost) {
                    arrivals.emplace_back(sent_at + delay,
                                          std::vector<std::byte>(bytes.begin(), bytes.end()));
                    leg->passages.push_back({number, sent_at, delay});
                }
                ++number;
                return true;
            });
            sent_at += media::audio_profile().frame_interval;
        }
        for (const auto& [at, bytes] : arrivals)
            sink.on_packet(*media::parse_rtp(bytes), bytes, at);
        leg->audio.emplace();
        leg->audio->received = sink.statistics(std::nullopt, number);
        leg->audio->speech = media::speech_quality(leg->audio->received, media::audio_profile());
    }
    return out;
}

/// Two relays, over UDP and TCP, with media that lost nothing, and a well-behaved NAT.
inline FactsBuilder healthy() {
    FactsBuilder out;
    for (const char* uri : {"turn:turn.example", "turn:turn.example?transport=tcp"}) {
        ServerFacts& server = out.good(uri);
        server.no_media_because.clear();
        server.wants_media = true;
        server.audio =
            made_loop(100, 0, std::chrono::milliseconds(31), std::chrono::milliseconds(2));
    }
    out.facts.servers[0]->asks_from_outside = true;
    out.facts.servers[0]->outside = {.is_done = true, .has_arrived = true, .copy_count = 1};
    out.well_behaved_nat();
    out.ice();
    return out;
}

}  // namespace portolan::nat_probe
