#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "ice-tests/server/binding.hpp"
#include "ice-tests/server/tests/stun_text.hpp"
#include "probe/stun/integrity.hpp"

namespace portolan::server {
namespace {

using stun::AttributeType;
using stun::MessageClass;
using stun::MessageView;
using stun::MessageWriter;

TransportAddress at(const char* text) {
    return *TransportAddress::parse(text);
}
IpAddress ip(const char* text) {
    return *IpAddress::parse(text);
}

const TransportAddress kClient = at("198.51.100.9:50000");

BindingConfig two_by_two(FaultSet faults = {}) {
    return {
        .layout = *Layout::make(
            {ip("192.0.2.1"), ip("192.0.2.2"), ip("2001:db8::1"), ip("2001:db8::2")}, 3478, 3479),
        .faults = faults};
}

struct Exchange {
    BindingConfig config = two_by_two();
    TransportAddress received_on = at("192.0.2.1:3478");
    TransportAddress source = kClient;
    Arrival arrival = Arrival::Udp;

    std::vector<Outgoing> send(const std::vector<std::byte>& request) const {
        return respond(
            config,
            {.bytes = request, .source = source, .received_on = received_on, .arrival = arrival});
    }
    std::vector<Outgoing> send(const AddAttributes& add = {}) const {
        return send(binding_request(add));
    }
};

MessageView parsed(const Outgoing& reply) {
    auto view = MessageView::parse(reply.bytes);
    EXPECT_TRUE(view);
    return *view;
}

int error_code(const std::vector<Outgoing>& replies) {
    EXPECT_EQ(replies.size(), 1U);
    if (replies.empty()) return 0;
    const auto view = parsed(replies[0]);
    EXPECT_EQ(view.message_class(), MessageClass::ErrorResponse);
    return view.error_code() ? view.error_code()->code : 0;
}

AddAttributes change_request(bool change_ip, bool change_port) {
    return [=](MessageWriter& writer) { writer.add_change_request(change_ip, change_port); };
}

std::vector<AttributeType> types(const MessageView& view) {
    std::vector<AttributeType> out;
    for (const auto attribute : view)
        out.push_back(attribute.type);
    return out;
}

// RFC 5780 s6.1: both mapped addresses, RESPONSE-ORIGIN and OTHER-ADDRESS (MUST); RFC 8489
// s6.3.1.1: SOFTWARE (SHOULD).
TEST(Binding, plain_request_gets_everything) {
    const auto replies = Exchange{}.send();
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(replies[0].from, at("192.0.2.1:3478"));
    EXPECT_EQ(replies[0].to, kClient);
    const auto view = parsed(replies[0]);
    EXPECT_EQ(view.message_class(), MessageClass::SuccessResponse);
    EXPECT_EQ(view.transaction_id(), transaction_id(1));
    EXPECT_EQ(view.address(AttributeType::XorMappedAddress), kClient);
    EXPECT_EQ(view.address(AttributeType::MappedAddress), kClient);
    EXPECT_EQ(view.address(AttributeType::ResponseOrigin), at("192.0.2.1:3478"));
    EXPECT_EQ(view.address(AttributeType::OtherAddress), at("192.0.2.2:3479"));
    EXPECT_EQ(view.text(AttributeType::Software), "Portolan");
    EXPECT_FALSE(view.has(AttributeType::Fingerprint));
}

// RFC 5780 s6.1, table 1, from all four addresses of both families.
TEST(Binding, source_of_the_answer_follows_table_1) {
    const std::vector<std::vector<std::string>> families = {{"192.0.2.1", "192.0.2.2"},
                                                            {"[2001:db8::1]", "[2001:db8::2]"}};
    const std::vector<std::string> ports = {"3478", "3479"};
    for (const auto& ips : families) {
        for (std::size_t i = 0; i < 4; ++i) {
            const std::size_t da = i / 2;
            const std::size_t dp = i % 2;
            const auto name = [&](std::size_t a, std::size_t p) {
                return *TransportAddress::parse(ips[a] + ":" + ports[p]);
            };
            for (const bool change_ip : {false, true}) {
                for (const bool change_port : {false, true}) {
                    const Exchange exchange{.received_on = name(da, dp)};
                    const auto replies = exchange.send(change_request(change_ip, change_port));
                    ASSERT_EQ(replies.size(), 1U);
                    const auto expected = name(change_ip ? 1 - da : da, change_port ? 1 - dp : dp);
                    EXPECT_EQ(replies[0].from, expected);
                    const auto view = parsed(replies[0]);
                    EXPECT_EQ(view.address(AttributeType::ResponseOrigin), expected);
                    EXPECT_EQ(view.address(AttributeType::OtherAddress), name(1 - da, 1 - dp));
                }
            }
        }
    }
}

TEST(Binding, change_request_without_alternate_is_420_whatever_its_flags) {
    Exchange exchange;
    for (const Layout& layout :
         {*Layout::make({ip("192.0.2.1")}, 3478, 3479),
          *Layout::make({ip("192.0.2.1"), ip("192.0.2.2")}, 3478, std::nullopt),
          *Layout::make({ip("192.0.2.1"), ip("2001:db8::1")}, 3478, 3479)}) {
        exchange.config.layout = layout;
        const auto plain = exchange.send();
        ASSERT_EQ(plain.size(), 1U);
        EXPECT_FALSE(parsed(plain[0]).has(AttributeType::OtherAddress));
        EXPECT_TRUE(parsed(plain[0]).has(AttributeType::ResponseOrigin));
        for (const bool flag : {false, true}) {
            const auto replies = exchange.send(change_request(flag, flag));
            EXPECT_EQ(error_code(replies), 420);
            const auto list = parsed(replies[0]).find(AttributeType::UnknownAttributes);
            ASSERT_TRUE(list);
            EXPECT_THAT(std::vector(list->value.begin(), list->value.end()),
                        testing::ElementsAre(std::byte{0}, std::byte{3}));
        }
    }
}

TEST(Binding, response_port_changes_only_the_port_of_the_destination) {
    const auto replies =
        Exchange{}.send([](auto& writer) { writer.add_u16(AttributeType::ResponsePort, 7000); });
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(replies[0].to, at("198.51.100.9:7000"));
    EXPECT_EQ(parsed(replies[0]).address(AttributeType::XorMappedAddress), kClient);
}

TEST(Binding, response_port_and_change_request_work_together) {
    const auto replies = Exchange{}.send([](auto& writer) {
        writer.add_change_request(true, false).add_u16(AttributeType::ResponsePort, 7000);
    });
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(replies[0].from, at("192.0.2.2:3478"));
    EXPECT_EQ(replies[0].to.port, 7000);
}

TEST(Binding, padding_is_answered_with_padding) {
    const auto replies =
        Exchange{}.send([](auto& writer) { writer.add_bytes(AttributeType::Padding, {}); });
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(parsed(replies[0]).find(AttributeType::Padding)->value.size(), 1500U);
}

// RFC 5780 s6.1 (MUST); as every error it goes to where the request came from.
TEST(Binding, response_port_with_padding_is_400) {
    const auto replies = Exchange{}.send([](auto& writer) {
        writer.add_u16(AttributeType::ResponsePort, 7000).add_bytes(AttributeType::Padding, {});
    });
    EXPECT_EQ(error_code(replies), 400);
    EXPECT_EQ(replies[0].to, kClient);
}

TEST(Binding, malformed_attributes_are_400) {
    EXPECT_EQ(error_code(Exchange{}.send(
                  [](auto& writer) { writer.add_bytes(AttributeType::ChangeRequest, {}); })),
              400);
    EXPECT_EQ(error_code(Exchange{}.send(
                  [](auto& writer) { writer.add_bytes(AttributeType::ResponsePort, {}); })),
              400);
    EXPECT_EQ(error_code(Exchange{}.send(
                  [](auto& writer) { writer.add_u16(AttributeType::ResponsePort, 0); })),
              400);
}

// RFC 8489 s6.3.1 (MUST list them); 0x0002 is RFC 3489's RESPONSE-ADDRESS, 0x0024 ICE's PRIORITY.
TEST(Binding, unknown_comprehension_required_attributes_are_420_with_the_list) {
    const auto replies = Exchange{}.send([](auto& writer) {
        writer.add_u32(static_cast<AttributeType>(0x7777), 0)
            .add_u32(AttributeType::Priority, 1)
            .add_u32(static_cast<AttributeType>(0x7777), 0)
            .add_address(AttributeType::ResponseAddress, at("203.0.113.1:53"))
            .add_u32(static_cast<AttributeType>(0xF777), 0);
    });
    EXPECT_EQ(error_code(replies), 420);
    const auto list = parsed(replies[0]).find(AttributeType::UnknownAttributes);
    ASSERT_TRUE(list);
    const auto b = [](int octet) { return static_cast<std::byte>(octet); };
    EXPECT_THAT(std::vector(list->value.begin(), list->value.end()),
                testing::ElementsAre(b(0x77), b(0x77), b(0), b(0x24), b(0), b(2)));
}

TEST(Binding, unknown_attributes_after_integrity_are_ignored) {
    const auto replies = Exchange{}.send([](auto& writer) {
        writer.add_message_integrity(stun::short_term_key("x"))
            .add_u32(static_cast<AttributeType>(0x7777), 0);
    });
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(parsed(replies[0]).message_class(), MessageClass::SuccessResponse);
}

TEST(Binding, fingerprint_is_answered_with_fingerprint) {
    const auto replies = Exchange{}.send([](auto& writer) { writer.add_fingerprint(); });
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(stun::verify_fingerprint(parsed(replies[0])), stun::Check::Valid);
}

TEST(Binding, wrong_fingerprint_is_discarded) {
    auto request = binding_request([](auto& writer) { writer.add_fingerprint(); });
    request.back() ^= std::byte{1};
    EXPECT_TRUE(Exchange{}.send(request).empty());
}

TEST(Binding, what_is_not_a_binding_request_is_not_answered) {
    const Exchange exchange;
    for (const MessageClass other :
         {MessageClass::Indication, MessageClass::SuccessResponse, MessageClass::ErrorResponse}) {
        EXPECT_TRUE(exchange.send(binding_request({}, transaction_id(1), other)).empty());
    }
    for (const stun::Method other : {stun::Method::Allocate, stun::Method::SharedSecret}) {
        EXPECT_TRUE(
            exchange.send(binding_request({}, transaction_id(1), MessageClass::Request, other))
                .empty());
    }
}

TEST(Binding, garbage_and_every_truncation_is_not_answered) {
    const Exchange exchange;
    const auto request = binding_request(change_request(true, true));
    for (std::size_t length = 0; length < request.size(); ++length) {
        EXPECT_TRUE(exchange.send(std::vector(request.begin(), request.begin() + length)).empty());
    }
    EXPECT_TRUE(exchange.send(std::vector<std::byte>(1500, std::byte{0xFF})).empty());
    auto longer = request;
    longer.resize(longer.size() + 4);
    EXPECT_TRUE(exchange.send(longer).empty());
}

TEST(Binding, forged_source_without_port_or_address_is_not_answered) {
    EXPECT_TRUE(Exchange{.source = at("198.51.100.9:0")}.send().empty());
    EXPECT_TRUE(Exchange{.source = at("0.0.0.0:53")}.send().empty());
}

// RFC 8489 s6.2.2 (MUST NOT): no connection back to the client, so no other source.
TEST(Binding, tcp_refuses_what_needs_another_source_or_destination) {
    const Exchange tcp{.arrival = Arrival::Tcp};
    EXPECT_EQ(error_code(tcp.send(change_request(true, false))), 420);
    EXPECT_EQ(error_code(tcp.send(change_request(false, true))), 420);
    EXPECT_EQ(error_code(tcp.send(
                  [](auto& writer) { writer.add_u16(AttributeType::ResponsePort, 7000); })),
              420);
    const auto replies = tcp.send(change_request(false, false));
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(parsed(replies[0]).address(AttributeType::OtherAddress), at("192.0.2.2:3479"));
}

// RFC 3489 s8.1, with none of the newer attributes, whose types are mandatory and unknown there.
TEST(Binding, request_without_cookie_is_answered_in_the_form_of_rfc_3489) {
    const auto id = transaction_id(9, true);
    const auto replies = Exchange{}.send(binding_request(change_request(true, true), id));
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(replies[0].from, at("192.0.2.2:3479"));
    const auto view = parsed(replies[0]);
    EXPECT_EQ(view.transaction_id(), id);
    EXPECT_THAT(types(view),
                testing::ElementsAre(AttributeType::MappedAddress, AttributeType::SourceAddress,
                                     AttributeType::ChangedAddress));
    EXPECT_EQ(view.address(AttributeType::MappedAddress), kClient);
    EXPECT_EQ(view.address(AttributeType::SourceAddress), at("192.0.2.2:3479"));
    EXPECT_EQ(view.address(AttributeType::ChangedAddress), at("192.0.2.2:3479"));
}

TEST(Binding, rfc_3489_change_request_with_clear_flags_needs_no_alternate) {
    Exchange exchange;
    exchange.config.layout = *Layout::make({ip("192.0.2.1")}, 3478, 3479);
    const auto id = transaction_id(9, true);
    const auto replies = exchange.send(binding_request(change_request(false, false), id));
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_THAT(types(parsed(replies[0])),
                testing::ElementsAre(AttributeType::MappedAddress, AttributeType::SourceAddress));
    EXPECT_EQ(error_code(exchange.send(binding_request(change_request(true, false), id))), 420);
}

TEST(Binding, rfc_3489_response_address_is_never_followed) {
    const auto replies = Exchange{}.send(binding_request(
        [](auto& writer) {
            writer.add_address(AttributeType::ResponseAddress, at("203.0.113.1:53"));
        },
        transaction_id(9, true)));
    EXPECT_EQ(error_code(replies), 420);
    EXPECT_EQ(replies[0].to, kClient);
}

TEST(Binding, hostile_request_with_every_attribute_unknown_is_answered_once) {
    std::vector<std::byte> request(20 + 4 * 16'000);
    const auto id = transaction_id(1);
    const auto put = [&](std::size_t offset, std::size_t value) {
        request[offset] = static_cast<std::byte>(value >> 8);
        request[offset + 1] = static_cast<std::byte>(value & 0xFF);
    };
    put(0, 1);
    put(2, request.size() - 20);
    std::copy(id.octets.begin(), id.octets.end(), request.begin() + 4);
    for (std::size_t i = 0; i < 16'000; ++i)
        put(20 + 4 * i, 0x3000 + i % 0x4000);
    const auto replies = Exchange{.arrival = Arrival::Tcp}.send(request);
    EXPECT_EQ(error_code(replies), 420);
    EXPECT_EQ(parsed(replies[0]).find(AttributeType::UnknownAttributes)->value.size(), 32'000U);
}

}  // namespace
}  // namespace portolan::server
