#include <gtest/gtest.h>

#include <array>

#include "probe/discovery/tests/scenario.hpp"
#include "probe/discovery/tests/sim_server.hpp"

// The simulated servers, against RFC 5780 s6 and s7 and against the defects they stand for.
namespace portolan::discovery::sim {
namespace {

using stun::AttributeType;
using stun::MessageView;

const TransportAddress kClient = at("81.2.69.142:40000");

struct Reply {
    TransportAddress from;
    TransportAddress to;
    std::vector<std::byte> bytes;
    [[nodiscard]] MessageView view() const { return *MessageView::parse(bytes); }
};

struct Ask {
    bool change_ip = false;
    bool change_port = false;
    std::optional<std::uint16_t> response_port;
};

std::vector<Reply> ask(const ServerRules& rules, const TransportAddress& to, const Ask& what = {}) {
    std::array<std::byte, 128> buffer;
    stun::TransactionId id;
    id.octets.fill(std::byte{7});
    stun::MessageWriter writer(buffer, stun::MessageClass::Request, stun::Method::Binding, id);
    if (what.change_ip || what.change_port) {
        writer.add_change_request(what.change_ip, what.change_port);
    }
    if (what.response_port) writer.add_u16(AttributeType::ResponsePort, *what.response_port);
    Server server;
    server.reset(rules, 1);
    std::vector<Reply> replies;
    server.answer({kClient, to, {writer.bytes().begin(), writer.bytes().end()}}, Time{},
                  [&](const auto& from, const auto& reply_to, stun::Bytes bytes) {
                      replies.push_back({from, reply_to, {bytes.begin(), bytes.end()}});
                  });
    return replies;
}

/// RFC 5780 s6.1, table 1: where a reply comes from, for each address asked and each pair of flags.
TEST(SimServer, replies_come_from_where_the_flags_say) {
    const ServerRules rules = rfc5780_server(kPP, kAA);
    struct Row {
        TransportAddress asked, none, port, ip, both;
    };
    for (const Row& row : {Row{kPP, kPP, kPA, kAP, kAA}, Row{kPA, kPA, kPP, kAA, kAP},
                           Row{kAP, kAP, kAA, kPP, kPA}, Row{kAA, kAA, kAP, kPA, kPP}}) {
        EXPECT_EQ(ask(rules, row.asked).at(0).from, row.none);
        EXPECT_EQ(ask(rules, row.asked, {false, true, {}}).at(0).from, row.port);
        EXPECT_EQ(ask(rules, row.asked, {true, false, {}}).at(0).from, row.ip);
        const Reply both = ask(rules, row.asked, {true, true, {}}).at(0);
        EXPECT_EQ(both.from, row.both);
        EXPECT_EQ(both.view().address(AttributeType::ResponseOrigin), row.both);
        EXPECT_EQ(both.view().address(AttributeType::OtherAddress), row.both);
        EXPECT_EQ(both.view().address(AttributeType::XorMappedAddress), kClient);
        EXPECT_EQ(both.view().address(AttributeType::MappedAddress), kClient);
        EXPECT_EQ(both.to, kClient);
    }
}

/// RFC 5780 s7.5: RESPONSE-PORT moves the reply's port and nothing else.
TEST(SimServer, response_port_is_honoured_ignored_or_refused) {
    ServerRules rules = rfc5780_server(kPP, kAA);
    EXPECT_EQ(ask(rules, kPP, {true, true, 50000}).at(0).to, (TransportAddress{kClient.ip, 50000}));
    rules.response_port = ResponsePortRule::Ignored;
    EXPECT_EQ(ask(rules, kPP, {true, true, 50000}).at(0).to, kClient);
    rules.response_port = ResponsePortRule::Rejected;
    EXPECT_EQ(ask(rules, kPP, {true, true, 50000}).at(0).view().error_code()->code, 420);
}

/// Each way to mistreat CHANGE-REQUEST shows where the research says it does.
TEST(SimServer, mistreats_change_request_as_told) {
    ServerRules rules = rfc5780_server(kPP, kAA);
    const Ask both{true, true, {}};
    rules.change_request = ChangeRequestRule::Ignored;
    EXPECT_EQ(ask(rules, kPP, both).at(0).from, kPP);
    rules.change_request = ChangeRequestRule::Dropped;
    EXPECT_TRUE(ask(rules, kPP, both).empty());
    EXPECT_EQ(ask(rules, kPP).size(), 1U) << "a plain request is still answered";
    rules.change_request = ChangeRequestRule::Rejected;
    EXPECT_EQ(ask(rules, kPP, both).at(0).view().error_code()->code, 420);
    EXPECT_EQ(ask(rules, kPP, both).at(0).from, kPP);
    rules.change_request = ChangeRequestRule::FromThirdAddress;
    EXPECT_NE(ask(rules, kPP, both).at(0).from.ip, kPP.ip);
    EXPECT_NE(ask(rules, kPP, both).at(0).from.ip, kAA.ip);
    rules.change_request = ChangeRequestRule::IgnoresIpFlag;
    EXPECT_EQ(ask(rules, kPP, both).at(0).from, kPA);
    rules.change_request = ChangeRequestRule::IgnoresPortFlag;
    EXPECT_EQ(ask(rules, kPP, both).at(0).from, kAP);
}

/// Each false OTHER-ADDRESS is false in its own way (RFC 5780 s7.4; coturn #667).
TEST(SimServer, misnames_its_other_address_as_told) {
    ServerRules rules = rfc5780_server(kPP, kAA);
    const auto other = [&](OtherAddressRule rule, const TransportAddress& asked) {
        rules.other_address = rule;
        return ask(rules, asked).at(0).view().address(AttributeType::OtherAddress);
    };
    EXPECT_FALSE(other(OtherAddressRule::Absent, kPP));
    EXPECT_EQ(other(OtherAddressRule::SameIp, kPP), kPA);
    EXPECT_EQ(other(OtherAddressRule::SamePort, kPP), kAP);
    EXPECT_EQ(other(OtherAddressRule::Private, kPP)->ip.address_class(), AddressClass::Private);
    EXPECT_EQ(other(OtherAddressRule::Unreachable, kPP)->ip.address_class(), AddressClass::Global);
    EXPECT_EQ(other(OtherAddressRule::OwnFromAlternate, kPP), kAA);
    EXPECT_EQ(other(OtherAddressRule::OwnFromAlternate, kAP)->ip, kAP.ip);
}

/// The remaining switches, one by one.
TEST(SimServer, has_every_other_fault_on_demand) {
    ServerRules rules = rfc5780_server(kPP, kAA);
    rules.origin = OriginRule::Lies;
    EXPECT_NE(ask(rules, kPP).at(0).view().address(AttributeType::ResponseOrigin), kPP);
    rules.sends_xor_mapped = false;
    EXPECT_FALSE(ask(rules, kPP).at(0).view().has(AttributeType::XorMappedAddress));

    rules = rfc5780_server(kPP, kAA);
    rules.wrong_transaction_id = true;
    EXPECT_NE(ask(rules, kPP).at(0).view().transaction_id().octets[7], std::byte{7});
    rules.wrong_transaction_id = false;
    rules.wrong_source = WrongSourceRule::Always;
    EXPECT_NE(ask(rules, kPP).at(0).from, kPP);
    rules.wrong_source = WrongSourceRule::Never;
    rules.error_code = 500;
    EXPECT_EQ(ask(rules, kPP).at(0).view().error_code()->code, 500);
    rules.error_code = 0;
    rules.extra_copies = 2;
    rules.garbage_first = true;
    const auto replies = ask(rules, kPP);
    ASSERT_EQ(replies.size(), 4U);
    EXPECT_EQ(replies[1].bytes, replies[3].bytes);
    EXPECT_NE(replies[0].bytes, replies[1].bytes);

    rules = rfc5780_server(kPP, kAA);
    rules.deaf = {kAP, kAA};
    EXPECT_TRUE(ask(rules, kAA).empty());
    EXPECT_EQ(ask(rules, kPA).size(), 1U);
    EXPECT_EQ(ask(rules, kPP, {true, true, {}}).at(0).from, kAA) << "it can still send from there";
    rules.deaf.push_back(kPA);
    EXPECT_TRUE(ask(rules, kPA).empty());
    rules.without_mapped = {kPP};
    EXPECT_FALSE(ask(rules, kPP).at(0).view().has(AttributeType::MappedAddress));
    rules.state = ServerState::Silent;
    EXPECT_TRUE(ask(rules, kPP).empty());

    Server closed;
    rules.state = ServerState::PortClosed;
    closed.reset(rules, 1);
    EXPECT_TRUE(closed.refuses(kPP));
}

/// A plain server refuses what it does not understand (RFC 8489 s6.3.1) and names no other address.
TEST(SimServer, a_plain_server_knows_nothing_of_rfc_5780) {
    const ServerRules rules = plain_server(kPlain1);
    const Reply reply = ask(rules, kPlain1).at(0);
    EXPECT_FALSE(reply.view().has(AttributeType::OtherAddress));
    EXPECT_EQ(reply.view().address(AttributeType::XorMappedAddress), kClient);
    EXPECT_EQ(ask(rules, kPlain1, {true, true, {}}).at(0).view().error_code()->code, 420);
}

}  // namespace
}  // namespace portolan::discovery::sim
