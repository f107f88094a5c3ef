// The STUN codec beside libnice's, in one run on one machine: what is worth comparing is the ratio.
#include <benchmark/benchmark.h>
#include <stun/stunagent.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "probe/stun/integrity.hpp"
#include "probe/stun/message.hpp"

namespace {

using namespace portolan;
using stun::AttributeType;
using stun::Bytes;

constexpr std::string_view kPassword = "VOkJxbRl1RmTxUk/WvJxBt";
constexpr std::string_view kUsername = "evtj:h6vY";

Bytes key() {
    return stun::short_term_key(kPassword);
}

stun::TransactionId transaction_id() {
    std::array<std::byte, 12> octets{};
    octets.fill(std::byte{0x5A});
    return stun::TransactionId::with_cookie(octets);
}

struct Sample {
    std::array<std::byte, 512> buffer{};
    std::size_t size = 0;
    [[nodiscard]] Bytes bytes() const { return Bytes(buffer).first(size); }
    [[nodiscard]] const std::uint8_t* data() const {
        return reinterpret_cast<const std::uint8_t*>(buffer.data());
    }
};

// As large as a typical answer: SOFTWARE and two addresses before the one that is asked for.
Sample binding_response() {
    Sample out;
    const auto address = *TransportAddress::parse("198.51.100.7:54321");
    stun::MessageWriter writer(out.buffer, stun::MessageClass::SuccessResponse,
                               stun::Method::Binding, transaction_id());
    writer.add_text(AttributeType::Software, "a server of some kind")
        .add_address(AttributeType::ResponseOrigin, address)
        .add_address(AttributeType::OtherAddress, address)
        .add_address(AttributeType::XorMappedAddress, address);
    out.size = writer.bytes().size();
    return out;
}

std::size_t build_request(std::span<std::byte> buffer) {
    stun::MessageWriter writer(buffer, stun::MessageClass::Request, stun::Method::Binding,
                               transaction_id());
    writer.add_text(AttributeType::Username, kUsername)
        .add_u32(AttributeType::Priority, 0x6E0001FF)
        .add_u64(AttributeType::IceControlled, 0x932FF9B151263B36)
        .add_message_integrity(key())
        .add_fingerprint();
    return writer.bytes().size();
}

Sample protected_request() {
    Sample out;
    out.size = build_request(out.buffer);
    return out;
}

bool give_password(StunAgent*, StunMessage*, std::uint8_t*, std::uint16_t, std::uint8_t** password,
                   std::size_t* password_bytes, void*) {
    *password = reinterpret_cast<std::uint8_t*>(const_cast<char*>(kPassword.data()));
    *password_bytes = kPassword.size();
    return true;
}

StunAgent nice_agent(unsigned flags) {
    static const std::array<std::uint16_t, 8> known{STUN_ATTRIBUTE_USERNAME,
                                                    STUN_ATTRIBUTE_MESSAGE_INTEGRITY,
                                                    STUN_ATTRIBUTE_PRIORITY,
                                                    STUN_ATTRIBUTE_USE_CANDIDATE,
                                                    STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS,
                                                    STUN_ATTRIBUTE_ERROR_CODE,
                                                    0};
    StunAgent agent{};
    stun_agent_init(&agent, known.data(), STUN_COMPATIBILITY_RFC5389,
                    static_cast<StunAgentUsageFlags>(flags));
    return agent;
}

void parse_and_read_address_portolan(benchmark::State& state) {
    const Sample sample = binding_response();
    for (auto _ : state) {
        const auto message = stun::MessageView::parse(sample.bytes());
        auto address = message->address(AttributeType::XorMappedAddress);
        benchmark::DoNotOptimize(address);
    }
}
BENCHMARK(parse_and_read_address_portolan);

// The framing check and the lookup alone: validating a response needs a saved transaction.
void parse_and_read_address_libnice(benchmark::State& state) {
    Sample sample = binding_response();
    StunAgent agent = nice_agent(STUN_AGENT_USAGE_IGNORE_CREDENTIALS);
    for (auto _ : state) {
        benchmark::DoNotOptimize(
            stun_message_validate_buffer_length(sample.data(), sample.size, true));
        StunMessage message{};
        message.agent = &agent;
        message.buffer = reinterpret_cast<std::uint8_t*>(sample.buffer.data());
        message.buffer_len = sample.size;
        sockaddr_storage address{};
        socklen_t length = sizeof address;
        benchmark::DoNotOptimize(stun_message_find_xor_addr(
            &message, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, &address, &length));
        benchmark::DoNotOptimize(address);
    }
}
BENCHMARK(parse_and_read_address_libnice);

void build_binding_request_portolan(benchmark::State& state) {
    std::array<std::byte, 512> buffer{};
    for (auto _ : state) {
        benchmark::DoNotOptimize(build_request(buffer));
        benchmark::DoNotOptimize(buffer);
    }
}
BENCHMARK(build_binding_request_portolan);

// Its random transaction id included: libnice builds no request without one.
void build_binding_request_libnice(benchmark::State& state) {
    StunAgent agent =
        nice_agent(STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    std::array<std::uint8_t, 512> buffer{};
    const std::string username(kUsername);
    for (auto _ : state) {
        StunMessage message{};
        stun_agent_init_request(&agent, &message, buffer.data(), buffer.size(), STUN_BINDING);
        stun_message_append_string(&message, STUN_ATTRIBUTE_USERNAME, username.c_str());
        stun_message_append32(&message, STUN_ATTRIBUTE_PRIORITY, 0x6E0001FF);
        stun_message_append64(&message, STUN_ATTRIBUTE_ICE_CONTROLLED, 0x932FF9B151263B36);
        benchmark::DoNotOptimize(stun_agent_finish_message(
            &agent, &message, reinterpret_cast<const std::uint8_t*>(kPassword.data()),
            kPassword.size()));
        StunTransactionId id{};
        stun_message_id(&message, id);
        stun_agent_forget_transaction(&agent, id);
    }
}
BENCHMARK(build_binding_request_libnice);

void verify_request_portolan(benchmark::State& state) {
    const Sample sample = protected_request();
    for (auto _ : state) {
        const auto message = stun::MessageView::parse(sample.bytes());
        const bool good = stun::verify_fingerprint(*message) == stun::Check::Valid &&
                          stun::verify_message_integrity(*message, key()) == stun::Check::Valid &&
                          message->unknown_comprehension_required().empty();
        if (!good) state.SkipWithError("the sample does not verify");
    }
}
BENCHMARK(verify_request_portolan);

void verify_request_libnice(benchmark::State& state) {
    const Sample sample = protected_request();
    StunAgent agent =
        nice_agent(STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    for (auto _ : state) {
        StunMessage message{};
        if (stun_agent_validate(&agent, &message, sample.data(), sample.size, give_password,
                                nullptr) != STUN_VALIDATION_SUCCESS) {
            state.SkipWithError("the sample does not verify");
        }
    }
}
BENCHMARK(verify_request_libnice);

void verify_fingerprint_portolan(benchmark::State& state) {
    const Sample sample = protected_request();
    const auto message = stun::MessageView::parse(sample.bytes());
    for (auto _ : state)
        benchmark::DoNotOptimize(stun::verify_fingerprint(*message));
}
BENCHMARK(verify_fingerprint_portolan);

}  // namespace
