#include "ice-tests/conformance/runner.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "ice-tests/conformance/opening.hpp"
#include "ice-tests/conformance/probe.hpp"
#include "ice-tests/turn/redirections.hpp"

namespace portolan::conformance {
namespace {

using turn::Signal;
using turn::Surroundings;
using turn::Transcript;

// Whether anybody is there is asked with seven copies, and needs no half minute.
constexpr transport::Duration kFirstContact = seconds(5);

// Of a token that is made for a run.
constexpr seconds kGrantLifetime(3600);

// What is sent to find out whether it comes back through a NAT.
constexpr int kReturnCopies = 5;

unsigned bit_of(Transport transport) {
    switch (transport) {
        case Transport::Udp:
            return kUdp;
        case Transport::Tcp:
            return kTcp;
        case Transport::Tls:
            return kTls;
        case Transport::Dtls:
            return kDtls;
    }
    return kUdp;
}

/// One check under way.
struct Job {
    Job(const Surroundings& where, const Target& target, const Check& check, Signal& done)
        : result{.check = &check,
                 .judgement = {},
                 .transcript = std::make_shared<Transcript>(),
                 .begun = where.now()},
          probe(where, target, result.transcript,
                [this, &done](Judgement judgement) {
                    early = std::move(judgement);
                    done.notify_soon();
                }),
          task(check.run(probe)) {
        task->start([&done] { done.notify_soon(); });
    }
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;
    ~Job() = default;

    [[nodiscard]] bool is_over() const { return early || task->is_done(); }
    Judgement judgement() { return early ? std::move(*early) : task->take(); }

