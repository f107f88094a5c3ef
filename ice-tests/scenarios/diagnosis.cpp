#include "ice-tests/scenarios/diagnosis.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <span>
#include <utility>

#include "ice-tests/turn/client.hpp"
#include "ice-tests/turn/mangling.hpp"

namespace portolan::scenarios {
namespace {

using conformance::Target;
using std::chrono::milliseconds;
using std::chrono::seconds;
using stun::AttributeType;
using turn::Client;
using turn::Reply;
using turn::Surroundings;
using turn::Task;
using turn::Transcript;

constexpr transport::Duration kStepLimit = seconds(5);
constexpr transport::Duration kDataWait = milliseconds(200);
constexpr int kDataCopies = 7;
constexpr std::string_view kPayload = "portolan";

/// One of our own clients with an allocation, or why it has none.
struct Ours {
    Ours(const Surroundings& where, const Target& target, std::shared_ptr<Transcript> transcript,
         std::string name)
        : client(where, target.endpoint, std::move(transcript), std::move(name), target.path) {
        if (target.user) client.set_credentials(&*target.user);
        client.limit_wait(kStepLimit);
    }

    Client client;
    std::optional<TransportAddress> relayed;
};

std::string seconds_text(transport::Duration duration) {
    return std::to_string(std::chrono::duration_cast<seconds>(duration).count()) + " s";
}

Task<std::string> allocate(Ours& ours) {
    const auto opened = co_await ours.client.open();
    if (!opened) co_return "cannot reach the server: " + opened.error().message;
    const Reply reply = co_await ours.client.request(turn::allocate());
    ours.relayed = reply.address(AttributeType::XorRelayedAddress);
    if (reply.is_success() && ours.relayed) co_return std::string();
    if (!ours.client.challenge() && reply.error) {
        co_return "gets no allocation: " + reply.error->message;
    }
    co_return "gets no allocation: Allocate got " + reply.said() +
        (reply.code() == 401 ? " after a correct challenge" : "");
}

Task<std::string> permit(Ours& ours, TransportAddress peer) {
    const Reply reply = co_await ours.client.request(turn::create_permission(peer));
    if (reply.is_success()) co_return std::string();
    co_return "may not send to the other relay: CreatePermission for " + peer.ip.to_string() +
        " got " + reply.said();
}

constexpr std::string_view kNothingGets = "nothing gets";

/// Empty when data gets from one relay to the other as it was sent; else how it was mangled, or
/// that nothing came.
Task<std::string> what_gets(Surroundings where, Ours& from, Ours& to, bool by_channel) {
    std::string out(kNothingGets);
    const auto data = std::as_bytes(std::span(kPayload));
    for (int i = 0; i < kDataCopies; ++i) {
        if (by_channel) {
            from.client.send_channel_data(0x4000, data);
        } else {
            from.client.send(turn::send_to(*to.relayed, data));
        }
        const transport::Time until =
            where.now() + std::max(kDataWait, 4 * from.client.round_trip());
        while (const auto incoming = co_await to.client.next_incoming(until)) {
            if (std::ranges::equal(incoming->data, data)) co_return std::string();
            if (const auto how = turn::how_mangled(data, incoming->data)) {
                out = "data gets mangled (" + *how + ")";
            }
        }
    }
    co_return out;
}

Task<std::string> set_up(Ours& first, Ours& second) {
    std::string problem = co_await allocate(first);
    if (!problem.empty()) co_return problem;
    problem = co_await allocate(second);
    if (!problem.empty()) co_return problem;
    if (first.relayed->family() != second.relayed->family()) {
        co_return "gets relays of different families: " + first.relayed->to_string() + " and " +
            second.relayed->to_string();
    }
    problem = co_await permit(first, *second.relayed);
    if (!problem.empty()) co_return problem;
    co_return co_await permit(second, *first.relayed);
}

Task<bool> release(Ours& first, Ours& second) {
    for (Ours* ours : {&first, &second}) {
        if (!ours->relayed) continue;
        const Reply reply = co_await ours->client.request(turn::refresh(0));
        (void)reply;
    }
    co_return true;
}

}  // namespace

Task<Diagnosis> diagnose(Surroundings where, const Target& first, const Target& second,
                         std::shared_ptr<Transcript> transcript) {
    Ours ours(where, first, transcript, "own client 1");
    Ours theirs(where, second, transcript, "own client 2");
    Diagnosis out;
    std::string problem = co_await set_up(ours, theirs);
    if (problem.empty()) {
        const std::string there = co_await what_gets(where, ours, theirs, false);
        const std::string back = co_await what_gets(where, theirs, ours, false);
        if (!there.empty() || !back.empty()) {
            const bool is_back = there.empty();
            problem = "is answered with success, but " + (is_back ? back : there) + " from " +
                      (is_back ? theirs : ours).relayed->to_string() + " to " +
                      (is_back ? ours : theirs).relayed->to_string() + ", both permitted";
        }
    }
    out.is_relaying = problem.empty();
    out.sentence = problem.empty()
                       ? "Our own TURN client relays between two allocations, both ways."
                       : "Our own TURN client " + problem + ".";
    const bool released = co_await release(ours, theirs);
    (void)released;
    co_return out;
}

Task<bool> forbids_relays(Surroundings where, const Target& first, const Target& second) {
    const auto transcript = std::make_shared<Transcript>();
    Ours ours(where, first, transcript, "own client 1");
    Ours theirs(where, second, transcript, "own client 2");
    bool is_forbidden = false;
    std::string problem = co_await allocate(ours);
    if (problem.empty()) problem = co_await allocate(theirs);
    if (problem.empty()) {
        const Reply there = co_await ours.client.request(turn::create_permission(*theirs.relayed));
        const Reply back = co_await theirs.client.request(turn::create_permission(*ours.relayed));
        is_forbidden = there.code() == 403 || back.code() == 403;
    }
    const bool released = co_await release(ours, theirs);
    (void)released;
    co_return is_forbidden;
}

Task<Diagnosis> diagnose_hold(Surroundings where, const Target& server, transport::Duration held,
                              std::shared_ptr<Transcript> transcript) {
    Ours ours(where, server, transcript, "own client 1");
    Ours theirs(where, server, transcript, "own client 2");
    Diagnosis out;
    std::string problem = co_await set_up(ours, theirs);
    if (problem.empty()) {
        co_await turn::Pause(where, held);
        const std::string gets = co_await what_gets(where, ours, theirs, false);
        out.is_relaying = gets != kNothingGets;
        if (!out.is_relaying) {
            problem = "can send to a permitted relay at first, and not after " +
                      seconds_text(held) +
                      ": the permission has ended (RFC 8656 s9: it lasts 300 s), or the allocation";
        }
    }
    out.sentence = problem.empty() ? "A permission of our own TURN client still lets data through "
                                     "after " +
                                         seconds_text(held) + "."
                                   : "Our own TURN client " + problem + ".";
    const bool released = co_await release(ours, theirs);
    (void)released;
    co_return out;
}

}  // namespace portolan::scenarios
