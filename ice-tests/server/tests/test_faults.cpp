#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "ice-tests/server/binding.hpp"
#include "ice-tests/server/tests/stun_text.hpp"
#include "probe/stun/integrity.hpp"

namespace portolan::server {
namespace {

using stun::AttributeType;
using stun::MessageView;
using F = ServerFault;

TransportAddress at(const char* text) {
    return *TransportAddress::parse(text);
}

const TransportAddress kAsked = at("127.0.0.1:3478");
const TransportAddress kOther = at("127.0.0.2:3479");
const TransportAddress kClient = at("127.0.0.1:50000");

enum class Ask { Plain, ChangeBoth, ResponsePort };

std::vector<Outgoing> ask(FaultSet faults, Ask what = Ask::Plain, Arrival arrival = Arrival::Udp,
                          bool classic = false) {
    const BindingConfig config{.layout = *Layout::make({kAsked.ip, kOther.ip}, 3478, 3479),
                               .faults = faults};
    const auto request = binding_request(
        [&](stun::MessageWriter& writer) {
            if (what == Ask::ChangeBoth) writer.add_change_request(true, true);
            if (what == Ask::ResponsePort) writer.add_u16(AttributeType::ResponsePort, 7000);
        },
        transaction_id(5, classic));
    return respond(
        config, {.bytes = request, .source = kClient, .received_on = kAsked, .arrival = arrival});
}

/// For a fault that leaves one well-formed answer.
class Answer {
  public:
    explicit Answer(std::vector<Outgoing> replies) : replies_(std::move(replies)) {
        EXPECT_EQ(replies_.size(), 1U);
    }
    const Outgoing& raw() const { return replies_.at(0); }
    MessageView view() const { return *MessageView::parse(raw().bytes); }
    std::optional<TransportAddress> address(AttributeType type) const {
        return view().address(type);
    }

