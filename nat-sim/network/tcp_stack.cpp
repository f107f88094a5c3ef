#include "nat-sim/network/tcp_stack.hpp"

// This file is C++17: g++ 12 does not take ns-3 3.37's headers as C++20.
#include <ns3/inet-socket-address.h>
#include <ns3/inet6-socket-address.h>
#include <ns3/ipv4-end-point.h>
#include <ns3/ipv4-interface.h>
#include <ns3/ipv4-l3-protocol.h>
#include <ns3/ipv4-route.h>
#include <ns3/ipv6-end-point.h>
#include <ns3/ipv6-interface.h>
#include <ns3/ipv6-l3-protocol.h>
#include <ns3/ipv6-route.h>
#include <ns3/node.h>
#include <ns3/rtt-estimator.h>
#include <ns3/simulator.h>
#include <ns3/tcp-cubic.h>
#include <ns3/tcp-l4-protocol.h>
#include <ns3/tcp-prr-recovery.h>
#include <ns3/tcp-rx-buffer.h>
#include <ns3/tcp-socket-base.h>
#include <ns3/tcp-tx-buffer.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace portolan::sim {
namespace {

// Linux: the first SYN is repeated after 1 s and 6 times (tcp_syn_retries), TIME-WAIT lasts 60 s
// (TCP_TIMEWAIT_LEN), ACKs wait 40 ms (TCP_DELACK_MIN), the least RTO is 200 ms (TCP_RTO_MIN), the
// first window is 10 segments (RFC 6928).
constexpr double kSynTimeoutSeconds = 1.0;
constexpr std::uint32_t kSynRetries = 6;
constexpr std::uint32_t kDataRetries = 15;
constexpr double kSegmentLifeSeconds = 30.0;
constexpr int kDelayedAckMilliseconds = 40;
constexpr int kLeastRtoMilliseconds = 200;
constexpr std::uint32_t kInitialWindowSegments = 10;

ns3::Ipv4Address to_v4(const TcpAddress& address) {
    return ns3::Ipv4Address::Deserialize(address.octets.data());
}

ns3::Ipv6Address to_v6(const TcpAddress& address) {
    return ns3::Ipv6Address::Deserialize(address.octets.data());
}

TcpAddress from_v4(const ns3::Ipv4Address& ip, std::uint16_t port) {
    TcpAddress out;
    ip.Serialize(out.octets.data());
    out.port = port;
    return out;
}

TcpAddress from_v6(const ns3::Ipv6Address& ip, std::uint16_t port) {
    TcpAddress out;
    out.is_v6 = true;
    ip.Serialize(out.octets.data());
    out.port = port;
    return out;
}

// ns-3's TCP asks its node for an IP layer, and then sends through the down targets. These two are
// there to be found, and set up no interfaces.
// NOLINTBEGIN(bugprone-parent-virtual-call): what their own bases do here is what must not happen.
class QuietIpv4 final : public ns3::Ipv4L3Protocol {
  protected:
    void NotifyNewAggregate() override { ns3::Object::NotifyNewAggregate(); }
};

class QuietIpv6 final : public ns3::Ipv6L3Protocol {
  protected:
    void NotifyNewAggregate() override { ns3::Object::NotifyNewAggregate(); }
};

// NOLINTEND(bugprone-parent-virtual-call)

/// ns-3's socket with the ends set by the caller and with what it knows laid open.
class OpenTcpSocket final : public ns3::TcpSocketBase {
  public:
    OpenTcpSocket() { mend_window(); }
    OpenTcpSocket(const OpenTcpSocket& other) : ns3::TcpSocketBase(other) { mend_window(); }

