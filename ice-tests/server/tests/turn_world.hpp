#pragma once

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ice-tests/server/turn_core.hpp"
#include "probe/stun/integrity.hpp"

namespace portolan::server::test {

using std::chrono::seconds;
using stun::AttributeType;
using stun::MessageClass;
using stun::Method;

inline TransportAddress at(const char* text) {
    return *TransportAddress::parse(text);
}

inline std::vector<std::byte> copy_of(stun::Bytes bytes) {
    return {bytes.begin(), bytes.end()};
}

inline std::vector<std::byte> bytes_of(std::string_view text) {
    return copy_of(std::as_bytes(std::span(text)));
}

/// What a core sends, and sockets that are always there unless the test says otherwise.
class FakeOutput final : public TurnOutput {
  public:
    struct ToClient {
        FiveTuple to;
        std::vector<std::byte> bytes;
    };
    struct ToPeer {
        TransportAddress from;
        TransportAddress to;
        std::vector<std::byte> bytes;
        bool dont_fragment = false;
    };

    RelayOpening open_relay(RelayId id, const TransportAddress& address, RelayKind kind) override {
        if (open.size() >= max_open_count) return RelayOpening::Impossible;
        if (taken_ports.contains(address.port)) return RelayOpening::PortTaken;
        open[id] = address;
        if (kind == RelayKind::Tcp) tcp_relays.insert(id);
        return RelayOpening::Open;
    }
    void close_relay(RelayId id) override { open.erase(id); }
    void send_response(const FiveTuple& to, stun::Bytes message) override {
        responses.push_back({to, copy_of(message)});
    }
    void send_data(const FiveTuple& to, stun::Bytes message) override {
        data.push_back({to, copy_of(message)});
    }
    void send_to_peer(RelayId from, const TransportAddress& peer, stun::Bytes bytes,
                      bool dont_fragment) override {
        to_peers.push_back({open.at(from), peer, copy_of(bytes), dont_fragment});
    }
    void connect_peer(ConnectionId id, RelayId from, const TransportAddress& peer,
                      seconds timeout) override {
        connecting.push_back({id, open.at(from), peer, timeout});
    }
    void bind_connection(ConnectionId id, const FiveTuple& client) override { bound[id] = client; }
    void close_connection(ConnectionId id) override { closed.push_back(id); }

    struct Connecting {
        ConnectionId id = 0;
        TransportAddress from;
        TransportAddress to;
        seconds timeout{};
    };

    std::size_t max_open_count = 100'000;
    std::set<std::uint16_t> taken_ports;
    std::map<RelayId, TransportAddress> open;
    std::vector<ToClient> responses;
    std::vector<ToClient> data;
    std::vector<ToPeer> to_peers;
    std::set<RelayId> tcp_relays;
    std::vector<Connecting> connecting;
    std::map<ConnectionId, FiveTuple> bound;
    std::vector<ConnectionId> closed;
};

/// A response, nothing at all (code -1), or what is no STUN message (code -3).
struct Response {
    std::vector<std::byte> bytes;

    [[nodiscard]] stun::MessageView view() const { return *stun::MessageView::parse(bytes); }
    /// 0 for success.
    [[nodiscard]] int code() const {
        if (bytes.empty()) return -1;
        if (!stun::MessageView::parse(bytes)) return -3;
        if (view().message_class() == MessageClass::SuccessResponse) return 0;
        const auto error = view().error_code();
        return error ? error->code : -2;
    }
    [[nodiscard]] std::optional<TransportAddress> relayed() const {
        return view().address(AttributeType::XorRelayedAddress);
    }
};

struct Client {
    FiveTuple tuple;
    std::string user = "alice";
    std::string password = "wonderland";
    std::string realm = {};
    std::string nonce = {};
    bool with_sha256 = false;
    bool with_userhash = false;
};

using Add = std::function<void(stun::MessageWriter&)>;

inline void add_udp(stun::MessageWriter& writer) {
    stun::encode_value(writer, AttributeType::RequestedTransport,
                       stun::RequestedTransportValue{17});
}

inline Add peer(const TransportAddress& address) {
    return [=](stun::MessageWriter& writer) {
        writer.add_address(AttributeType::XorPeerAddress, address);
    };
}

inline Add lifetime(std::uint32_t value_s) {
    return [=](stun::MessageWriter& writer) { writer.add_u32(AttributeType::Lifetime, value_s); };
}

inline Add family(AttributeType type, std::uint8_t number) {
    return [=](stun::MessageWriter& writer) {
        stun::encode_value(writer, type, stun::AddressFamilyValue{number});
    };
}

/// A core with two users, its clients and the time.
class World {
  public:
    explicit World(FaultSet faults = {}, std::function<void(TurnCoreConfig&)> change = {},
                   std::vector<IpAddress> relay_ips = {*IpAddress::parse("198.51.100.1"),
                                                       *IpAddress::parse("2001:db8::1")}) {
        TurnCoreConfig config;
        config.binding.layout = *Layout::make({*IpAddress::parse("192.0.2.1")}, 3478, std::nullopt);
        config.binding.faults = faults;
        config.relays.ips = std::move(relay_ips);
        if (change) change(config);
        TurnCredentials credentials{.realm = "example.org",
                                    .users = {},
                                    .shared_secret = cli::Secret("north"),
                                    .unix_time = [this] { return unix_time; }};
        credentials.users.push_back({"alice", cli::Secret("wonderland")});
        credentials.users.push_back({"bob", cli::Secret("builder")});
        transport::Random random(1);
        auto auth = TurnAuth::make(std::move(credentials), config.lifetimes, faults, random);
        core = std::make_unique<TurnCore>(std::move(config), std::move(*auth), random, output);
    }

