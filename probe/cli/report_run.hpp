#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ice-tests/turn/credentials.hpp"
#include "ice-tests/turn/port_sequence.hpp"
#include "ice-tests/turn/surroundings.hpp"
#include "probe/cli/report/facts.hpp"
#include "probe/cli/session.hpp"
#include "probe/transport/glib_ptr.hpp"
#include "probe/transport/resolver.hpp"

namespace portolan::nat_probe {

/// A value that comes later, once, and for which several coroutines wait.
template <typename T>
class Awaited {
  public:
    void set(T value) {
        value_.emplace(std::move(value));
        for (turn::Signal* waiter : waiting_)
            waiter->notify_soon();
    }
    /// Only when it has come.
    [[nodiscard]] const T& value() const { return *value_; }
    [[nodiscard]] bool has_come() const { return value_.has_value(); }
    turn::Task<bool> wait(turn::Surroundings where) {
        turn::Signal signal(where);
        const Registration registration(waiting_, signal);
        while (!value_)
            co_await signal.until(transport::Time::max());
        co_return true;
    }

  private:
    struct Registration {
        Registration(std::vector<turn::Signal*>& its_list, turn::Signal& its_signal)
            : list(its_list), signal(&its_signal) {
            list.push_back(signal);
        }
        Registration(const Registration&) = delete;
        Registration& operator=(const Registration&) = delete;
        ~Registration() { std::erase(list, signal); }
        std::vector<turn::Signal*>& list;
        turn::Signal* signal;
    };

    std::optional<T> value_;
    std::vector<turn::Signal*> waiting_;
};

/// A loopback address, or one of this computer's own: the kernel sends from it to itself.
bool is_on_this_machine(const IpAddress& ip);

/// How much time is for what.
struct RunTimes {
    transport::Time deadline{};
    transport::Duration step_limit{};  ///< of a silent server
    transport::Duration audio{};       ///< of each loop; 0: none

    /// Of a run that began then.
    static RunTimes of(transport::Time begun, transport::Duration budget, bool is_quick);
};

/// One server of the command line.
struct NamedRelay {
    transport::ServerUri uri;
    std::optional<turn::Credentials> user;
};

/// Asks all servers side by side, and measures what goes through their relays. It works while the
/// session's loop runs, whoever runs it, and enters what it sees into the facts.
class ServerRun {
  public:
    struct Options {
        bool wants_ipv4 = true;
        bool wants_ipv6 = true;
        std::optional<precall::WebUrl> check_url = {};
        bool is_invasive = false;  ///< may ask the router about port mapping
        std::map<AddressFamily, IpAddress> bind_ips = {};  ///< with --interface
        std::string interface = {};                        ///< of that name
        std::function<void(const std::string&)> show = {};
    };

    /// The session and the facts outlive it. The facts' servers are made here.
    ServerRun(Session& session, CallFacts& facts, const std::vector<NamedRelay>& servers,
              const RunTimes& times, Options options);
    ~ServerRun();
    ServerRun(const ServerRun&) = delete;
    ServerRun& operator=(const ServerRun&) = delete;

    void start();
    [[nodiscard]] bool is_done() const { return is_done_; }
    /// Something was left out, or given up early, because the budget was too small for it.
    [[nodiscard]] bool was_short_of_time() const { return was_short_of_time_; }
    [[nodiscard]] bool names_are_known() const;
    /// For the classification; only those names that are known.
    [[nodiscard]] std::vector<ResolvedServer> resolved() const;
    /// Drops what is not done, and ends the allocations, for which it runs the loop for a moment.
    void stop();

  private:
    struct Host {
        transport::Time begun{};
        std::vector<std::unique_ptr<transport::Resolver::Lookup>> lookups;
        Awaited<Result<std::vector<IpAddress>>> addresses;
        transport::Duration took{0};
    };
    struct Entry {
        std::unique_ptr<ServerFacts> facts;
        std::optional<turn::Credentials> user;
    };

    void look_up();
    turn::Task<bool> all_servers();
    turn::Task<bool> one_server(std::size_t index);
    turn::Task<bool> visit_addresses(std::size_t index, std::vector<IpAddress> addresses);
    turn::Task<bool> use_relay(std::size_t index);
    turn::Task<bool> measure_alone(std::size_t index, precall::Visit& first);
    [[nodiscard]] std::size_t relay_count(bool unmeasured_only) const;
    turn::Task<bool> try_libnice(std::size_t index);
    turn::Task<bool> gather_candidates();
    turn::Task<bool> ask_page();
    turn::Task<bool> ask_router();
    void note_stun_server(const ServerFacts& server);
    turn::Task<bool> extra_loops();
    turn::Task<bool> release_all();
    precall::VisitPlan plan_for(std::size_t index, const turn::Endpoint& endpoint) const;
    [[nodiscard]] transport::Duration time_left() const;

    Session& session_;
    CallFacts& facts_;
    std::vector<std::optional<turn::Credentials>> users_;
    RunTimes times_;
    Options options_;
    turn::Surroundings where_;
    std::shared_ptr<turn::PortSequence> ports_;
    transport::Duration lookup_limit_;
    transport::SystemResolver resolver_;
    std::map<std::string, Host> hosts_;
    std::vector<glib::SourcePtr> look_ups_again_;
    Awaited<Trust::Credentials> trust_;
    Awaited<std::optional<TransportAddress>> stun_server_;  ///< the first that answered over UDP
    std::optional<TransportAddress> stun_server_here_;      ///< the first of those on this computer
    std::size_t open_visit_count_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< for answers that come late
    std::optional<turn::Task<bool>> task_;
    bool is_done_ = false;
    bool was_short_of_time_ = false;
    std::vector<ServerFacts*> measured_now_;
};

}  // namespace portolan::nat_probe