    void set_up(const ns3::Ptr<ns3::Node>& node, const ns3::Ptr<ns3::TcpL4Protocol>& tcp,
                const TcpLimits& limits) {
        const auto rtt = ns3::CreateObject<ns3::RttMeanDeviation>();
        SetNode(node);
        SetTcp(tcp);
        SetRtt(rtt);
        SetCongestionControlAlgorithm(ns3::CreateObject<ns3::TcpCubic>());
        SetRecoveryAlgorithm(ns3::CreateObject<ns3::TcpPrrRecovery>());
        SetSndBufSize(static_cast<std::uint32_t>(limits.send_buffer_bytes));
        SetRcvBufSize(static_cast<std::uint32_t>(limits.receive_buffer_bytes));
        SetSegSize(static_cast<std::uint32_t>(limits.segment_bytes));
        SetInitialCwnd(kInitialWindowSegments);
        SetConnTimeout(ns3::Seconds(kSynTimeoutSeconds));
        SetSynRetries(kSynRetries + 1);
        SetDataRetries(kDataRetries);
        SetDelAckTimeout(ns3::MilliSeconds(kDelayedAckMilliseconds));
        SetDelAckMaxCount(2);
        SetMinRto(ns3::MilliSeconds(kLeastRtoMilliseconds));
        SetTcpNoDelay(false);
        m_msl = kSegmentLifeSeconds;
    }

    bool take_listener(const TcpAddress& local) {
        if (local.is_v6) {
            m_endPoint6 =
                m_tcp->Allocate6(nullptr, to_v6(local), local.port, ns3::Ipv6Address::GetAny(), 0);
        } else {
            // With a wildcard peer: the shorter forms refuse a port on which an old connection
            // is still in TIME-WAIT.
            m_endPoint =
                m_tcp->Allocate(nullptr, to_v4(local), local.port, ns3::Ipv4Address::GetAny(), 0);
        }
        if (m_endPoint == nullptr && m_endPoint6 == nullptr) return false;
        m_tcp->AddSocket(this);
        return SetupCallback() == 0 && Listen() == 0;
    }

    bool take_connection(const TcpAddress& local, const TcpAddress& remote) {
        if (local.is_v6) {
            m_endPoint6 =
                m_tcp->Allocate6(nullptr, to_v6(local), local.port, to_v6(remote), remote.port);
        } else {
            m_endPoint =
                m_tcp->Allocate(nullptr, to_v4(local), local.port, to_v4(remote), remote.port);
        }
        if (m_endPoint == nullptr && m_endPoint6 == nullptr) return false;
        m_tcp->AddSocket(this);
        SetupCallback();
        m_rtt->Reset();
        m_synCount = m_synRetries;
        m_dataRetrCount = m_dataRetries;
        return DoConnect() == 0;
    }

    [[nodiscard]] ns3::TcpSocket::TcpStates_t tcp_state() const { return m_state; }
    [[nodiscard]] bool was_reset() const { return was_reset_ || sees_reset_; }
    [[nodiscard]] std::uint32_t unsent_bytes() const { return m_txBuffer->Size(); }
    [[nodiscard]] bool has_end_point() const {
        return m_endPoint != nullptr || m_endPoint6 != nullptr;
    }
    [[nodiscard]] TcpAddress local() const {
        if (m_endPoint6 != nullptr) {
            return from_v6(m_endPoint6->GetLocalAddress(), m_endPoint6->GetLocalPort());
        }
        if (m_endPoint != nullptr) {
            return from_v4(m_endPoint->GetLocalAddress(), m_endPoint->GetLocalPort());
        }
        return {};
    }
    [[nodiscard]] TcpAddress remote() const {
        if (m_endPoint6 != nullptr) {
            return from_v6(m_endPoint6->GetPeerAddress(), m_endPoint6->GetPeerPort());
        }
        if (m_endPoint != nullptr) {
            return from_v4(m_endPoint->GetPeerAddress(), m_endPoint->GetPeerPort());
        }
        return {};
    }
    void set_no_delay(bool on) { SetTcpNoDelay(on); }
    /// ns-3's ShutdownSend() forgets the FIN when all is sent and not yet acknowledged.
    void finish_sending() {
        m_shutdownSend = true;
        m_closeOnEmpty = true;
        const bool is_all_sent = m_txBuffer->SizeFromSequence(m_tcb->m_nextTxSequence) == 0;
        if (is_all_sent && (m_state == ESTABLISHED || m_state == CLOSE_WAIT)) DoClose();
    }
    void abort() {
        if (m_state != CLOSED && m_state != LISTEN && m_state != SYN_SENT && has_end_point()) {
            SendEmptyPacket(ns3::TcpHeader::RST | ns3::TcpHeader::ACK);
        }
        CancelAllTimers();
        m_state = CLOSED;
        DeallocateEndPoint();
    }

