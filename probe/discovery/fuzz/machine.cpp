#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <vector>

#include "probe/discovery/discovery.hpp"
#include "probe/discovery/tests/judge.hpp"
#include "probe/discovery/tests/sim_server.hpp"

// A driver that does what the bytes say: late sockets, replies genuine and not, faults, streams,
// timers. Whatever happens, the machine ends, minds its sockets, and its judgements are well formed
// and survive being saved.
namespace portolan::discovery {
namespace {

using std::chrono::milliseconds;

constexpr int kMaxWakeups = 20'000;
constexpr int kMaxWakeupsAtOneInstant = 64;
constexpr std::size_t kMaxSent = 512;

void require(bool condition) {
    if (!condition) std::abort();
}

const TransportAddress kPP{IpAddress::v4({45, 33, 32, 10}), 3478};
const TransportAddress kAA{IpAddress::v4({45, 33, 32, 11}), 3479};
const TransportAddress kPlain{IpAddress::v4({45, 33, 40, 1}), 3478};
const IpAddress kHost = IpAddress::v4({192, 168, 1, 10});
const IpAddress kPublic = IpAddress::v4({81, 2, 69, 142});

/// What is left of the input; zeroes when it is used up.
class Input {
  public:
    Input(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
    [[nodiscard]] bool empty() const { return at_ >= size_; }
    std::uint8_t byte() { return empty() ? std::uint8_t{0} : data_[at_++]; }
    std::uint16_t word() { return static_cast<std::uint16_t>(byte() << 8 | byte()); }
    std::vector<std::byte> bytes(std::size_t count) {
        std::vector<std::byte> result;
        while (count-- > 0 && !empty())
            result.push_back(static_cast<std::byte>(byte()));
        return result;
    }

  private:
    const std::uint8_t* data_;
    std::size_t size_;
    std::size_t at_ = 0;
};

struct Sent {
    SocketId socket = 0;
    TransportAddress to;
    std::vector<std::byte> bytes;
};

struct SocketState {
    SocketId id = 0;
    bool open = false;
    bool answered = false;  // whether opening has been reported
    std::uint16_t port = 0;
};

class Driver {
  public:
    Driver(Config config, Input& input) : machine_(std::move(config)), input_(input) {}

    void run() {
        machine_.start(now_);
        drain();
        while (!input_.empty() && !machine_.finished())
            step();
        int at_one_instant = 0;
        for (int i = 0; !machine_.finished(); ++i) {
            require(i < kMaxWakeups);
            const auto wakeup = machine_.next_wakeup();
            require(wakeup.has_value());
            at_one_instant = *wakeup > now_ ? 0 : at_one_instant + 1;
            require(at_one_instant < kMaxWakeupsAtOneInstant);
            now_ = std::max(now_, *wakeup);
            machine_.on_time(now_);
            drain();
        }
        require(!machine_.next_wakeup());
        machine_.on_time(now_ + milliseconds(1));
        require(machine_.take_actions().empty());
        check_outcome();
    }

  private:
    void step() {
        const std::uint8_t what = input_.byte();
        switch (what % 10) {
            case 0:
                report_socket();
                break;
            case 1:
                now_ += milliseconds(input_.byte());
                break;
            case 2:
                if (const auto wakeup = machine_.next_wakeup()) now_ = std::max(now_, *wakeup);
                break;
            case 3:
                answer_one();
                break;
            case 4:
                answer_all();
                break;
            case 5:
                deliver_garbage();
                break;
            case 6:
                report_fault();
                break;
            case 7:
                report_stream();
                break;
            case 8:
                deliver_again();
                break;
            default:
                if (input_.byte() == 255) machine_.cancel(now_);
                break;
        }
        machine_.on_time(now_);
        drain();
    }

    void drain() {
        const bool over = machine_.finished();
        for (const Action& action : machine_.take_actions()) {
            if (const auto* open = std::get_if<OpenSocket>(&action)) {
                require(!over && find(open->id) == nullptr);
                const auto port = static_cast<std::uint16_t>(40000 + sockets_.size());
                sockets_.push_back({open->id, false, false, port});
            } else if (const auto* send = std::get_if<SendDatagram>(&action)) {
                const SocketState* socket = find(send->socket);
                require(!over && socket != nullptr && socket->open);
                if (sent_.size() < kMaxSent) sent_.push_back({send->socket, send->to, send->bytes});
            } else if (const auto* close = std::get_if<CloseSocket>(&action)) {
                SocketState* socket = find(close->id);
                require(socket != nullptr);
                socket->open = false;
            } else if (const auto* stream = std::get_if<TryStream>(&action)) {
                require(!over);
                streams_.push_back(stream->id);
            }
        }
    }

    SocketState* find(SocketId id) {
        for (SocketState& socket : sockets_) {
            if (socket.id == id) return &socket;
        }
        return nullptr;
    }

    /// The oldest socket that still waits for an answer to OpenSocket.
    void report_socket() {
        const bool fails = input_.byte() > 200;
        for (std::size_t i = 0; i < sockets_.size(); ++i) {
            if (sockets_[i].answered) continue;
            sockets_[i].answered = true;
            const SocketId id = sockets_[i].id;
            if (fails) {
                machine_.on_socket_failed(id, {NetworkFault::NotPermitted, std::nullopt, "fuzz"},
                                          now_);
            } else {
                sockets_[i].open = true;
                machine_.on_socket(id, {IpAddress::any(AddressFamily::IPv4), sockets_[i].port},
                                   now_);
            }
            return;
        }
    }

