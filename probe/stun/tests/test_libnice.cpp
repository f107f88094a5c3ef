#include <gtest/gtest.h>
#include <stun/stunagent.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <random>

#include "probe/stun/attribute_value.hpp"
#include "probe/stun/integrity.hpp"
#include "probe/stun/raw_message.hpp"
#include "probe/stun/tests/support.hpp"

// libnice's STUN code, another implementation of the same RFCs, must read our messages as we do and
// we its. The seed of a failing message is in the failure; where the two differ on purpose, a test
// named known_difference_* says how.
namespace portolan::stun {
namespace {

using test::bytes_of;
using test::copy_of;
using test::parsed;

constexpr std::string_view kUser = "alice:bob";
constexpr std::string_view kPassword = "correct horse battery staple";

bool any_user(StunAgent*, StunMessage*, std::uint8_t*, std::uint16_t, std::uint8_t** password,
              std::size_t* password_bytes, void*) {
    *password = reinterpret_cast<std::uint8_t*>(const_cast<char*>(kPassword.data()));
    *password_bytes = kPassword.size();
    return true;
}

const std::vector<std::uint16_t>& known_types() {
    static const std::vector<std::uint16_t> types = [] {
        std::vector<std::uint16_t> out;
        for (const auto& row : attribute_table()) {
            out.push_back(static_cast<std::uint16_t>(row.type));
        }
        out.push_back(0);
        return out;
    }();
    return types;
}

class Nice {
  public:
    explicit Nice(unsigned flags) {
        stun_agent_init(&agent_, known_types().data(), STUN_COMPATIBILITY_RFC5389,
                        static_cast<StunAgentUsageFlags>(flags));
    }
    StunValidationStatus validate(Bytes bytes) {
        // libnice keeps a pointer into the buffer and takes it as const.
        return stun_agent_validate(&agent_, &message_,
                                   reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                   bytes.size(), any_user, nullptr);
    }
    StunAgent* agent() { return &agent_; }
    const StunMessage* message() const { return &message_; }

  private:
    StunAgent agent_{};
    StunMessage message_{};
};

bool nice_frames(Bytes bytes) {
    return stun_message_validate_buffer_length(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                               bytes.size(),
                                               true) == static_cast<int>(bytes.size());
}

bool nice_integrity(Bytes bytes) {
    Nice nice(STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS);
    return nice.validate(bytes) == STUN_VALIDATION_SUCCESS;
}

bool nice_fingerprint(Bytes bytes) {
    Nice nice(STUN_AGENT_USAGE_USE_FINGERPRINT | STUN_AGENT_USAGE_IGNORE_CREDENTIALS);
    return nice.validate(bytes) == STUN_VALIDATION_SUCCESS;
}

StunAttribute nice_type(AttributeType type) {
    return static_cast<StunAttribute>(type);
}

std::optional<TransportAddress> nice_address(const StunMessage* message, AttributeType type) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    const bool is_xor = find_attribute(type)->encoding == Encoding::XorAddress;
    const auto result =
        is_xor ? stun_message_find_xor_addr(message, nice_type(type), &storage, &length)
               : stun_message_find_addr(message, nice_type(type), &storage, &length);
    if (result != STUN_MESSAGE_RETURN_SUCCESS) return std::nullopt;
    return TransportAddress::from_sockaddr(reinterpret_cast<const sockaddr*>(&storage), length);
}

// Every attribute that both know, read by the getter of its encoding.
void expect_same_reading(const StunMessage* theirs, const MessageView& ours) {
    EXPECT_EQ(static_cast<int>(stun_message_get_class(theirs)),
              static_cast<int>(ours.message_class()));
    EXPECT_EQ(static_cast<int>(stun_message_get_method(theirs)), static_cast<int>(ours.method()));
    StunTransactionId id{};
    stun_message_id(theirs, id);
    const auto our_id = ours.transaction_id();
    EXPECT_EQ(std::memcmp(id, our_id.octets.data(), sizeof id), 0);
    for (const auto& row : attribute_table()) {
        const auto type = nice_type(row.type);
        std::uint16_t length = 0;
        const void* const at = stun_message_find(theirs, type, &length);
        const auto found = ours.find(row.type);
        ASSERT_EQ(at != nullptr, found.has_value()) << row.name;
        if (!found) continue;
        EXPECT_EQ(at, static_cast<const void*>(found->value.data())) << row.name;
        EXPECT_EQ(length, found->value.size()) << row.name;
        switch (row.encoding) {
            case Encoding::Address:
            case Encoding::XorAddress:
                EXPECT_EQ(nice_address(theirs, row.type), ours.address(row.type)) << row.name;
                break;
            case Encoding::U32: {
                std::uint32_t value = 0;
                const bool ok =
                    stun_message_find32(theirs, type, &value) == STUN_MESSAGE_RETURN_SUCCESS;
                EXPECT_EQ(ok ? std::optional(value) : std::nullopt, ours.u32(row.type)) << row.name;
                break;
            }
            case Encoding::U64: {
                std::uint64_t value = 0;
                const bool ok =
                    stun_message_find64(theirs, type, &value) == STUN_MESSAGE_RETURN_SUCCESS;
                EXPECT_EQ(ok ? std::optional(value) : std::nullopt, ours.u64(row.type)) << row.name;
                break;
            }
            case Encoding::ErrorCode: {
                int code = 0;
                const bool ok =
                    stun_message_find_error(theirs, &code) == STUN_MESSAGE_RETURN_SUCCESS;
                const auto error = ours.error_code();
                EXPECT_EQ(ok, error.has_value()) << row.name;
                EXPECT_EQ(ok ? code : 0, error ? error->code : 0);
                break;
            }
            default:
                break;
        }
    }
}

class RandomMessage {
  public:
    explicit RandomMessage(unsigned seed) : random_(seed) {}

