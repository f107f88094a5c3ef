#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "probe/stun/framing.hpp"
#include "probe/stun/integrity.hpp"
#include "probe/stun/message.hpp"
#include "probe/stun/tests/support.hpp"
#include "probe/stun/tests/vectors.hpp"

namespace {

std::atomic<std::size_t> allocations{0};

}  // namespace

void* operator new(std::size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc();
}
// g++ does not see that the pair is replaced together.
#pragma GCC diagnostic push
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace portolan::stun {
namespace {

template <typename Work>
std::size_t allocations_of(Work work) {
    const std::size_t before = allocations.load();
    work();
    return allocations.load() - before;
}

TEST(Allocation, the_counter_counts) {
    EXPECT_EQ(allocations_of([] { std::vector<int>(10).front() = 1; }), 1U);
}

TEST(Allocation, parsing_and_reading_allocate_nothing) {
    const auto bytes = test::from_hex(vectors::kRfc5769Request);
    const auto response = test::from_hex(vectors::kRfc5769ResponseIpv6);
    bool all = true;
    EXPECT_EQ(allocations_of([&] {
                  const auto message = MessageView::parse(bytes);
                  all = all && message.has_value();
                  for (const auto attribute : *message)
                      all = all && attribute.offset_bytes >= 20;
                  all = all && message->u32(AttributeType::Priority).has_value();
                  all = all && message->u64(AttributeType::IceControlled).has_value();
                  all = all && message->text(AttributeType::Username).has_value();
                  all = all && !message->error_code().has_value();
                  all = all && !message->has(AttributeType::UseCandidate);
                  all = all && message->unknown_comprehension_required().empty();
                  const auto other = MessageView::parse(response);
                  all = all && other->address(AttributeType::XorMappedAddress).has_value();
              }),
              0U);
    EXPECT_TRUE(all);
}

TEST(Allocation, writing_allocates_nothing) {
    std::array<std::byte, 512> buffer{};
    const auto id = test::sample_id();
    const auto address = *TransportAddress::parse("[2001:db8::1]:1");
    const std::array<std::uint16_t, 2> unknown{1, 2};
    bool overflowed = true;
    EXPECT_EQ(allocations_of([&] {
                  MessageWriter writer(buffer, MessageClass::Request, Method::Binding, id);
                  writer.add_text(AttributeType::Username, "user")
                      .add_address(AttributeType::XorMappedAddress, address)
                      .add_u16(AttributeType::ResponsePort, 1)
                      .add_u32(AttributeType::Priority, 1)
                      .add_u64(AttributeType::IceControlled, 1)
                      .add_flag(AttributeType::UseCandidate)
                      .add_change_request(true, true)
                      .add_error_code(401, "Unauthenticated")
                      .add_unknown_attributes(unknown)
                      .add_message_integrity(test::bytes_of("key"))
                      .add_message_integrity_sha256(test::bytes_of("key"))
                      .add_fingerprint();
                  overflowed = writer.overflowed();
              }),
              0U);
    EXPECT_FALSE(overflowed);
}

TEST(Allocation, verifying_and_framing_whole_frames_allocate_nothing) {
    const auto bytes = test::from_hex(vectors::kRfc5769Request);
    const auto message = test::parsed(bytes);
    StreamReader reader;
    bool all = true;
    EXPECT_EQ(allocations_of([&] {
                  all = all &&
                        verify_message_integrity(
                            message, short_term_key(vectors::kShortTermPassword)) == Check::Valid;
                  all = all && verify_fingerprint(message) == Check::Valid;
                  Bytes input = bytes;
                  const auto frame = reader.next(input);
                  all = all && frame && frame->has_value();
              }),
              0U);
    EXPECT_TRUE(all);
}

}  // namespace
}  // namespace portolan::stun
