#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ice-tests/conformance/tests/between.hpp"
#include "ice-tests/conformance/tests/suite.hpp"
#include "ice-tests/mutants/mutant.hpp"
#include "probe/stun/integrity.hpp"
#include "probe/stun/wire.hpp"

// What is lost on the way decides nothing, whichever packet it is.
namespace portolan::conformance::test {
namespace {

using stun::AttributeType;
using stun::MessageClass;
using stun::MessageView;
using stun::Method;
using testing::HasSubstr;

const Check* find_check(std::string_view id) {
    const auto table = check_table();
    return *std::ranges::find(table, id, &Check::id);
}

bool is_integrity(AttributeType type) {
    return type == AttributeType::MessageIntegrity || type == AttributeType::MessageIntegritySha256;
}

std::vector<std::byte> copy_of(stun::Bytes bytes) {
    return {bytes.begin(), bytes.end()};
}

/// The response with less LIFETIME, signed again for alice.
std::vector<std::byte> with_less_lifetime(const MessageView& response, std::uint32_t less_s) {
    std::array<std::byte, 1024> buffer{};
    stun::MessageWriter writer(buffer, response.message_class(), response.method(),
                               response.transaction_id());
    bool with_sha256 = false;
    for (const stun::AttributeView attribute : response) {
        with_sha256 |= attribute.type == AttributeType::MessageIntegritySha256;
        if (is_integrity(attribute.type) || attribute.type == AttributeType::Fingerprint) continue;
        if (attribute.type == AttributeType::Lifetime) {
            writer.add_u32(attribute.type, stun::wire::load_u32(attribute.value.data()) - less_s);
        } else {
            writer.add_bytes(attribute.type, attribute.value);
        }
    }
    const auto key = stun::long_term_key(
        with_sha256 ? stun::PasswordAlgorithm::Sha256 : stun::PasswordAlgorithm::Md5, "alice",
        "portolan", "wonderland");
    if (with_sha256) {
        writer.add_message_integrity_sha256(key->bytes());
    } else {
        writer.add_message_integrity(key->bytes());
    }
    return copy_of(writer.bytes());
}

/// Allocations whose first answers are lost, those that `loses` says of (0: the first one made).
/// The copies of the request that come then are answered as coturn 4.6.1 does: with what is left
/// of the lifetime.
class LostAnswers {
  public:
    explicit LostAnswers(std::function<bool(std::size_t)> loses) : loses_(std::move(loses)) {}

    std::optional<std::vector<std::byte>> operator()(stun::Bytes bytes) {
        const auto message = MessageView::parse(bytes);
        if (!message || message->method() != Method::Allocate ||
            message->message_class() != MessageClass::SuccessResponse) {
            return copy_of(bytes);
        }
        const auto [answered, is_new] =
            answered_.try_emplace(message->transaction_id(), Answered{answered_.size(), 0});
        const auto passed_s = answered->second.count++;
        if (is_new && loses_(answered->second.number)) return std::nullopt;
        return with_less_lifetime(*message, passed_s);
    }

  private:
    struct Answered {
        std::size_t number;   ///< of the allocation
        std::uint32_t count;  ///< of answers
    };
    std::function<bool(std::size_t)> loses_;
    std::map<stun::TransactionId, Answered> answered_;
};

class LossTest : public SuiteTest {
  protected:
    Judgement judge_after_integrity(bool is_sound, std::function<bool(std::size_t)> loses) {
        const Check* check = find_check("rfc8489/14.5/after-integrity");
        TurnServerOptions options = options_for(Deployment::Plain);
        if (!is_sound) options.mutants.add(*mutants::find_mutant(check->id));
        const TurnServer& server = start(std::move(options));
        UdpWay way(where, server.endpoints()[0], LostAnswers(std::move(loses)));
        return judge(target(way.address(), Transport::Udp), {check}).front().judgement;
    }

    /// With as many of the owners' ConnectionBinds that end the connection which carries them.
    Judgement judge_unauthenticated(int ended_count) {
        const Check* check = find_check("rfc6062/5.4/unauthenticated");
        const TurnServer& server = start(options_for(Deployment::Plain));
        TcpWay way(where, server.endpoints()[0], [&](stun::Bytes bytes) {
            const auto message = MessageView::parse(bytes);
            const bool is_owners =
                message && message->method() == Method::ConnectionBind &&
                std::ranges::any_of(*message, [](const stun::AttributeView attribute) {
                    return is_integrity(attribute.type);
                });
            return is_owners && ended_count-- > 0;
        });
        return judge(target(way.address(), Transport::Tcp), {check}).front().judgement;
    }
};

constexpr auto kNone = [](std::size_t) { return false; };
constexpr auto kAll = [](std::size_t) { return true; };

TEST_F(LossTest, lifetime_behind_the_integrity_is_known_by_what_others_get) {
    // The check asks for a lifetime, then for none, then for one behind the integrity.
    for (std::size_t lost = 0; lost < 3; ++lost) {
        const auto loses = [lost](std::size_t number) { return number == lost; };
        const Judgement wrong = judge_after_integrity(false, loses);
        EXPECT_EQ(wrong.status, Status::Violates) << lost << ": " << wrong.came;
        const Judgement sound = judge_after_integrity(true, loses);
        EXPECT_EQ(sound.status, Status::Meets) << lost << ": " << sound.came;
    }
    for (const auto& loses : {std::function<bool(std::size_t)>(kNone), {kAll}}) {
        const Judgement wrong = judge_after_integrity(false, loses);
        EXPECT_EQ(wrong.status, Status::Violates) << wrong.came;
        const Judgement sound = judge_after_integrity(true, loses);
        EXPECT_EQ(sound.status, Status::Meets) << sound.came;
    }
}

TEST_F(LossTest, connection_that_ends_by_chance_accuses_nobody) {
    EXPECT_EQ(judge_unauthenticated(0).status, Status::Meets);
    const Judgement once = judge_unauthenticated(1);
    EXPECT_EQ(once.status, Status::Undecided) << once.came;
    EXPECT_THAT(once.came, HasSubstr("the second time could"));
    const Judgement twice = judge_unauthenticated(2);
    EXPECT_EQ(twice.status, Status::Violates) << twice.came;
}

}  // namespace
}  // namespace portolan::conformance::test
