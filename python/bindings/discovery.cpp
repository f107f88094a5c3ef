#include "probe/discovery/discovery.hpp"

#include <algorithm>

#include "probe/discovery/lifetime.hpp"
#include "probe/discovery/pacer.hpp"
#include "python/bindings/bindings.hpp"

namespace portolan::python {
namespace {

using namespace discovery;
using Bytes = std::span<const std::byte>;

/// A callable from a size to that many bytes, which keeps the Python object it calls.
RandomSource random_source(const py::object& function) {
    if (function.is_none()) return nullptr;
    return [function](std::span<std::byte> out) {
        const auto bytes = function(out.size()).cast<std::vector<std::byte>>();
        if (bytes.size() != out.size()) {
            throw py::value_error("random must return as many bytes as it is asked for");
        }
        std::ranges::copy(bytes, out.begin());
    };
}

template <typename ConfigType>
void random_property(py::class_<ConfigType>& type) {
    type.def_property(
        "random",
        [](const ConfigType& self) -> py::object {
            if (!self.random) return py::none();
            return py::cpp_function([random = self.random](std::size_t size) {
                std::vector<std::byte> out(size);
                random(out);
                return out;
            });
        },
        [](ConfigType& self, const py::object& function) {
            self.random = random_source(function);
        });
}

/// Keyword arguments of the constructor are attributes.
template <typename T>
void keyword_constructor(py::class_<T>& type) {
    type.def(py::init([](const py::kwargs& values) {
        py::object made = py::cast(T());
        for (const auto& [name, value] : values) {
            if (!py::hasattr(made, name)) {
                throw py::type_error("unexpected keyword argument '" +
                                     name.template cast<std::string>() + "'");
            }
            made.attr(name) = value;
        }
        return made.cast<T>();
    }));
}

void bind_config(py::module_& module) {
    py::class_<ServerTarget> target(module, "ServerTarget", "A server to ask.");
    target.def(py::init([](std::string name, const TransportAddress& address,
                           std::optional<TransportAddress> tcp, std::optional<TransportAddress> tls,
                           std::string tls_name) {
                   return ServerTarget{std::move(name), address, tcp, tls, std::move(tls_name)};
               }),
               py::arg("name"), py::arg("address"), py::arg("tcp") = py::none(),
               py::arg("tls") = py::none(), py::arg("tls_name") = "");
    read_write(target, "name", &ServerTarget::name);
    read_write(target, "address", &ServerTarget::address);
    read_write(target, "tcp", &ServerTarget::tcp);
    read_write(target, "tls", &ServerTarget::tls);
    read_write(target, "tls_name", &ServerTarget::tls_name);

    py::class_<Config> config(module, "Config", "What a Discovery is to find out, and how.");
    keyword_constructor(config);
    read_write(config, "family", &Config::family);
    read_write(config, "servers", &Config::servers);
    read_write(config, "bind_ip", &Config::bind_ip);
    read_write(config, "route_local_ip", &Config::route_local_ip);
    read_write(config, "nat64_prefix", &Config::nat64_prefix);
    read_write(config, "budget", &Config::budget);
    read_write(config, "mapping_port", &Config::mapping_port);
    read_write(config, "hairpin", &Config::hairpin);
    read_write(config, "seed", &Config::seed);
    read_write(config, "pacer", &Config::pacer);
    random_property(config);

    py::class_<LifetimeConfig> lifetime(module, "LifetimeConfig",
                                        "What a LifetimeLadder is to do.");
    keyword_constructor(lifetime);
    read_write(lifetime, "family", &LifetimeConfig::family);
    read_write(lifetime, "server_name", &LifetimeConfig::server_name);
    read_write(lifetime, "server", &LifetimeConfig::server);
    read_write(lifetime, "bind_ip", &LifetimeConfig::bind_ip);
    read_write(lifetime, "rungs", &LifetimeConfig::rungs);
    read_write(lifetime, "seed", &LifetimeConfig::seed);
    read_write(lifetime, "pacer", &LifetimeConfig::pacer);
    random_property(lifetime);
    module.def("default_lifetime_rungs", &default_lifetime_rungs);
}

Error misuse(std::string code, std::string message) {
    return {Culprit::Usage, std::move(code), std::move(message)};
}

void check_config(const Config& config) {
    for (const ServerTarget& server : config.servers) {
        if (server.address.family() != config.family) {
            throw ErrorException{misuse("discovery.family", "server " + server.name + " at " +
                                                                server.address.to_string() +
                                                                " is of another family")};
        }
    }
}

void check_config(const LifetimeConfig& config) {
    constexpr std::size_t kMaxRungs = 16;
    const auto& rungs = config.rungs;
    if (rungs.size() > kMaxRungs || (!rungs.empty() && rungs.front() <= Duration(0)) ||
        !std::ranges::is_sorted(rungs, std::ranges::less_equal())) {
        throw ErrorException{
            misuse("lifetime.rungs", "rungs must be positive, ascending and 16 at most")};
    }
}

/// The one thing that the machines ask of their driver and do not check.
template <typename MachineType>
class Checked final : public Machine {
  public:
    template <typename ConfigType>
    explicit Checked(ConfigType config) : machine_(checked(std::move(config))) {}

