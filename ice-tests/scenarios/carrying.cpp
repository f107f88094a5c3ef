#include "ice-tests/scenarios/carrying.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "ice-tests/media/media_session.hpp"
#include "ice-tests/scenarios/diagnosis.hpp"
#include "ice-tests/scenarios/echo.hpp"
#include "ice-tests/scenarios/steps.hpp"
#include "ice-tests/turn/client.hpp"

// Scenarios about what goes over a connection once it is there.
namespace portolan::scenarios {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kPingCount = 20;
// Where payloads are lost: at 5 % loss each way so many get all their first answers once in 6,000.
constexpr int kLossPingCount = 85;
constexpr transport::Duration kEchoInterval = milliseconds(20);
constexpr transport::Duration kEchoTime = milliseconds(980);
// More of it than this is heard: ITU-T G.107 Annex B, table B.1: below 70 many are dissatisfied.
constexpr double kLeastRating = 70;
constexpr double kMostLossPct = 3;
// Networks duplicate a packet now and then; one in so many is a relay's doing.
constexpr std::size_t kMostDuplicates = 10;
constexpr transport::Duration kDrain = milliseconds(300);
// RFC 7675 s5.1: 30 s; libnice 0.1.21 gives up after 10 s.
constexpr transport::Duration kConsentLimit = seconds(35);
constexpr transport::Duration kLeastConsent = seconds(4);
constexpr transport::Duration kHoldInterval = milliseconds(500);
// What a listener takes for the end of a call.
constexpr transport::Duration kHoldPatience = seconds(5);

std::string number_text(double value, int digits = 1) {
    std::string out = std::to_string(value);
    return out.substr(0, out.find('.') + 1 + static_cast<std::size_t>(digits));
}

/// The same way there and back without a relay: both agents are here, so that a relayed round trip
/// goes to the server four times, as two direct round trips do.
struct DirectWay {
    media::DelayHistogram round_trips;
    int sent_count = 0;      ///< copies of requests
    int answered_count = 0;  ///< requests
};

Task<DirectWay> direct_way(Stage& stage, int ping_count) {
    DirectWay out;
    turn::Client client(stage.where, stage.server.endpoint, std::make_shared<turn::Transcript>(),
                        "own client", stage.server.path);
    client.limit_wait(seconds(2));
    const auto opened = co_await client.open();
    if (!opened) co_return out;
    for (int i = 0; i < ping_count; ++i) {
        const turn::Reply reply = co_await client.exchange(turn::binding());
        out.sent_count += reply.copy_count;
        if (!reply.has_come()) break;
        ++out.answered_count;
        if (reply.copy_count == 1) out.round_trips.add(2 * reply.round_trip);
    }
    co_return out;
}

std::string percentiles_text(const media::DelayHistogram& delays) {
    std::string out;
    for (const double pct : {50.0, 95.0, 99.0}) {
        const auto value = delays.percentile(pct);
        out += (out.empty() ? "" : " / ") + (value ? text_of(*value) : std::string("-"));
    }
    return out;
}

Echo::Tamper tamper_for(const Stage& stage) {
    if (stage.is(Sabotage::ManglePayloads)) {
        return [](std::vector<std::byte>& bytes) {
            bytes.back() ^= std::byte{1};
            return true;
        };
    }
    if (stage.is(Sabotage::DropPayloads)) {
        return [count = 0](std::vector<std::byte>&) mutable { return ++count % 3 != 0; };
    }
    return {};
}

/// Two agents connected over the relay.
Result<std::unique_ptr<Call>> make_call(Stage& stage, bool with_consent) {
    SidePlan offerer = relay_side(stage, stage.server, true);
    SidePlan answerer = relay_side(stage, stage.server, false);
    offerer.options.consent_freshness = answerer.options.consent_freshness = with_consent;
    return Call::make(stage.where, std::move(offerer), std::move(answerer), stage.transcript);
}

Task<Judgement> judge_echo(Stage& stage, Call& call) {
    std::string problem;
    const bool works = co_await connect(stage, call, problem);
    if (!works) co_return violates(std::move(problem));
    stage.transcript->close();
    Echo echo(stage.where, call, tamper_for(stage));
    const bool whole = co_await echo.run(kEchoInterval, kEchoTime, kHoldPatience);
    const EchoCounts& counts = echo.counts();
    stage.data["echo"] = to_json(counts);
    const int ping_count = counts.loss_pct() > kMostLossPct ? kLossPingCount : kPingCount;
    const DirectWay way = co_await direct_way(stage, ping_count);
    const media::DelayHistogram& direct = way.round_trips;
    stage.lines.push_back("round trips over the relays, p50 / p95 / p99: " +
                          percentiles_text(counts.round_trips));
    stage.lines.push_back("direct round trips to the server, twice, p50 / p95 / p99: " +
                          percentiles_text(direct));
    for (const auto& [name, pct] :
         {std::pair("p50", 50.0), std::pair("p95", 95.0), std::pair("p99", 99.0)}) {
        const auto there = counts.round_trips.percentile(pct);
        const auto base = direct.percentile(pct);
        const std::string key = std::string("rtt_") + name;
        if (base) stage.data["direct"][key + "_ms"] = milliseconds_of(*base);
        if (there && base) {
            stage.data["echo"][key + "_over_direct_ms"] = milliseconds_of(*there - *base);
        }
    }
    if (!whole) co_return violates("The connection broke off. " + call.why_not());
    const std::string what = std::to_string(counts.returned_count) + " of " +
                             std::to_string(counts.sent_count) + " payloads came back";
    if (counts.mangled_count > 0) {
        co_return violates(what + ", " + std::to_string(counts.mangled_count) +
                           " of them not as they were sent.");
    }
    if (counts.duplicate_count * kMostDuplicates > counts.returned_count) {
        co_return violates(what + ", " + std::to_string(counts.duplicate_count) +
                           " of them more than once.");
    }
    if (counts.loss_pct() > kMostLossPct) {
        const std::string lost = what + ": " + number_text(counts.loss_pct()) + " % are lost";
        const int again_count = way.sent_count - way.answered_count;
        if (again_count > 0) {
            co_return undecided(lost + ", and of " + std::to_string(way.sent_count) +
                                " plain requests to the server " + std::to_string(again_count) +
                                " got no answer: the way there loses packets itself.");
        }
        co_return violates(lost + ".");
    }
    co_return meets(what + "; round trip p50 / p95 / p99: " + percentiles_text(counts.round_trips) +
                    ", direct: " + percentiles_text(direct) + ".");
}

Task<Judgement> echo(Stage& stage) {
    auto made = make_call(stage, false);
    if (!made) co_return undecided(made.error().message + '.');
    Judgement out = co_await judge_echo(stage, **made);
    record(stage, **made);
    const bool closed = co_await (*made)->close();
    (void)closed;
    co_return out;
}

/// Audio between the two, each way.
struct Talk {
    std::unique_ptr<media::MediaSession> offerer;
    std::unique_ptr<media::MediaSession> answerer;
};

Result<Talk> make_talk(Stage& stage, Call& call) {
    Talk out;
    for (const bool is_offerer : {true, false}) {
        Side& side = is_offerer ? call.offerer() : call.answerer();
        auto made = media::MediaSession::create(
            stage.where.context, *stage.where.clock, transport::Random((*stage.where.random)()), {},
            [&side, drop = stage.is(Sabotage::DropPayloads),
             count = 0](media::Bytes bytes) mutable {
                if (drop && ++count % 3 == 0) return true;
                return side.negotiation->agent().send(bytes).has_value();
            });
        if (!made) return std::move(made).error();
        media::MediaSession* session = made->get();
        side.on_receive = [session](transport::Bytes bytes) { session->on_packet(bytes); };
        (is_offerer ? out.offerer : out.answerer) = std::move(*made);
    }
    return out;
}

Task<Judgement> judge_media(Stage& stage, Call& call) {
    std::string problem;
    const bool works = co_await connect(stage, call, problem);
    if (!works) co_return violates(std::move(problem));
    stage.transcript->close();
    auto talk = make_talk(stage, call);
    if (!talk) co_return undecided(talk.error().message + '.');
    talk->offerer->start();
    talk->answerer->start();
    const bool failed = co_await call.until([] { return false; }, stage.options.media);
    (void)failed;
    talk->offerer->stop();
    talk->answerer->stop();
    co_await turn::Pause(stage.where, kDrain);
    call.offerer().on_receive = {};
    call.answerer().on_receive = {};
    if (call.offerer().failure || call.answerer().failure) {
        co_return violates("The connection broke off. " + call.why_not());
    }
    std::string said;
    bool is_good = true;
    for (const auto& [name, here, there] :
         {std::tuple("to the answerer", talk->answerer.get(), talk->offerer.get()),
          std::tuple("to the offerer", talk->offerer.get(), talk->answerer.get())}) {
        const auto statistics = here->statistics(there);
        const bool is_toward_answerer = here == talk->answerer.get();
        stage.data[is_toward_answerer ? "media_to_answerer" : "media_to_offerer"] =
            media::to_json(statistics);
        const auto& audio = statistics.audio_received;
        if (!audio || !audio->speech) co_return violates("No audio arrived " + std::string(name));
        const media::SpeechQuality& speech = *audio->speech;
        is_good = is_good && speech.result.rating >= kLeastRating;
        const double loss = audio->received.loss.loss_pct();
        const std::string line =
            std::string(name) + ": MOS " + number_text(speech.result.mos, 2) + ", loss " +
            number_text(loss) + " %, jitter " +
            text_of(transport::Duration(static_cast<std::int64_t>(audio->received.jitter_us)));
        stage.lines.push_back("audio " + line);
        said += (said.empty() ? "Audio " : "; ") + line;
        const std::string key = is_toward_answerer ? "to_answerer" : "to_offerer";
        stage.data["quality"][key] = {{"mos", speech.result.mos},
                                      {"rating", speech.result.rating},
                                      {"loss_pct", loss},
                                      {"jitter_ms", audio->received.jitter_us / 1000.0}};
    }
    said += '.';
    co_return is_good ? meets(said) : violates(said + " Many listeners would be dissatisfied.");
}

Task<Judgement> media(Stage& stage) {
    auto made = make_call(stage, false);
    if (!made) co_return undecided(made.error().message + '.');
    Judgement out = co_await judge_media(stage, **made);
    record(stage, **made);
    const bool closed = co_await (*made)->close();
    (void)closed;
    co_return out;
}

Task<Judgement> judge_consent_loss(Stage& stage, Call& call) {
    std::string problem;
    const bool works = co_await connect(stage, call, problem);
    if (!works) co_return violates(std::move(problem));
    const transport::Time cut_at = stage.where.now();
    if (!stage.is(Sabotage::NoCut)) {
        for (Side* side : {&call.offerer(), &call.answerer()})
            side->bridge->set_cut(true);
    }
    const bool noticed = co_await call.until_even_if_failed(
        [&call] { return call.offerer().failure && call.answerer().failure; },
        stage.is(Sabotage::NoCut) ? transport::Duration(seconds(12)) : kConsentLimit);
    const transport::Duration took = stage.where.now() - cut_at;
    stage.data["consent_lost_after_ms"] = milliseconds_of(took);
    for (Side* side : {&call.offerer(), &call.answerer()})
        side->bridge->set_cut(false);
    if (!noticed) {
        co_return violates("After " + text_of(took) +
                           " of silence an agent still takes itself for connected.");
    }
    for (const Side* side : {&call.offerer(), &call.answerer()}) {
        if (side->failure->cause != agent::FailureCause::ConsentLost &&
            side->failure->cause != agent::FailureCause::ConnectionClosed) {
            co_return violates("It failed for another reason: " + side->failure->message);
        }
    }
    if (took < kLeastConsent) {
        co_return violates("It gave up after " + text_of(took) +
                           ", before a second consent check can have gone unanswered.");
    }
    co_return meets("Both gave up after " + text_of(took) + " of silence.");
}

Task<Judgement> consent_loss(Stage& stage) {
    auto made = make_call(stage, true);
    if (!made) co_return undecided(made.error().message + '.');
    Judgement out = co_await judge_consent_loss(stage, **made);
    record(stage, **made);
    const bool closed = co_await (*made)->close();
    (void)closed;
    co_return out;
}

Task<Judgement> judge_hold(Stage& stage, Call& call) {
    std::string problem;
    const bool works = co_await connect(stage, call, problem);
    if (!works) co_return violates(std::move(problem));
    stage.transcript->close();
    const transport::Time begun = stage.where.now();
    Echo echo(stage.where, call, tamper_for(stage));
    const bool whole = co_await echo.run(kHoldInterval, stage.options.hold, kHoldPatience);
    const EchoCounts& counts = echo.counts();
    stage.data["echo"] = to_json(counts);
    const transport::Duration held = stage.where.now() - begun;
    stage.data["held_s"] = static_cast<double>(held.count()) / 1e6;
    const calls::Tap& tap = call.offerer().bridge->tap();
    const std::string refreshes =
        std::to_string(tap.success_count(stun::Method::Refresh)) + " Refresh, " +
        std::to_string(tap.success_count(stun::Method::CreatePermission)) +
        " CreatePermission and " + std::to_string(tap.success_count(stun::Method::ChannelBind)) +
        " ChannelBind";
    if (!whole) {
        const transport::Duration silent =
            std::min(counts.longest_gap, transport::Duration(kHoldPatience));
        // Lifetimes are whole seconds, and payloads are some way apart.
        const transport::Duration until = held - silent + seconds(2);
        const Diagnosis ours =
            co_await diagnose_hold(stage.where, stage.server, until, stage.transcript);
        co_return violates("Nothing came back any more after " + text_of(held - silent) + ". " +
                           call.why_not() + ' ' + ours.sentence);
    }
    if (counts.mangled_count > 0 || counts.loss_pct() > kMostLossPct) {
        co_return violates(number_text(counts.loss_pct()) + " % of the payloads were lost and " +
                           std::to_string(counts.mangled_count) + " mangled.");
    }
    co_return meets("Held for " + text_of(held) + " with " + refreshes + " on the way; " +
                    number_text(counts.loss_pct()) + " % lost, the longest gap " +
                    text_of(counts.longest_gap) + '.');
}

Task<Judgement> hold(Stage& stage) {
    auto made = make_call(stage, true);
    if (!made) co_return undecided(made.error().message + '.');
    Judgement out = co_await judge_hold(stage, **made);
    record(stage, **made);
    const bool closed = co_await (*made)->close();
    (void)closed;
    co_return out;
}

}  // namespace

