#include "ice-tests/conformance/tests/sabotage.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "probe/stun/framing.hpp"
#include "probe/stun/message.hpp"
#include "probe/stun/wire.hpp"

namespace portolan::conformance {
namespace {

using server::ServerFault;
using stun::AttributeType;
using stun::MessageClass;
using stun::MessageView;
using stun::Method;
using Message = std::vector<std::byte>;

constexpr auto kUnknown = static_cast<AttributeType>(0x7FEE);

class Filter final : public turn::WireFilter {
  public:
    explicit Filter(Tamper tamper) : tamper_(tamper) {}

    std::vector<Message> on_sent(Message& bytes) override {
        std::vector<Message> made;
        const auto view = MessageView::parse(bytes);
        if (view) {
            const bool is_signed = view->has(AttributeType::MessageIntegrity) ||
                                   view->has(AttributeType::MessageIntegritySha256);
            sent_[view->transaction_id()] = {view->method(), is_signed};
        } else if (stun::demultiplex(bytes) != stun::Protocol::TurnChannel) {
            has_seen_garbage_ = true;
        }
        if (tamper_ == Tamper::AnswersEverything) answer(bytes, made);
        if (tamper_ == Tamper::Http) {
            const auto text = stun::wire::as_bytes("HTTP/1.1 200 OK\r\n\r\n");
            made.emplace_back(text.begin(), text.end());
        }
        if (view) change_message(*view, bytes);
        if (!view && stun::demultiplex(bytes) == stun::Protocol::TurnChannel) change_data(bytes);
        return made;
    }

    bool on_received(Message& bytes) override {
        if (tamper_ == Tamper::DiesOfGarbage && has_seen_garbage_) return false;
        const auto view = MessageView::parse(bytes);
        if (!view) return true;
        if (view->message_class() == MessageClass::Indication) {
            return tamper_ != Tamper::NoDataIndications;
        }
        ++response_count_;
        // What was sent in pieces, or many at once, was not recognised.
        const auto known = sent_.find(view->transaction_id());
        const Sent request = known != sent_.end() ? known->second : Sent{view->method(), false};
        return change_response(*view, request, bytes);
    }

  private:
    struct Sent {
        Method method{};
        bool is_signed = false;
    };

    // Where the id behind a magic cookie is, if there is one near the front.
    static void answer(const Message& sent, std::vector<Message>& made) {
        for (std::size_t at = 4; at <= 5 && at + 16 <= sent.size(); ++at) {
            if (stun::wire::load_u32(sent.data() + at) != stun::kMagicCookie) continue;
            stun::TransactionId id;
            std::memcpy(id.octets.data(), sent.data() + at, id.octets.size());
            Message buffer(64);
            stun::MessageWriter writer(buffer, MessageClass::SuccessResponse, Method::Binding, id);
            made.emplace_back(writer.bytes().begin(), writer.bytes().end());
        }
    }

    using Edit = std::function<void(stun::MessageWriter&, const stun::AttributeView&)>;
    // The message again, attribute by attribute.
    static Message rebuilt(const MessageView& view, MessageClass message_class, const Edit& edit,
                           const std::function<void(stun::MessageWriter&)>& more = {}) {
        Message buffer(8192);
        stun::MessageWriter writer(buffer, message_class, view.method(), view.transaction_id());
        for (const stun::AttributeView attribute : view)
            edit(writer, attribute);
        if (more) more(writer);
        buffer.resize(writer.bytes().size());
        return buffer;
    }
    static void keep(stun::MessageWriter& writer, const stun::AttributeView& attribute) {
        writer.add_bytes(attribute.type, attribute.value);
    }

    void change_message(const MessageView& view, Message& bytes) {
        const bool is_send =
            view.method() == Method::Send && view.message_class() == MessageClass::Indication;
        if (!is_send) return;
        const auto data = view.find(AttributeType::Data);
        if (tamper_ == Tamper::StripsUnknown) {
            bytes = rebuilt(view, view.message_class(), [](auto& writer, const auto& attribute) {
                if (attribute.type != kUnknown) keep(writer, attribute);
            });
        } else if (tamper_ == Tamper::AddsData && !data) {
            bytes = rebuilt(view, view.message_class(), keep, [](stun::MessageWriter& writer) {
                writer.add_bytes(AttributeType::Data, {});
            });
        } else if (tamper_ == Tamper::DropsEmptyData && data && data->value.empty()) {
            bytes.clear();
        } else if (tamper_ == Tamper::SwapsPeers) {
            std::vector<Message> peers;
            for (const stun::AttributeView attribute : view) {
                if (attribute.type != AttributeType::XorPeerAddress) continue;
                peers.emplace_back(attribute.value.begin(), attribute.value.end());
            }
            bytes = rebuilt(view, view.message_class(),
                            [&](stun::MessageWriter& writer, const stun::AttributeView& attribute) {
                                if (attribute.type != AttributeType::XorPeerAddress) {
                                    return keep(writer, attribute);
                                }
                                writer.add_bytes(attribute.type, peers.back());
                                peers.pop_back();
                            });
        }
    }