    void start(Time now) override {
        if (started_)
            throw ErrorException{misuse("discovery.started", "start() was called before")};
        started_ = true;
        machine_.start(now);
    }
    void on_socket(SocketId id, const TransportAddress& local, Time now) override {
        running().on_socket(id, local, now);
    }
    void on_socket_failed(SocketId id, const FaultReport& fault, Time now) override {
        running().on_socket_failed(id, fault, now);
    }
    void on_datagram(SocketId id, const TransportAddress& source,
                     const std::optional<IpAddress>& local_ip, Bytes bytes, Time now) override {
        running().on_datagram(id, source, local_ip, bytes, now);
    }
    void on_oversized(SocketId id, const TransportAddress& source, Bytes head,
                      std::size_t size_bytes, Time now) override {
        running().on_oversized(id, source, head, size_bytes, now);
    }
    void on_fault(SocketId id, const TransportAddress& to, const FaultReport& fault,
                  Time now) override {
        running().on_fault(id, to, fault, now);
    }
    void on_stream(StreamId id, const StreamReport& report, Time now) override {
        running().on_stream(id, report, now);
    }
    void on_time(Time now) override { running().on_time(now); }
    void cancel(Time now) override { running().cancel(now); }
    std::vector<Action> take_actions() override { return machine_.take_actions(); }
    [[nodiscard]] std::optional<Time> next_wakeup() const override {
        return machine_.next_wakeup();
    }
    [[nodiscard]] bool finished() const override { return machine_.finished(); }
    [[nodiscard]] const Ledger& ledger() const { return machine_.ledger(); }

  private:
    template <typename ConfigType>
    static ConfigType checked(ConfigType config) {
        check_config(config);
        return config;
    }
    MachineType& running() {
        if (!started_) throw ErrorException{misuse("discovery.not-started", "start() comes first")};
        return machine_;
    }

    MachineType machine_;
    bool started_ = false;
};

void bind_machine(py::module_& module) {
    using py::arg;
    py::class_<Machine> machine(module, "Machine", "A measurement without I/O.");
    machine.def("start", &Machine::start, arg("now"));
    machine.def("on_socket", &Machine::on_socket, arg("id"), arg("local"), arg("now"));
    machine.def("on_socket_failed", &Machine::on_socket_failed, arg("id"), arg("fault"),
                arg("now"));
    machine.def("on_datagram", &Machine::on_datagram, arg("id"), arg("source"), arg("local_ip"),
                arg("bytes"), arg("now"));
    machine.def("on_oversized", &Machine::on_oversized, arg("id"), arg("source"), arg("head"),
                arg("size_bytes"), arg("now"));
    machine.def("on_fault", &Machine::on_fault, arg("id"), arg("to"), arg("fault"), arg("now"));
    machine.def("on_stream", &Machine::on_stream, arg("id"), arg("report"), arg("now"));
    machine.def("on_time", &Machine::on_time, arg("now"));
    machine.def("cancel", &Machine::cancel, arg("now"));
    machine.def("take_actions", &Machine::take_actions);
    machine.def("next_wakeup", &Machine::next_wakeup);
    machine.def("finished", &Machine::finished);
}

}  // namespace

void bind_discovery(py::module_& module) {
    // A machine may ask for this many places at once, and would never get them from a slower pacer.
    constexpr int kPlaces = 10;
    const auto check_count = [](int count) {
        if (count < 1 || count > kPlaces) throw py::value_error("count must be 1 to 10");
    };
    py::class_<TransactionPacer, std::shared_ptr<TransactionPacer>> pacer(
        module, "TransactionPacer", "At most so many new transactions a second.");
    pacer.def(py::init([](int per_second) {
                  if (per_second < kPlaces) throw py::value_error("per_second must be 10 or more");
                  return std::make_shared<TransactionPacer>(per_second);
              }),
              py::arg("per_second") = 10);
    pacer.def(
        "try_take",
        [check_count](TransactionPacer& self, Time now, int count) {
            check_count(count);
            return self.try_take(now, count);
        },
        py::arg("now"), py::arg("count"));
    pacer.def(
        "ready_at",
        [check_count](const TransactionPacer& self, Time now, int count) {
            check_count(count);
            return self.ready_at(now, count);
        },
        py::arg("now"), py::arg("count"));

    bind_config(module);
    bind_machine(module);

    using CheckedDiscovery = Checked<Discovery>;
    py::class_<CheckedDiscovery, Machine> discovery(module, "Discovery", "Classifies a NAT.");
    discovery.def(py::init<Config>(), py::arg("config"));
    discovery.def("ledger", [](const CheckedDiscovery& self) { return self.ledger(); });
    discovery.def("outcome", [](const CheckedDiscovery& self) {
        // A copy: without the lock another thread may go on with the machine.
        // NOLINTNEXTLINE(performance-unnecessary-copy-initialization)
        const Ledger ledger = self.ledger();
        const py::gil_scoped_release unlocked;
        return infer(ledger);
    });

    using CheckedLadder = Checked<LifetimeLadder>;
    py::class_<CheckedLadder, Machine> ladder(module, "LifetimeLadder",
                                              "Measures how long idle bindings live.");
    ladder.def(py::init<LifetimeConfig>(), py::arg("config"));
    ladder.def("ledger", [](const CheckedLadder& self) { return self.ledger(); });
}

}  // namespace portolan::python
