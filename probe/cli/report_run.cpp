#include "probe/cli/report_run.hpp"

#include <chrono>
#include <fstream>
#include <iterator>

#include "probe/cli/report/quality.hpp"
#include "probe/transport/local_addresses.hpp"

namespace portolan::nat_probe {
namespace {

using precall::Cause;
using precall::Problem;
using precall::Step;
using std::chrono::milliseconds;
using std::chrono::seconds;
using transport::Duration;
using transport::Time;
using turn::Task;

// A tenth of a second more than loss and a slow server take; sooner than a person gives up.
constexpr Duration kStepLimit = seconds(3);
constexpr Duration kAudio = seconds(2);
constexpr Duration kGrace = milliseconds(800);
constexpr Duration kOutside = milliseconds(1200);
constexpr Duration kGathering = milliseconds(1500);
constexpr Duration kPage = seconds(3);
constexpr Duration kTrial = seconds(4);
constexpr Duration kLoaded = milliseconds(1000);
// For ending allocations and writing the report.
constexpr Duration kReserve = milliseconds(100);
constexpr Duration kReleaseLimit = milliseconds(300);
constexpr Duration kLookupLimit = seconds(3);
// The C library asks again only after five seconds: asked so often within the limit, one packet
// that is lost, or a few, is no silence.
constexpr int kLookupCount = 3;
// With --quick, beside those of the visit; as long as that only where packets are lost.
constexpr int kReadingCount = 3;
constexpr Duration kReadings = milliseconds(800);
// How often a relay that waits for its turn looks.
constexpr Duration kTurnInterval = milliseconds(10);
constexpr Duration kBetween = milliseconds(150);
// Through all relays together, so that a report of three is not three times as long.
constexpr Duration kAllAudio = milliseconds(3600);
// Forty packets both ways together: with fewer, quality is no finding.
constexpr Duration kLeastAudio = milliseconds(400);
// A server that is given up sooner may be slow, or may have lost two packets.
constexpr Duration kLeastSilence = seconds(1);
constexpr std::uint16_t kSplitChannel = 0x4001;
// No packet is sent there: the kernel is asked for its route, which ports have no part in.
constexpr std::uint16_t kAnyPort = 3478;

bool is_silence(Cause cause) {
    return cause == Cause::Silent || cause == Cause::ConnectTimeout ||
           cause == Cause::HandshakeTimeout;
}

std::chrono::seconds unix_time() {
    return std::chrono::duration_cast<seconds>(std::chrono::system_clock::now().time_since_epoch());
}

}  // namespace

bool is_on_this_machine(const IpAddress& ip) {
    if (ip.address_class() == AddressClass::Loopback) return true;
    const auto source = transport::source_address_for({ip, kAnyPort});
    return source && *source == ip;
}

RunTimes RunTimes::of(Time begun, Duration budget, bool is_quick) {
    RunTimes out;
    out.deadline = begun + budget - std::min(kReserve, budget / 10);
    out.step_limit = std::min<Duration>(kStepLimit, budget * (is_quick ? 8 : 4) / 10);
    out.audio =
        is_quick ? Duration(0) : std::clamp<Duration>(budget / 5, milliseconds(300), kAudio);
    return out;
}

ServerRun::ServerRun(Session& session, CallFacts& facts, const std::vector<NamedRelay>& servers,
                     const RunTimes& times, Options options)
    : session_(session),
      facts_(facts),
      times_(times),
      options_(std::move(options)),
      where_{session.context(), &session.clock(), &session.random()},
      ports_(std::make_shared<turn::PortSequence>(session.clock().now())),
      lookup_limit_(
          std::min<Duration>(kLookupLimit, (times.deadline - session.clock().now()) * 85 / 100)),
      resolver_(session.context(), lookup_limit_) {
    for (const NamedRelay& server : servers) {
        auto made = std::make_unique<ServerFacts>();
        made->id = "server-" + std::to_string(facts_.servers.size() + 1);
        made->uri = server.uri;
        if (facts_.is_quick) made->no_media_because = "Left out with --quick";
        facts_.servers.push_back(std::move(made));
        users_.push_back(server.user ? std::optional(server.user->clone()) : std::nullopt);
        hosts_[server.uri.host];
        if (server.user) {
            facts_.servers.back()->credential_expires_at_s =
                precall::expiry_of(server.user->username);
        }
    }
    facts_.unix_time_s = unix_time().count();
    if (options_.check_url) hosts_[options_.check_url->host];
    open_visit_count_ = facts_.servers.size();
}

ServerRun::~ServerRun() = default;

void ServerRun::start() {
    for (auto& [name, host] : hosts_)
        host.begun = where_.now();
    look_up();
    for (int i = 1; i < kLookupCount; ++i) {
        look_ups_again_.push_back(glib::call_after(
            session_.context(), i * lookup_limit_ / kLookupCount, [this] { look_up(); }));
    }
    for (const auto& server : facts_.servers) {
        if (!server->uri.is_secure()) continue;
        session_.get_trust([this, alive = std::weak_ptr<bool>(alive_)](Trust::Credentials trust) {
            if (!alive.expired()) trust_.set(std::move(trust));
        });
        break;
    }
    task_.emplace(all_servers());
    task_->start([this] {
        is_done_ = true;
        session_.wake();
    });
}

/// Of the names that are not known yet. The first answer counts.
void ServerRun::look_up() {
    for (auto& [name, host] : hosts_) {
        if (host.addresses.has_come()) continue;
        host.lookups.push_back(resolver_.resolve(name, [this, &host = host](auto answer) {
            if (host.addresses.has_come()) return;
            host.took = where_.now() - host.begun;
            host.addresses.set(std::move(answer));
            session_.wake();
        }));
    }
}

bool ServerRun::names_are_known() const {
    return std::ranges::all_of(hosts_,
                               [](const auto& each) { return each.second.addresses.has_come(); });
}

std::vector<ResolvedServer> ServerRun::resolved() const {
    std::vector<ResolvedServer> out;
    for (const auto& server : facts_.servers) {
        const transport::ServerUri& uri = server->uri;
        if (uri.is_secure() || uri.transport != transport::ServerTransport::Udp) continue;
        const Host& host = hosts_.at(uri.host);
        const bool is_known = std::ranges::any_of(out, [&](const ResolvedServer& each) {
            return each.server.uri.host == uri.host && each.server.uri.port == uri.port;
        });
        if (is_known || !host.addresses.has_come() || !host.addresses.value()) continue;
        out.push_back({{uri.to_string(), uri}, *host.addresses.value(), {}});
    }
    // Of the way to others this computer's own servers say nothing.
    const auto is_elsewhere = [](const ResolvedServer& each) {
        return !std::ranges::all_of(each.addresses, is_on_this_machine);
    };
    if (std::ranges::any_of(out, is_elsewhere)) std::erase_if(out, std::not_fn(is_elsewhere));
    return out;
}

Duration ServerRun::time_left() const {
    return times_.deadline - where_.now();
}

precall::VisitPlan ServerRun::plan_for(std::size_t index, const turn::Endpoint& endpoint) const {
    precall::VisitPlan out;
    out.endpoint = endpoint;
    out.wants_relay = facts_.servers[index]->uri.is_turn();
    if (users_[index]) out.credentials = &*users_[index];
    out.step_limit = std::clamp<Duration>(time_left(), milliseconds(50), times_.step_limit);
    out.unix_time = unix_time();
    return out;
}

Task<bool> ServerRun::all_servers() {
    std::vector<Task<bool>> tasks;
    for (std::size_t i = 0; i < facts_.servers.size(); ++i)
        tasks.push_back(one_server(i));
    tasks.push_back(gather_candidates());
    if (options_.check_url) tasks.push_back(ask_page());
    if (options_.is_invasive && options_.wants_ipv4) tasks.push_back(ask_router());
    const auto done = co_await turn::all(where_, std::move(tasks));
    co_return co_await extra_loops() && !done.empty();
}

Task<bool> ServerRun::one_server(std::size_t index) {
    ServerFacts& server = *facts_.servers[index];
    Host& host = hosts_.at(server.uri.host);
    co_await host.addresses.wait(where_);
    const auto& answer = host.addresses.value();
    const bool is_silence = !answer && answer.error().code == "resolve.timeout";
    if (is_silence && lookup_limit_ < kLeastSilence) {
        was_short_of_time_ = true;
        note_stun_server(server);
        co_return false;
    }
    server.is_looked_up = true;
    server.lookup_time = host.took;
    if (!answer) {
        server.is_lookup_silent = is_silence;
        server.lookup_problem = precall::problem_of_lookup(answer.error());
        note_stun_server(server);
        co_return false;
    }
    if (server.uri.is_secure()) co_await trust_.wait(where_);
    const bool is_good = co_await visit_addresses(index, *answer);
    note_stun_server(server);
    if (!is_good) co_return false;
    if (const auto& relayed = server.best()->visit.relayed) {
        server.is_relay_here = !server.best()->is_on_this_machine && !is_of_host(relayed->ip) &&
                               is_on_this_machine(relayed->ip);
    }
    if (facts_.is_quick && server.uri.is_turn()) {
        const Duration limit = std::min<Duration>(kReadings, time_left() * 7 / 10);
        (void)co_await precall::take_readings(where_, server.best()->visit, kReadingCount, limit);
    }
    if (!server.uri.is_turn() || facts_.is_quick) co_return true;
    std::vector<Task<bool>> tasks;
    tasks.push_back(use_relay(index));
    tasks.push_back(try_libnice(index));
    const auto done = co_await turn::all(where_, std::move(tasks));
    co_return done.front();
}

Task<bool> ServerRun::visit_addresses(std::size_t index, std::vector<IpAddress> addresses) {
    ServerFacts& server = *facts_.servers[index];
    std::vector<Task<bool>> tasks;
    for (const AddressFamily family : {AddressFamily::IPv4, AddressFamily::IPv6}) {
        const bool is_wanted =
            family == AddressFamily::IPv4 ? options_.wants_ipv4 : options_.wants_ipv6;
        const auto ip = std::ranges::find(addresses, family, &IpAddress::family);
        if (!is_wanted || ip == addresses.end()) continue;
        server.attempts.push_back(std::make_unique<Attempt>());
        Attempt& attempt = *server.attempts.back();
        attempt.family = family;
        turn::Endpoint endpoint{.transport = server.transport(),
                                .server = {*ip, server.uri.port},
                                .bind_ip = {},
                                .ports = ports_,
                                .server_name = server.uri.host};
        const auto bind = options_.bind_ips.find(family);
        if (bind != options_.bind_ips.end()) endpoint.bind_ip = bind->second;
        endpoint.interface = options_.interface;
        const auto source = transport::source_address_for(endpoint.server, options_.interface);
        attempt.is_on_this_machine = is_on_this_machine(*ip);
        facts_.has_route |= source.has_value() && !attempt.is_on_this_machine;
        if (server.uri.is_secure()) {
            endpoint.trust = trust_.value();
            if (!endpoint.trust) {
                attempt.visit.endpoint = endpoint;
                attempt.visit.problem = Problem{Step::Handshake, Cause::NoAuthorities, {}};
                continue;
            }
        }
        tasks.push_back(precall::make_visit(where_, plan_for(index, endpoint),
                                            server.id + " client 1", attempt.visit));
    }
    if (server.attempts.empty()) {
        server.lookup_problem = Problem{Step::Resolve, Cause::NoAddress, {}};
        co_return false;
    }
    const Duration limit = std::clamp<Duration>(time_left(), Duration(0), times_.step_limit);
    const auto done = co_await turn::all(where_, std::move(tasks));
    (void)done;
    for (const auto& attempt : server.attempts) {
        const auto& problem = attempt->visit.problem;
        was_short_of_time_ |= limit < kLeastSilence && problem && is_silence(problem->cause);
    }
    co_return server.best()->visit.has_succeeded;
}

/// What takes an allocation: a stranger's packet, then media to a second one.
Task<bool> ServerRun::use_relay(std::size_t index) {
    ServerFacts& server = *facts_.servers[index];
    precall::Visit& first = server.best()->visit;
    if (time_left() < times_.audio / 2) {
        server.no_media_because = "There was no time left for it";
        was_short_of_time_ = true;
        co_return false;
    }
    server.wants_media = true;
    const precall::VisitPlan plan = plan_for(index, first.endpoint);
    if (!co_await precall::make_visit(where_, plan, server.id + " client 2", server.second)) {
        co_return false;
    }
    // What is sent to an address of this computer, or of its link, does not get to the server.
    const IpAddress& relay = first.relayed->ip;
    const bool is_near = is_of_host(relay) || relay.address_class() == AddressClass::LinkLocal;
    const bool stays_here =
        server.is_relay_here || (is_near && facts_.is_relay_out_of_reach(server));
    // The control is a Binding request without DTLS, to the same port.
    if (server.transport() == turn::Transport::Udp && !stays_here) {
        server.asks_from_outside = true;
        const Duration limit = std::min<Duration>(kOutside, time_left() / 3);
        const bool arrived = co_await precall::reach_from_outside(
            where_, first, first.endpoint.server, limit, server.outside);
        (void)arrived;
    }
    options_.show("measuring the quality of calls through " + server.title());
    co_return co_await measure_alone(index, first);
}

/// Of the relays that have not failed yet: all, or those whose media has not been sent.
std::size_t ServerRun::relay_count(bool unmeasured_only) const {
    return static_cast<std::size_t>(std::ranges::count_if(facts_.servers, [&](const auto& server) {
        const Attempt* best = server->best();
        const bool may_come = best == nullptr ? !server->lookup_problem : !best->visit.problem;
        const bool is_measured =
            server->audio.is_done || server->audio.problem || server->second.problem;
        return server->uri.is_turn() && may_come && !(unmeasured_only && is_measured);
    }));
}

/// One relay after the other, so that a thin link is not congested by this program itself; beside
/// others only where the time is too short to wait.
Task<bool> ServerRun::measure_alone(std::size_t index, precall::Visit& first) {
    ServerFacts& server = *facts_.servers[index];
    turn::Signal never(where_);
    const Duration least = kLeastAudio + kGrace;
    while (!measured_now_.empty() && time_left() > least)
        co_await never.until(where_.now() + kTurnInterval);
    measured_now_.push_back(&server);
    if (measured_now_.size() > 1) {
        for (ServerFacts* each : measured_now_)
            each->was_beside_others = true;
    }
    const auto count = [this](bool unmeasured_only) {
        return std::max(static_cast<std::int64_t>(relay_count(unmeasured_only)), std::int64_t{1});
    };
    const Duration share = (time_left() - kLoaded - kGrace) / count(true) - kBetween;
    const Duration longest =
        std::min<Duration>(times_.audio, std::max<Duration>(kAllAudio / count(false), kLeastAudio));
    precall::LoopPlan loop;
    loop.duration = std::min<Duration>(
        std::clamp<Duration>(share, std::min(kLeastAudio, longest), longest), time_left() * 7 / 10);
    loop.grace = std::min<Duration>(kGrace, time_left() / 5);
    was_short_of_time_ |= loop.duration < kLeastAudio;
    const bool is_good =
        co_await precall::run_loop(where_, first, server.second, loop, server.audio);
    std::erase(measured_now_, &server);
    co_return is_good;
}

/// Our own client has got through to the relay; now libnice with nothing else.
Task<bool> ServerRun::try_libnice(std::size_t index) {
    ServerFacts& server = *facts_.servers[index];
    if (!users_[index] || time_left() < times_.audio / 2) co_return false;
    precall::IceTrialPlan plan{.endpoint = server.best()->visit.endpoint,
                               .credentials = &*users_[index],
                               .limit = std::min<Duration>(kTrial, time_left() * 6 / 10)};
    co_return co_await precall::try_ice(where_, std::move(plan), server.ice);
}

/// The visits to a server are over: the first that has answered over UDP is asked by libnice too.
void ServerRun::note_stun_server(const ServerFacts& server) {
    --open_visit_count_;
    if (stun_server_.has_come()) return;
    for (const auto& attempt : server.attempts) {
        const precall::Visit& visit = attempt->visit;
        if (server.transport() != turn::Transport::Udp || !visit.has_answered) continue;
        // One on this computer is asked where there is no other, and has to be: from its sockets
        // no other server is reached.
        if (facts_.counts(*attempt)) return stun_server_.set(visit.endpoint.server);
        if (!stun_server_here_) stun_server_here_ = visit.endpoint.server;
    }
    if (open_visit_count_ == 0) stun_server_.set(stun_server_here_);
}

/// The page of the user's own, over the first family of its addresses that is wanted.
Task<bool> ServerRun::ask_page() {
    const precall::WebUrl& url = *options_.check_url;
    precall::WebCheck& out = facts_.web.emplace();
    out.url = url.to_string();
    out.host = url.host;
    Host& host = hosts_.at(url.host);
    co_await host.addresses.wait(where_);
    const auto& answer = host.addresses.value();
    if (!answer) {
        out.problem = precall::problem_of_lookup(answer.error());
        out.is_done = true;
        co_return false;
    }
    const auto ip = std::ranges::find_if(*answer, [&](const IpAddress& each) {
        return each.family() == AddressFamily::IPv4 ? options_.wants_ipv4 : options_.wants_ipv6;
    });
    if (ip == answer->end()) {
        out.problem = Problem{Step::Resolve, Cause::NoAddress, {}};
        out.is_done = true;
        co_return false;
    }
    precall::WebPlan plan{.url = url,
                          .server = {*ip, url.port},
                          .limit = std::min<Duration>(kPage, time_left() * 8 / 10),
                          .unix_time = [] { return unix_time().count(); }};
    const auto bind = options_.bind_ips.find(ip->family());
    if (bind != options_.bind_ips.end()) plan.bind_ip = bind->second;
    plan.interface = options_.interface;
    co_return co_await precall::check_web(where_, std::move(plan), out);
}

/// How the router of the default route maps ports.
Task<bool> ServerRun::ask_router() {
    std::ifstream file("/proc/net/route");
    const std::string routes{std::istreambuf_iterator<char>(file), {}};
    precall::PortMappingPlan plan{.router = precall::default_router(routes)};
    plan.limit = std::min<Duration>(plan.limit, time_left() / 2);
    const auto bind = options_.bind_ips.find(AddressFamily::IPv4);
    if (bind != options_.bind_ips.end()) plan.bind_ip = bind->second;
    co_return co_await precall::discover_port_mapping(where_, plan, facts_.port_mapping);
}

Task<bool> ServerRun::gather_candidates() {
    co_await stun_server_.wait(where_);
    precall::GatheringPlan plan{.stun_server = stun_server_.value(),
                                .wants_ipv4 = options_.wants_ipv4,
                                .wants_ipv6 = options_.wants_ipv6};
    plan.limit = std::min<Duration>(kGathering, time_left() / 2);
    for (const auto& [family, ip] : options_.bind_ips)
        plan.local_addresses.push_back(ip);
    // Its sockets are tied to the interface of their address: from another, loopback is out of
    // reach.
    const auto& stun = plan.stun_server;
    if (stun && stun->ip.address_class() == AddressClass::Loopback) {
        plan.local_addresses = {stun->ip};
    }
    co_return co_await precall::gather(where_, std::move(plan), facts_.gathering);
}

/// With the allocations that there are: which way loses, and how media fares beside video.
Task<bool> ServerRun::extra_loops() {
    const ServerFacts* preferred = facts_.measured_relay();
    if (preferred == nullptr || facts_.is_quick || !preferred->audio.is_done) co_return true;
    const auto found =
        std::ranges::find(facts_.servers, preferred, &std::unique_ptr<ServerFacts>::get);
    const auto index = static_cast<std::size_t>(found - facts_.servers.begin());
    ServerFacts& server = **found;
    const auto quality = quality_of(server.audio);
    const bool loses = quality && quality->lost.part > 0;
    for (std::size_t i = 0; loses && i < facts_.servers.size(); ++i) {
        ServerFacts& other = *facts_.servers[i];
        const bool fits = !turn::is_stream(server.transport()) &&
                          turn::is_stream(other.transport()) && other.uri.host == server.uri.host &&
                          other.has_relay() && other.audio.is_done;
        if (!fits || time_left() < times_.audio + kGrace) continue;
        options_.show("telling the way up from the way down");
        facts_.split.emplace(ExtraLoop{.first = index, .second = i});
        precall::LoopPlan plan{.duration = times_.audio, .grace = kGrace};
        plan.channel = kSplitChannel;
        const bool split = co_await precall::run_loop(
            where_, server.best()->visit, other.best()->visit, plan, facts_.split->loop);
        (void)split;
        break;
    }
    if (time_left() < kLoaded + kGrace) co_return true;
    options_.show("measuring with video beside the sound");
    facts_.loaded.emplace(ExtraLoop{.first = index, .second = index});
    precall::LoopPlan plan{.duration = std::min(kLoaded, times_.audio), .grace = kGrace};
    plan.with_video = true;
    const bool loaded = co_await precall::run_loop(where_, server.best()->visit, server.second,
                                                   plan, facts_.loaded->loop);
    co_return loaded;
}

Task<bool> ServerRun::release_all() {
    std::vector<Task<bool>> tasks;
    for (const auto& server : facts_.servers) {
        for (const auto& attempt : server->attempts)
            tasks.push_back(precall::release(attempt->visit, kReleaseLimit));
        tasks.push_back(precall::release(server->second, kReleaseLimit));
        tasks.push_back(precall::release(server->ice, kReleaseLimit));
    }
    tasks.push_back(precall::release(where_, facts_.gathering, kReleaseLimit));
    const auto done = co_await turn::all(where_, std::move(tasks));
    co_return !done.empty();
}

void ServerRun::stop() {
    task_.reset();
    look_ups_again_.clear();
    for (auto& [name, host] : hosts_)
        host.lookups.clear();
    bool is_released = false;
    task_.emplace(release_all());
    task_->start([&] {
        is_released = true;
        session_.wake();
    });
    session_.run_to_the_end([&] { return is_released; }, where_.now() + 2 * kReleaseLimit);
    task_.reset();
    for (const auto& server : facts_.servers) {
        for (const auto& attempt : server->attempts)
            attempt->visit.client.reset();
        server->second.client.reset();
    }
}

}  // namespace portolan::nat_probe