    void change_data(Message& bytes) const {
        const std::uint16_t channel = stun::wire::load_u16(bytes.data());
        if (tamper_ == Tamper::OtherChannel && channel % 2 != 0) {
            stun::wire::store_u16(bytes.data(), static_cast<std::uint16_t>(channel - 1));
        }
        if (tamper_ == Tamper::RepairsLength) {
            stun::wire::store_u16(bytes.data() + 2, static_cast<std::uint16_t>(bytes.size() - 4));
        }
        if (tamper_ == Tamper::DropsEmptyData && stun::wire::load_u16(bytes.data() + 2) == 0) {
            bytes.clear();
        }
    }

    static Message with_code(const MessageView& view, int code) {
        return rebuilt(
            view, code == 0 ? MessageClass::SuccessResponse : MessageClass::ErrorResponse,
            [&](stun::MessageWriter& writer, const stun::AttributeView& attribute) {
                if (attribute.type != AttributeType::ErrorCode) keep(writer, attribute);
            },
            [&](stun::MessageWriter& writer) {
                if (code != 0) writer.add_error_code(code, "sabotage");
            });
    }

    bool change_response(const MessageView& view, const Sent& request, Message& bytes) {
        const bool is_error = view.message_class() == MessageClass::ErrorResponse;
        const bool counts = request.is_signed || request.method == Method::Binding;
        if (is_error && counts) ++error_count_;
        if (!is_error) ++success_count_;
        if (!is_error && request.method == Method::ChannelBind) ++bind_count_;
        const bool is_second = !answered_.insert(view.transaction_id()).second;
        switch (tamper_) {
            case Tamper::ErrorsBecome500:
                if (is_error && counts) bytes = with_code(view, 500);
                break;
            case Tamper::ErrorsBecomeSuccess:
                if (is_error && counts) bytes = with_code(view, 0);
                break;
            case Tamper::SuccessBecomes500:
                if (!is_error && counts) bytes = with_code(view, 500);
                break;
            case Tamper::LaterBecome500:
                if (!is_error && success_count_ > 1) bytes = with_code(view, 500);
                break;
            case Tamper::LaterLost:
                // The control afterwards gets through.
                return response_count_ == 1 || response_count_ > 20;
            case Tamper::LaterErrorsBecome500:
                if (is_error && counts && error_count_ > 1) bytes = with_code(view, 500);
                break;
            case Tamper::RebindBecomes500:
                if (!is_error && bind_count_ > 1) bytes = with_code(view, 500);
                break;
            case Tamper::SecondBecomes500:
                if (is_second) bytes = with_code(view, 500);
                break;
            case Tamper::UnsignedSucceeds:
                if (is_error && !request.is_signed) bytes = with_code(view, 0);
                break;
            case Tamper::UnsignedRefresh:
                if (is_error && !request.is_signed && request.method == Method::Refresh) {
                    bytes = with_code(view, 0);
                }
                break;
            case Tamper::OtherFamilyAlternate:
                if (is_error && request.method == Method::Allocate) {
                    bytes = with_code(view, 300);
                    redirect(bytes);
                }
                break;
            case Tamper::DirtyPadding:
                dirty(view, bytes);
                break;
            default:
                bytes = rebuilt(
                    view, view.message_class(),
                    [&](stun::MessageWriter& writer, const stun::AttributeView& attribute) {
                        edit(view, writer, attribute);
                    },
                    [&](stun::MessageWriter& writer) { append(view, writer); });
                break;
        }
        return true;
    }

    static void redirect(Message& bytes) {
        const Message before = bytes;
        const auto view = MessageView::parse(before);
        bytes = rebuilt(*view, MessageClass::ErrorResponse, keep, [](stun::MessageWriter& writer) {
            writer.add_address(AttributeType::AlternateServer,
                               *TransportAddress::parse("[2001:db8::1]:3478"));
        });
    }
    static void dirty(const MessageView& view, Message& bytes) {
        for (const stun::AttributeView attribute : view) {
            std::size_t at = attribute.offset_bytes + 4 + attribute.value.size();
            for (; at % 4 != 0 && at < bytes.size(); ++at)
                bytes[at] = std::byte{0x20};
        }
    }