    void deliver(SocketId id, const TransportAddress& source, std::span<const std::byte> bytes) {
        const SocketState* socket = find(id);
        if (socket == nullptr || !socket->open) return;
        machine_.on_datagram(id, source, kHost, bytes, now_);
        drain();
    }

    /// The server's answer to a request, through a NAT whose kind is in `nat`: its low half is the
    /// mapping, its high half what gets in.
    void answer(const Sent& request, std::uint8_t nat) {
        sim::Server server;
        server.reset(rules_, nat);
        const SocketState* socket = find(request.socket);
        std::uint16_t port = socket == nullptr ? std::uint16_t{0} : socket->port;
        if ((nat & 1U) != 0) port = static_cast<std::uint16_t>(port + request.to.port % 7 * 100);
        if ((nat & 2U) != 0) {
            port = static_cast<std::uint16_t>(port + request.to.ip.octets().back() % 7 * 1000);
        }
        sim::Packet packet{{kPublic, port}, request.to, request.bytes};
        server.answer(packet, now_, [&](const auto& from, const auto&, stun::Bytes bytes) {
            const bool same_port = from.port == request.to.port;
            const bool same_ip = from.ip == request.to.ip;
            if ((nat & 16U) != 0 && !same_ip) return;
            if ((nat & 32U) != 0 && !(same_ip && same_port)) return;
            deliver(request.socket, from, bytes);
        });
    }

    void answer_one() {
        const std::uint8_t which = input_.byte();
        const std::uint8_t nat = input_.byte();
        if (sent_.empty()) return;
        const Sent request = sent_[sent_.size() - 1 - which % sent_.size()];
        answer(request, nat);
    }

    void answer_all() {
        rules_.change_request = static_cast<sim::ChangeRequestRule>(input_.byte() % 7);
        rules_.other_address = static_cast<sim::OtherAddressRule>(input_.byte() % 7);
        const std::uint8_t nat = input_.byte();
        const std::vector<Sent> all = std::exchange(sent_, {});
        for (const Sent& request : all)
            answer(request, nat);
    }

    void deliver_garbage() {
        const std::uint8_t which = input_.byte();
        auto bytes = input_.bytes(input_.byte());
        if (sockets_.empty()) return;
        const SocketId socket = sockets_[which % sockets_.size()].id;
        TransportAddress source = (which & 1U) != 0 ? kPP : kAA;
        if (!sent_.empty()) {
            const Sent& request = sent_[which % sent_.size()];
            if ((which & 2U) != 0) source = request.to;
            // With a right transaction id now and then, so that the rest gets read.
            if ((which & 4U) != 0 && bytes.size() >= stun::kHeaderBytes) {
                std::copy_n(request.bytes.begin() + 4, 16, bytes.begin() + 4);
            }
        }
        deliver(socket, source, bytes);
    }

    void deliver_again() {
        const std::uint8_t which = input_.byte();
        if (sent_.empty() || sockets_.empty()) return;
        const Sent request = sent_[which % sent_.size()];
        const SocketId socket = sockets_[which % sockets_.size()].id;
        answer(request, which);
        deliver(socket, kPP, request.bytes);  // a reflected request
    }

    void report_fault() {
        const std::uint8_t which = input_.byte();
        const auto fault = static_cast<NetworkFault>(input_.byte() % 6);
        if (sent_.empty()) return;
        const Sent& request = sent_[which % sent_.size()];
        machine_.on_fault(request.socket, (which & 1U) != 0 ? request.to : kPlain,
                          {fault, (which & 2U) != 0 ? std::optional(kPP.ip) : std::nullopt, "fuzz"},
                          now_);
    }

    void report_stream() {
        const std::uint8_t which = input_.byte();
        const auto outcome = static_cast<StreamOutcome>(input_.byte() % 6);
        const StreamId id = streams_.empty() ? StreamId{which} : streams_[which % streams_.size()];
        machine_.on_stream(id, {outcome, "fuzz"}, now_);
    }

    void check_outcome() {
        const Outcome outcome = machine_.outcome();
        require(sim::defects(outcome, machine_.ledger()).empty());
        const auto again =
            ledger_from_json(nlohmann::json::parse(to_json(machine_.ledger()).dump()));
        require(again.has_value());
        require(sim::describe(infer(*again)) == sim::describe(outcome));
    }

    Discovery machine_;
    Input& input_;
    sim::ServerRules rules_ = sim::rfc5780_server(kPP, kAA);
    Time now_ = std::chrono::hours(1);
    std::vector<SocketState> sockets_;
    std::vector<Sent> sent_;
    std::vector<StreamId> streams_;
};

}  // namespace
}  // namespace portolan::discovery

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace portolan::discovery;
    Input input(data, size);
    const std::uint8_t shape = input.byte();
    Config config;
    config.seed = input.byte();
    config.servers.push_back({"stun:first", kPP, kPP, kPP, "stun.example.org"});
    if ((shape & 1U) != 0) config.servers.push_back({"stun:second", kPlain, kPlain, {}, ""});
    if ((shape & 2U) != 0) config.servers.clear();
    config.hairpin = (shape & 4U) != 0;
    if ((shape & 8U) != 0) config.route_local_ip = kHost;
    // Short: what a long budget repeats is not worth the executions.
    config.budget = std::chrono::milliseconds((shape & 16U) != 0 ? input.byte() * 8 : 1500);
    if ((shape & 32U) != 0) config.mapping_port = input.word();
    Driver(std::move(config), input).run();
    return 0;
}