  private:
    std::vector<Outgoing> replies_;
};

TEST(Faults, names_are_unique_and_round_trip) {
    std::set<std::string_view> names;
    for (const FaultInfo& info : fault_table()) {
        EXPECT_TRUE(names.insert(info.name).second) << info.name;
        EXPECT_EQ(to_string(info.fault), info.name);
        EXPECT_EQ(*parse_fault(info.name), info.fault);
        EXPECT_TRUE(info.explanation.ends_with('.')) << info.name;
    }
    EXPECT_EQ(names.size(), kServerFaultCount);
    const auto unknown = parse_fault("nonsense");
    ASSERT_FALSE(unknown);
    EXPECT_EQ(full_code(unknown.error()), "usage.server.fault");
    EXPECT_THAT(unknown.error().hint, testing::HasSubstr("silent-udp"));
}

// A fault that changes nothing would let a broken client pass.
TEST(Faults, every_fault_changes_some_answer) {
    for (const FaultInfo& info : fault_table()) {
        if (info.scope != FaultScope::Binding) continue;  // test_turn_faults.cpp
        bool differs = false;
        for (const Ask what : {Ask::Plain, Ask::ChangeBoth, Ask::ResponsePort}) {
            const auto right = ask({}, what);
            const auto wrong = ask({info.fault}, what);
            differs = differs || right.size() != wrong.size() ||
                      !std::ranges::equal(right, wrong, [](const auto& a, const auto& b) {
                          return a.from == b.from && a.to == b.to && a.bytes == b.bytes;
                      });
        }
        EXPECT_TRUE(differs) << info.name;
    }
}

TEST(Faults, change_request_is_ignored_dropped_or_rejected) {
    const Answer ignored(ask({F::IgnoreChangeRequest}, Ask::ChangeBoth));
    EXPECT_EQ(ignored.raw().from, kAsked);
    EXPECT_EQ(ignored.address(AttributeType::ResponseOrigin), kAsked);
    EXPECT_TRUE(ask({F::DropChangeRequest}, Ask::ChangeBoth).empty());
    EXPECT_EQ(ask({F::DropChangeRequest}).size(), 1U);
    const Answer rejected(ask({F::RejectChangeRequest}, Ask::ChangeBoth));
    EXPECT_EQ(rejected.view().error_code()->code, 420);
    EXPECT_EQ(Answer(ask({F::RejectChangeRequest})).address(AttributeType::OtherAddress), kOther);
}

TEST(Faults, other_address_is_wrong_in_each_way) {
    const auto stated = [](F fault) {
        return *Answer(ask({fault})).address(AttributeType::OtherAddress);
    };
    EXPECT_EQ(stated(F::OtherAddressSameIp), at("127.0.0.1:3479"));
    EXPECT_EQ(stated(F::OtherAddressSamePort), at("127.0.0.2:3478"));
    EXPECT_EQ(stated(F::OtherAddressPrivate).ip.address_class(), AddressClass::Private);
    EXPECT_EQ(stated(F::OtherAddressUnreachable), at("127.254.254.254:3479"));
    EXPECT_FALSE(Answer(ask({F::NoOtherAddress})).address(AttributeType::OtherAddress));
    EXPECT_EQ(Answer(ask({F::NoOtherAddress}, Ask::ChangeBoth)).view().error_code()->code, 420);
}

TEST(Faults, other_address_is_wrong_in_the_form_of_rfc_3489_too) {
    const Answer answer(ask({F::OtherAddressSameIp}, Ask::Plain, Arrival::Udp, true));
    EXPECT_EQ(answer.address(AttributeType::ChangedAddress), at("127.0.0.1:3479"));
}

TEST(Faults, response_origin_lies_and_the_source_is_right) {
    const Answer plain(ask({F::LyingResponseOrigin}));
    EXPECT_EQ(plain.raw().from, kAsked);
    EXPECT_NE(plain.address(AttributeType::ResponseOrigin), kAsked);
    const Answer changed(ask({F::LyingResponseOrigin}, Ask::ChangeBoth));
    EXPECT_EQ(changed.raw().from, kOther);
    EXPECT_EQ(changed.address(AttributeType::ResponseOrigin), kAsked);
}

TEST(Faults, source_is_wrong_and_response_origin_right) {
    const Answer answer(ask({F::ReplyFromWrongAddress}));
    EXPECT_EQ(answer.raw().from, at("127.0.0.2:3478"));
    EXPECT_EQ(answer.address(AttributeType::ResponseOrigin), kAsked);
}

TEST(Faults, mapped_addresses_are_left_out_or_rewritten) {
    const Answer no_xor(ask({F::NoXorMappedAddress}));
    EXPECT_FALSE(no_xor.address(AttributeType::XorMappedAddress));
    EXPECT_EQ(no_xor.address(AttributeType::MappedAddress), kClient);
    const Answer no_plain(ask({F::NoMappedAddress}));
    EXPECT_FALSE(no_plain.address(AttributeType::MappedAddress));
    EXPECT_EQ(no_plain.address(AttributeType::XorMappedAddress), kClient);
    const Answer alg(ask({F::Alg}));
    EXPECT_EQ(alg.address(AttributeType::XorMappedAddress), kClient);
    EXPECT_EQ(alg.address(AttributeType::MappedAddress)->ip.address_class(), AddressClass::Private);
}

TEST(Faults, transaction_id_differs_in_one_bit) {
    const auto id = Answer(ask({F::WrongTransactionId})).view().transaction_id();
    EXPECT_NE(id, transaction_id(5));
    EXPECT_TRUE(id.has_magic_cookie());
}

TEST(Faults, replies_are_cut_replaced_or_doubled) {
    const auto right = ask({});
    const auto cut = ask({F::TruncatedReply});
    ASSERT_EQ(cut.size(), 1U);
    EXPECT_EQ(cut[0].bytes.size(), right[0].bytes.size() / 2);
    EXPECT_FALSE(MessageView::parse(cut[0].bytes));
    const auto garbage = ask({F::GarbageReply});
    ASSERT_EQ(garbage.size(), 1U);
    EXPECT_FALSE(MessageView::parse(garbage[0].bytes));
    const auto twice = ask({F::DuplicateReply});
    ASSERT_EQ(twice.size(), 2U);
    EXPECT_EQ(twice[0].bytes, twice[1].bytes);
}

TEST(Faults, replies_are_too_long_or_no_replies) {
    const auto right = ask({});
    const auto longer = ask({F::OversizedReply});
    ASSERT_EQ(longer.size(), 1U);
    EXPECT_GT(longer[0].bytes.size(), right[0].bytes.size());
    EXPECT_FALSE(MessageView::parse(longer[0].bytes));
    EXPECT_EQ(Answer(ask({F::EchoRequest})).view().message_class(), stun::MessageClass::Request);
}

TEST(Faults, replies_contradict_each_other) {
    const auto replies = ask({F::ContradictoryReplies});
    ASSERT_EQ(replies.size(), 2U);
    const auto mapped = [&](std::size_t index) {
        return *MessageView::parse(replies[index].bytes)->address(AttributeType::XorMappedAddress);
    };
    EXPECT_EQ(mapped(0), kClient);
    EXPECT_EQ(mapped(1).ip, kClient.ip);
    EXPECT_NE(mapped(1).port, kClient.port);
    EXPECT_EQ(replies[0].from, replies[1].from);
    EXPECT_EQ(replies[0].to, replies[1].to);
    for (const Ask what : {Ask::ChangeBoth, Ask::ResponsePort}) {
        const auto other = ask({F::ContradictoryReplies}, what);
        ASSERT_EQ(other.size(), 2U);
        EXPECT_EQ(other[0].from, other[1].from);
        EXPECT_EQ(other[0].to, other[1].to);
    }
}

TEST(Faults, replies_have_what_clients_must_discard) {
    EXPECT_EQ(stun::verify_fingerprint(Answer(ask({F::WrongFingerprint})).view()),
              stun::Check::Invalid);
    EXPECT_EQ(stun::verify_fingerprint(Answer(ask({})).view()), stun::Check::Absent);
    EXPECT_TRUE(Answer(ask({F::UnknownAttribute})).view().has(static_cast<AttributeType>(0x7FFE)));
}

TEST(Faults, mapped_addresses_are_impossible_in_each_way) {
    const auto stated = [](F fault, AttributeType type) {
        return *Answer(ask({fault})).address(type);
    };
    for (const AttributeType type :
         {AttributeType::XorMappedAddress, AttributeType::MappedAddress}) {
        EXPECT_EQ(stated(F::MappedPortZero, type), at("127.0.0.1:0"));
        EXPECT_EQ(stated(F::MappedUnspecified, type), at("0.0.0.0:50000"));
        EXPECT_EQ(stated(F::MappedMulticast, type), at("224.0.0.1:50000"));
        EXPECT_EQ(stated(F::MappedOtherFamily, type), at("[2001:db8::1]:50000"));
    }
}

TEST(Faults, requests_are_refused) {
    EXPECT_EQ(Answer(ask({F::Error500})).view().error_code()->code, 500);
    EXPECT_EQ(Answer(ask({F::NoResponsePort}, Ask::ResponsePort)).view().error_code()->code, 420);
}

TEST(Faults, silence_is_over_udp_only) {
    EXPECT_TRUE(ask({F::SilentUdp}).empty());
    EXPECT_EQ(ask({F::SilentUdp}, Ask::Plain, Arrival::Tcp).size(), 1U);
}

TEST(Faults, several_at_once_add_up) {
    const auto replies = ask({F::DuplicateReply, F::NoMappedAddress, F::WrongTransactionId});
    ASSERT_EQ(replies.size(), 2U);
    EXPECT_FALSE(MessageView::parse(replies[0].bytes)->has(AttributeType::MappedAddress));
}

}  // namespace
}  // namespace portolan::server
