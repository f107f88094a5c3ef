#include "ice-tests/scenarios/connecting.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "ice-tests/conformance/headline.hpp"
#include "ice-tests/scenarios/steps.hpp"
#include "probe/transport/local_addresses.hpp"

// Scenarios about getting connected. One function each, its row beneath it.
namespace portolan::scenarios {
namespace {

using agent::Candidate;
using agent::CandidateType;
using agent::kDiscardPort;
using agent::SignallingMessage;
using std::chrono::seconds;

constexpr transport::Duration kGatheringLimit = seconds(10);
constexpr std::uint32_t kTypePreferenceShift = 24;   // RFC 8445 s5.1.2.1
constexpr std::uint32_t kReflexivePreference = 100;  // RFC 8445 s5.1.2.2 (RECOMMENDED)

Task<Judgement> judge_gathering(Stage& stage, Call& call) {
    Side& side = call.offerer();
    const bool is_done = co_await call.until_even_if_failed(
        [&side] { return side.gathered_at.has_value() || side.failure.has_value(); },
        kGatheringLimit);
    if (!is_done) co_return violates("Gathering came to no end in time. " + call.why_not());
    if (side.candidates.empty()) co_return violates("No relayed candidate. " + call.why_not());
    for (const Candidate& candidate : side.candidates) {
        const std::string which = candidate.to_sdp();
        if (candidate.type != CandidateType::Relayed) {
            co_return violates("A candidate is no relayed one: " + which + '.');
        }
        if (candidate.address.ip.is_unspecified() || candidate.address.port == 0) {
            co_return violates("The relayed candidate is no address: " + which + '.');
        }
        const std::uint32_t priority =
            candidate.priority |
            (stage.is(Sabotage::ForeignPriority) ? 126U << kTypePreferenceShift : 0);
        if (priority >> kTypePreferenceShift >= kReflexivePreference) {
            co_return violates("A relay is not preferred less than what needs none: " + which +
                               '.');
        }
        const bool is_private = candidate.address.ip.address_class() != AddressClass::Global;
        const bool server_is_global =
            stage.server.endpoint.server.ip.address_class() == AddressClass::Global;
        if (is_private && server_is_global) {
            co_return violates(
                "The relay is at an address that the internet does not reach: " + which + '.');
        }
    }
    co_return meets("Relayed candidate " + side.candidates.front().address.to_string() + " after " +
                    text_of(*side.gathered_at - call.started_at()) + '.');
}

Task<Judgement> gathering(Stage& stage) {
    auto made = Call::make(stage.where, relay_side(stage, stage.server, true),
                           relay_side(stage, stage.server, false), stage.transcript);
    if (!made) co_return undecided(made.error().message + '.');
    Call& call = **made;
    const bool starts = co_await call.connect(transport::Duration(0));
    (void)starts;
    Judgement out = co_await judge_gathering(stage, call);
    record(stage, call);
    const bool closed = co_await call.close();
    (void)closed;
    co_return out;
}

Task<Judgement> relay_to_relay(Stage& stage) {
    SidePlan offerer = relay_side(stage, stage.server, true);
    SidePlan answerer = relay_side(stage, stage.server, false);
    co_return co_await connect_and_close(stage, std::move(offerer), std::move(answerer));
}

Task<Judgement> host_to_relay(Stage& stage) {
    SidePlan host{.options = base_options(stage, false)};
    // Behind a NAT it is the mapped address that the relay sees, so that the permission has to be
    // for that one. libnice asks for it in the form of RFC 3489, which not every server answers.
    if (stage.server.mapped_ip && stage.server.endpoint.transport == turn::Transport::Udp) {
        host.options.stun_server = stage.server.endpoint.server;
    } else if (stage.server.mapped_ip) {
        co_return not_applicable(
            "This host is behind a NAT, and its address outside can be asked for over UDP only.");
    }
    // The host has to be of the relays' family, whatever the server is reached by.
    const auto& relay = stage.server.relay_ip;
    if (relay && relay->family() != stage.server.endpoint.server.family()) {
        const auto own = transport::source_address_for({*relay, kDiscardPort});
        if (!own) {
            co_return not_applicable("The relay is at " + relay->to_string() +
                                     ", and this host has no address of that family.");
        }
        host.options.local_addresses = {*own};
    }
    SidePlan relayed = relay_side(stage, stage.server, true);
    // The side with the relay offers and nominates. A check of the host that reaches the relay
    // before the permission is lost, and libnice 0.1.21 as the controlling side would wait for its
    // end.
    co_return co_await connect_and_close(stage, std::move(relayed), std::move(host));
}

Task<Judgement> two_servers(Stage& stage) {
    SidePlan offerer = relay_side(stage, stage.server, true);
    SidePlan answerer = relay_side(stage, *stage.second, false);
    stage.data["second_server"] = stage.second->uri;
    co_return co_await connect_and_close(stage, std::move(offerer), std::move(answerer));
}

Task<Judgement> regular_nomination(Stage& stage) {
    SidePlan offerer = relay_side(stage, stage.server, true);
    offerer.options.regular_nomination = !stage.is(Sabotage::AggressiveNomination);
    auto made = Call::make(stage.where, std::move(offerer), relay_side(stage, stage.server, false),
                           stage.transcript);
    if (!made) co_return undecided(made.error().message + '.');
    Call& call = **made;
    std::string problem;
    const bool works = co_await connect(stage, call, problem);
    record(stage, call);
    const calls::CheckCounts checks = call.offerer().bridge->tap().checks();
    const auto mine = call.offerer().pairs;
    const auto other = call.answerer().pairs;
    const bool closed = co_await call.close();
    (void)closed;
    if (!works) co_return violates(std::move(problem));
    if (!checks.first_nomination_at) co_return violates("No check had USE-CANDIDATE.");
    if (!checks.first_success_at || *checks.first_nomination_at < *checks.first_success_at) {
        co_return violates("A check had USE-CANDIDATE before any pair was known to be valid.");
    }
    if (mine.back().remote.address != other.back().local.address) {
        co_return violates("The two sides selected different pairs: the offerer sends to " +
                           mine.back().remote.address.to_string() + ", the answerer is at " +
                           other.back().local.address.to_string() + '.');
    }
    co_return meets("USE-CANDIDATE came " +
                    text_of(*checks.first_nomination_at - *checks.first_success_at) +
                    " after the first valid pair; both sides selected the same.");
}

Task<Judgement> role_conflict(Stage& stage) {
    auto made = Call::make(stage.where, relay_side(stage, stage.server, true),
                           relay_side(stage, stage.server, !stage.is(Sabotage::NoRoleConflict)),
                           stage.transcript);
    if (!made) co_return undecided(made.error().message + '.');
    Call& call = **made;
    std::string problem;
    const bool works = co_await connect(stage, call, problem);
    record(stage, call);
    const calls::CheckCounts mine = call.offerer().bridge->tap().checks();
    const calls::CheckCounts other = call.answerer().bridge->tap().checks();
    const auto ready = call.time_to_ready();
    const bool closed = co_await call.close();
    (void)closed;
    if (!works) co_return violates(std::move(problem));
    const bool was_conflict = (mine.sent_controlling && other.sent_controlling) ||
                              mine.role_conflict_count + other.role_conflict_count > 0;
    if (!was_conflict) {
        co_return undecided(
            "They were connected before both had sent a check as the controlling side.");
    }
    // What one side sends and the other gets is counted on both.
    const std::size_t conflict_count =
        std::max(mine.role_conflict_count, other.role_conflict_count);
    co_return meets("Both began as the controlling side, error 487 was sent " +
                    conformance::count_text(conflict_count, "time") +
                    ", and they were connected after " + text_of(*ready) + '.');
}

bool has_new_pairs(const Side& side, std::size_t pair_count) {
    return side.pairs.size() > pair_count &&
           side.negotiation->agent().state() >= agent::State::Connected;
}

Task<Judgement> judge_restart(Stage& stage, Call& call) {
    std::string problem;
    const bool works = co_await connect(stage, call, problem);
    if (!works) co_return violates(std::move(problem));
    const std::string ufrag = call.offerer().negotiation->agent().local_description().ufrag;
    const std::size_t mine = call.offerer().pairs.size();
    const std::size_t other = call.answerer().pairs.size();
    const auto allocations = [&call] {
        return call.offerer().bridge->tap().success_count(stun::Method::Allocate);
    };
    const std::size_t before = allocations();
    const transport::Time begun = stage.where.now();
    if (auto restarted = call.offerer().negotiation->restart(); !restarted) {
        co_return undecided(restarted.error().message + '.');
    }
    if (stage.is(Sabotage::CutRestart)) {
        for (Side* side : {&call.offerer(), &call.answerer()})
            side->bridge->set_cut(true);
    }
    const bool again = co_await call.until(
        [&] {
            return has_new_pairs(call.offerer(), mine) && has_new_pairs(call.answerer(), other);
        },
        stage.options.connect_limit);
    if (!again) {
        co_return violates("After the restart no new pair was selected in " +
                           text_of(stage.where.now() - begun) + ". " + call.why_not());
    }
    const transport::Duration took = stage.where.now() - begun;
    stage.data["restart_ms"] = milliseconds_of(took);
    const std::string now = call.offerer().negotiation->agent().local_description().ufrag;
    if (now == ufrag) co_return violates("The restart kept the user name fragment.");
    const bool carries = co_await call.exchange_payloads(seconds(3));
    if (!carries)
        co_return violates("After the restart payloads did not arrive as they were sent.");
    stage.data["allocations_before_count"] = before;
    stage.data["allocations_after_count"] = allocations();
    co_return meets("New credentials, and connected again after " + text_of(took) + ", with " +
                    (allocations() == before ? "the same allocation." : "a new allocation."));
}

Task<Judgement> restart(Stage& stage) {
    auto made = Call::make(stage.where, relay_side(stage, stage.server, true),
                           relay_side(stage, stage.server, false), stage.transcript);
    if (!made) co_return undecided(made.error().message + '.');
    Judgement out = co_await judge_restart(stage, **made);
    record(stage, **made);
    const bool closed = co_await (*made)->close();
    (void)closed;
    co_return out;
}

std::size_t count_of(const Side& side, SignallingMessage::Kind kind) {
    return static_cast<std::size_t>(
        std::ranges::count(side.messages, kind, &SignallingMessage::kind));
}

Task<Judgement> trickle(Stage& stage) {
    SidePlan offerer = relay_side(stage, stage.server, true);
    SidePlan answerer = relay_side(stage, stage.server, false);
    offerer.options.trickle = answerer.options.trickle = !stage.is(Sabotage::NoTrickle);
    auto made = Call::make(stage.where, std::move(offerer), std::move(answerer), stage.transcript);
    if (!made) co_return undecided(made.error().message + '.');
    Call& call = **made;
    std::string problem;
    const bool works = co_await connect(stage, call, problem);
    const std::size_t trickled = count_of(call.offerer(), SignallingMessage::Kind::Candidate);
    const bool ends = co_await call.until_even_if_failed(
        [&call] {
            return count_of(call.offerer(), SignallingMessage::Kind::EndOfCandidates) > 0 &&
                   count_of(call.answerer(), SignallingMessage::Kind::EndOfCandidates) > 0;
        },
        works ? seconds(5) : seconds(0));
    record(stage, call);
    const auto ready = call.time_to_ready();
    const bool closed = co_await call.close();
    (void)closed;
    if (!works) co_return violates(std::move(problem));
    if (trickled == 0) {
        co_return violates("No candidate came after its description: the offer waited for all.");
    }
    if (!ends) co_return violates("A side did not say that its candidates have come to an end.");
    co_return meets("The offer went out before its " +
                    conformance::count_text(trickled, "candidate") +
                    ", and they were connected after " + text_of(*ready) + '.');
}

// Everything that a side has told the other.
std::vector<Candidate> told_by(const Side& side) {
    std::vector<Candidate> out;
    for (const SignallingMessage& message : side.messages) {
        if (message.kind == SignallingMessage::Kind::Candidate) {
            if (auto candidate = Candidate::parse(message.text)) out.push_back(*candidate);
        } else if (auto description = agent::Description::parse(message.text)) {
            std::ranges::copy(description->candidates, std::back_inserter(out));
        }
    }
    return out;
}

Task<Judgement> relay_only(Stage& stage) {
    SidePlan offerer = relay_side(stage, stage.server, true);
    offerer.options.relay_only = !stage.is(Sabotage::HostCandidates);
    auto made = Call::make(stage.where, std::move(offerer), relay_side(stage, stage.server, false),
                           stage.transcript);
    if (!made) co_return undecided(made.error().message + '.');
    Call& call = **made;
    std::string problem;
    const bool works = co_await connect(stage, call, problem);
    record(stage, call);
    const std::vector<Candidate> told = told_by(call.offerer());
    const std::vector<Candidate> seen = call.answerer().remote_candidates;
    const bool closed = co_await call.close();
    (void)closed;
    std::vector<TransportAddress> relays;
    for (const Candidate& candidate : told) {
        if (candidate.type != CandidateType::Relayed) {
            co_return violates("It told the other side " + candidate.to_sdp() + '.');
        }
        relays.push_back(candidate.address);
    }
    for (const Candidate& candidate : seen) {
        if (std::ranges::find(relays, candidate.address) == relays.end()) {
            co_return violates("The other side got a check from " + candidate.address.to_string() +
                               ", which is no relay of it.");
        }
    }
    if (!works) co_return violates(std::move(problem));
    co_return meets("It told the other side its " +
                    conformance::count_text(relays.size(), "relayed candidate") +
                    " alone, and sent checks from nowhere else.");
}

Task<Judgement> ice_tcp(Stage& stage) {
    SidePlan sides[] = {{.options = base_options(stage, true)},
                        {.options = base_options(stage, false)}};
    for (SidePlan& side : sides) {
        side.options.ice_tcp = true;
        side.options.ice_udp = false;
    }
    if (stage.is(Sabotage::NoTcp)) {
        sides[1].options.ice_tcp = false;
        sides[1].options.ice_udp = true;
    }
    Judgement out = co_await connect_and_close(stage, std::move(sides[0]), std::move(sides[1]));
    co_return out;
}

}  // namespace

const Scenario kGathering{
    .id = "ice/gathering",
    .title = "Relayed candidate",
    .is_between_relays = false,
    .document = "RFC 8445",
    .section = "5.1.1.2",
    .requirement =
        "Gathering brings a relayed candidate at an address that others can reach, "
        "preferred less than what needs no relay.",
    .does = "Lets an agent gather that may use nothing but the relay.",
    .expected = "One relayed candidate or more, at a real address.",
    .run = gathering,
};

const Scenario kRelayToRelay{
    .id = "ice/relay-to-relay",
    .title = "Relay to relay",
    .document = "RFC 8445",
    .section = "2.2",
    .requirement =
        "Two agents whose networks let nothing through but the relay are connected "
        "over it.",
    .does =
        "Connects two agents that have nothing but relayed candidates of this server, and "
        "sends payloads both ways.",
    .expected = "They are connected, and the payloads arrive as they were sent.",
    .run = relay_to_relay,
};

const Scenario kHostToRelay{
    .id = "ice/host-to-relay",
    .title = "Host to relay",
    .is_between_relays = false,
    .document = "RFC 8445",
    .section = "2.2",
    .requirement = "An agent that needs the relay is connected to one that does not.",
    .does = "Connects an agent with host candidates to one that has only a relayed one.",
    .expected = "They are connected, and the payloads arrive as they were sent.",
    .run = host_to_relay,
};

const Scenario kTwoServers{
    .id = "ice/two-servers",
    .title = "Relays on two servers",
    .needs_second_server = true,
    .document = "RFC 8445",
    .section = "2.2",
    .requirement = "Two agents are connected whose relays are on different servers.",
    .does = "Connects two agents, each with a relay on another of the servers given.",
    .expected = "They are connected, and the payloads arrive as they were sent.",
    .run = two_servers,
};

const Scenario kRegularNomination{
    .id = "ice/regular-nomination",
    .title = "Regular nomination",
    .document = "RFC 8445",
    .section = "8.1.1",
    .requirement =
        "The controlling agent nominates a pair once it knows that the pair is valid, "
        "and both select it.",
    .does = "Connects two agents over the relay and looks at the checks that pass there.",
    .expected = "USE-CANDIDATE comes after the first valid pair, and both select the same.",
    .run = regular_nomination,
};

const Scenario kRoleConflict{
    .id = "ice/role-conflict",
    .title = "Role conflict",
    .document = "RFC 8445",
    .section = "7.3.1.1",
    .requirement = "Two agents that both want to control settle it and are connected.",
    .does = "Connects two agents over the relay that both begin as the controlling one.",
    .expected = "One gives way, by error 487 or by itself, and they are connected.",
    .run = role_conflict,
};

const Scenario kRestart{
    .id = "ice/restart",
    .title = "ICE restart",
    .document = "RFC 8445",
    .section = "9",
    .requirement = "A restart brings new credentials, new checks, and a connection again.",
    .does = "Connects two agents over the relay and restarts them.",
    .expected = "New credentials, a pair selected anew, and payloads both ways.",
    .run = restart,
};

const Scenario kTrickle{
    .id = "ice/trickle",
    .title = "Trickled candidates",
    .document = "RFC 8838",
    .section = "9",
    .requirement = "Candidates that follow their description are used, and their end is told.",
    .does = "Connects two agents that send their relayed candidates one by one.",
    .expected = "The candidates come after the descriptions, and they are connected.",
    .run = trickle,
};

const Scenario kRelayOnly{
    .id = "ice/relay-only",
    .title = "Relay only gives nothing away",
    .document = "RFC 8445",
    .section = "19.1",
    .requirement =
        "An agent that is to use relays alone tells the other side no host and no "
        "server-reflexive candidate, and sends it nothing from elsewhere.",
    .does = "Connects two agents over the relay and reads everything that one tells the other.",
    .expected = "Relayed candidates alone.",
    .run = relay_only,
};

const Scenario kIceTcp{
    .id = "ice/tcp",
    .title = "ICE over TCP",
    .level = Level::Should,
    .needs_server = false,
    .is_between_relays = false,
    .document = "RFC 6544",
    .section = "7",
    .requirement = "Agents without UDP are connected over TCP candidates.",
    .does = "Connects two agents of this host by TCP host candidates. No server takes part.",
    .expected = "They are connected, and the payloads arrive as they were sent.",
    .run = ice_tcp,
};

}  // namespace portolan::scenarios
