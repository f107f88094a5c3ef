#include <string>
#include <utility>

#include "ice-tests/agent/agent_core.hpp"
#include "probe/transport/local_addresses.hpp"

namespace portolan::agent {
namespace {

constexpr guint kComponent = 1;
constexpr const char* kStreamName = "audio";  // without a name libnice cannot read its own SDP

/// GIO's asynchronous results come from the context that is the thread's default when they are
/// asked for.
class ThreadDefault {
  public:
    explicit ThreadDefault(GMainContext* context) : context_(context) {
        g_main_context_push_thread_default(context_);
    }
    ~ThreadDefault() { g_main_context_pop_thread_default(context_); }
    ThreadDefault(const ThreadDefault&) = delete;
    ThreadDefault& operator=(const ThreadDefault&) = delete;

  private:
    GMainContext* context_;
};

Error libnice_refused(std::string what) {
    return {.code = "agent.libnice", .message = "ICE agent: libnice refused " + std::move(what)};
}

NiceAgentOption construction_flags(const AgentOptions& options) {
    unsigned flags = NICE_AGENT_OPTION_NONE;
    if (options.regular_nomination) flags |= NICE_AGENT_OPTION_REGULAR_NOMINATION;
    if (options.trickle) flags |= NICE_AGENT_OPTION_ICE_TRICKLE;
    if (options.consent_freshness) flags |= NICE_AGENT_OPTION_CONSENT_FRESHNESS;
    return static_cast<NiceAgentOption>(flags);
}

bool is_link_local_ipv6(const IpAddress& ip) {
    return ip.family() == AddressFamily::IPv6 && ip.address_class() == AddressClass::LinkLocal;
}

gboolean as_gboolean(bool value) {
    return value ? TRUE : FALSE;
}

}  // namespace

Agent::Core::Core(GMainContext* main_context, const AgentOptions& options, Handlers its_handlers)
    : context(glib::share(main_context)),
      is_ipv4_allowed(options.ipv4),
      is_ipv6_allowed(options.ipv6),
      is_relay_only(options.relay_only),
      is_trickling(options.trickle),
      has_regular_nomination(options.regular_nomination),
      has_consent_freshness(options.consent_freshness),
      ta(options.ta),
      handlers_(std::make_shared<const Handlers>(std::move(its_handlers))) {}

Agent::Core::~Core() = default;

Result<void> Agent::Core::set_up(const AgentOptions& options) {
    nice.reset(nice_agent_new_full(context.get(), NICE_COMPATIBILITY_RFC5245,
                                   construction_flags(options)));
    if (!nice) return libnice_refused("to make an agent");
    if (auto set = set_properties(options); !set) return set;
    stream = nice_agent_add_stream(nice.get(), 1);
    if (stream == 0) return libnice_refused("to add a stream");
    nice_agent_set_stream_name(nice.get(), stream, kStreamName);
    if (auto added = add_local_addresses(options); !added) return added;
    if (auto added = add_servers(options); !added) return added;
    connect_signals();
    return {};
}

Result<void> Agent::Core::set_properties(const AgentOptions& options) {
    g_object_set(nice.get(),                                                               //
                 "upnp", FALSE,                                                            //
                 "controlling-mode", as_gboolean(options.controlling),                     //
                 "force-relay", as_gboolean(options.relay_only),                           //
                 "ice-udp", as_gboolean(options.ice_udp),                                  //
                 "ice-tcp", as_gboolean(options.ice_tcp),                                  //
                 "stun-pacing-timer", static_cast<guint>(options.ta.count()),              //
                 "stun-initial-timeout", static_cast<guint>(options.initial_rto.count()),  //
                 "stun-max-retransmissions", guint{options.max_transmission_count},        //
                 "idle-timeout", static_cast<guint>(options.idle_timeout.count()),         //
                 nullptr);
    if (options.stun_server) {
        g_object_set(nice.get(),                                                  //
                     "stun-server", options.stun_server->ip.to_string().c_str(),  //
                     "stun-server-port", guint{options.stun_server->port},        //
                     nullptr);
    }
    return {};
}

Result<void> Agent::Core::add_local_addresses(const AgentOptions& options) {
    std::vector<IpAddress> chosen = options.local_addresses;
    // libnice has no choice of families: it must be given the addresses of the ones wanted.
    if (chosen.empty() && !(options.ipv4 && options.ipv6)) {
        const auto interfaces = transport::local_interfaces();
        if (!interfaces) return interfaces.error();
        for (const auto& interface : *interfaces) {
            if (interface.is_loopback || !interface.is_up) continue;
            for (const auto& address : interface.addresses) {
                const bool is_ipv4 = address.ip.family() == AddressFamily::IPv4;
                if (is_ipv4 ? !options.ipv4 : !options.ipv6) continue;
                // Without a scope no socket can be bound to it.
                if (is_link_local_ipv6(address.ip)) continue;
                if (chosen.size() < kMaxLocalAddressCount) chosen.push_back(address.ip);
            }
        }
        if (chosen.empty()) {
            return Error{.culprit = Culprit::Environment,
                         .code = "agent.addresses",
                         .message = std::string("ICE agent: this host has no ") +
                                    (options.ipv4 ? "IPv4" : "IPv6") +
                                    " address besides loopback and link-local ones"};
        }
    }
    for (const IpAddress& ip : chosen) {
        NiceAddress address = to_nice(TransportAddress{ip, 0});
        if (nice_agent_add_local_address(nice.get(), &address) == FALSE) {
            return libnice_refused("the local address " + ip.to_string());
        }
    }
    return {};
}

Result<void> Agent::Core::add_servers(const AgentOptions& options) {
    const ThreadDefault scope(context.get());
    for (const TurnServerRef& server : options.turn_servers) {
        const cli::Secret password(std::string(server.password.reveal()) + '\0');
        const bool is_tcp = server.transport == TurnServerRef::Transport::Tcp;
        const gboolean taken = nice_agent_set_relay_info(
            nice.get(), stream, kComponent, server.address.ip.to_string().c_str(),
            server.address.port, server.username.c_str(), password.reveal().data(),
            is_tcp ? NICE_RELAY_TYPE_TURN_TCP : NICE_RELAY_TYPE_TURN_UDP);
        if (taken == FALSE) {
            return libnice_refused("the TURN server " + server.address.to_string());
        }
    }
    return {};
}

void Agent::Core::connect_signals() {
    using Self = Agent::Core;
    const auto connect = [this](const char* signal, GCallback callback) {
        g_signal_connect(nice.get(), signal, callback, this);
    };
    connect("new-candidate-full",
            G_CALLBACK(+[](NiceAgent*, NiceCandidate* candidate, gpointer self) {
                auto& core = *static_cast<Self*>(self);
                core.has_late_allocation_ |=
                    core.is_closing_ && candidate->type == NICE_CANDIDATE_TYPE_RELAYED;
                core.post([found = from_nice(*candidate)](const Handlers& to) {
                    if (to.on_candidate) to.on_candidate(found);
                });
            }));
    connect("new-remote-candidate-full",
            G_CALLBACK(+[](NiceAgent*, NiceCandidate* candidate, gpointer self) {
                static_cast<Self*>(self)->on_nice_remote(*candidate);
            }));
    connect("candidate-gathering-done", G_CALLBACK(+[](NiceAgent*, guint, gpointer data) {
                auto& self = *static_cast<Self*>(data);
                if (self.is_closing_) return;
                self.is_gathering_done = true;
                self.post([](const Handlers& to) {
                    if (to.on_gathering_done) to.on_gathering_done();
                });
                self.fail_if_hopeless();
            }));
    connect("component-state-changed",
            G_CALLBACK(+[](NiceAgent*, guint, guint, guint now, gpointer self) {
                static_cast<Self*>(self)->on_nice_state(
                    from_nice(static_cast<NiceComponentState>(now)));
            }));
    connect("new-selected-pair-full", G_CALLBACK(+[](NiceAgent*, guint, guint, NiceCandidate* local,
                                                     NiceCandidate* remote, gpointer data) {
                static_cast<Self*>(data)->on_nice_pair(*local, *remote);
            }));
    nice_agent_attach_recv(
        nice.get(), stream, kComponent, context.get(),
        [](NiceAgent*, guint, guint, guint length_bytes, gchar* data, gpointer self) {
            static_cast<Self*>(self)->receive(
                {reinterpret_cast<const std::byte*>(data), length_bytes});
        },
        this);
}

// libnice must have finished before it is let go: first its own closing, then one more turn of the
// context for what it has posted there, then the reference, then a turn for what that has caused.
void Agent::Core::close(std::function<void()> done) {
    if (done) on_closed_.push_back(std::move(done));
    // With nobody to tell nothing may wait in the context: it may never turn again, and what waits
    // there keeps this alive, which keeps the context.
    if (state == State::Closed && !closing_step_ && !on_closed_.empty()) {
        closing_step_ =
            glib::call_soon(context.get(), [this, keep = shared_from_this()] { report_closed(); });
    }
    if (is_closing_) return;
    is_closing_ = true;
    if (!nice || stream == 0) {
        closing_step_ =
            glib::call_soon(context.get(), [this, keep = shared_from_this()] { finish_closing(); });
        return;
    }
    close_libnice();
}

void Agent::Core::close_libnice() {
    // The receive callback stays: without one libnice leaves what arrives in its sockets, the
    // answers of TURN servers too, and GLib finds them readable for ever.
    const ThreadDefault scope(context.get());
    has_late_allocation_ = false;
    auto* const keep = new std::shared_ptr<Core>(shared_from_this());
    nice_agent_close_async(
        nice.get(),
        [](GObject*, GAsyncResult*, gpointer data) {
            const std::unique_ptr<std::shared_ptr<Core>> kept(
                static_cast<std::shared_ptr<Core>*>(data));
            Core& self = **kept;
            self.closing_step_ = glib::call_soon(self.context.get(), [&self, keep_on = *kept] {
                // libnice goes on gathering while it closes; an allocation that came in
                // meanwhile has to be given back as well.
                if (self.has_late_allocation_) return self.close_libnice();
                self.finish_closing();
            });
        },
        keep);
}

void Agent::Core::finish_closing() {
    const auto alive = shared_from_this();
    if (nice) {
        g_signal_handlers_disconnect_by_data(nice.get(), this);
        if (stream != 0) {
            nice_agent_attach_recv(nice.get(), stream, kComponent, context.get(), nullptr, nullptr);
        }
        nice.reset();
        closing_step_ = glib::call_soon(context.get(), [this, alive] { finish_closing(); });
        return;
    }
    state = State::Closed;
    post([](const Handlers& to) {
        if (to.on_state) to.on_state(State::Closed);
    });
    deliver();
    report_closed();
}

void Agent::Core::report_closed() {
    const auto alive = shared_from_this();
    const auto finished = std::move(closing_step_);
    for (const auto& done : std::exchange(on_closed_, {}))
        done();
}

}  // namespace portolan::agent