    CheckResult result;
    std::optional<Judgement> early;
    Probe probe;
    // After the probe: what it still waits for goes first.
    std::optional<Task<Judgement>> task;
};

// A server that has died in the meantime answers nothing, which says nothing about this check.
Task<bool> is_alive(Surroundings where, const Target& target) {
    const auto transcript = std::make_shared<Transcript>();
    for (int tries = 1;; ++tries) {
        Client client(where, target.endpoint, transcript, "control", target.path);
        const auto opened = co_await client.open();
        if (!opened && is_worth_another(opened.error(), tries)) continue;
        if (!opened) co_return false;
        const Reply reply = co_await client.exchange(turn::binding());
        co_return reply.has_come();
    }
}

// RFC 8656 s7.4 (SHOULD): after a 437 a client tries three addresses in all. One that judges the
// server takes some more: of a thousand allocations that others left, six independent ports hit one
// each in 10^9 times.
constexpr int kAddresses = 6;

template <typename T>
std::optional<T> clone_of(const std::optional<T>& value) {
    return value ? std::optional<T>(value->clone()) : std::nullopt;
}

/// The same server, from 5-tuples that have nothing to do with the ones before. Secrets are copied
/// by name only; the names below are all members, or this does not compile.
Target from_elsewhere(const Surroundings& where, const Target& target) {
    const auto& [uri, declared_in, declared_line, found_by, not_found, has_records, remarks,
                 endpoint, user, second_user, shared_secret, third_party, lifetimes, path, named,
                 mapped_ip, relay_ip, no_data_because, software, relay_elsewhere, claims_rfc8489,
                 is_open, has_ipv6_relays_only, demands_rfc8489, has_public_peers, wanted_peers] =
        target;
    Target out{uri,
               declared_in,
               declared_line,
               found_by,
               not_found,
               has_records,
               remarks,
               endpoint,
               clone_of(user),
               clone_of(second_user),
               clone_of(shared_secret),
               clone_of(third_party),
               lifetimes,
               path,
               named,
               mapped_ip,
               relay_ip,
               no_data_because,
               software,
               relay_elsewhere,
               claims_rfc8489,
               is_open,
               has_ipv6_relays_only,
               demands_rfc8489,
               has_public_peers,
               wanted_peers};
    if (out.endpoint.ports) out.endpoint.ports = out.endpoint.ports->elsewhere(*where.random);
    return out;
}

bool is_mismatch(const Transcript& transcript) {
    return std::ranges::any_of(transcript.exchanges(), [](const turn::Exchange& exchange) {
        const auto message = stun::MessageView::parse(exchange.bytes);
        const auto error = message ? message->error_code() : std::nullopt;
        return exchange.direction == turn::Direction::Received && error && error->code == 437;
    });
}

/// Whether a client that had asked for nothing else before was refused an allocation with 437.
bool was_taken(const Transcript& transcript) {
    std::set<std::string> served;
    for (const turn::Exchange& exchange : transcript.exchanges()) {
        const auto message = stun::MessageView::parse(exchange.bytes);
        if (!message || exchange.direction != turn::Direction::Received ||
            message->method() != Method::Allocate) {
            continue;
        }
        const auto error = message->error_code();
        if (error && error->code == 437 && !served.contains(exchange.who)) return true;
        if (message->message_class() == MessageClass::SuccessResponse) served.insert(exchange.who);
    }
    return false;
}

/// Whether a client that had asked for nothing else before was granted an allocation without a
/// relay. coturn 4.6.1 does that for a minute after it has refused somebody one on that 5-tuple.
bool lacks_relay(const Transcript& transcript) {
    std::set<std::string> served;
    for (const turn::Exchange& exchange : transcript.exchanges()) {
        const auto message = stun::MessageView::parse(exchange.bytes);
        if (!message || exchange.direction != turn::Direction::Received ||
            message->method() != Method::Allocate) {
            continue;
        }
        const auto error = message->error_code();
        if (error && (error->code == 401 || error->code == 438)) continue;
        if (!served.insert(exchange.who).second) continue;
        for (const stun::AttributeView attribute : *message) {
            if (attribute.type != AttributeType::XorRelayedAddress) continue;
            const auto relayed =
                stun::decode_address(attribute.type, attribute.value, message->transaction_id());
            if (relayed && (relayed->port == 0 || relayed->ip.is_unspecified())) return true;
        }
    }
    return false;
}

/// The verdict may be about what somebody left on a 5-tuple which this check was given: another
/// client, or a run before.
bool may_be_of_another(const CheckResult& result) {
    if (lacks_relay(*result.transcript)) return true;
    if (result.judgement.status == Status::Meets) return false;
    // An allocation is no reason to say nothing.
    const bool may_be_taken =
        (result.check->needs & kFreshTuple) != 0 && !result.judgement.by_silence;
    return may_be_taken || is_mismatch(*result.transcript);
}

Task<CheckResult> run_once(Surroundings where, const Target& target, const Check& check,
                           transport::Duration limit) {
    Signal done(where);
    Job job(where, target, check, done);
    const transport::Time deadline = where.now() + limit;
    while (!job.is_over() && where.now() < deadline)
        co_await done.until(deadline);
    CheckResult result = job.result;
    result.judgement =
        job.is_over() ? job.judgement() : undecided("It took too long and was given up.");
    if (result.judgement.status != Status::Meets && !job.probe.mangling().empty()) {
        result.judgement.came += " It arrived mangled: " + job.probe.mangling() + ".";
    }
    // It may stand in the middle of an exchange.
    job.task.reset();
    const bool is_clean = co_await job.probe.clean_up();
    (void)is_clean;
    co_return result;
}

/// Whether an ordinary allocation is to be had now.
Task<bool> has_room(Surroundings where, const Target& target) {
    Client client(where, target.endpoint, std::make_shared<Transcript>(), "control", target.path);
    if (target.user) client.set_credentials(&*target.user);
    if (target.is_open) client.set_open();
    const auto opened = co_await client.open();
    if (!opened) co_return false;
    Request request = turn::allocate();
    if (target.has_ipv6_relays_only) request.family(AttributeType::RequestedAddressFamily, 2);
    const Reply reply = co_await client.request(request);
    if (!reply.is_success()) co_return false;
    const Reply released = co_await client.request(turn::refresh(0));
    co_return released.is_success();
}

/// Whether ordinary requests from as many ports get one each.
Task<bool> has_room_everywhere(Surroundings where, const Target& target) {
    const Target elsewhere = from_elsewhere(where, target);
    for (int i = 0; i < kAddresses; ++i) {
        const bool has_one = co_await has_room(where, elsewhere);
        if (!has_one) co_return false;
    }
    co_return true;
}

/// Again with nothing beside it, between two ordinary requests that find room.
Task<CheckResult> run_with_room(Surroundings where, const Target& target, CheckResult first,
                                transport::Duration limit) {
    const bool before = co_await has_room(where, target);
    if (before) {
        CheckResult again = co_await run_once(where, target, *first.check, limit);
        again.repeat_count = first.repeat_count;
        again.begun = first.begun;
        again.duration = where.now() - first.begun;
        first = std::move(again);
    }
    if (first.judgement.status != Status::Violates || !first.judgement.by_no_room) {
        co_return first;
    }
    const bool after = co_await has_room(where, target);
    if (!before || !after) {
        first.judgement = undecided(first.judgement.came +
                                    " An ordinary request gets no allocation either: the quota or "
                                    "the relays are used up.");
    }
    co_return first;
}

Task<CheckResult> run_one(Surroundings where, const Target& target, const Check& check,
                          transport::Duration limit) {
    const transport::Time begun = where.now();
    CheckResult result = co_await run_once(where, target, check, limit);
    std::optional<Target> elsewhere;
    int repeat_count = 0;
    while (repeat_count + 1 < kAddresses && may_be_of_another(result)) {
        if (!elsewhere) elsewhere.emplace(from_elsewhere(where, target));
        result = co_await run_once(where, *elsewhere, check, limit);
        ++repeat_count;
    }
    if (result.judgement.status == Status::Violates && was_taken(*result.transcript)) {
        const bool has_room = co_await has_room_everywhere(where, target);
        if (!has_room) {
            result.judgement =
                undecided("Each of " + std::to_string(kAddresses) +
                          " ports got error 437, and an ordinary request does not always get an "
                          "allocation either: others may have left some there.");
        }
    }
    result.repeat_count = repeat_count;
    if (result.judgement.status == Status::Violates && result.judgement.by_lost_data) {
        const std::string first = result.judgement.came;
        CheckResult again = co_await run_once(where, target, check, limit);
        if (again.judgement.status != Status::Violates) {
            again.judgement = undecided("It was not the same twice. First: " + first +
                                        " Then: " + again.judgement.came);
        }
        again.repeat_count = repeat_count;
        result = std::move(again);
    }
    result.begun = begun;
    if (result.judgement.status == Status::Violates && result.judgement.by_silence) {
        const bool alive = co_await is_alive(where, target);
        if (!alive) {
            result.judgement =
                undecided("The server does not answer anything any more: " + result.judgement.came);
        }
    }
    result.duration = where.now() - result.begun;
    co_return result;
}

// A check that sees a lifetime end takes as long as that lasts.
transport::Duration limit_for(const Check& check, const Target& target, const RunOptions& options) {
    if (check.check_class != CheckClass::Long) return options.check_limit;
    const Lifetimes& lifetimes = target.lifetimes;
    return options.check_limit +
           2 * std::max({lifetimes.allocation, lifetimes.permission, lifetimes.channel,
                         lifetimes.nonce, lifetimes.unbound, lifetimes.idle});
}

bool is_without_room(const CheckResult& result) {
    return result.judgement.status == Status::Violates && result.judgement.by_no_room;
}

bool runs_alone(const Check& check) {
    return (check.needs & kAlone) != 0;
}

}  // namespace

bool is_about(const Check& check, const Target& target) {
    return (check.transports & bit_of(target.endpoint.transport)) != 0;
}

std::optional<std::string> missing_for(const Check& check, const Target& target) {
    if ((check.needs & kCredentials) != 0 && !target.user) {
        return "It needs the username and credential of a user.";
    }
    if ((check.needs & kPassword) != 0 && target.user && target.user->grant) {
        return "It needs a user with a password, and this one has an access token.";
    }
    if ((check.needs & kThirdPartyKey) != 0 && !target.third_party) {
        return "It needs the key that the server shares with its authorization server: "
               "--oauth-key.";
    }
    if ((check.needs & kSecondUser) != 0 && !target.second_user) {
        return "It needs a second user: name the server twice in the iceServers file.";
    }
    if ((check.needs & kSharedSecret) != 0 && !target.shared_secret) {
        return "It needs the shared secret: --turn-secret-file.";
    }
    return std::nullopt;
}

namespace {

/// What is sent to find out whether it arrives.
transport::Bytes said_bytes() {
    static constexpr std::string_view kSaid = "portolan";
    return std::as_bytes(std::span(kSaid));
}

/// When an answer that is on its way has come.
transport::Time soon(const Surroundings& where, const Client& client) {
    return where.now() + std::max<transport::Duration>(milliseconds(100), 2 * client.round_trip());
}

/// Sends to a permitted peer through the relay until it hears that: what it heard, or nothing.
Task<std::optional<turn::PeerDatagram>> relayed_to(Surroundings where, Client& client, Peer& peer) {
    for (int i = 0; i < kReturnCopies; ++i) {
        client.send(turn::send_to(peer.address(), said_bytes()));
        auto heard = co_await peer.receive(soon(where, client));
        if (heard && std::ranges::equal(heard->bytes, said_bytes())) co_return heard;
    }
    co_return std::nullopt;
}

/// Whether what a permitted peer on this host is sent arrives, and from where its own packets seem
/// to come. Without a NAT there is nothing to find out.
Task<std::string> why_no_data(Surroundings where, const Target& target, Client& client,
                              const TransportAddress& relayed,
                              std::shared_ptr<turn::Transcript> transcript) {
    const std::string because =
        "This host is behind a NAT (" + target.mapped_ip->to_string() + " to the server), and ";
    auto opened = Peer::open(
        where, target.endpoint.bind_ip.value_or(IpAddress::any(target.endpoint.server.family())),
        transcript, "peer");
    if (!opened) co_return because + "no peer could be opened: " + opened.error().message + ".";
    Peer& peer = **opened;
    peer.set_address({*target.mapped_ip, peer.address().port});
    const Reply permitted = co_await client.request(turn::create_permission(peer.address()));
    if (!permitted.is_success()) {
        co_return because + "the server answers a permission for that address with " +
            permitted.said() + ".";
    }
    // Before the peer has sent anything to the relay: a check's peers have not either.
    const auto there = co_await relayed_to(where, client, peer);
    if (!there) co_return because + "what is relayed to it does not come through.";
    bool is_itself = false;
    for (int i = 0; i < kReturnCopies && !is_itself; ++i) {
        peer.send(relayed, said_bytes());
        const auto incoming = co_await client.next_incoming(soon(where, client));
        is_itself = incoming && incoming->peer == peer.address();
    }
    if (!is_itself) co_return because + "its ports are not the ones that the server sees.";
    co_return std::string();
}

/// Whether data comes to a permitted peer on this host from another address than the relayed one: a
/// sentence, or nothing where that is not so or could not be seen.
Task<std::string> why_elsewhere(Surroundings where, const Target& target, Client& client,
                                const TransportAddress& relayed,
                                std::shared_ptr<turn::Transcript> transcript) {
    const IpAddress ip =
        target.endpoint.bind_ip.value_or(client.wire().local_address().value_or(relayed).ip);
    if (ip.family() != relayed.family()) co_return std::string();
    auto opened = Peer::open(where, ip, transcript, "peer");
    if (!opened) co_return std::string();
    Peer& peer = **opened;
    const Reply permitted = co_await client.request(turn::create_permission(peer.address()));
    if (!permitted.is_success()) co_return std::string();
    const auto heard = co_await relayed_to(where, client, peer);
    if (!heard || heard->source == relayed) co_return std::string();
    co_return "A permitted peer sees data come from " + heard->source.to_string() +
        ", and the relayed address is " + relayed.to_string() + ".";
}

std::string utc_text(std::int64_t unix_time_s) {
    const std::time_t time = unix_time_s;
    std::tm parts{};
    std::array<char, 40> text{};
    if (gmtime_r(&time, &parts) == nullptr ||
        std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts) == 0) {
        return std::to_string(unix_time_s);
    }
    return text.data();
}

// What an error that is no success says about the credentials.
Error allocation_error(const Reply& allocated, const Client& client, const std::string& username) {
    Error error{.culprit = Culprit::Peer, .code = "turn.allocate", .message = {}};
    error.message = "Allocate got " + allocated.said();
    const auto expiry_s = turn::expiry_of(username);
    if (allocated.code() == 401 && !client.challenge() && allocated.error) {
        return *allocated.error;
    }
    if (allocated.code() == 401 && expiry_s && *expiry_s <= g_get_real_time() / G_USEC_PER_SEC) {
        error.code = "turn.credentials-expired";
        error.message += ": the time in the username, " + utc_text(*expiry_s) + ", is over";
        error.hint = "the credentials have expired: fetch new ones, and compare the clocks";
    } else if (allocated.code() == 401) {
        error.code = "turn.credentials";
        error.message += " after a correct challenge";
        error.hint = "the server does not take this username with this credential";
    } else if (allocated.code() == 437) {
        error.code = "turn.mismatch";
        error.hint = "the server says that each port we came from has an allocation already";
    } else if (allocated.code() == 486) {
        error.code = "turn.quota";
        error.hint = "the user has as many allocations as the server's quota lets it have";
    } else if (allocated.code() == -1 && allocated.error) {
        error.code = allocated.error->code;
    }
    return error;
}

/// What was seen, and the error 300 that ended it.
struct Look {
    Preflight seen;
    std::vector<std::byte> redirection;
};

Task<Look> look(Surroundings where, Target& target, std::shared_ptr<Transcript> transcript) {
    Look result;
    Preflight& out = result.seen;
    out.transcript = std::move(transcript);
    std::unique_ptr<Client> opening;
    for (int tries = 1;; ++tries) {
        opening =
            std::make_unique<Client>(where, target.endpoint, out.transcript, "client", target.path);
        opening->limit_wait(kFirstContact);
        const auto opened = co_await opening->open();
        if (opened) break;
        if (is_worth_another(opened.error(), tries)) continue;
        out.unreachable = opened.error();
        co_return result;
    }
    Client& client = *opening;
    out.local = client.wire().local_address();
    out.security = client.wire().security();
    const Reply learnt = co_await client.learn();
    if (!learnt.has_come()) {
        out.unreachable = learnt.error;
        if (out.unreachable && out.unreachable->code == "turn.silent") {
            out.unreachable->message =
                "an Allocate request without credentials got " + out.unreachable->message;
            out.unreachable->hint = "is a firewall on the way, is it the right address?";
        }
        co_return result;
    }
    if (learnt.code() == 300) {
        result.redirection = learnt.bytes;
        co_return result;
    }
    if (client.challenge()) target.claims_rfc8489 = client.challenge()->features.has_value();
    const Reply bound = co_await client.exchange(turn::binding());
    out.mapped = bound.address(AttributeType::XorMappedAddress);
    for (const Reply* reply : {&bound, &learnt}) {
        if (!reply->has_come()) continue;
        if (const auto software = reply->view().text(AttributeType::Software)) {
            target.software = std::string(*software);
        }
    }
    if (!target.user && target.third_party && client.challenge() &&
        client.challenge()->server_name) {
        auto granted = turn::grant_access(*target.third_party, *client.challenge()->server_name,
                                          std::chrono::microseconds(g_get_real_time()),
                                          kGrantLifetime, *where.random);
        if (granted) target.user = std::move(*granted);
    }
    if (!target.user) {
        out.no_allocation = Error{.culprit = Culprit::Usage,
                                  .code = "turn.no-credentials",
                                  .message = "no username and credential were given"};
        co_return result;
    }
    client.set_credentials(&*target.user);
    target.is_open = learnt.is_success();
    if (target.is_open) client.set_open();
    const transport::Time begun = where.now();
    Reply allocated = learnt;
    // g++ 12 destroys a temporary twice when co_await is a branch of a conditional expression.
    if (!learnt.is_success()) allocated = co_await client.request(turn::allocate());
    if (allocated.code() == 440) {
        // RFC 8656 s7.2: without REQUESTED-ADDRESS-FAMILY one asks for IPv4.
        turn::Request request = turn::allocate();
        request.family(AttributeType::RequestedAddressFamily, 2);
        allocated = co_await client.request(request);
        target.has_ipv6_relays_only = allocated.is_success();
    }
    if (allocated.code() == 300) {
        result.redirection = allocated.bytes;
        co_return result;
    }
    out.allocate_time = where.now() - begun + learnt.round_trip;
    out.relayed = allocated.address(AttributeType::XorRelayedAddress);
    if (!allocated.is_success() || !out.relayed) {
        out.no_allocation = allocation_error(allocated, client, target.user->username);
        if (allocated.is_success()) {
            const Reply released = co_await client.request(turn::refresh(0));
            (void)released;
        }
        co_return result;
    }
    target.relay_ip = out.relayed->ip;
    if (!out.mapped) out.mapped = allocated.address(AttributeType::XorMappedAddress);
    const bool is_on_loopback =
        out.local && out.local->ip.address_class() == AddressClass::Loopback;
    if (out.mapped && out.local && out.mapped->ip != out.local->ip && !is_on_loopback &&
        out.mapped->family() == out.local->family() && !out.mapped->ip.is_unspecified()) {
        target.mapped_ip = out.mapped->ip;
        target.no_data_because =
            co_await why_no_data(where, target, client, *out.relayed, out.transcript);
    } else {
        target.relay_elsewhere =
            co_await why_elsewhere(where, target, client, *out.relayed, out.transcript);
    }
    const Reply released = co_await client.request(turn::refresh(0));
    (void)released;
    co_return result;
}

bool is_of_another(const Preflight& seen) {
    return lacks_relay(*seen.transcript) || (seen.no_allocation && is_mismatch(*seen.transcript));
}

}  // namespace