    std::function<void()> on_segment = {};

  protected:
    ns3::Ptr<ns3::TcpSocketBase> Fork() override {
        return ns3::CopyObject<OpenTcpSocket>(ns3::Ptr<OpenTcpSocket>(this));
    }

    void DoForwardUp(ns3::Ptr<ns3::Packet> packet, const ns3::Address& from,
                     const ns3::Address& to) override {
        const ns3::Ptr<OpenTcpSocket> alive(this);
        ns3::TcpHeader header;
        packet->PeekHeader(header);
        const bool is_reset = (header.GetFlags() & ns3::TcpHeader::RST) != 0;
        // ns-3 reports a reset as an orderly close, or as an error like any other.
        sees_reset_ = is_reset;
        ns3::TcpSocketBase::DoForwardUp(packet, from, to);
        sees_reset_ = false;
        // RFC 9293 s3.10.7.3: a RST that acknowledges the SYN ends the attempt. ns-3 ignores it.
        if (is_reset && m_state == SYN_SENT && (header.GetFlags() & ns3::TcpHeader::ACK) != 0 &&
            header.GetAckNumber() == m_tcb->m_nextTxSequence + ns3::SequenceNumber32(1)) {
            CancelAllTimers();
            m_state = CLOSED;
            DeallocateEndPoint();
        }
        if (is_reset && m_state == CLOSED) was_reset_ = true;
        const auto callback = on_segment;
        if (callback) callback();
    }

  private:
    void mend_window() {
        m_txBuffer->SetRWndCallback(ns3::MakeCallback(&OpenTcpSocket::window_for_new_data, this));
    }
    /// Where all of the peer's window is under way, ns-3 3.37 goes on to send a segment of no bytes
    /// at all, and crashes. In a window that is a byte smaller it sees that there is no room.
    [[nodiscard]] std::uint32_t window_for_new_data() const {
        const std::uint32_t sent = m_txBuffer->BytesInFlight() + m_txBuffer->GetSacked() +
                                   m_txBuffer->GetLost() - m_txBuffer->GetRetransmitsCount();
        const std::uint32_t window = GetRWnd();
        return window == sent && window > 0 ? window - 1 : window;
    }

    bool was_reset_ = false;
    bool sees_reset_ = false;
};

bool is_over(ns3::TcpSocket::TcpStates_t state) {
    return state == ns3::TcpSocket::CLOSED;
}

}  // namespace

struct TcpStack::State {
    SendSegment send;
    ns3::Ptr<ns3::Node> node;
    ns3::Ptr<ns3::TcpL4Protocol> tcp;
    ns3::Ptr<ns3::Ipv4Interface> interface_v4;
    ns3::Ptr<ns3::Ipv6Interface> interface_v6;
    struct Lingering {
        std::uint16_t port;
        bool reuses_address;
        ns3::Ptr<OpenTcpSocket> socket;
    };
    mutable std::vector<Lingering> lingering;