    void edit(const MessageView& view, stun::MessageWriter& writer,
              const stun::AttributeView& attribute) {
        const AttributeType type = attribute.type;
        const std::string text(stun::wire::as_text(attribute.value));
        if (type == AttributeType::Software && tamper_ == Tamper::LongSoftware) {
            return void(writer.add_text(type, std::string(800, 's')));
        }
        if (type == AttributeType::Nonce && tamper_ == Tamper::LongNonce) {
            return void(writer.add_text(type, text + std::string(140, 'n')));
        }
        if (type == AttributeType::Nonce && tamper_ == Tamper::SameNonce) {
            if (nonce_.empty()) nonce_ = text;
            return void(writer.add_text(type, nonce_));
        }
        if (type == AttributeType::Nonce && tamper_ == Tamper::BadNonceCookie) {
            return void(writer.add_text(type, "obMatJos2!!!!" + text));
        }
        if (type == AttributeType::ErrorCode && tamper_ == Tamper::NulInReason) {
            return void(
                writer.add_error_code(view.error_code()->code, std::string("Bad Request\0", 12)));
        }
        if (type == AttributeType::PasswordAlgorithms && tamper_ == Tamper::NoAlgorithms) return;
        if (type == AttributeType::AddressErrorCode && tamper_ == Tamper::NoAddressError) return;
        if (type == AttributeType::Lifetime) {
            ++lifetime_count_;
            if (tamper_ == Tamper::Lifetime3599) return void(writer.add_u32(type, 3599));
            if (tamper_ == Tamper::LifetimeMax) return void(writer.add_u32(type, 0x7FFFFFFF));
            if (tamper_ == Tamper::LaterLifetime1 && lifetime_count_ > 1) {
                return void(writer.add_u32(type, 1));
            }
        }
        if (type == AttributeType::XorRelayedAddress) {
            auto relayed = view.address(type).value_or(TransportAddress{});
            if (tamper_ == Tamper::OddPorts) relayed.port |= 1U;
            if (tamper_ == Tamper::LowPorts) relayed.port = next_port_++;
            if (tamper_ == Tamper::Ipv6Relay) relayed.ip = *IpAddress::parse("2001:db8::2");
            return void(writer.add_address(type, relayed));
        }
        keep(writer, attribute);
    }
    void append(const MessageView& view, stun::MessageWriter& writer) const {
        const auto error = view.error_code();
        if (tamper_ == Tamper::UsernameIn401 && error && error->code == 401) {
            writer.add_text(AttributeType::Username, "portolan");
        }
    }