    static Client client(std::uint16_t port = 40000, Arrival transport = Arrival::Udp) {
        return {.tuple = {.transport = transport,
                          .client = {*IpAddress::parse("203.0.113.5"), port},
                          .server = at("192.0.2.1:3478")}};
    }

    stun::TransactionId next_id() {
        std::array<std::byte, 12> id{};
        id[10] = std::byte(++id_ >> 8);
        id[11] = std::byte(id_);
        return stun::TransactionId::with_cookie(id);
    }

    Response send_raw(const Client& from, stun::Bytes bytes) {
        output.responses.clear();
        core->on_client(now, from.tuple, bytes);
        EXPECT_LE(output.responses.size(), 1U);
        if (output.responses.empty()) return {};
        EXPECT_EQ(output.responses[0].to, from.tuple);
        return {output.responses[0].bytes};
    }

    std::vector<std::byte> message(MessageClass message_class, Method method, const Add& add,
                                   const Client* signer = nullptr) {
        std::vector<std::byte> buffer(70'000);
        stun::MessageWriter writer(buffer, message_class, method, next_id());
        if (add) add(writer);
        if (signer != nullptr) sign(writer, *signer);
        return copy_of(writer.bytes());
    }

    /// Without credentials.
    Response ask(const Client& from, Method method, const Add& add = {}) {
        return send_raw(from, message(MessageClass::Request, method, add));
    }

    /// Realm and nonce, as any client learns them.
    Response learn(Client& from) {
        auto response = ask(from, Method::Allocate, add_udp);
        from.realm = std::string(response.view().text(AttributeType::Realm).value_or(""));
        from.nonce = std::string(response.view().text(AttributeType::Nonce).value_or(""));
        return response;
    }

    /// With credentials, which are learnt first if need be.
    Response request(Client& from, Method method, const Add& add = {}) {
        if (from.nonce.empty()) learn(from);
        return send_raw(from, message(MessageClass::Request, method, add, &from));
    }

    Response allocate(Client& from, const Add& add = {}) {
        return request(from, Method::Allocate, [&](stun::MessageWriter& writer) {
            add_udp(writer);
            if (add) add(writer);
        });
    }

    Response refresh(Client& from, std::uint32_t seconds_wanted) {
        return request(from, Method::Refresh, lifetime(seconds_wanted));
    }

    Response permit(Client& from, const TransportAddress& address) {
        return request(from, Method::CreatePermission, peer(address));
    }

    Response bind(Client& from, std::uint16_t channel, const TransportAddress& address) {
        return request(from, Method::ChannelBind, [&](stun::MessageWriter& writer) {
            writer.add_u16(AttributeType::ChannelNumber, channel);
            writer.add_address(AttributeType::XorPeerAddress, address);
        });
    }

    void send(const Client& from, const TransportAddress& to, std::string_view text,
              const Add& add = {}) {
        core->on_client(
            now, from.tuple,
            message(MessageClass::Indication, Method::Send, [&](stun::MessageWriter& writer) {
                writer.add_address(AttributeType::XorPeerAddress, to);
                writer.add_bytes(AttributeType::Data, bytes_of(text));
                if (add) add(writer);
            }));
    }

    void send_channel_data(const Client& from, std::uint16_t channel, std::string_view text) {
        std::array<std::byte, 2000> buffer{};
        core->on_client(now, from.tuple,
                        stun::write_channel_data(buffer, channel, bytes_of(text),
                                                 stun::ChannelPadding::Datagram));
    }

    /// From a peer to whatever relay has that address now.
    void from_peer(const TransportAddress& relayed, const TransportAddress& source,
                   std::string_view text) {
        for (const auto& [id, address] : std::map(output.open)) {
            if (address == relayed) core->on_peer(now, id, source, bytes_of(text));
        }
    }

    seconds unix_time{1'800'000'000};
    transport::Time now{seconds(1000)};
    FakeOutput output;
    std::unique_ptr<TurnCore> core;

  private:
    static void sign(stun::MessageWriter& writer, const Client& who) {
        const auto algorithm =
            who.with_sha256 ? stun::PasswordAlgorithm::Sha256 : stun::PasswordAlgorithm::Md5;
        if (who.with_userhash) {
            writer.add_bytes(AttributeType::Userhash, *stun::userhash(who.user, who.realm));
        } else {
            writer.add_text(AttributeType::Username, who.user);
        }
        writer.add_text(AttributeType::Realm, who.realm);
        writer.add_text(AttributeType::Nonce, who.nonce);
        const auto key = stun::long_term_key(algorithm, who.user, who.realm, who.password);
        if (!who.with_sha256) {
            writer.add_message_integrity(key->bytes());
            return;
        }
        const stun::PasswordAlgorithmEntry offered[] = {{stun::PasswordAlgorithm::Sha256, {}},
                                                        {stun::PasswordAlgorithm::Md5, {}}};
        writer.add_bytes(AttributeType::PasswordAlgorithms,
                         stun::build_password_algorithms(offered));
        writer.add_bytes(AttributeType::PasswordAlgorithm,
                         stun::build_password_algorithms(std::span(offered).first(1)));
        writer.add_message_integrity_sha256(key->bytes());
    }

    unsigned id_ = 0;
};

}  // namespace portolan::server::test