    // NOLINTBEGIN(performance-unnecessary-value-param): ns-3 asks for these signatures.
    void send_v4(ns3::Ptr<ns3::Packet> packet, ns3::Ipv4Address from, ns3::Ipv4Address to,
                 std::uint8_t /*protocol*/, ns3::Ptr<ns3::Ipv4Route> /*route*/) {
        send_bytes(from_v4(from, 0), from_v4(to, 0), packet);
    }
    void send_v6(ns3::Ptr<ns3::Packet> packet, ns3::Ipv6Address from, ns3::Ipv6Address to,
                 std::uint8_t /*protocol*/, ns3::Ptr<ns3::Ipv6Route> /*route*/) {
        send_bytes(from_v6(from, 0), from_v6(to, 0), packet);
    }
    // NOLINTEND(performance-unnecessary-value-param)
    void send_bytes(const TcpAddress& from, const TcpAddress& to,
                    const ns3::Ptr<ns3::Packet>& packet) const {
        if (!send) return;
        std::vector<std::uint8_t> bytes(packet->GetSize());
        packet->CopyData(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
        send(from, to, bytes.data(), bytes.size());
    }
    void forget_finished() const {
        const auto end = std::remove_if(lingering.begin(), lingering.end(), [](const auto& item) {
            return is_over(item.socket->tcp_state());
        });
        lingering.erase(end, lingering.end());
    }
};

struct TcpFlow::State {
    ns3::Ptr<OpenTcpSocket> socket;
    std::weak_ptr<TcpStack::State> stack;
    bool has_begun = false;
    bool was_open = false;
    bool has_timed_out = false;
    bool has_failed = false;
    bool is_peer_done = false;
    bool is_aborted = false;
    /// What callbacks refer to: a connection that is not complete yet keeps those of its listener,
    /// which may be gone when it is.
    std::shared_ptr<TcpFlow*> self;
    TcpAddress local;
    TcpAddress remote;
};

TcpFlow::TcpFlow() : state_(std::make_unique<State>()) {
    state_->self = std::make_shared<TcpFlow*>(this);
}

namespace {

void disconnect(OpenTcpSocket& socket) {
    socket.on_segment = nullptr;
    socket.SetConnectCallback(ns3::MakeNullCallback<void, ns3::Ptr<ns3::Socket>>(),
                              ns3::MakeNullCallback<void, ns3::Ptr<ns3::Socket>>());
    socket.SetCloseCallbacks(ns3::MakeNullCallback<void, ns3::Ptr<ns3::Socket>>(),
                             ns3::MakeNullCallback<void, ns3::Ptr<ns3::Socket>>());
    socket.SetAcceptCallback(
        ns3::MakeNullCallback<bool, ns3::Ptr<ns3::Socket>, const ns3::Address&>(),
        ns3::MakeNullCallback<void, ns3::Ptr<ns3::Socket>, const ns3::Address&>());
    socket.SetSendCallback(ns3::MakeNullCallback<void, ns3::Ptr<ns3::Socket>, std::uint32_t>());
    socket.SetRecvCallback(ns3::MakeNullCallback<void, ns3::Ptr<ns3::Socket>>());
}

}  // namespace

TcpFlow::~TcpFlow() {
    *state_->self = nullptr;
    const auto socket = state_->socket;
    const auto stack = state_->stack.lock();
    if (!socket || !stack) return;
    disconnect(*socket);
    if (state_->is_aborted || is_over(socket->tcp_state())) return;
    if (socket->tcp_state() == ns3::TcpSocket::SYN_SENT) {
        socket->abort();
        return;
    }
    const std::uint16_t port = socket->local().port;
    const bool is_listener = socket->tcp_state() == ns3::TcpSocket::LISTEN;
    // RFC 9293 s3.6.1, RFC 2525 s2.17: what nobody will read any more is answered with a RST.
    if (readable_bytes() > 0 && !is_listener) {
        socket->abort();
        return;
    }
    socket->Close();
    stack->forget_finished();
    if (!is_listener && !is_over(socket->tcp_state())) {
        stack->lingering.push_back({port, reuses_address, socket});
    }
}

// The far end of ns-3's callbacks.
struct TcpFlow::Hooks : ns3::SimpleRefCount<TcpFlow::Hooks> {
    explicit Hooks(TcpFlow& flow) : self(flow.state_->self), stack(flow.state_->stack) {}

