#include "probe/discovery/tests/sim_server.hpp"

#include <algorithm>
#include <array>

#include "probe/discovery/reply_flaw.hpp"

namespace portolan::discovery::sim {

namespace {

using stun::AttributeType;
using stun::MessageClass;
using stun::MessageView;
using stun::MessageWriter;

const IpAddress kThirdIp = IpAddress::v4({45, 33, 99, 99});
const IpAddress kInsideIp = IpAddress::v4({10, 0, 0, 5});
const IpAddress kNobodyIp = IpAddress::v4({45, 33, 77, 77});
constexpr int kUnknownAttribute = 420;

/// RFC 5780 s7.2: bit A (4) change IP, bit B (2) change port.
constexpr std::uint32_t kChangeIp = 4;
constexpr std::uint32_t kChangePort = 2;

}  // namespace

ServerRules plain_server(const TransportAddress& address, ChangeRequestRule change_request) {
    ServerRules rules;
    rules.primary = address;
    rules.alternate = address;
    rules.change_request = change_request;
    rules.other_address = OtherAddressRule::Absent;
    rules.response_port = ResponsePortRule::Rejected;
    rules.origin = OriginRule::Absent;
    return rules;
}

ServerRules rfc5780_server(const TransportAddress& primary, const TransportAddress& alternate) {
    ServerRules rules;
    rules.primary = primary;
    rules.alternate = alternate;
    return rules;
}

void Server::reset(const ServerRules& rules, std::uint64_t seed) {
    rules_ = &rules;
    random_ = Random(seed);
    tokens_ = rules.burst;
    refilled_at_.reset();
}

bool Server::within_rate(Time now) {
    if (rules_->requests_per_second <= 0.0) return true;
    const std::chrono::duration<double> passed = now - refilled_at_.value_or(now);
    refilled_at_ = now;
    tokens_ = std::min(rules_->burst, tokens_ + passed.count() * rules_->requests_per_second);
    if (tokens_ < 1.0) return false;
    tokens_ -= 1.0;
    return true;
}

bool Server::owns(const IpAddress& ip) const {
    return ip == rules_->primary.ip || ip == rules_->alternate.ip;
}

bool Server::refuses(const TransportAddress& to) const {
    return rules_->state == ServerState::PortClosed ||
           (to.port != rules_->primary.port && to.port != rules_->alternate.port);
}

TransportAddress Server::other_address(const TransportAddress& asked) const {
    // RFC 5780 s7.4: the address that a reply would come from with both flags set.
    const TransportAddress truth = reply_source(asked, true, true);
    switch (rules_->other_address) {
        case OtherAddressRule::True:
        case OtherAddressRule::Absent:
        case OtherAddressRule::Client:
            return truth;
        case OtherAddressRule::SameIp:
            return {asked.ip, truth.port};
        case OtherAddressRule::SamePort:
            return {truth.ip, asked.port};
        case OtherAddressRule::Private:
            return {kInsideIp, truth.port};
        case OtherAddressRule::Unreachable:
            return {kNobodyIp, truth.port};
        case OtherAddressRule::OwnFromAlternate:
            return asked.ip == rules_->alternate.ip ? TransportAddress{asked.ip, truth.port}
                                                    : truth;
    }
    return truth;
}

std::optional<TransportAddress> Server::named_over_streams(const TransportAddress& asked) const {
    const auto rule = rules_->other_address;
    if (rule == OtherAddressRule::Absent || rule == OtherAddressRule::Client) return std::nullopt;
    return other_address({asked.ip, rules_->primary.port});
}

TransportAddress Server::reply_source(const TransportAddress& asked, bool change_ip,
                                      bool change_port) const {
    const TransportAddress& primary = rules_->primary;
    const TransportAddress& alternate = rules_->alternate;
    TransportAddress source = asked;
    if (change_ip) source.ip = asked.ip == primary.ip ? alternate.ip : primary.ip;
    if (change_port) source.port = asked.port == primary.port ? alternate.port : primary.port;
    return source;
}

Server::Answer Server::decide(const Packet& request, const stun::MessageView& message) const {
    const ServerRules& rules = *rules_;
    Answer answer;
    answer.to = request.from;
    if (rules.wrong_source == WrongSourceRule::Always) {
        answer.third_address = TransportAddress{kThirdIp, request.to.port};
    }
    const auto unknown = [&](AttributeType type) {
        answer.unknown[answer.unknown_count++] = static_cast<std::uint16_t>(type);
    };
    bool change_ip = false;
    bool change_port = false;
    if (message.has(AttributeType::ChangeRequest)) {
        const auto flags = message.u32(AttributeType::ChangeRequest).value_or(0);
        change_ip = (flags & kChangeIp) != 0;
        change_port = (flags & kChangePort) != 0;
        switch (rules.change_request) {
            case ChangeRequestRule::Honoured:
                break;
            case ChangeRequestRule::Ignored:
                change_ip = change_port = false;
                break;
            case ChangeRequestRule::Dropped:
                answer.silent = true;
                break;
            case ChangeRequestRule::Rejected:
                unknown(AttributeType::ChangeRequest);
                change_ip = change_port = false;
                break;
            case ChangeRequestRule::FromThirdAddress:
                answer.third_address = TransportAddress{
                    kThirdIp, reply_source(request.to, change_ip, change_port).port};
                break;
            case ChangeRequestRule::IgnoresIpFlag:
                change_ip = false;
                break;
            case ChangeRequestRule::IgnoresPortFlag:
                change_port = false;
                break;
        }
    }
    if (const auto port = message.u16(AttributeType::ResponsePort)) {
        switch (rules.response_port) {
            case ResponsePortRule::Honoured:
                answer.to.port = *port;
                break;
            case ResponsePortRule::Ignored:
                break;
            case ResponsePortRule::Rejected:
                unknown(AttributeType::ResponsePort);
                break;
        }
    }
    answer.from = answer.third_address.value_or(reply_source(request.to, change_ip, change_port));
    return answer;
}

BadReply Server::badness(const Packet& request, const MessageView& message) const {
    switch (rules_->bad_reply_to) {
        case BadReplyTo::Everything:
            return rules_->bad_reply;
        case BadReplyTo::ChangeRequests:
            return message.has(AttributeType::ChangeRequest) ? rules_->bad_reply : BadReply::None;
        case BadReplyTo::OtherAddresses:
            return request.to != rules_->primary ? rules_->bad_reply : BadReply::None;
    }
    return BadReply::None;
}

void Server::write_addresses(const Packet& request, const stun::TransactionId& id,
                             MessageWriter& writer) const {
    const ServerRules& rules = *rules_;
    if (contains(rules.without_mapped, request.to)) return;
    if (rules.sends_mapped) {
        TransportAddress plain = claimed(request);
        if (rules.plain == PlainRule::Unspecified) plain = {IpAddress::any(plain.family()), 0};
        if (rules.plain == PlainRule::Server) plain = request.to;
        if (rules.plain == PlainRule::OtherPort) plain.port = 999;
        writer.add_address(AttributeType::MappedAddress, plain);
    }
    if (!rules.sends_xor_mapped) return;
    const bool clear = rules.lie == LieRule::WithoutXor;
    writer.add_address(AttributeType::XorMappedAddress,
                       clear ? without_xor(claimed(request), id) : claimed(request));
}

void Server::write(const Packet& request, const stun::TransactionId& id, const Answer& answer,
                   BadReply bad, Reply& reply) const {
    const ServerRules& rules = *rules_;
    const int error_code = bad == BadReply::Error ? 500 : rules.error_code;
    const bool is_error = answer.unknown_count > 0 || error_code != 0;
    reply.from = answer.from;
    reply.to = answer.to;
    MessageWriter writer(reply.buffer,
                         is_error ? MessageClass::ErrorResponse : MessageClass::SuccessResponse,
                         stun::Method::Binding, id);
    if (error_code != 0) {
        writer.add_error_code(error_code, "no");
    } else if (answer.unknown_count > 0) {
        writer.add_error_code(kUnknownAttribute, "Unknown Attribute");
        writer.add_unknown_attributes({answer.unknown.data(), answer.unknown_count});
    } else {
        write_addresses(request, id, writer);
        if (rules.other_address == OtherAddressRule::Client) {
            writer.add_address(AttributeType::OtherAddress,
                               {request.from.ip, rules.alternate.port});
        } else if (rules.other_address != OtherAddressRule::Absent) {
            writer.add_address(AttributeType::OtherAddress, other_address(request.to));
        }
        if (rules.origin == OriginRule::True) {
            writer.add_address(AttributeType::ResponseOrigin, reply.from);
        } else if (rules.origin == OriginRule::Lies) {
            writer.add_address(AttributeType::ResponseOrigin, {kThirdIp, reply.from.port});
        }
    }
    if (rules.lie == LieRule::UnknownAttribute || bad == BadReply::UnknownAttribute) {
        writer.add_u32(static_cast<AttributeType>(0x7F01), 0);
    }
    if (rules.lie == LieRule::WrongFingerprint || bad == BadReply::WrongFingerprint) {
        writer.add_fingerprint();
        reply.buffer[writer.bytes().size() - 1] ^= std::byte{1};
    }
    reply.size = writer.bytes().size();
    const bool pads = !rules.pads_changed_only || answer.from != request.to;
    reply.padding_bytes = pads ? rules.padding_bytes : 0;
}

TransportAddress Server::claimed(const Packet& request) const {
    const TransportAddress& seen = request.from;
    switch (rules_->lie) {
        case LieRule::MappedUnspecified:
            return {IpAddress::any(seen.family()), seen.port};
        case LieRule::MappedPortZero:
            return {seen.ip, 0};
        case LieRule::MappedMulticast:
            return {IpAddress::v4({224, 0, 0, 1}), seen.port};
        case LieRule::MappedBroadcast:
            return {IpAddress::v4({255, 255, 255, 255}), seen.port};
        case LieRule::MappedLoopback:
            return {IpAddress::v4({127, 0, 0, 1}), seen.port};
        case LieRule::MappedOtherFamily:
            return {IpAddress::v6({0x2A, 0x00, 0x14, 0x50}), seen.port};
        case LieRule::MappedServer:
            return request.to;
        case LieRule::OneForAll:
            return {kNobodyIp, 666};
        default:
            return seen;
    }
}

int Server::build(const Packet& request, Reply* replies) {
    const ServerRules& rules = *rules_;
    if (rules.state != ServerState::Answers || refuses(request.to)) return 0;
    if (contains(rules.deaf, request.to)) return 0;

    const auto message = MessageView::parse(request.bytes);
    if (!message || message->message_class() != MessageClass::Request ||
        message->method() != stun::Method::Binding) {
        return 0;
    }
    const Answer answer = decide(request, *message);
    if (answer.silent) return 0;
    stun::TransactionId id = message->transaction_id();
    if (rules.wrong_transaction_id) id.octets[7] ^= std::byte{0x55};

    int count = 0;
    if (rules.garbage_first) {
        Reply& garbage = replies[count++];
        garbage.from = answer.from;
        garbage.to = answer.to;
        garbage.size = 1 + random_.below(static_cast<std::uint32_t>(garbage.buffer.size()) - 1);
        for (std::size_t i = 0; i < garbage.size; ++i) {
            garbage.buffer[i] = static_cast<std::byte>(random_.next() & 0xFFU);
        }
    }
    const BadReply bad = badness(request, *message);
    if (bad != BadReply::None && rules.good_follows) {
        write(request, id, answer, bad, replies[count++]);
    }
    Reply& genuine = replies[count++];
    write(request, id, answer, rules.good_follows ? BadReply::None : bad, genuine);
    if (rules.lie == LieRule::TwoAnswers && count < kMaxReplies) {
        Packet other = request;
        other.from.ip = kNobodyIp;
        Reply& second = replies[count++];
        write(other, id, answer, BadReply::None, second);
        second.to = answer.to;
    }
    for (int copy = 0; copy < rules.extra_copies && count < kMaxReplies; ++copy) {
        replies[count++] = genuine;
    }
    return count;
}

}  // namespace portolan::discovery::sim