    unsigned number(unsigned below) { return static_cast<unsigned>(random_() % below); }

    std::vector<std::byte> bytes(std::size_t size) {
        std::vector<std::byte> out(size);
        for (auto& octet : out)
            octet = static_cast<std::byte>(random_());
        return out;
    }

    TransactionId id() {
        const auto octets = bytes(12);
        return TransactionId::with_cookie(std::span<const std::byte, 12>(octets));
    }

    TransportAddress address() {
        const auto octets = bytes(16);
        std::array<std::uint8_t, 16> out{};
        std::transform(octets.begin(), octets.end(), out.begin(),
                       [](std::byte octet) { return std::to_integer<std::uint8_t>(octet); });
        const auto port = static_cast<std::uint16_t>(random_());
        if (number(2) == 0) return {IpAddress::v4({out[0], out[1], out[2], out[3]}), port};
        return {IpAddress::v6(out), port};
    }

    // Integrity and fingerprint are added by the caller.
    static bool is_protection(AttributeType type) {
        return type == AttributeType::MessageIntegrity ||
               type == AttributeType::MessageIntegritySha256 || type == AttributeType::Fingerprint;
    }

    const AttributeInfo& row() {
        const auto table = attribute_table();
        while (true) {
            const auto& row = table[number(static_cast<unsigned>(table.size()))];
            if (!is_protection(row.type)) return row;
        }
    }

    void add_random_attribute(MessageWriter& writer) {
        const auto& info = row();
        switch (info.encoding) {
            case Encoding::Address:
            case Encoding::XorAddress:
                writer.add_address(info.type, address());
                break;
            case Encoding::U32:
                writer.add_u32(info.type, static_cast<std::uint32_t>(random_()));
                break;
            case Encoding::U64:
                writer.add_u64(info.type, random_());
                break;
            case Encoding::ErrorCode:
                writer.add_error_code(300 + static_cast<int>(number(400)), "reason");
                break;
            default:
                writer.add_bytes(info.type,
                                 bytes(info.min_bytes +
                                       number(std::min(40, info.max_bytes - info.min_bytes + 1))));
        }
    }

