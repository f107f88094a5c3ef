#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "probe/discovery/tests/scenario.hpp"
#include "probe/discovery/tests/sim_world.hpp"

// The world itself: that packets take the time they should, and that bad manners do not go
// unnoticed.
namespace portolan::discovery::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::byte> request(int number, bool change = false) {
    std::array<std::byte, 64> buffer;
    stun::TransactionId id;
    id.octets[15] = static_cast<std::byte>(number);
    stun::MessageWriter writer(buffer, stun::MessageClass::Request, stun::Method::Binding, id);
    if (change) writer.add_change_request(true, true);
    return {writer.bytes().begin(), writer.bytes().end()};
}

/// Does what the test puts into it.
class Puppet : public Machine {
  public:
    struct Heard {
        Time at{};
        TransportAddress source;
        NetworkFault fault{};
        bool is_fault = false;
    };

    void start(Time now) override {
        started = now;
        actions.push_back(OpenSocket{1, AddressFamily::IPv4, std::nullopt, 40000});
    }
    void on_socket(SocketId, const TransportAddress&, Time) override {
        for (Action& action : after_open)
            actions.push_back(std::move(action));
    }
    void on_socket_failed(SocketId, const FaultReport& report, Time now) override {
        heard.push_back({now, {}, report.fault, true});
    }
    void on_datagram(SocketId, const TransportAddress& source, const std::optional<IpAddress>&,
                     std::span<const std::byte>, Time now) override {
        heard.push_back({now, source});
    }
    void on_fault(SocketId, const TransportAddress& to, const FaultReport& report,
                  Time now) override {
        heard.push_back({now, to, report.fault, true});
    }
    void on_stream(StreamId, const StreamReport& report, Time now) override {
        stream = report.outcome;
        heard.push_back({now, {}});
    }
    void on_time(Time now) override {
        if (busy || is_finished || now < started + lasts) return;
        is_finished = true;
        if (!leaves_open) actions.push_back(CloseSocket{1});
        for (Action& action : at_end)
            actions.push_back(std::move(action));
    }
    void cancel(Time) override {}
    std::vector<Action> take_actions() override { return std::exchange(actions, {}); }
    [[nodiscard]] std::optional<Time> next_wakeup() const override {
        if (is_finished || forgets_to_wake) return std::nullopt;
        return busy ? started : started + lasts;
    }
    [[nodiscard]] bool finished() const override { return is_finished; }

    Ledger ledger;
    std::vector<Action> actions;
    std::vector<Action> after_open;
    std::vector<Action> at_end;
    std::vector<Heard> heard;
    std::optional<StreamOutcome> stream;
    Time started{};
    Duration lasts = seconds(2);
    bool is_finished = false;
    bool busy = false;
    bool forgets_to_wake = false;
    bool leaves_open = false;
};

class WorldTest : public ::testing::Test {
  protected:
    WorldTest() : puppet_owner_(std::make_unique<Puppet>()), puppet_(puppet_owner_.get()) {}

    void send(const TransportAddress& to, int number = 1, bool change = false) {
        puppet_->after_open.push_back(SendDatagram{1, to, request(number, change)});
    }
    const std::vector<std::string>& run(std::uint64_t seed = 1) {
        world_.reset(scenario_.world, seed);
        Ledger& ledger = puppet_->ledger;
        world_.add(std::move(puppet_owner_), ledger, {});
        world_.run();
        return world_.trace().violations;
    }

    Scenario scenario_ =
        behind(MappingRule::EndpointIndependent, FilteringRule::AddressAndPortDependent);
    std::unique_ptr<Puppet> puppet_owner_;
    Puppet* puppet_;
    World world_;
};

/// A round trip takes the round-trip time, through the NAT and back.
TEST_F(WorldTest, a_request_is_answered_after_one_round_trip) {
    send(kPP);
    EXPECT_THAT(run(), IsEmpty());
    ASSERT_EQ(puppet_->heard.size(), 1U);
    EXPECT_EQ(puppet_->heard[0].at - puppet_->started, milliseconds(40));
    EXPECT_EQ(puppet_->heard[0].source, kPP);
}