const Scenario kEcho{
    .id = "ice/echo",
    .title = "Echo over the relay",
    .is_about_data = true,
    .document = "RFC 8656",
    .section = "11",
    .requirement = "What goes over the relay arrives, once, as it was sent.",
    .does =
        "Sends 50 numbered payloads a second for a second from relay to relay, and back; and "
        "measures the direct round trip to the server.",
    .expected = "At most 3 % are lost, and none is changed.",
    .run = echo,
};

const Scenario kMedia{
    .id = "ice/media",
    .title = "Audio over the relay",
    .level = Level::Should,
    .check_class = CheckClass::Wait,
    .is_about_data = true,
    .document = "ITU-T G.107",
    .section = "Annex B",
    .requirement = "Speech over the relay satisfies those who listen.",
    .does =
        "Sends G.711 audio over RTP both ways, and rates loss, jitter and delay by the E-model.",
    .expected = "A rating of at least 70 in both directions.",
    .run = media,
};

const Scenario kConsentLoss{
    .id = "ice/consent-loss",
    .title = "Loss of consent",
    .check_class = CheckClass::Wait,
    .document = "RFC 7675",
    .section = "5.1",
    .requirement = "An agent whose consent checks get no answer stops sending, within 30 s.",
    .does = "Connects two agents over the relay, and then lets nothing pass.",
    .expected = "Both give up, after two checks at least and 30 s at most.",
    .run = consent_loss,
};

const Scenario kHold{
    .id = "ice/hold",
    .title = "A call of ten minutes",
    .check_class = CheckClass::Long,
    .is_about_data = true,
    .document = "RFC 8656",
    .section = "8",
    .requirement =
        "Allocation, permissions and channels last as long as they are refreshed: a call "
        "goes on.",
    .does =
        "Holds a connection over the relay for ten minutes (--hold), across the refreshes of "
        "allocation, permissions, channels and nonce, with two payloads a second.",
    .expected = "No gap of 5 s, at most 3 % lost.",
    .run = hold,
};

}  // namespace portolan::scenarios