Task<Preflight> preflight(Surroundings where, Target& target) {
    if (target.not_found) {
        Preflight out;
        out.transcript = std::make_shared<Transcript>();
        out.unreachable = target.not_found;
        // Whoever tests a server by its name has named it wrong, or its zone is.
        out.unreachable->culprit = Culprit::Peer;
        co_return out;
    }
    turn::Redirections way(target.endpoint, where.now());
    auto transcript = std::make_shared<Transcript>();
    while (true) {
        Look out = co_await look(where, target, transcript);
        const std::shared_ptr<turn::PortSequence> ports = target.endpoint.ports;
        for (int i = 1; i < kAddresses && is_of_another(out.seen); ++i) {
            transcript = std::make_shared<Transcript>();
            if (ports) target.endpoint.ports = ports->elsewhere(*where.random);
            out = co_await look(where, target, transcript);
            target.endpoint.ports = ports;
        }
        out.seen.redirected_by = way.passed();
        if (out.redirection.empty()) co_return std::move(out.seen);
        const auto message = stun::MessageView::parse(out.redirection);
        auto next = way.follow(*message, where.now());
        if (!next) {
            out.seen.unreachable = next.error();
            co_return std::move(out.seen);
        }
        if (!target.named) target.named = target.endpoint;
        target.endpoint = std::move(*next);
        target.path = std::make_shared<turn::PathEstimate>();
    }
}

