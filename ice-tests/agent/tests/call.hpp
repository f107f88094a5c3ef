#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ice-tests/agent/negotiation.hpp"
#include "ice-tests/agent/signalling_link.hpp"
#include "probe/transport/tests/loop.hpp"

namespace portolan::agent {

/// Loopback, which libnice takes only when told to, and short waits where a test must see an end.
inline AgentOptions loopback_options(bool controlling) {
    AgentOptions options;
    options.controlling = controlling;
    options.local_addresses = {*IpAddress::parse("127.0.0.1")};
    options.ipv6 = false;
    options.ta = std::chrono::milliseconds(5);
    options.initial_rto = std::chrono::milliseconds(100);
    options.idle_timeout = std::chrono::milliseconds(300);
    return options;
}

inline transport::Bytes bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

/// What one side was told.
struct Log {
    std::vector<Candidate> candidates;
    std::vector<Candidate> remote_candidates;
    int gathering_done_count = 0;
    std::vector<State> states;
    std::vector<CandidatePair> pairs;
    std::vector<Failure> failures;
    std::vector<std::string> received;
    std::vector<Error> errors;

    [[nodiscard]] bool has(State state) const {
        return std::find(states.begin(), states.end(), state) != states.end();
    }
    Agent::Handlers handlers() {
        return {.on_candidate = [this](const Candidate& found) { candidates.push_back(found); },
                .on_gathering_done = [this] { ++gathering_done_count; },
                .on_remote_candidate =
                    [this](const Candidate& found) { remote_candidates.push_back(found); },
                .on_state = [this](State state) { states.push_back(state); },
                .on_selected_pair = [this](const CandidatePair& pair) { pairs.push_back(pair); },
                .on_failure = [this](const Failure& failure) { failures.push_back(failure); },
                .on_receive =
                    [this](transport::Bytes bytes) {
                        received.emplace_back(reinterpret_cast<const char*>(bytes.data()),
                                              bytes.size());
                    }};
    }
};

/// Two sides on one context, and the signalling between them.
class Call : public testing::Test {
  protected:
    /// To look at or change a message on its way.
    using Tamper = std::function<void(SignallingMessage&)>;

    void make(const AgentOptions& offerer_options, const AgentOptions& answerer_options,
              const Tamper& tamper = {}) {
        const auto with = [&](Negotiation::Send onward) -> Negotiation::Send {
            return [this, tamper, onward = std::move(onward)](const SignallingMessage& message) {
                SignallingMessage changed = message;
                if (tamper) tamper(changed);
                messages.push_back(changed);
                onward(changed);
            };
        };
        offerer = make_side(Negotiation::Role::Offerer, offerer_options, offerer_log,
                            with(link.toward_answerer()));
        answerer = make_side(Negotiation::Role::Answerer, answerer_options, answerer_log,
                             with(link.toward_offerer()));
        link.connect(*offerer, *answerer);
    }

    std::unique_ptr<Negotiation> make_side(Negotiation::Role role, const AgentOptions& options,
                                           Log& log, Negotiation::Send send) {
        auto made = Negotiation::create(
            loop.context(), role, options,
            {.agent = log.handlers(),
             .on_error = [&log](const Error& error) { log.errors.push_back(error); }},
            std::move(send));
        EXPECT_TRUE(made) << made.error().message;
        return std::move(*made);
    }

    [[nodiscard]] bool both_are(State state) {
        return offerer->agent().state() == state && answerer->agent().state() == state;
    }

    void connect() {
        ASSERT_TRUE(offerer->start());
        ASSERT_TRUE(loop.until([&] { return both_are(State::Ready); }))
            << to_string(offerer->agent().state()) << " " << to_string(answerer->agent().state());
    }

    void expect_exchange() {
        const std::size_t before_a = offerer_log.received.size();
        const std::size_t before_b = answerer_log.received.size();
        ASSERT_TRUE(offerer->agent().send(bytes_of("from the offerer")));
        ASSERT_TRUE(answerer->agent().send(bytes_of("from the answerer")));
        ASSERT_TRUE(loop.until([&] {
            return offerer_log.received.size() > before_a &&
                   answerer_log.received.size() > before_b;
        }));
        EXPECT_EQ(answerer_log.received.back(), "from the offerer");
        EXPECT_EQ(offerer_log.received.back(), "from the answerer");
    }

    /// Whatever libnice holds must be gone before the leak checker looks.
    void TearDown() override {
        link.disconnect();
        int closed = 0;
        int expected = 0;
        for (auto* side : {&offerer, &answerer}) {
            if (!*side) continue;
            ++expected;
            (*side)->agent().close([&closed] { ++closed; });
        }
        EXPECT_TRUE(loop.until([&] { return closed == expected; }));
    }

    transport::Loop loop;
    SignallingLink link{loop.context(), std::chrono::milliseconds(2)};
    Log offerer_log;
    Log answerer_log;
    std::vector<SignallingMessage> messages;
    std::unique_ptr<Negotiation> offerer;
    std::unique_ptr<Negotiation> answerer;
};

}  // namespace portolan::agent
