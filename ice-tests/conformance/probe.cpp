#include "ice-tests/conformance/probe.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "ice-tests/conformance/opening.hpp"
#include "ice-tests/conformance/target.hpp"
#include "ice-tests/turn/mangling.hpp"
#include "probe/stun/framing.hpp"

namespace portolan::conformance {
namespace {

using transport::Duration;
using transport::Time;
using turn::PeerDatagram;

constexpr Duration kMinSilence = milliseconds(250);
// Where every tenth copy is lost on its way or back, all of them are once in 10^5 times.
constexpr int kSilentCopies = 5;
// As many as a request gets.
constexpr int kDataCopies = 7;
constexpr Duration kMaxDataWait = seconds(1);
// RFC 8489 s6.2.1: ICMP errors end a transaction; but one of them may be about something before.
constexpr int kFailedCopies = 2;
// RFC 8489 s6.2.2: as long as the copies of UDP would take, in timeouts of the first.
constexpr int kStreamWait = 79;
// Seven copies; a server that is alive has got one of them and has answered.
constexpr Duration kCleanUp = seconds(1);

// RFC 8656 s7.2, step 10: the quota may be reached at any point; 508 says that ports or the like
// have run out.
bool is_out_of_room(const Reply& reply) {
    return reply.code() == 486 || reply.code() == 508;
}

bool same(const std::vector<std::byte>& a, stun::Bytes b) {
    return std::ranges::equal(a, b);
}

// Whatever repeats an id, well-formed or not.
bool has_id(const std::vector<std::byte>& bytes, const stun::TransactionId& id) {
    return bytes.size() >= stun::kHeaderBytes &&
           std::memcmp(bytes.data() + 8, id.octets.data() + 4, 12) == 0;
}

// A server that is slow has not passed on yet what it will pass on: nothing is concluded before it
// has answered a request that was sent later. What comes in the meantime waits to be read.
Task<bool> settle(const std::vector<std::unique_ptr<Client>>& clients) {
    const auto asker = std::ranges::find_if(
        clients, [](const std::unique_ptr<Client>& client) { return client->wire().is_open(); });
    if (asker == clients.end()) co_return false;
    const Reply reply = co_await (*asker)->exchange(turn::binding());
    co_return reply.has_come();
}

// How long to listen after that: what the server sent before its answer is nearly here.
Duration afterwards(const Target& target) {
    return std::max<Duration>(milliseconds(50), target.path->round_trip());
}

}  // namespace

Probe::Probe(const turn::Surroundings& where, const Target& target,
             std::shared_ptr<turn::PortSequence> ports,
             std::shared_ptr<turn::Transcript> transcript,
             std::function<void(Judgement)> on_early_end)
    : where_(where),
      target_(target),
      ports_(std::move(ports)),
      transcript_(std::move(transcript)),
      on_early_end_(std::move(on_early_end)) {}

// A check that is broken off says at least once that it needs its allocations no more.
Probe::~Probe() {
    if (is_cleaned_up_) return;
    for (const auto& client : clients_)
        send_end(*client);
}

Transport Probe::transport() const {
    return target_.endpoint.transport;
}

void Probe::EndWith::await_suspend(std::coroutine_handle<> /*caller*/) {
    probe.on_early_end_(std::move(judgement));
}

Client& Probe::add_client(turn::Endpoint endpoint) {
    endpoint.ports = ports_;
    clients_.push_back(std::make_unique<Client>(where_, std::move(endpoint), transcript_,
                                                "client " + std::to_string(clients_.size() + 1),
                                                target_.path));
    if (target_.user) clients_.back()->set_credentials(&*target_.user);
    if (target_.is_open) clients_.back()->set_open();
    return *clients_.back();
}

Task<Client*> Probe::client() {
    for (int tries = 1;; ++tries) {
        Client& client = add_client(target_.endpoint);
        const auto opened = co_await client.open();
        if (opened) co_return &client;
        if (!is_worth_another(opened.error(), transport(), tries)) {
            co_await end_with(undecided(opened.error().message));
        }
    }
}

Task<Client*> Probe::challenged_client() {
    if (target_.is_open) {
        co_await end_with(no_credentials_demanded());
    }
    Client* client = co_await this->client();
    const Reply reply = co_await client->learn();
    if (!client->challenge()) {
        // GCC destroys temporaries of ?: within co_await twice.
        const std::string why = reply.error ? reply.error->message : reply.said();
        co_await end_with(undecided("Realm and nonce could not be learnt: " + why + "."));
    }
    co_return client;
}

Request Probe::allocate() const {
    Request out = turn::allocate();
    if (target_.has_ipv6_relays_only) out.family(AttributeType::RequestedAddressFamily, 2);
    return out;
}

Task<Allocated> Probe::allocation() {
    const bool is_v4 = target_.endpoint.server.family() == AddressFamily::IPv4;
    if (is_v4 || target_.has_ipv6_relays_only) co_return co_await allocation(allocate());
    // Our peers are on IPv6 then, and relays are on IPv4 unless one asks.
    Client* asker = co_await client();
    Request request = turn::allocate();
    request.family(AttributeType::RequestedAddressFamily, 2);
    const Reply reply = co_await asker->request(request);
    if (reply.code() == 440) co_return co_await allocation(turn::allocate());
    co_return co_await allocated(asker, reply);
}

Task<Allocated> Probe::allocation(Request request) {
    Client* asker = co_await client();
    const Reply reply = co_await asker->request(std::move(request));
    co_return co_await allocated(asker, reply);
}

Task<Allocated> Probe::allocated(Client* client, Reply reply) {
    Allocated out;
    out.client = client;
    out.reply = std::move(reply);
    const auto relayed = out.reply.address(AttributeType::XorRelayedAddress);
    if (!out.reply.is_success() || !relayed) {
        co_await end_with(undecided("No allocation to work with: " + out.reply.said() + "."));
    }
    if (relayed->port == 0 || relayed->ip.is_unspecified()) {
        co_await end_with(undecided("No allocation to work with: the relayed address is " +
                                    relayed->to_string() + "."));
    }
    out.relayed = *relayed;
    co_return out;
}

Task<bool> Probe::release(Client& client) {
    const Reply reply = co_await client.request(turn::refresh(0));
    co_return reply.is_success();
}

Peer& Probe::new_peer() {
    const IpAddress ip =
        target_.endpoint.bind_ip.value_or(IpAddress::any(target_.endpoint.server.family()));
    auto opened = Peer::open(where_, ip, transcript_, "peer " + std::to_string(peers_.size() + 1));
    // A free port on an address that we already use: this fails when the process is out of sockets.
    if (!opened) throw std::bad_alloc();
    peers_.push_back(std::move(*opened));
    Peer& peer = *peers_.back();
    if (target_.mapped_ip) peer.set_address({*target_.mapped_ip, peer.address().port});
    return peer;
}

Peer& Probe::peer() {
    return peers_.empty() ? new_peer() : *peers_.front();
}

Peer& Probe::second_peer() {
    peer();
    return peers_.size() > 1 ? *peers_[1] : new_peer();
}

Task<turn::StreamPeer*> Probe::stream_peer() {
    if (target_.mapped_ip) {
        co_await end_with(
            not_applicable("This host is behind a NAT (" + target_.mapped_ip->to_string() +
                           " to the server), which lets no TCP connection of the relay in."));
    }
    const IpAddress ip =
        target_.endpoint.bind_ip.value_or(IpAddress::any(target_.endpoint.server.family()));
    auto opened = turn::StreamPeer::open(where_, ip, transcript_,
                                         "stream peer " + std::to_string(stream_peers_.size() + 1));
    if (!opened) throw std::bad_alloc();  // as in new_peer()
    stream_peers_.push_back(std::move(*opened));
    co_return stream_peers_.back().get();
}

Task<std::unique_ptr<turn::PeerStream>> Probe::stream_to(TransportAddress relayed) {
    co_await need_way_back();
    co_return co_await turn::PeerStream::connect(where_, relayed, target_.endpoint.bind_ip,
                                                 transcript_, "peer stream");
}

TransportAddress Probe::closed_port() {
    const TransportAddress out = new_peer().address();
    peers_.pop_back();
    return out;
}

bool Probe::may_hold(Client& client) const {
    if (transcript_->left_out_count() > 0) return true;
    std::vector<stun::TransactionId> open;
    for (const turn::Exchange& exchange : transcript_->exchanges()) {
        if (exchange.who != client.wire().name()) continue;
        const auto message = stun::MessageView::parse(exchange.bytes);
        if (!message) continue;
        // RFC 8016 s3.2: a Refresh with a ticket takes an allocation over.
        const bool is_taking =
            message->method() == Method::Allocate || message->has(AttributeType::MobilityTicket);
        const bool is_request = message->message_class() == MessageClass::Request;
        if (is_taking && message->message_class() == MessageClass::SuccessResponse) return true;
        if (message->message_class() == MessageClass::ErrorResponse) {
            std::erase(open, message->transaction_id());
        } else if (is_taking && is_request &&
                   (target_.is_open || message->has(AttributeType::Nonce))) {
            open.push_back(message->transaction_id());
        }
    }
    return !open.empty();
}

bool Probe::can_end_allocation(Client& client) const {
    // A stream takes its allocation with it.
    if (is_stream() || !client.wire().is_open()) return false;
    return target_.is_open || (client.challenge() && target_.user);
}

void Probe::send_end(Client& client) {
    if (!can_end_allocation(client)) return;
    if (!target_.is_open) client.set_credentials(&*target_.user);
    const Request end = turn::refresh(0);
    const auto id = client.new_id();
    (void)client.wire().send(target_.is_open ? end.build(id) : client.signature().build(end, id));
}

Task<bool> Probe::clean_up() {
    is_cleaned_up_ = true;
    std::vector<Task<Reply>> ends;
    for (const auto& client : clients_) {
        if (!can_end_allocation(*client)) continue;
        if (!may_hold(*client)) {
            send_end(*client);
            continue;
        }
        if (!target_.is_open) client->set_credentials(&*target_.user);
        client->limit_wait(kCleanUp);
        ends.push_back(client->request(turn::refresh(0)));
    }
    transcript_->close();
    if (ends.empty()) co_return true;
    const auto replies = co_await turn::all(where_, std::move(ends));
    co_return std::ranges::all_of(replies, &Reply::has_come);
}

Task<bool> Probe::permit(Client& client, const TransportAddress& peer) {
    const Reply reply = co_await client.request(turn::create_permission(peer));
    if (reply.code() == 403) {
        co_await end_with(not_applicable("The server forbids " + peer.ip.to_string() +
                                         ", the only peer that this host has, so nothing can be "
                                         "relayed to it."));
    }
    if (reply.code() == 443) co_await end_with(no_relay_of_our_family());
    if (!reply.is_success()) {
        co_await end_with(undecided("CreatePermission got " + reply.said() + "."));
    }
    co_return true;
}

Task<bool> Probe::bind(Client& client, std::uint16_t channel, const TransportAddress& peer) {
    const Reply reply = co_await client.request(turn::channel_bind(channel, peer));
    if (reply.code() == 403) {
        co_await end_with(not_applicable("The server forbids " + peer.ip.to_string() +
                                         ", the only peer that this host has, so no channel can be "
                                         "bound to it."));
    }
    if (reply.code() == 443) co_await end_with(no_relay_of_our_family());
    if (!reply.is_success()) {
        co_await end_with(undecided("ChannelBind got " + reply.said() + "."));
    }
    co_return true;
}

Task<bool> Probe::need_way_back() {
    if (!target_.relay_elsewhere.empty()) {
        co_await end_with(
            undecided(target_.relay_elsewhere +
                      " So what a peer sends to the relayed address need not arrive."));
    }
    co_return true;
}

Task<bool> Probe::need_data() {
    if (!target_.no_data_because.empty()) {
        co_await end_with(not_applicable(target_.no_data_because));
    }
    co_return true;
}

Duration Probe::silence() const {
    return std::max(kMinSilence, 4 * target_.path->round_trip());
}

Task<std::optional<std::vector<std::byte>>> Probe::response_to(Client& client,
                                                               std::vector<std::byte> message,
                                                               stun::TransactionId id) {
    std::vector<Unwanted> messages;
    messages.push_back({std::move(message), id});
    co_return co_await response_to_any(client, std::move(messages));
}

Task<std::optional<std::vector<std::byte>>> Probe::response_to_any(Client& client,
                                                                   std::vector<Unwanted> messages) {
    const auto is_answer = [&messages](const std::vector<std::byte>& bytes) {
        return std::ranges::any_of(
            messages, [&](const Unwanted& message) { return has_id(bytes, message.id); });
    };
    const int copy_count = is_stream() ? 1 : kSilentCopies;
    std::optional<std::vector<std::byte>> answer;
    for (int i = 0; i < copy_count && !answer; ++i) {
        for (const Unwanted& message : messages)
            (void)client.wire().send(message.bytes);
        const Time until = now() + (i + 1 == copy_count ? silence() : silence() / 5);
        while (!answer) {
            const auto frame = co_await client.wire().receive(until);
            if (!frame) break;
            if (is_answer(frame->bytes)) answer = frame->bytes;
        }
    }
    // A later request has to be answered, and until it is a late answer counts.
    const stun::TransactionId later_id = client.new_id();
    const std::vector<std::byte> later = turn::binding().build(later_id);
    Duration wait = target_.path->retransmission_timeout();
    const int later_count = is_stream() ? 1 : kDataCopies;
    if (is_stream()) wait *= kStreamWait;
    bool is_alive = false;
    int failed_count = 0;
    for (int i = 0; i < later_count && !is_alive && failed_count < kFailedCopies; ++i, wait *= 2) {
        if (answer || !client.wire().is_open()) co_return answer;
        const std::size_t known_count = client.wire().fault_count();
        (void)client.wire().send(later);
        const Time until = now() + wait;
        while (!answer && !is_alive) {
            const auto frame = co_await client.wire().receive_or_fault(until, known_count);
            if (!frame) break;
            if (is_answer(frame->bytes)) answer = frame->bytes;
            is_alive = has_id(frame->bytes, later_id);
        }
        if (client.wire().fault_count() > known_count) ++failed_count;
    }
    if (!answer && !is_alive && client.wire().is_open()) {
        co_await end_with(undecided("After that a plain Binding request got no answer either."));
    }
    // What comes out of order.
    const Time last = now() + afterwards(target_);
    while (!answer && !is_stream()) {
        const auto frame = co_await client.wire().receive(last);
        if (!frame) break;
        if (is_answer(frame->bytes)) answer = frame->bytes;
    }
    co_return answer;
}

bool Probe::is_intact(const std::vector<std::byte>& bytes, stun::Bytes came) {
    if (same(bytes, came)) {
        mangling_.clear();
        return true;
    }
    if (auto how = turn::how_mangled(bytes, came)) mangling_ = std::move(*how);
    return false;
}

Task<std::optional<PeerDatagram>> Probe::heard_by(Peer& peer, std::function<void()> send,
                                                  std::vector<std::byte> bytes) {
    co_await need_data();
    Duration wait = std::max<Duration>(milliseconds(100), 2 * target_.path->round_trip());
    for (int i = 0; i < kDataCopies; ++i, wait = std::min(2 * wait, kMaxDataWait)) {
        send();
        const Time until = now() + wait;
        while (auto datagram = co_await peer.receive(until)) {
            if (is_intact(bytes, datagram->bytes)) co_return datagram;
        }
    }
    const bool is_settled = co_await settle(clients_);
    const Time last = now() + (is_settled ? afterwards(target_) : Duration(0));
    while (auto datagram = co_await peer.receive(last)) {
        if (is_intact(bytes, datagram->bytes)) co_return datagram;
    }
    co_return std::nullopt;
}

Task<std::optional<Incoming>> Probe::heard_by(Client& client, std::function<void()> send,
                                              std::vector<std::byte> bytes) {
    co_await need_data();
    co_await need_way_back();
    Duration wait = std::max<Duration>(milliseconds(100), 2 * target_.path->round_trip());
    for (int i = 0; i < kDataCopies; ++i, wait = std::min(2 * wait, kMaxDataWait)) {
        send();
        const Time until = now() + wait;
        while (auto incoming = co_await client.next_incoming(until)) {
            if (is_intact(bytes, incoming->data)) co_return incoming;
        }
    }
    const bool is_settled = co_await settle(clients_);
    const Time last = now() + (is_settled ? afterwards(target_) : Duration(0));
    while (auto incoming = co_await client.next_incoming(last)) {
        if (is_intact(bytes, incoming->data)) co_return incoming;
    }
    co_return std::nullopt;
}

Task<bool> Probe::unheard_by(Peer& peer, std::function<void()> send, std::vector<std::byte> bytes) {
    co_await need_data();
    for (int i = 0; i < kSilentCopies; ++i) {
        send();
        const Time until = now() + (i + 1 == kSilentCopies ? silence() : silence() / 5);
        while (auto datagram = co_await peer.receive(until)) {
            if (same(datagram->bytes, bytes)) co_return false;
        }
    }
    const bool is_settled = co_await settle(clients_);
    const Time last = now() + (is_settled ? afterwards(target_) : Duration(0));
    while (auto datagram = co_await peer.receive(last)) {
        if (same(datagram->bytes, bytes)) co_return false;
    }
    co_return true;
}

Task<bool> Probe::unheard_by(Client& client, std::function<void()> send,
                             std::vector<std::byte> bytes) {
    co_await need_data();
    co_await need_way_back();
    for (int i = 0; i < kSilentCopies; ++i) {
        send();
        const Time until = now() + (i + 1 == kSilentCopies ? silence() : silence() / 5);
        while (auto incoming = co_await client.next_incoming(until)) {
            if (same(incoming->data, bytes)) co_return false;
        }
    }
    const bool is_settled = co_await settle(clients_);
    const Time last = now() + (is_settled ? afterwards(target_) : Duration(0));
    while (auto incoming = co_await client.next_incoming(last)) {
        if (same(incoming->data, bytes)) co_return false;
    }
    co_return true;
}

std::vector<std::byte> Probe::payload(std::size_t size_bytes) {
    std::vector<std::byte> out(size_bytes);
    for (std::byte& octet : out)
        octet = std::byte(random() & 0xFF);
    return out;
}

std::string said(stun::Bytes message) {
    Reply reply;
    if (!stun::MessageView::parse(message)) return "a malformed message";
    reply.bytes.assign(message.begin(), message.end());
    return reply.said();
}

Judgement no_relay_of_our_family() {
    return not_applicable(
        "The relay is of the other address family than the one that this host reaches the server "
        "over, so nothing can be relayed to it.");
}

Judgement no_credentials_demanded() {
    return not_applicable("The server demands no credentials.");
}

Judgement unanswered(const Reply& reply) {
    Judgement out = violates("It did not answer: " + reply.said() + ".");
    out.by_silence = true;
    return out;
}

Judgement judge_error(const Reply& reply, int expected_code) {
    if (reply.code() == expected_code) return meets("It answered with " + reply.said() + ".");
    if (!reply.has_come()) return unanswered(reply);
    Judgement out = violates("It answered with " + reply.said() + ", not with error " +
                             std::to_string(expected_code) + ".");
    out.by_no_room = is_out_of_room(reply);
    return out;
}

Judgement judge_success(const Reply& reply) {
    if (reply.is_success()) return meets("It answered with a success response.");
    if (!reply.has_come()) return unanswered(reply);
    Judgement out = violates("It answered with " + reply.said() + ".");
    out.by_no_room = is_out_of_room(reply);
    return out;
}

Judgement judge_silence(const std::optional<std::vector<std::byte>>& response) {
    if (!response) return meets("It did not answer.");
    return violates("It answered with " + said(*response) + ".");
}

}  // namespace portolan::conformance