    void tell() const {
        if (*self != nullptr && (*self)->on_change) (*self)->on_change();
    }
    // NOLINTBEGIN(performance-unnecessary-value-param): ns-3 asks for these signatures.
    void changed(ns3::Ptr<ns3::Socket> /*socket*/) const { tell(); }
    void written(ns3::Ptr<ns3::Socket> /*socket*/, std::uint32_t /*room*/) const { tell(); }
    void connected(ns3::Ptr<ns3::Socket> /*socket*/) const {
        if (*self != nullptr) (*self)->state_->was_open = true;
        tell();
    }
    void failed(ns3::Ptr<ns3::Socket> /*socket*/) const {
        if (*self != nullptr) {
            State& state = *(*self)->state_;
            state.has_failed = true;
            state.has_timed_out = !state.socket->was_reset();
        }
        tell();
    }
    bool may_accept(ns3::Ptr<ns3::Socket> /*socket*/, const ns3::Address& /*from*/) const {
        return *self != nullptr && (!(*self)->may_accept || (*self)->may_accept());
    }
    void accepted(ns3::Ptr<ns3::Socket> raw, const ns3::Address& /*from*/) const {
        const auto socket = ns3::DynamicCast<OpenTcpSocket>(raw);
        if (*self == nullptr || !(*self)->on_accept) return socket->abort();
        auto flow = std::make_unique<TcpFlow>();
        flow->state_->socket = socket;
        flow->state_->stack = stack;
        flow->state_->has_begun = flow->state_->was_open = true;
        flow->watch();
        (*self)->on_accept(std::move(flow));
    }
    // NOLINTEND(performance-unnecessary-value-param)

