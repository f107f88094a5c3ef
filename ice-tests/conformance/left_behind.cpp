#include "ice-tests/conformance/left_behind.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "probe/stun/attribute_value.hpp"
#include "probe/stun/message.hpp"

namespace portolan::conformance {
namespace {

using stun::MessageView;

/// Whether it holds for one of the messages received, which come with whom they were for.
template <typename Holds>
bool is_any_answer(const turn::Transcript& transcript, Holds holds) {
    return std::ranges::any_of(transcript.exchanges(), [&](const turn::Exchange& exchange) {
        if (exchange.direction != turn::Direction::Received) return false;
        const auto message = MessageView::parse(exchange.bytes);
        return message && holds(*message, exchange.who);
    });
}

int code_of(const MessageView& answer) {
    const auto error = answer.error_code();
    return error ? error->code : 0;
}

bool is_of_nowhere(const TransportAddress& address) {
    return address.port == 0 || address.ip.is_unspecified();
}

}  // namespace

bool is_mismatch(const turn::Transcript& transcript) {
    return is_any_answer(transcript, [](const MessageView& answer, const std::string& /*who*/) {
        return code_of(answer) == 437;
    });
}

bool was_taken(const turn::Transcript& transcript) {
    std::set<std::string> served;
    return is_any_answer(transcript, [&](const MessageView& answer, const std::string& who) {
        if (answer.method() != stun::Method::Allocate) return false;
        if (answer.message_class() == stun::MessageClass::SuccessResponse) served.insert(who);
        return code_of(answer) == 437 && !served.contains(who);
    });
}

bool lacks_relay(const turn::Transcript& transcript) {
    std::set<std::string> answered;
    return is_any_answer(transcript, [&](const MessageView& answer, const std::string& who) {
        if (answer.method() != stun::Method::Allocate) return false;
        const bool is_challenge = code_of(answer) == 401 || code_of(answer) == 438;
        if (is_challenge || !answered.insert(who).second) return false;
        return std::ranges::any_of(answer, [&](const stun::AttributeView attribute) {
            if (attribute.type != stun::AttributeType::XorRelayedAddress) return false;
            const auto relayed =
                stun::decode_address(attribute.type, attribute.value, answer.transaction_id());
            return relayed && is_of_nowhere(*relayed);
        });
    });
}

}  // namespace portolan::conformance