Task<std::vector<CheckResult>> run_checks(Surroundings where, const Target& target,
                                          std::vector<const Check*> checks, RunOptions options) {
    std::vector<std::optional<CheckResult>> results(checks.size());
    std::vector<std::optional<Task<CheckResult>>> running(checks.size());
    std::size_t running_count = 0;
    Signal signal(where);
    const auto collect = [&] {
        for (std::size_t i = 0; i < checks.size(); ++i) {
            if (!running[i] || !running[i]->is_done()) continue;
            results[i] = running[i]->take();
            running[i].reset();
            --running_count;
            if (is_without_room(*results[i])) continue;  // judged again when the rest is done
            if (options.on_result) options.on_result(*results[i]);
        }
    };
    // The long waits first, so that they overlap with everything else; the alone ones last.
    std::vector<std::size_t> order(checks.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    const auto rank = [&](std::size_t i) {
        if (runs_alone(*checks[i])) return 2;
        return checks[i]->check_class == CheckClass::Fast ? 1 : 0;
    };
    std::ranges::stable_sort(order, {}, rank);
    for (const std::size_t i : order) {
        const std::size_t limit = runs_alone(*checks[i]) ? 1 : options.job_count;
        while (running_count >= limit) {
            co_await signal.until(transport::Time::max());
            collect();
        }
        running[i].emplace(
            run_one(where, target, *checks[i], limit_for(*checks[i], target, options)));
        ++running_count;
        running[i]->start([&signal] { signal.notify_soon(); });
    }
    while (running_count > 0) {
        co_await signal.until(transport::Time::max());
        collect();
    }
    for (auto& result : results) {
        if (!is_without_room(*result)) continue;
        const auto limit = limit_for(*result->check, target, options);
        CheckResult first = std::move(*result);
        result = co_await run_with_room(where, target, std::move(first), limit);
        if (options.on_result) options.on_result(*result);
    }
    std::vector<CheckResult> out;
    out.reserve(results.size());
    for (auto& result : results)
        out.push_back(std::move(*result));
    co_return out;
}

}  // namespace portolan::conformance