    std::shared_ptr<TcpFlow*> self;
    std::weak_ptr<TcpStack::State> stack;
};

bool TcpFlow::listen(const TcpAddress& local) {
    const auto hooks = ns3::Create<Hooks>(*this);
    state_->local = local;
    state_->socket->SetAcceptCallback(ns3::MakeCallback(&Hooks::may_accept, hooks),
                                      ns3::MakeCallback(&Hooks::accepted, hooks));
    state_->has_begun = state_->socket->take_listener(local);
    return state_->has_begun;
}

void TcpFlow::watch() {
    const auto hooks = ns3::Create<Hooks>(*this);
    OpenTcpSocket& socket = *state_->socket;
    socket.SetConnectCallback(ns3::MakeCallback(&Hooks::connected, hooks),
                              ns3::MakeCallback(&Hooks::failed, hooks));
    socket.SetCloseCallbacks(ns3::MakeCallback(&Hooks::changed, hooks),
                             ns3::MakeCallback(&Hooks::failed, hooks));
    socket.SetSendCallback(ns3::MakeCallback(&Hooks::written, hooks));
    socket.SetRecvCallback(ns3::MakeCallback(&Hooks::changed, hooks));
    socket.on_segment = [hooks] { hooks->changed(nullptr); };
}

bool TcpFlow::connect(const TcpAddress& local, const TcpAddress& remote) {
    state_->local = local;
    state_->remote = remote;
    state_->has_begun = state_->socket->take_connection(local, remote);
    return state_->has_begun;
}

TcpPhase TcpFlow::phase() const {
    if (!state_->has_begun) return TcpPhase::Idle;
    if (state_->is_aborted || state_->has_failed) return TcpPhase::Closed;
    switch (state_->socket->tcp_state()) {
        case ns3::TcpSocket::CLOSED:
            return TcpPhase::Closed;
        case ns3::TcpSocket::LISTEN:
            return TcpPhase::Listening;
        case ns3::TcpSocket::SYN_SENT:
        case ns3::TcpSocket::SYN_RCVD:
            return TcpPhase::Connecting;
        default:
            return TcpPhase::Open;
    }
}

bool TcpFlow::was_reset() const {
    return state_->socket->was_reset();
}

bool TcpFlow::has_timed_out() const {
    return state_->has_timed_out;
}

bool TcpFlow::is_peer_done() const {
    switch (state_->socket->tcp_state()) {
        case ns3::TcpSocket::CLOSE_WAIT:
        case ns3::TcpSocket::LAST_ACK:
        case ns3::TcpSocket::CLOSING:
        case ns3::TcpSocket::TIME_WAIT:
            return true;
        case ns3::TcpSocket::CLOSED:
            return state_->was_open && !state_->socket->was_reset();
        default:
            return false;
    }
}

TcpAddress TcpFlow::local() const {
    return state_->socket->has_end_point() ? state_->socket->local() : state_->local;
}

TcpAddress TcpFlow::remote() const {
    return state_->socket->has_end_point() ? state_->socket->remote() : state_->remote;
}

std::size_t TcpFlow::send(const std::uint8_t* bytes, std::size_t count) {
    const std::size_t taken = std::min<std::size_t>(count, state_->socket->GetTxAvailable());
    if (taken == 0) return 0;
    const auto packet = ns3::Create<ns3::Packet>(bytes, static_cast<std::uint32_t>(taken));
    const int sent = state_->socket->Send(packet, 0);
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

std::size_t TcpFlow::receive(std::uint8_t* bytes, std::size_t count) {
    if (count == 0 || readable_bytes() == 0) return 0;
    const auto packet = state_->socket->Recv(static_cast<std::uint32_t>(count), 0);
    if (!packet) return 0;
    return packet->CopyData(bytes, static_cast<std::uint32_t>(count));
}

std::size_t TcpFlow::writable_bytes() const {
    return state_->socket->GetTxAvailable();
}

std::size_t TcpFlow::readable_bytes() const {
    return state_->socket->GetRxAvailable();
}

std::size_t TcpFlow::unsent_bytes() const {
    return state_->socket->unsent_bytes();
}

void TcpFlow::finish_sending() {
    state_->socket->finish_sending();
}

void TcpFlow::abort() {
    state_->local = local();
    state_->remote = remote();
    state_->is_aborted = true;
    disconnect(*state_->socket);
    state_->socket->abort();
}

void TcpFlow::set_no_delay(bool on) {
    state_->socket->set_no_delay(on);
}

TcpStack::TcpStack(SendSegment send) : state_(std::make_shared<State>()) {
    state_->send = std::move(send);
    state_->node = ns3::CreateObject<ns3::Node>();
    state_->tcp = ns3::CreateObject<ns3::TcpL4Protocol>();
    state_->node->AggregateObject(ns3::CreateObject<QuietIpv4>());
    state_->node->AggregateObject(ns3::CreateObject<QuietIpv6>());
    state_->tcp->SetNode(state_->node);
    state_->tcp->SetDownTarget(ns3::MakeCallback(&State::send_v4, state_.get()));
    state_->tcp->SetDownTarget6(ns3::MakeCallback(&State::send_v6, state_.get()));
    state_->interface_v4 = ns3::CreateObject<ns3::Ipv4Interface>();
    state_->interface_v6 = ns3::CreateObject<ns3::Ipv6Interface>();
}

TcpStack::~TcpStack() {
    state_->send = nullptr;
    state_->lingering.clear();
    state_->tcp->Dispose();
}

std::unique_ptr<TcpFlow> TcpStack::create(const TcpLimits& limits) {
    auto flow = std::make_unique<TcpFlow>();
    flow->state_->socket = ns3::CreateObject<OpenTcpSocket>();
    flow->state_->socket->set_up(state_->node, state_->tcp, limits);
    flow->state_->stack = state_;
    flow->watch();
    return flow;
}

bool TcpStack::receive(const TcpAddress& from, const TcpAddress& to, const std::uint8_t* bytes,
                       std::size_t count) {
    const auto packet = ns3::Create<ns3::Packet>(bytes, static_cast<std::uint32_t>(count));
    if (from.is_v6) {
        ns3::Ipv6Header header;
        header.SetSource(to_v6(from));
        header.SetDestination(to_v6(to));
        header.SetNextHeader(ns3::TcpL4Protocol::PROT_NUMBER);
        header.SetPayloadLength(static_cast<std::uint16_t>(count));
        return state_->tcp->Receive(packet, header, state_->interface_v6) !=
               ns3::IpL4Protocol::RX_ENDPOINT_CLOSED;
    }
    ns3::Ipv4Header header;
    header.SetSource(to_v4(from));
    header.SetDestination(to_v4(to));
    header.SetProtocol(ns3::TcpL4Protocol::PROT_NUMBER);
    header.SetPayloadSize(static_cast<std::uint16_t>(count));
    return state_->tcp->Receive(packet, header, state_->interface_v4) !=
           ns3::IpL4Protocol::RX_ENDPOINT_CLOSED;
}

bool TcpStack::is_lingering(std::uint16_t port, bool reuses_address) const {
    state_->forget_finished();
    return std::any_of(state_->lingering.begin(), state_->lingering.end(), [&](const auto& item) {
        return item.port == port && !(reuses_address && item.reuses_address);
    });
}

}  // namespace portolan::sim