/// The NAT of the scenario filters: a reply from the alternate address stays out.
TEST_F(WorldTest, the_nat_filters_replies) {
    send(kPP, 1, true);
    EXPECT_THAT(run(), IsEmpty());
    EXPECT_THAT(puppet_->heard, IsEmpty());
}

/// A second NAT or a host firewall in front is passed in both directions.
TEST_F(WorldTest, every_nat_on_the_way_is_asked) {
    scenario_.world.nats = {
        nat_rules(MappingRule::None, FilteringRule::AddressAndPortDependent),
        nat_rules(MappingRule::EndpointIndependent, FilteringRule::EndpointIndependent)};
    send(kPP);
    send(kPP, 2, true);
    EXPECT_THAT(run(), IsEmpty());
    EXPECT_EQ(puppet_->heard.size(), 1U);
}

/// Loss is drawn for each direction: at 50 % a quarter of the round trips is left.
TEST_F(WorldTest, loss_applies_to_each_direction) {
    scenario_.world.link.loss = 0.5;
    for (int i = 0; i < 2000; ++i)
        send(kPP, 1);
    EXPECT_THAT(run(), IsEmpty());
    EXPECT_NEAR(static_cast<double>(puppet_->heard.size()), 500.0, 70.0);
}

/// A Gilbert-Elliott link loses as much as its two rates say, in bursts.
TEST_F(WorldTest, burst_loss_has_the_rate_it_should) {
    scenario_.world.link.burst_start = 0.02;
    scenario_.world.link.burst_end = 0.38;  // 5 % of the time in a burst
    for (int i = 0; i < 4000; ++i)
        send(kPP, 1);
    EXPECT_THAT(run(), IsEmpty());
    EXPECT_NEAR(static_cast<double>(puppet_->heard.size()), 4000 * 0.95 * 0.95, 150.0);
}

/// Jitter and stragglers reorder; duplication duplicates.
TEST_F(WorldTest, delay_varies_and_packets_double) {
    scenario_.world.link.jitter = milliseconds(10);
    scenario_.world.link.duplication = 1.0;
    scenario_.world.stragglers = {{kPP, 0, 0, milliseconds(500)}};
    send(kPP);
    EXPECT_THAT(run(), IsEmpty());
    ASSERT_EQ(puppet_->heard.size(), 4U) << "two requests, two replies each";
    for (std::size_t i = 0; i < 3; ++i) {
        const auto took = puppet_->heard[i].at - puppet_->started;
        EXPECT_GE(took, milliseconds(30));
        EXPECT_LE(took, milliseconds(50));
    }
    EXPECT_GE(puppet_->heard[3].at - puppet_->started, milliseconds(500));
}

/// Whatever forbids UDP says so in its own way.
TEST_F(WorldTest, udp_policies_show_as_they_do_on_a_real_host) {
    struct Row {
        UdpPolicy policy;
        std::optional<NetworkFault> fault;
    };
    for (const Row& row : {Row{UdpPolicy::Dropped, std::nullopt},
                           Row{UdpPolicy::Prohibited, NetworkFault::IcmpProhibited},
                           Row{UdpPolicy::HostFirewall, NetworkFault::NotPermitted},
                           Row{UdpPolicy::NoRoute, NetworkFault::NoRoute}}) {
        puppet_owner_ = std::make_unique<Puppet>();
        puppet_ = puppet_owner_.get();
        scenario_.world.udp = row.policy;
        scenario_.world.udp_ports_exempt = {443};
        send(kPP);
        EXPECT_THAT(run(), IsEmpty());
        ASSERT_EQ(puppet_->heard.size(), row.fault ? 1U : 0U);
        if (row.fault) {
            EXPECT_EQ(puppet_->heard[0].fault, *row.fault);
        }
    }
    puppet_owner_ = std::make_unique<Puppet>();
    puppet_ = puppet_owner_.get();
    scenario_.world.udp = UdpPolicy::Allowed;
    send({kPP.ip, 9999});
    run();
    ASSERT_EQ(puppet_->heard.size(), 1U);
    EXPECT_EQ(puppet_->heard[0].fault, NetworkFault::IcmpPortUnreachable);
}