    Tamper tamper_;
    std::map<stun::TransactionId, Sent> sent_;
    std::set<stun::TransactionId> answered_;
    bool has_seen_garbage_ = false;
    int response_count_ = 0;
    int success_count_ = 0;
    int error_count_ = 0;
    int bind_count_ = 0;
    int lifetime_count_ = 0;
    std::uint16_t next_port_ = 20000;
    std::string nonce_;
};

void permit_everybody(server::TurnServerOptions& options) {
    options.peers = {};
    options.peers.loopback = true;
}

}  // namespace

std::shared_ptr<turn::WireFilter> make_filter(Tamper tamper) {
    if (tamper == Tamper::None) return nullptr;
    return std::make_shared<Filter>(tamper);
}

const std::vector<SabotageRow>& sabotage_table() {
    using T = Tamper;
    using F = ServerFault;
    static const std::vector<SabotageRow> rows = {
        {"rfc8489/12/binding-udp", T::None, F::NoXorMappedAddress},
        {"rfc8489/12/binding-tcp", T::None, F::NoXorMappedAddress},
        {"rfc8489/7/fingerprint-optional", T::SuccessBecomes500},
        {"rfc8489/7/fingerprint-answered", T::None, F::WrongFingerprint},
        {"rfc8489/6.3/fingerprint-wrong", T::AnswersEverything},
        {"rfc8489/6.3/first-bits", T::AnswersEverything},
        {"rfc8489/6.3/length-wrong", T::AnswersEverything},
        {"rfc8489/6.3/attribute-overrun", T::AnswersEverything},
        {"rfc8489/6.3/unknown-method", T::AnswersEverything},
        {"rfc8489/6.3.1/unknown-optional", T::SuccessBecomes500},
        {"rfc8489/6.3.1/unknown-required", T::ErrorsBecome500},
        {"rfc8489/6.3.1/change-request", T::ErrorsBecome500},
        {"rfc8489/6.3.1/retransmission", T::SecondBecomes500},
        {"rfc8489/6.3.2/binding-indication", T::AnswersEverything},
        {"rfc8489/6.3.3/unsolicited-response", T::AnswersEverything},
        {"rfc8489/6.2.2/byte-by-byte", T::SuccessBecomes500},
        {"rfc8489/6.2.2/pipelined", T::LaterLost},
        {"rfc8489/6.2.2/stays-open", T::LaterBecome500},
        {"rfc8489/11/classic-stun", T::None, F::MappedPortZero},
        {"rfc8489/14/padding-zero", T::DirtyPadding},
        {"rfc8489/14.8/error-code-length", T::NulInReason},
        {"rfc8489/14.10/text-lengths", T::LongNonce},
        {"rfc8489/14.14/software", T::LongSoftware},
        {"rfc8489/9.2.4/challenge", T::None, F::TurnNoNonce},
        {"rfc8489/9.2.4/challenge-bare", T::UsernameIn401},
        {"rfc8489/9.2.4/nonce-per-client", T::SameNonce},
        {"rfc8489/9.2/nonce-cookie", T::BadNonceCookie},
        {"rfc8489/9.2.4/password-algorithms", T::NoAlgorithms},
        {"rfc8489/14.6/sha256", T::SuccessBecomes500},
        {"rfc8489/9.2.1/bid-down", T::ErrorsBecomeSuccess},
        {"rfc8489/9.2.4/userhash", T::SuccessBecomes500},
        {"rfc8489/9.2.4/wrong-password", T::None, F::TurnAcceptsWrongCredentials},
        {"rfc8489/9.2.4/unknown-user", T::ErrorsBecomeSuccess},
        {"rfc8489/9.2.4/username-missing", T::ErrorsBecome500},
        {"rfc8489/9.2.4/realm-missing", T::ErrorsBecome500},
        {"rfc8489/9.2.4/nonce-missing", T::ErrorsBecome500},
        {"rfc8489/9.2.4/nonce-invented", T::None, F::TurnStaleNonce},
        {"rfc8489/9.2.4/nonce-replayed", T::ErrorsBecomeSuccess},
        {"rfc8489/9.2.4/realm-wrong", T::ErrorsBecomeSuccess},
        {"rfc8489/9.2.4/success-integrity", T::None, F::TurnNoIntegrity},
        {"rfc8489/9.2.4/error-integrity", T::None, F::TurnNoIntegrity},
        {"rfc8489/14.5/after-integrity", T::Lifetime3599},
        {"rfc8489/14/first-occurrence", T::SwapsPeers},
        {"rfc8489/10/alternate-server", T::OtherFamilyAlternate},
        {"rfc8656/5/foreign-user", T::ErrorsBecomeSuccess},
        {"rfc8656/7.2/allocate", T::None, F::TurnNoMappedAddress},
        {"rfc8656/7.2/mismatch", T::ErrorsBecomeSuccess},
        {"rfc8656/7.2/retransmission", T::SecondBecomes500},
        {"rfc8656/7.2/transport-missing", T::ErrorsBecome500},
        {"rfc8656/7.2/transport-malformed", T::ErrorsBecome500},
        {"rfc8656/7.2/transport-unknown", T::ErrorsBecome500},
        {"rfc8656/7.2/lifetime-short", T::LaterLifetime1},
        {"rfc8656/7.2/lifetime-long", T::LifetimeMax},
        {"rfc8656/7.2/dont-fragment", T::SuccessBecomes500},
        {"rfc8656/7.2/even-port", T::OddPorts},
        {"rfc8656/7.2/even-port-reserve", T::OddPorts},
        {"rfc8656/7.2/token-twice", T::ErrorsBecome500},
        {"rfc8656/7.2/token-invented", T::ErrorsBecome500},
        {"rfc8656/7.2/token-even-port", T::ErrorsBecome500},
        {"rfc8656/7.2/token-family", T::ErrorsBecome500},
        {"rfc8656/7.2/family-unknown", T::ErrorsBecome500},
        {"rfc8656/18.6/family-reserved-bits", T::SuccessBecomes500},
        {"rfc8656/7.2/family-and-additional", T::ErrorsBecome500},
        {"rfc8656/7.2/additional-ipv4", T::ErrorsBecome500},
        {"rfc8656/7.2/additional-even-port", T::ErrorsBecome500},
        {"rfc8656/7.2/additional-partial", T::NoAddressError},
        {"rfc8656/7.2/unknown-required", T::ErrorsBecome500},
        {"rfc8656/7.2/relay-ports", T::LowPorts},
        {"rfc8656/7.2/quota",
         T::None,
         {},
         [](server::TurnServerOptions& options) { options.quotas = {}; }},
        {"rfc8656/8.2/no-allocation", T::ErrorsBecome500},
        {"rfc8656/8.2/lifetime", T::Lifetime3599},
        {"rfc8656/8.2/lifetime-short", T::LaterLifetime1},
        {"rfc8656/8.2/delete", T::None, F::TurnKeepsAfterRefreshZero},
        {"rfc8656/8.2/family-mismatch", T::ErrorsBecome500},
        {"rfc8656/5/refresh-unauthenticated", T::UnsignedRefresh},
        {"rfc8656/10.2/no-allocation", T::ErrorsBecome500},
        {"rfc8656/10.2/peer-missing", T::ErrorsBecome500},
        {"rfc8656/10.2/family-mismatch", T::ErrorsBecome500},
        {"rfc8656/10.2/two-peers", T::None, F::TurnForgetsPermissions},
        {"rfc8656/10.2/all-or-nothing", T::LaterErrorsBecome500},
        {"rfc8656/9/address-only", T::None, F::TurnForgetsPermissions},
        {"rfc8656/11.2/no-permission", T::None, F::TurnIgnoresPermissions},
        {"rfc8656/11.2/data-missing", T::AddsData},
        {"rfc8656/11.2/empty-data", T::DropsEmptyData},
        {"rfc8656/11.2/unknown-required", T::StripsUnknown},
        {"rfc8656/11.3/no-permission", T::None, F::TurnIgnoresPermissions},
        {"rfc8656/11.3/data-indication", T::None, F::TurnWrongPeerAddress},
        {"rfc8656/11.5/icmp", T::NoDataIndications},
        {"rfc8656/12.2/channel-range", T::ErrorsBecomeSuccess},
        {"rfc8656/12.2/rebind", T::RebindBecomes500},
        {"rfc8656/12.2/number-taken", T::ErrorsBecome500},
        {"rfc8656/12.2/peer-taken", T::ErrorsBecome500},
        {"rfc8656/12.2/number-missing", T::ErrorsBecome500},
        {"rfc8656/12.2/peer-missing", T::ErrorsBecome500},
        {"rfc8656/12.2/family-mismatch", T::ErrorsBecome500},
        {"rfc8656/12.2/no-allocation", T::ErrorsBecome500},
        {"rfc8656/12.2/permission", T::NoDataIndications},
        {"rfc8656/12.6/unbound", T::OtherChannel},
        {"rfc8656/12.6/overlong", T::RepairsLength},
        {"rfc8656/12.6/empty", T::DropsEmptyData},
        {"rfc8656/12.7/channel-data", T::None, F::TurnIgnoresChannels},
        {"rfc8656/12.5/stream-padding", T::None, F::TurnNoStreamPadding},
        {"rfc7983/7/first-byte", T::AnswersEverything},
        {"security/open-relay", T::UnsignedSucceeds},
        {"security/weak-credentials",
         T::None,
         {},
         [](server::TurnServerOptions& options) {
             options.users.push_back({"test", cli::Secret("test")});
         }},
        {"security/peer/loopback", T::None, {}, permit_everybody},
        {"security/peer/unspecified", T::ErrorsBecomeSuccess},
        {"security/peer/link-local", T::None, {}, permit_everybody},
        {"security/peer/private", T::None, {}, permit_everybody},
        {"security/peer/reserved", T::None, {}, permit_everybody},
        {"security/peer/multicast", T::ErrorsBecomeSuccess},
        {"security/relay-address", T::None, F::TurnRelayedPrivate},
        {"security/amplification/challenge", T::LongSoftware},
        {"security/amplification/binding", T::LongSoftware},
        {"security/amplification/rfc5780",
         T::None,
         {},
         [](server::TurnServerOptions& options) { options.faults = {}; }},
        {"security/rest/expired", T::ErrorsBecomeSuccess},
        {"security/rest/wrong", T::ErrorsBecomeSuccess},
        {"security/http", T::Http},
        {"security/random-datagrams", T::DiesOfGarbage},
    };
    return rows;
}

}  // namespace portolan::conformance