  private:
    std::mt19937_64 random_;
};

std::vector<std::byte> protected_request(RandomMessage& random, MessageClass message_class) {
    std::array<std::byte, 2048> buffer{};
    MessageWriter writer(buffer, message_class, Method::Binding, random.id());
    writer.add_text(AttributeType::Username, kUser);
    for (unsigned i = random.number(8); i > 0; --i)
        random.add_random_attribute(writer);
    writer.add_message_integrity(bytes_of(kPassword)).add_fingerprint();
    EXPECT_FALSE(writer.overflowed());
    return copy_of(writer.bytes());
}

TEST(Libnice, accepts_and_reads_what_we_build) {
    for (unsigned seed = 0; seed < 5000; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        RandomMessage random(seed);
        const auto bytes = protected_request(random, MessageClass::Request);
        Nice nice(STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
        ASSERT_EQ(nice.validate(bytes), STUN_VALIDATION_SUCCESS);
        expect_same_reading(nice.message(), parsed(bytes));
        if (HasFailure()) return;
    }
}

TEST(Libnice, what_it_builds_we_accept_and_read) {
    for (unsigned seed = 0; seed < 3000; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        RandomMessage random(seed);
        Nice nice(STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
        std::array<std::uint8_t, 1024> buffer{};
        // libnice does not zero its padding (fixed after 0.1.21).
        buffer.fill(0xCC);
        StunMessage message{};
        ASSERT_TRUE(stun_agent_init_request(nice.agent(), &message, buffer.data(), buffer.size(),
                                            STUN_BINDING));
        const auto address = random.address();
        sockaddr_storage storage{};
        const auto length = address.to_sockaddr(storage);
        const auto software = std::string(random.number(20), 'x');
        const auto priority = random.number(0xFFFFFFFF);
        stun_message_append_xor_addr(&message, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, &storage, length);
        stun_message_append_addr(&message, STUN_ATTRIBUTE_ALTERNATE_SERVER,
                                 reinterpret_cast<const sockaddr*>(&storage), length);
        stun_message_append32(&message, STUN_ATTRIBUTE_PRIORITY, priority);
        stun_message_append64(&message, STUN_ATTRIBUTE_ICE_CONTROLLING, 0x1122334455667788);
        stun_message_append_flag(&message, STUN_ATTRIBUTE_USE_CANDIDATE);
        stun_message_append_string(&message, STUN_ATTRIBUTE_USERNAME, std::string(kUser).c_str());
        stun_message_append_string(&message, STUN_ATTRIBUTE_SOFTWARE, software.c_str());
        const auto size = stun_agent_finish_message(
            nice.agent(), &message, reinterpret_cast<const std::uint8_t*>(kPassword.data()),
            kPassword.size());
        ASSERT_GT(size, 0U);
        const auto view = MessageView::parse(std::as_bytes(std::span(buffer).first(size)));
        ASSERT_TRUE(view);
        EXPECT_EQ(verify_message_integrity(*view, bytes_of(kPassword)), Check::Valid);
        EXPECT_EQ(verify_fingerprint(*view), Check::Valid);
        EXPECT_EQ(view->address(AttributeType::XorMappedAddress), address);
        EXPECT_EQ(view->address(AttributeType::AlternateServer), address);
        EXPECT_EQ(view->u32(AttributeType::Priority), priority);
        EXPECT_EQ(view->u64(AttributeType::IceControlling), 0x1122334455667788U);
        EXPECT_TRUE(view->has(AttributeType::UseCandidate));
        EXPECT_EQ(view->text(AttributeType::Username), kUser);
        EXPECT_EQ(view->text(AttributeType::Software), software);
        if (HasFailure()) return;
    }
}

TEST(Libnice, long_term_key_is_the_same) {
    Nice nice(STUN_AGENT_USAGE_LONG_TERM_CREDENTIALS);
    std::array<std::uint8_t, 512> buffer{};
    StunMessage message{};
    ASSERT_TRUE(stun_agent_init_request(nice.agent(), &message, buffer.data(), buffer.size(),
                                        STUN_ALLOCATE));
    stun_message_append_string(&message, STUN_ATTRIBUTE_USERNAME, "\"alice\"");
    stun_message_append_string(&message, STUN_ATTRIBUTE_REALM, "example.org");
    stun_message_append_string(&message, STUN_ATTRIBUTE_NONCE, "nonce");
    const auto size = stun_agent_finish_message(nice.agent(), &message,
                                                reinterpret_cast<const std::uint8_t*>("secret"), 6);
    ASSERT_GT(size, 0U);
    const auto key = long_term_key(PasswordAlgorithm::Md5, "\"alice\"", "example.org", "secret");
    ASSERT_TRUE(key);
    const auto view = MessageView::parse(std::as_bytes(std::span(buffer).first(size)));
    ASSERT_TRUE(view);
    EXPECT_EQ(verify_message_integrity(*view, key->bytes()), Check::Valid);
}

bool has_unknown_required(const MessageView& message) {
    return std::any_of(message.begin(), message.end(), [](const AttributeView& attribute) {
        return static_cast<std::uint16_t>(attribute.type) < 0x8000 &&
               find_attribute(attribute.type) == nullptr;
    });
}

// Flips and truncations of protected messages: same framing verdict, same integrity
// verdict, same fingerprint verdict.
TEST(Libnice, agrees_on_mutated_messages) {
    std::map<std::string, unsigned> seen;
    for (unsigned seed = 0; seed < 20'000; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        RandomMessage random(seed);
        auto bytes = protected_request(random, MessageClass::Request);
        for (unsigned i = random.number(3); i > 0; --i) {
            bytes[random.number(static_cast<unsigned>(bytes.size()))] ^=
                static_cast<std::byte>(1U << random.number(8));
        }
        if (random.number(10) == 0) {
            bytes.resize(random.number(static_cast<unsigned>(bytes.size() + 1)));
        }
        const auto view = MessageView::parse(bytes);
        ASSERT_EQ(view.has_value(), nice_frames(bytes));
        if (!view) {
            ++seen["framing"];
            continue;
        }
        if (view->message_class() != MessageClass::Request ||
            !view->transaction_id().has_magic_cookie() || has_unknown_required(*view)) {
            continue;  // libnice ends its validation elsewhere
        }
        const auto fingerprint = verify_fingerprint(*view);
        ASSERT_EQ(fingerprint == Check::Valid, nice_fingerprint(bytes)) << to_string(fingerprint);
        ++seen["fingerprint " + std::string(to_string(fingerprint))];
        if (!view->has(AttributeType::Username)) continue;
        const auto integrity = verify_message_integrity(*view, bytes_of(kPassword));
        ++seen["integrity " + std::string(to_string(integrity))];
        if (integrity == Check::Malformed) continue;  // see the known difference below
        ASSERT_EQ(integrity == Check::Valid, nice_integrity(bytes)) << to_string(integrity);
    }
    // A run in which one of the verdicts never came up would have compared less than it says.
    for (const auto* verdict : {"framing", "fingerprint valid", "fingerprint invalid",
                                "fingerprint absent", "integrity valid", "integrity invalid"}) {
        EXPECT_GT(seen[verdict], 20U) << verdict;
    }
}

// Mutated content under integrity and fingerprint that were computed afterwards, so that validity
// itself is at stake: odd lengths, duplicates, attributes in odd places, faults.
TEST(Libnice, agrees_on_reprotected_odd_messages) {
    using Fault = RawMessage::Fault;
    constexpr std::array kFaults{Fault::None, Fault::None, Fault::FlippedBit,
                                 Fault::UnadjustedLength};
    std::map<std::string, unsigned> seen;
    for (unsigned seed = 0; seed < 20'000; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        RandomMessage random(seed);
        RawMessage raw(MessageClass::Request, Method::Binding, random.id());
        const auto add = [&](unsigned count) {
            for (; count > 0; --count) {
                const auto padding = random.number(2) == 0 ? RawMessage::Padding::Zero
                                                           : RawMessage::Padding::NonZero;
                raw.attribute(random.row().type, random.bytes(random.number(24)),
                              {.padding = padding});
            }
        };
        add(random.number(4));
        raw.attribute(AttributeType::Username, bytes_of(kUser));
        add(random.number(4));
        if (random.number(8) != 0) {
            raw.message_integrity(bytes_of(kPassword), kFaults[random.number(kFaults.size())]);
        }
        if (random.number(4) == 0) add(1);
        if (random.number(8) != 0) raw.fingerprint(kFaults[random.number(kFaults.size())]);
        const auto bytes = raw.build();
        ASSERT_TRUE(nice_frames(bytes));
        const auto view = parsed(bytes);
        const auto fingerprint = verify_fingerprint(view);
        ASSERT_EQ(fingerprint == Check::Valid, nice_fingerprint(bytes)) << to_string(fingerprint);
        const auto integrity = verify_message_integrity(view, bytes_of(kPassword));
        ASSERT_EQ(integrity == Check::Valid, nice_integrity(bytes)) << to_string(integrity);
        ++seen["fingerprint " + std::string(to_string(fingerprint))];
        ++seen["integrity " + std::string(to_string(integrity))];
        Nice nice(STUN_AGENT_USAGE_IGNORE_CREDENTIALS);
        ASSERT_EQ(nice.validate(bytes), STUN_VALIDATION_SUCCESS);
        expect_same_reading(nice.message(), view);
        if (HasFailure()) return;
    }
    for (const auto* verdict : {"fingerprint valid", "fingerprint invalid", "fingerprint absent",
                                "integrity valid", "integrity invalid", "integrity absent"}) {
        EXPECT_GT(seen[verdict], 500U) << verdict;
    }
}

RawMessage request() {
    RawMessage raw(MessageClass::Request, Method::Binding, test::sample_id());
    raw.attribute(AttributeType::Username, bytes_of(kUser));
    return raw;
}

// RFC 8489 s14.5 lets MESSAGE-INTEGRITY-SHA256 count behind MESSAGE-INTEGRITY; libnice, written for
// RFC 5389, hides everything but FINGERPRINT.
TEST(Libnice, known_difference_sha256_behind_integrity_is_hidden_by_libnice) {
    const auto bytes = request()
                           .message_integrity(bytes_of(kPassword))
                           .message_integrity_sha256(bytes_of(kPassword))
                           .build();
    Nice nice(STUN_AGENT_USAGE_IGNORE_CREDENTIALS);
    ASSERT_EQ(nice.validate(bytes), STUN_VALIDATION_SUCCESS);
    EXPECT_FALSE(stun_message_has_attribute(nice.message(),
                                            nice_type(AttributeType::MessageIntegritySha256)));
    EXPECT_TRUE(parsed(bytes).has(AttributeType::MessageIntegritySha256));
}

// RFC 8489 s14.6 (MUST): behind MESSAGE-INTEGRITY-SHA256 only FINGERPRINT counts. libnice reads on.
TEST(Libnice, known_difference_libnice_reads_on_behind_sha256) {
    const auto bytes = request()
                           .message_integrity_sha256(bytes_of(kPassword))
                           .attribute(AttributeType::Priority, test::from_hex("00000001"))
                           .build();
    Nice nice(STUN_AGENT_USAGE_IGNORE_CREDENTIALS);
    ASSERT_EQ(nice.validate(bytes), STUN_VALIDATION_SUCCESS);
    EXPECT_TRUE(stun_message_has_attribute(nice.message(), STUN_ATTRIBUTE_PRIORITY));
    EXPECT_FALSE(parsed(bytes).has(AttributeType::Priority));
}

// Behind FINGERPRINT libnice finds nothing. RFC 8489 s14.7 says that FINGERPRINT is last, not that
// what follows is ignored: we read it and call the fingerprint malformed.
TEST(Libnice, known_difference_libnice_finds_nothing_behind_fingerprint) {
    const auto bytes = request()
                           .fingerprint()
                           .attribute(AttributeType::Priority, test::from_hex("00000001"))
                           .build();
    Nice nice(STUN_AGENT_USAGE_IGNORE_CREDENTIALS);
    ASSERT_EQ(nice.validate(bytes), STUN_VALIDATION_SUCCESS);
    EXPECT_FALSE(stun_message_has_attribute(nice.message(), STUN_ATTRIBUTE_PRIORITY));
    EXPECT_TRUE(parsed(bytes).has(AttributeType::Priority));
    EXPECT_EQ(verify_fingerprint(parsed(bytes)), Check::Malformed);
    EXPECT_FALSE(nice_fingerprint(bytes));
}

// RFC 8489 s14.5: the value is 20 bytes. libnice does not look at its length and compares 20 bytes
// from where it starts.
TEST(Libnice, known_difference_libnice_ignores_the_length_of_integrity) {
    for (const unsigned length : {17U, 18U, 19U}) {
        const auto good = request().message_integrity(bytes_of(kPassword)).build();
        const auto bytes = request()
                               .message_integrity(bytes_of(kPassword))
                               .overwrite(good.size() - 21, static_cast<std::byte>(length))
                               .build();
        EXPECT_TRUE(nice_integrity(bytes)) << length;
        EXPECT_EQ(verify_message_integrity(parsed(bytes), bytes_of(kPassword)), Check::Malformed);
    }
}

// RFC 8489 s14.5 (MUST): attributes behind MESSAGE-INTEGRITY are ignored. libnice asks for a 420
// when one of them is unknown and comprehension-required.
TEST(Libnice, known_difference_libnice_counts_unknown_attributes_behind_integrity) {
    const auto bytes =
        request().message_integrity(bytes_of(kPassword)).attribute(0x7FEE, {}, {}).build();
    Nice nice(STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS);
    EXPECT_EQ(nice.validate(bytes), STUN_VALIDATION_UNKNOWN_REQUEST_ATTRIBUTE);
    EXPECT_TRUE(parsed(bytes).unknown_comprehension_required().empty());
    EXPECT_EQ(verify_message_integrity(parsed(bytes), bytes_of(kPassword)), Check::Valid);
}

// RFC 8489 s9.2.2 removes quotes from username and realm; libnice removes them from the password
// too.
TEST(Libnice, known_difference_libnice_removes_quotes_from_the_password) {
    Nice nice(STUN_AGENT_USAGE_LONG_TERM_CREDENTIALS);
    std::array<std::uint8_t, 512> buffer{};
    StunMessage message{};
    ASSERT_TRUE(stun_agent_init_request(nice.agent(), &message, buffer.data(), buffer.size(),
                                        STUN_ALLOCATE));
    stun_message_append_string(&message, STUN_ATTRIBUTE_USERNAME, "alice");
    stun_message_append_string(&message, STUN_ATTRIBUTE_REALM, "example.org");
    const auto size = stun_agent_finish_message(
        nice.agent(), &message, reinterpret_cast<const std::uint8_t*>("\"secret\""), 8);
    ASSERT_GT(size, 0U);
    const auto view = MessageView::parse(std::as_bytes(std::span(buffer).first(size)));
    ASSERT_TRUE(view);
    const auto key = [](std::string_view password) {
        return *long_term_key(PasswordAlgorithm::Md5, "alice", "example.org", password);
    };
    EXPECT_EQ(verify_message_integrity(*view, key("secret").bytes()), Check::Valid);
    EXPECT_EQ(verify_message_integrity(*view, key("\"secret\"").bytes()), Check::Invalid);
}

}  // namespace
}  // namespace portolan::stun
