#include "ice-tests/server/tcp_clients.hpp"

#include <utility>

namespace portolan::server {

struct TcpClients::Client {
    Client(GMainContext* context, transport::Duration reply_delay)
        : replies(context, reply_delay) {}

    std::uint64_t number = 0;
    TransportAddress received_on;
    std::unique_ptr<transport::TcpConnection> connection;
    stun::StreamReader reader;
    DelayedCalls replies;
    glib::SourcePtr idle_timer;
};

TcpClients::TcpClients(GMainContext* context, OnMessage on_message, transport::Duration reply_delay)
    : context_(glib::share(context)),
      on_message_(std::move(on_message)),
      reply_delay_(reply_delay) {}

TcpClients::~TcpClients() = default;

void TcpClients::add(const TransportAddress& received_on,
                     std::unique_ptr<transport::TcpConnection> connection) {
    if (clients_.size() >= kMaxConnectionCount) return;
    const std::uint64_t number = next_++;
    auto client = std::make_shared<Client>(context_.get(), reply_delay_);
    client->number = number;
    client->received_on = received_on;
    client->connection = std::move(connection);
    client->connection->set_handlers(
        {.on_bytes =
             [this, number](stun::Bytes bytes) {
                 const auto found = clients_.find(number);
                 if (found == clients_.end()) return;
                 const auto alive = found->second;
                 on_bytes(*alive, bytes);
             },
         .on_end =
             [this, number](transport::StreamEnd how, const std::string&) {
                 const auto found = clients_.find(number);
                 if (found != clients_.end()) on_end(*found->second, how);
             }});
    restart_idle_timer(*client);
    clients_[number] = std::move(client);
}

void TcpClients::on_bytes(Client& client, stun::Bytes bytes) {
    restart_idle_timer(client);
    while (true) {
        const auto frame = client.reader.next(bytes);
        if (!frame) return drop(client.number);
        if (!frame->has_value()) return;
        if ((*frame)->protocol != stun::Protocol::Stun) continue;
        for (Outgoing& reply : on_message_(client.received_on, client.connection->remote_address(),
                                           (*frame)->bytes)) {
            client.replies.run([this, &client, reply = std::move(reply)] {
                // Somebody who asks and never reads.
                if (!client.connection->send(reply.bytes)) drop(client.number);
            });
        }
        if (!clients_.contains(client.number)) return;
    }
}

// RFC 8489 s6.2.2: a connection SHOULD NOT be closed while a response is owed, so one that the
// client has half-closed stays until its answers are out.
void TcpClients::on_end(Client& client, transport::StreamEnd how) {
    const bool is_idle =
        client.replies.waiting_count() == 0 && client.connection->queued_bytes() == 0;
    if (how != transport::StreamEnd::PeerClosed || is_idle) return drop(client.number);
    client.replies.run([&client] { client.connection->close(); });
    client.idle_timer = glib::call_after(context_.get(), reply_delay_ + kLinger,
                                         [this, number = client.number] { drop(number); });
}

void TcpClients::restart_idle_timer(Client& client) {
    client.idle_timer = glib::call_after(context_.get(), kIdleTimeout,
                                         [this, number = client.number] { drop(number); });
}

void TcpClients::drop(std::uint64_t number) {
    clients_.erase(number);
}

}  // namespace portolan::server
