#include "ice-tests/turn/client.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <span>
#include <utility>

#include "ice-tests/turn/credentials.hpp"
#include "probe/stun/attribute_table.hpp"
#include "probe/stun/framing.hpp"
#include "probe/stun/password_algorithms.hpp"
#include "probe/stun/printable.hpp"

namespace portolan::turn {
namespace {

using std::chrono::milliseconds;
using stun::AttributeType;
using stun::MessageClass;
using transport::Duration;
using transport::Time;

// RFC 8489 s6.2.1
constexpr Duration kFirstTimeout = milliseconds(500);
constexpr Duration kMinTimeout = milliseconds(100);
constexpr int kCopyCount = 7;  // Rc
constexpr int kLastWait = 16;  // Rm

// With a limit the copies are as far apart, and the last one waits for three of these times more.
constexpr int kCopiesInLimit = kCopyCount + 3;

// ICMP errors can be forged, and may be about the past: it takes two copies to believe them.
constexpr Duration kAfterFault = milliseconds(100);
constexpr int kFailedCopies = 2;

// RFC 6062 s5.2: the server tries for 30 s at least.
constexpr Duration kConnectLimit = std::chrono::seconds(45);

std::string seconds_text(Duration duration) {
    const auto tenths = std::chrono::duration_cast<milliseconds>(duration).count() / 100;
    return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " s";
}

std::string missing_in_challenge(const Reply& reply) {
    const bool has_realm = reply.has(AttributeType::Realm);
    const bool has_nonce = reply.has(AttributeType::Nonce);
    if (has_realm && has_nonce) return " with a REALM or NONCE that cannot be read";
    const std::string what =
        has_realm ? " without NONCE" : (has_nonce ? " without REALM" : " without REALM and NONCE");
    return reply.code() == 401 ? what + ", which it has to have (RFC 8489 s9.2.4, MUST)" : what;
}

}  // namespace

Duration PathEstimate::retransmission_timeout() const {
    if (smoothed_ == Duration(0)) return kFirstTimeout;
    return std::max(smoothed_ + 4 * variation_, kMinTimeout);
}

void PathEstimate::add(Duration round_trip) {
    round_trip = std::max(round_trip, Duration(1));
    // RFC 6298 s2
    if (smoothed_ == Duration(0)) {
        smoothed_ = round_trip;
        variation_ = round_trip / 2;
        return;
    }
    variation_ = (3 * variation_ + std::chrono::abs(smoothed_ - round_trip)) / 4;
    smoothed_ = (7 * smoothed_ + round_trip) / 8;
}

int Reply::code() const {
    if (!has_come()) return -1;
    if (view().message_class() == MessageClass::SuccessResponse) return 0;
    const auto stated = view().error_code();
    return stated ? stated->code : -2;
}

bool Reply::has(AttributeType type) const {
    return has_come() && view().has(type);
}

std::optional<TransportAddress> Reply::address(AttributeType type) const {
    return has_come() ? view().address(type) : std::nullopt;
}

std::optional<std::uint32_t> Reply::u32(AttributeType type) const {
    return has_come() ? view().u32(type) : std::nullopt;
}

std::string Reply::said() const {
    const int number = code();
    if (number == 0) return "a success response";
    if (number == -1) return error ? error->message : "no answer";
    if (number == -2) return "an error response without ERROR-CODE";
    std::string reason;
    stun::append_escaped(reason, view().error_code()->reason.substr(0, 60));
    return "error " + std::to_string(number) + " (" + reason + ')';
}

Incoming read_incoming(const Frame& frame) {
    Incoming out;
    out.bytes = frame.bytes;
    if (stun::demultiplex(frame.bytes) == stun::Protocol::TurnChannel) {
        if (const auto data = stun::ChannelData::parse(frame.bytes)) {
            out.kind = Incoming::Kind::ChannelData;
            out.channel = data->channel;
            out.data.assign(data->data.begin(), data->data.end());
        }
        return out;
    }
    const auto view = stun::MessageView::parse(frame.bytes);
    if (!view || view->message_class() != MessageClass::Indication) return out;
    if (view->method() == stun::Method::ConnectionAttempt) {
        out.kind = Incoming::Kind::ConnectionAttempt;
        out.peer = view->address(AttributeType::XorPeerAddress);
        out.connection_id = view->u32(AttributeType::ConnectionId);
        return out;
    }
    if (view->method() != stun::Method::Data) return out;
    out.peer = view->address(AttributeType::XorPeerAddress);
    if (const auto data = view->find(AttributeType::Data)) {
        out.kind = Incoming::Kind::Data;
        out.data.assign(data->value.begin(), data->value.end());
    } else if (const auto icmp = view->find(AttributeType::Icmp)) {
        const auto value =
            stun::decode_value(AttributeType::Icmp, icmp->value, view->transaction_id());
        const auto* decoded = value ? std::get_if<stun::IcmpValue>(&*value) : nullptr;
        if (decoded == nullptr) return out;
        out.kind = Incoming::Kind::Icmp;
        out.icmp = *decoded;
    }
    return out;
}

Client::Client(const Surroundings& where, Endpoint endpoint, std::shared_ptr<Transcript> transcript,
               std::string name, std::shared_ptr<PathEstimate> path)
    : where_(where),
      wire_(where, std::move(endpoint), std::move(transcript), std::move(name)),
      path_(std::move(path)) {}

// Nobody waits here: it is said once. A stream takes its allocation with it.
Client::~Client() {
    if (!may_hold_ || is_stream(wire_.endpoint().transport) || !wire_.is_open()) return;
    const Request end = refresh(0);
    const stun::TransactionId id = new_id();
    if (may_hold_->username && challenge_) may_hold_->nonce = challenge_->nonce;
    (void)wire_.send(may_hold_->username ? may_hold_->build(end, id) : end.build(id));
}

void Client::set_credentials(const Credentials* credentials) {
    credentials_ = credentials;
}

stun::TransactionId Client::new_id() {
    std::array<std::byte, 12> id{};
    const std::uint64_t words[] = {(*where_.random)(), (*where_.random)()};
    std::memcpy(id.data(), words, id.size());
    return stun::TransactionId::with_cookie(id);
}

// Whether it is the response that is waited for; anything else is put aside.
bool Client::take(const Frame& frame, const stun::TransactionId& id, Reply& reply) {
    const auto view = stun::MessageView::parse(frame.bytes);
    const bool is_response = view && (view->message_class() == MessageClass::SuccessResponse ||
                                      view->message_class() == MessageClass::ErrorResponse);
    if (!is_response) {
        incoming_.push_back(frame);
        return false;
    }
    // The second answer to a retransmitted request is nobody's.
    if (view->transaction_id() != id) return false;
    reply.bytes = frame.bytes;
    return true;
}

Error Client::silent(const Reply& reply, Duration waited) const {
    Error out{.culprit = Culprit::Peer, .code = "turn.silent", .message = {}};
    out.message = "no answer " +
                  (reply.copy_count > 1 ? "to " + std::to_string(reply.copy_count) + " copies "
                                        : std::string()) +
                  "in " + seconds_text(waited);
    return out;
}

Task<bool> Client::await_response(stun::TransactionId id, Time begun, Time until,
                                  std::size_t known_count, Reply& reply) {
    while (!reply.has_come()) {
        const auto frame = co_await wire_.receive_or_fault(until, known_count);
        if (frame) {
            if (!take(*frame, id, reply)) continue;
            reply.round_trip = frame->at - begun;
            if (reply.copy_count == 1) path_->add(reply.round_trip);
        } else if (wire_.fault_count() > known_count) {
            // Errors of earlier copies come to the socket too, and anybody can forge one.
            known_count = wire_.fault_count();
            until = std::min(until, where_.now() + kAfterFault);
        } else {
            break;
        }
    }
    co_return reply.has_come();
}

Task<Reply> Client::exchange(std::vector<std::byte> message, stun::TransactionId id) {
    Reply reply;
    const Time begun = where_.now();
    const Duration timeout = limit_ ? *limit_ / kCopiesInLimit : path_->retransmission_timeout();
    const bool once = is_stream(wire_.endpoint().transport);
    // RFC 8489 s6.2.2: on a stream one waits as long as the copies of UDP would take.
    const Duration whole = limit_.value_or(timeout * ((1 << (kCopyCount - 1)) - 1 + kLastWait));
    int failed_count = 0;
    while (!reply.has_come()) {
        const bool last = once || reply.copy_count + 1 >= kCopyCount;
        const std::size_t known_count = wire_.fault_count();
        if (!wire_.send(message) && !wire_.is_open()) {
            reply.error = wire_.ended();
            break;
        }
        const int doublings = limit_ ? 0 : reply.copy_count;
        ++reply.copy_count;
        const Time until = last ? begun + whole : where_.now() + timeout * (1 << doublings);
        if (co_await await_response(id, begun, until, known_count, reply)) break;
        if (wire_.fault_count() > known_count) ++failed_count;
        // RFC 8489 s6.2.1: a hard ICMP error ends the transaction.
        if (!wire_.is_open() || failed_count >= kFailedCopies) {
            reply.error = wire_.ended();
            break;
        }
        if (last) break;
    }
    if (!reply.has_come() && !reply.error) {
        reply.error = wire_.ended() ? *wire_.ended() : silent(reply, where_.now() - begun);
    }
    co_return reply;
}

Task<Reply> Client::exchange(Request request) {
    const stun::TransactionId id = new_id();
    co_return co_await exchange(request.build(id), id);
}

Task<Reply> Client::exchange(Request request, Signature signature) {
    const stun::TransactionId id = new_id();
    Reply reply = co_await exchange(signature.build(request, id), id);
    if (reply.has_come()) reply.integrity = signature.verify(reply.view());
    co_return reply;
}

Task<Reply> Client::learn() {
    Reply reply = co_await exchange(allocate());
    if (!reply.has_come()) co_return reply;
    if (auto challenge = Challenge::read(reply.view())) {
        challenge_ = std::move(*challenge);
    } else {
        reply.error = Error{.culprit = Culprit::Peer,
                            .code = "turn.no-challenge",
                            .message = "a request without credentials got " + reply.said() +
                                       missing_in_challenge(reply)};
    }
    co_return reply;
}

Signature Client::signature() const {
    Signature out;
    if (credentials_ == nullptr || !challenge_) return out;
    out.username = credentials_->username;
    out.realm = challenge_->realm;
    out.nonce = challenge_->nonce;
    if (credentials_->grant) {
        const auto mac_key = stun::LongTermKey::from_bytes(
            std::as_bytes(std::span(credentials_->grant->mac_key.reveal())));
        if (mac_key) out.key = *mac_key;
        const auto token = std::as_bytes(std::span(credentials_->grant->token.reveal()));
        out.access_token.emplace(token.begin(), token.end());
        return out;
    }
    auto algorithm = stun::PasswordAlgorithm::Md5;
    if (challenge_->offers_sha256()) {
        algorithm = stun::PasswordAlgorithm::Sha256;
        out.algorithms = challenge_->algorithms;
        out.algorithm = algorithm;
        out.with_sha256 = true;
    }
    auto key = stun::long_term_key(algorithm, credentials_->username, challenge_->realm,
                                   credentials_->password.reveal());
    if (key) out.key = *key;
    return out;
}

void Client::note(const Request& request, const Reply& reply) {
    const bool has_refused = reply.has_come() && !reply.is_success();
    const bool has_ended = reply.is_success() && request.method() == stun::Method::Refresh &&
                           reply.u32(AttributeType::Lifetime) == 0;
    if (has_ended || (request.method() == stun::Method::Allocate && has_refused)) may_hold_.reset();
}

Task<Reply> Client::request(Request request) {
    const bool is_allocate = request.method() == stun::Method::Allocate;
    if (is_open_) {
        if (is_allocate) may_hold_ = Signature{};
        Reply reply = co_await exchange(request);
        note(request, reply);
        co_return reply;
    }
    if (!challenge_) {
        Reply learnt = co_await learn();
        if (!challenge_) co_return learnt;
    }
    if (is_allocate) may_hold_ = signature();
    Reply reply = co_await exchange(request, signature());
    if (reply.code() == 438) {
        if (auto challenge = Challenge::read(reply.view())) {
            challenge_ = std::move(*challenge);
            reply = co_await exchange(request, signature());
        }
    }
    note(request, reply);
    co_return reply;
}

Task<Reply> Client::connect(TransportAddress peer) {
    const auto limit = limit_;
    limit_ = kConnectLimit;
    Reply reply = co_await request(turn::connect(peer));
    limit_ = limit;
    co_return reply;
}

Task<Reply> Client::bind_connection(std::uint32_t connection_id, const Client& control) {
    wire_.stop_framing_after(stun::Method::ConnectionBind);
    if (!challenge_) challenge_ = control.challenge_;
    co_return co_await request(connection_bind(connection_id));
}

Task<std::vector<std::byte>> Client::receive_bytes(std::size_t count, Time deadline) {
    while (received_.size() < count) {
        std::optional<Frame> frame;
        if (!incoming_.empty()) {
            frame = std::move(incoming_.front());
            incoming_.pop_front();
        } else {
            frame = co_await wire_.receive(deadline);
        }
        if (!frame) break;
        received_.insert(received_.end(), frame->bytes.begin(), frame->bytes.end());
    }
    const auto end =
        received_.begin() + static_cast<std::ptrdiff_t>(std::min(count, received_.size()));
    std::vector<std::byte> out(received_.begin(), end);
    received_.erase(received_.begin(), end);
    co_return out;
}

Task<bool> Client::ends_before(Time deadline) {
    while (wire_.is_open()) {
        const auto frame = co_await wire_.receive(deadline);
        if (!frame) break;
    }
    co_return !wire_.is_open();
}

void Client::send(const Request& indication) {
    (void)wire_.send(indication.build(new_id()));
}

void Client::send_channel_data(std::uint16_t channel, stun::Bytes data) {
    std::vector<std::byte> buffer(data.size() + 8);
    (void)wire_.send(stun::write_channel_data(buffer, channel, data,
                                              is_stream(wire_.endpoint().transport)
                                                  ? stun::ChannelPadding::Stream
                                                  : stun::ChannelPadding::Datagram));
}

Task<std::optional<Incoming>> Client::next_incoming(Time deadline) {
    if (!incoming_.empty()) {
        const Frame frame = std::move(incoming_.front());
        incoming_.pop_front();
        co_return std::optional<Incoming>(read_incoming(frame));
    }
    while (true) {
        const auto frame = co_await wire_.receive(deadline);
        if (!frame) co_return std::nullopt;
        const auto view = stun::MessageView::parse(frame->bytes);
        const bool is_late_response =
            view && (view->message_class() == MessageClass::SuccessResponse ||
                     view->message_class() == MessageClass::ErrorResponse);
        if (!is_late_response) co_return std::optional<Incoming>(read_incoming(*frame));
    }
}

}  // namespace portolan::turn
