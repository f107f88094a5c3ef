#include "ice-tests/calls/tap.hpp"

#include <algorithm>

#include "probe/stun/attribute_table.hpp"
#include "probe/stun/framing.hpp"
#include "probe/stun/printable.hpp"

namespace portolan::calls {
namespace {

using stun::AttributeType;
using stun::MessageClass;
using stun::Method;
using turn::Direction;

// A long hold has a request every few minutes: this is for servers and clients that go wild.
constexpr std::size_t kMaxAnswerCount = 4096;
constexpr std::size_t kMaxOpenCount = 256;

std::string in_words(const Answer& answer) {
    std::string out = std::string(stun::name_of(answer.method));
    if (answer.peer) out += " for " + answer.peer->to_string();
    if (answer.code == 0) return out + " got a success response";
    if (answer.code < 0) return out + " got an error response without ERROR-CODE";
    return out + " got error " + std::to_string(answer.code) + " (" + answer.reason + ')';
}

// What every client is answered in the ordinary course: RFC 8489 s9.2.4.
bool is_challenge(const Answer& answer) {
    return answer.code == 401 || answer.code == 438;
}

}  // namespace

void Tap::on_frame(Direction direction, transport::Time at, stun::Bytes frame) {
    if (stun::demultiplex(frame) == stun::Protocol::TurnChannel) {
        const auto data = stun::ChannelData::parse(frame);
        if (!data) return;
        const auto peer = channels_.find(data->channel);
        on_relayed(direction, at,
                   peer == channels_.end() ? std::nullopt : std::optional(peer->second),
                   data->data);
        return;
    }
    const auto message = stun::MessageView::parse(frame);
    if (!message) return;
    switch (message->message_class()) {
        case MessageClass::Request:
            if (direction == Direction::Sent) on_request(at, *message);
            return;
        case MessageClass::Indication:
            if (const auto data = message->find(AttributeType::Data)) {
                on_relayed(direction, at, message->address(AttributeType::XorPeerAddress),
                           data->value);
            }
            return;
        case MessageClass::SuccessResponse:
        case MessageClass::ErrorResponse:
            if (direction == Direction::Received) on_response(at, *message);
            return;
    }
}

void Tap::on_request(transport::Time at, const stun::MessageView& message) {
    const auto known = std::ranges::find(open_, message.transaction_id(), &OpenRequest::id);
    if (known != open_.end()) {
        ++known->copy_count;
        return;
    }
    if (open_.size() >= kMaxOpenCount) open_.erase(open_.begin());
    const auto peer = message.address(AttributeType::XorPeerAddress);
    const auto channel = message.u16(AttributeType::ChannelNumber);
    if (peer && channel && channels_.size() < kMaxOpenCount) channels_[*channel] = *peer;
    open_.push_back({.id = message.transaction_id(),
                     .method = message.method(),
                     .peer = peer,
                     .at = at,
                     .is_signed = message.has(AttributeType::MessageIntegrity)});
}

void Tap::on_response(transport::Time at, const stun::MessageView& message) {
    const auto request = std::ranges::find(open_, message.transaction_id(), &OpenRequest::id);
    if (request == open_.end()) return;
    Answer answer{.method = request->method,
                  .code = 0,
                  .reason = {},
                  .peer = request->peer,
                  .at = at,
                  .round_trip = at - request->at,
                  .copy_count = request->copy_count};
    if (message.message_class() == MessageClass::ErrorResponse) {
        const auto stated = message.error_code();
        answer.code = stated ? stated->code : -2;
        if (stated) stun::append_escaped(answer.reason, stated->reason.substr(0, 60));
    }
    // Another 401 for the same credentials is no challenge but a refusal.
    if (answer.code == 401 && request->is_signed) answer.reason += ", after a correct challenge";
    open_.erase(request);
    if (answers_.size() < kMaxAnswerCount) answers_.push_back(std::move(answer));
}

void Tap::keep(Direction direction, transport::Time at, const std::optional<TransportAddress>& peer,
               const stun::MessageView& check) {
    const auto known = std::ranges::find_if(kept_checks_, [&](const Check& each) {
        return each.direction == direction && each.id == check.transaction_id();
    });
    if (known != kept_checks_.end()) {
        ++known->copy_count;
    } else if (kept_checks_.size() < kMaxKeptCheckCount) {
        kept_checks_.push_back({.id = check.transaction_id(),
                                .direction = direction,
                                .peer = peer,
                                .at = at,
                                .is_nominating = check.has(AttributeType::UseCandidate)});
    } else {
        ++unkept_check_count_;
    }
}

Check* Tap::answered_check(Direction direction, const stun::MessageView& answer) {
    const auto found = std::ranges::find_if(kept_checks_, [&](const Check& each) {
        return each.direction != direction && each.id == answer.transaction_id();
    });
    return found == kept_checks_.end() || found->answered_at ? nullptr : &*found;
}

void Tap::on_relayed(Direction direction, transport::Time at,
                     const std::optional<TransportAddress>& peer, stun::Bytes data) {
    if (stun::demultiplex(data) != stun::Protocol::Stun) return;
    const auto message = stun::MessageView::parse(data);
    if (!message || message->method() != Method::Binding) return;
    const bool is_sent = direction == Direction::Sent;
    switch (message->message_class()) {
        case MessageClass::Request:
            if (!message->has(AttributeType::Priority)) return;
            ++(is_sent ? checks_.sent_count : checks_.received_count);
            keep(direction, at, peer, *message);
            if (!is_sent) return;
            if (message->has(AttributeType::IceControlling)) checks_.sent_controlling = true;
            if (message->has(AttributeType::UseCandidate) && !checks_.first_nomination_at) {
                checks_.first_nomination_at = at;
            }
            return;
        case MessageClass::SuccessResponse:
            if (Check* check = answered_check(direction, *message)) {
                check->answered_at = at;
                if (!is_sent && !checks_.first_success_at) checks_.first_success_at = at;
            }
            return;
        case MessageClass::ErrorResponse: {
            const auto stated = message->error_code();
            if (stated && stated->code == 487) ++checks_.role_conflict_count;
            if (Check* check = answered_check(direction, *message)) {
                check->answered_at = at;
                check->code = stated ? stated->code : -2;
            }
            return;
        }
        case MessageClass::Indication:
            return;
    }
}

std::size_t Tap::success_count(Method method) const {
    return static_cast<std::size_t>(std::ranges::count_if(answers_, [&](const Answer& answer) {
        return answer.method == method && answer.code == 0;
    }));
}

std::vector<std::string> Tap::refusals() const {
    std::vector<std::string> out;
    for (const Answer& answer : answers_) {
        if (answer.code == 0 ||
            (is_challenge(answer) && !answer.reason.ends_with("after a correct challenge"))) {
            continue;
        }
        std::string words = in_words(answer);
        if (std::ranges::find(out, words) == out.end()) out.push_back(std::move(words));
    }
    return out;
}

std::map<std::string, std::size_t> Tap::unanswered() const {
    std::map<std::string, std::size_t> out;
    for (const OpenRequest& request : open_) {
        // The first copy of the last request may still be on its way.
        if (request.copy_count < 2) continue;
        std::size_t& most = out[std::string(stun::name_of(request.method))];
        most = std::max(most, request.copy_count);
    }
    return out;
}

report::Json Tap::to_json() const {
    report::Json answers = report::Json::object();
    for (const Answer& answer : answers_) {
        report::Json& count = answers[std::string(stun::name_of(answer.method)) + ' ' +
                                      (answer.code == 0 ? "success" : std::to_string(answer.code))];
        count = count.is_null() ? 1 : count.get<int>() + 1;
    }
    return {{"answers", std::move(answers)},
            {"checks_sent_count", checks_.sent_count},
            {"checks_received_count", checks_.received_count},
            {"role_conflict_count", checks_.role_conflict_count}};
}

std::vector<std::string> Tap::lines() const {
    std::map<std::string, std::size_t> counts;
    std::vector<std::string> order;
    for (const Answer& answer : answers_) {
        std::string words = in_words(answer);
        if (counts[words]++ == 0) order.push_back(std::move(words));
    }
    std::vector<std::string> out;
    out.reserve(order.size());
    for (const std::string& words : order)
        out.push_back(words + (counts[words] > 1 ? ", " + std::to_string(counts[words]) + " times"
                                                 : std::string()));
    for (const auto& [method, copies] : unanswered())
        out.push_back(method + " got no answer to " + std::to_string(copies) + " copies");
    return out;
}

}  // namespace portolan::calls