/// Streams end as configured, and a connection takes a round trip.
TEST_F(WorldTest, streams_end_as_configured) {
    puppet_->after_open.push_back(TryStream{1, kPP, false, ""});
    run();
    EXPECT_EQ(puppet_->stream, StreamOutcome::Connected);
    EXPECT_EQ(puppet_->heard[0].at - puppet_->started, milliseconds(40));
}

/// A hairpinning NAT turns a packet around; the host itself answers nothing.
TEST_F(WorldTest, hairpinned_packets_come_back) {
    scenario_.world.nats[0].hairpin = HairpinRule::External;
    scenario_.world.nats[0].ports = PortRule::Preserving;
    send(kPP);
    send({kPublicIp, 40000}, 2);
    EXPECT_THAT(run(), IsEmpty());
    EXPECT_EQ(puppet_->heard.size(), 2U);
    EXPECT_EQ(puppet_->heard[0].source.ip, kPublicIp);
}

/// Two runs of one seed are the same run.
TEST_F(WorldTest, the_same_seed_gives_the_same_run) {
    scenario_.world.link.loss = 0.3;
    scenario_.world.link.jitter = milliseconds(20);
    std::vector<Time> first;
    for (int round = 0; round < 2; ++round) {
        puppet_owner_ = std::make_unique<Puppet>();
        puppet_ = puppet_owner_.get();
        for (int i = 0; i < 100; ++i)
            send(kPP, i % 5);
        run(99);
        std::vector<Time> times;
        for (const auto& heard : puppet_->heard)
            times.push_back(heard.at);
        if (round == 0) {
            first = times;
        } else {
            EXPECT_EQ(first, times);
        }
    }
}

/// Manners: a machine that never stops, sleeps for ever, or asks to be called in the past for ever.
TEST_F(WorldTest, machines_that_do_not_end_are_reported) {
    puppet_->busy = true;
    EXPECT_THAT(run(), ::testing::Contains(HasSubstr("busy loop")));
    puppet_owner_ = std::make_unique<Puppet>();
    puppet_ = puppet_owner_.get();
    puppet_->forgets_to_wake = true;
    EXPECT_THAT(run(), ::testing::Contains(HasSubstr("stuck")));
}

/// Manners: sockets are opened before use, closed once, and not used afterwards.
TEST_F(WorldTest, misuse_of_sockets_is_reported) {
    puppet_->after_open.push_back(SendDatagram{2, kPP, request(1)});
    puppet_->after_open.push_back(CloseSocket{3});
    puppet_->leaves_open = true;
    const auto& violations = run();
    EXPECT_THAT(violations, ::testing::Contains(HasSubstr("sends on a socket that is not open")));
    EXPECT_THAT(violations, ::testing::Contains(HasSubstr("closes a socket that is not open")));
    EXPECT_THAT(violations, ::testing::Contains(HasSubstr("leaves a socket open")));
}

/// Manners: nothing happens after the end.
TEST_F(WorldTest, actions_after_the_end_are_reported) {
    puppet_->at_end.push_back(SendDatagram{1, kPP, request(1)});
    EXPECT_THAT(run(), ::testing::Contains(HasSubstr("acts after finishing")));
}

/// RFC 5780 s5: ten new transactions a second, repetitions not counted.
TEST_F(WorldTest, too_many_transactions_are_reported) {
    for (int i = 0; i < 10; ++i)
        send(kPP, i);
    for (int i = 0; i < 10; ++i)
        send(kPP, i);
    EXPECT_THAT(run(), IsEmpty());
    puppet_owner_ = std::make_unique<Puppet>();
    puppet_ = puppet_owner_.get();
    for (int i = 0; i < 11; ++i)
        send(kPP, i);
    EXPECT_THAT(run(), ::testing::Contains(HasSubstr("more than ten new transactions")));
}

}  // namespace
}  // namespace portolan::discovery::sim
