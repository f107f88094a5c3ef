#include "ice-tests/cli/serve.hpp"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "ice-tests/cli/serve_bugs.hpp"
#include "ice-tests/cli/serve_turn.hpp"
#include "probe/transport/clock.hpp"
#include "probe/transport/end_signals.hpp"
#include "probe/transport/glib_ptr.hpp"
#include "reports/cli/output.hpp"
#include "reports/model/usage_error.hpp"

namespace portolan::ice_test {
namespace {

Result<double> parse_loss(const std::string& text) {
    std::string digits = text;
    if (digits.ends_with('%')) digits.pop_back();
    // Digits and a point only: neither signs nor exponents nor the names of infinities.
    const bool is_plain = !digits.empty() && digits.size() <= 16 &&
                          digits.find_first_not_of("0123456789.") == std::string::npos;
    gchar* end = nullptr;
    const double value = is_plain ? g_ascii_strtod(digits.c_str(), &end) : -1;
    if (!is_plain || end != digits.c_str() + digits.size() || value > 100) {
        return usage_error("value", "--loss: \"" + text + "\" is not a percentage from 0 to 100",
                           "for example --loss 5%");
    }
    return value;
}

Result<std::vector<IpAddress>> parse_addresses(const std::vector<std::string>& texts) {
    std::vector<IpAddress> out;
    for (const std::string& text : texts) {
        const auto ip = IpAddress::parse(text);
        if (!ip) {
            return usage_error("value", "--address: \"" + text + "\" is not an IP address",
                               "give a numeric address of this machine, without port or brackets");
        }
        if (ip->address_class() == AddressClass::LinkLocal && ip->family() == AddressFamily::IPv6) {
            return usage_error("value",
                               "--address: " + text +
                                   " is link-local, and means nothing without its "
                                   "interface",
                               "give an address that is reached from elsewhere, or ::1");
        }
        out.push_back(*ip);
    }
    if (out.empty()) out = {IpAddress::v4({127, 0, 0, 1}), IpAddress::v4({127, 0, 0, 2})};
    return out;
}

Result<server::FaultSet> parse_faults(const std::vector<std::string>& names) {
    server::FaultSet out;
    for (const std::string& name : names) {
        auto fault = server::parse_fault(name);
        if (!fault) return std::move(fault).error();
        out.add(*fault);
    }
    return out;
}

std::string fault_list() {
    std::size_t width = 0;
    for (const auto& row : server::fault_table())
        width = std::max(width, row.name.size());
    std::string out;
    for (const auto& row : server::fault_table()) {
        out += std::string(row.name) + std::string(width + 2 - row.name.size(), ' ') +
               std::string(row.explanation) + '\n';
    }
    return out;
}

// What is the same for both servers.
void share_options(const server::StunServerOptions& from, server::TurnServerOptions& to) {
    to.addresses = from.addresses;
    to.port = from.port;
    to.alt_port = from.alt_port;
    to.tcp = from.tcp;
    to.reply_delay = from.reply_delay;
    to.loss_pct = from.loss_pct;
    to.faults = from.faults;
}

// A main loop that SIGINT, SIGTERM, SIGHUP and the end of the time stop. Made before anybody is
// told that the server is ready, so that no signal after that finds it unprepared.
class StoppableLoop {
  public:
    StoppableLoop(GMainContext* context, const std::optional<std::chrono::microseconds>& duration)
        : loop_(g_main_loop_new(context, FALSE)) {
        sources_ = transport::on_end_signals(context, [this] { g_main_loop_quit(loop_.get()); });
        if (!duration) return;
        sources_.push_back(
            glib::call_after(context, *duration, [this] { g_main_loop_quit(loop_.get()); }));
    }

    void run() { g_main_loop_run(loop_.get()); }

  private:
    glib::LoopPtr loop_;
    std::vector<glib::SourcePtr> sources_;
};

// Whichever server was asked for.
struct RunningServer {
    std::unique_ptr<server::StunServer> stun;
    std::unique_ptr<server::TurnServer> turn;

    [[nodiscard]] std::vector<TransportAddress> endpoints() const {
        return turn ? turn->endpoints() : stun->endpoints();
    }
};

Result<RunningServer> start(GMainContext* context, const transport::Clock& clock,
                            const ServeRequest& request) {
    const transport::Random random(request.seed);
    RunningServer out;
    if (request.turn) {
        auto turn = server::TurnServer::start(context, clock, random, *request.turn);
        if (!turn) return std::move(turn).error();
        out.turn = std::move(*turn);
        return out;
    }
    auto stun = server::StunServer::start(context, clock, random, request.server);
    if (!stun) return std::move(stun).error();
    out.stun = std::move(*stun);
    return out;
}

Result<void> announce(cli::Context& context, const ServeRequest& request,
                      const RunningServer& running) {
    const server::TurnUser* user =
        request.turn && request.show_credentials ? &request.turn->users.front() : nullptr;
    const std::string line =
        (running.turn ? ice_servers_json(running.turn->stun_uris(), running.turn->uris(), user)
                      : ice_servers_json(running.stun->uris(), {}, nullptr)) +
        '\n';
    if (auto written = context.write(line); !written) return written;
    if (!request.ready_file) return {};
    return user != nullptr ? cli::write_private_output(line, *request.ready_file)
                           : cli::write_output(line, request.ready_file);
}

void describe(cli::Context& context, const ServeRequest& request, const RunningServer& running) {
    if (context.arguments.quiet()) return;
    std::string text = "ice-test: answering on";
    for (const TransportAddress& endpoint : running.endpoints()) {
        text += ' ' + endpoint.to_string();
    }
    text += request.server.tcp ? " over UDP and TCP" : " over UDP";
    if (running.turn && !running.turn->secure_endpoints().empty()) {
        text += ", on";
        for (const TransportAddress& endpoint : running.turn->secure_endpoints())
            text += ' ' + endpoint.to_string();
        text += request.server.tcp ? " over TLS and DTLS" : " over DTLS";
    }
    if (running.turn) text += ", TURN realm \"" + request.turn->realm + '"';
    text += ", seed " + std::to_string(request.seed) + '\n';
    (void)cli::write_all(STDERR_FILENO, text);
}

}  // namespace

cli::CommandSpec serve_spec() {
    cli::CommandSpec spec{
        .name = "serve",
        .summary = "run a STUN and TURN server for tests",
        .description =
            {"Answers STUN Binding requests (RFC 8489) over UDP and TCP, with NAT behaviour "
             "discovery (RFC 5780) on two addresses and two ports, and the form of RFC 3489. By "
             "default it listens on the loopback addresses only.",
             "With --turn it is a TURN server too (RFC 8656): relays over UDP for clients over UDP "
             "and TCP, with --tls over TLS and DTLS, IPv4 and IPv6. Passwords come from files or "
             "the environment, never from the "
             "command line.",
             "When it is ready it prints one line of JSON for --ice-servers. It runs until SIGINT, "
             "SIGTERM, SIGHUP or the end of --duration; a SIGHUP that is ignored, as under nohup, "
             "leaves it running."},
        .options =
            {
                {.name = "address",
                 .help = "Address to answer on. Up to two of each family; without any, 127.0.0.1 "
                         "and 127.0.0.2.",
                 .kind = cli::Text{"IP"},
                 .repeatable = true},
                {.name = "port",
                 .help = "Port, the same on all addresses; 0 chooses a free one.",
                 .kind = cli::Count{0, 65535},
                 .default_value = "0"},
                {.name = "alt-port",
                 .help = "The second port of RFC 5780; 0 chooses a free one.",
                 .kind = cli::Count{0, 65535},
                 .default_value = "0"},
                {.name = "tcp",
                 .help = "Answer over TCP too, on the same ports. This is so anyway."},
                {.name = "no-tcp", .help = "Answer over UDP only."},
                {.name = "reply-delay",
                 .help = "How long each answer waits.",
                 .kind = cli::Duration{.max = std::chrono::minutes(1)},
                 .default_value = "0ms"},
                {.name = "loss",
                 .help = "Share of UDP requests, and of replies, to lose at random: 5%.",
                 .kind = cli::Text{"PERCENT"},
                 .default_value = "0%"},
                {.name = "fault",
                 .help = "Be wrong in this way; --list-faults explains them.",
                 .kind = cli::Text{"NAME"},
                 .repeatable = true},
                {.name = "list-faults", .help = "List the faults and exit."},
                {.name = "ready-file",
                 .help = "Also write the line of JSON to this file, once ready; for nobody but you "
                         "when it "
                         "has a password in it.",
                 .kind = cli::Text{"FILE"}},
                {.name = "duration", .help = "Stop after this time.", .kind = cli::Duration{}},
            },
        .examples = {{"ice-test serve --port 3478", "A server on the loopback addresses."},
                     {"ice-test serve --fault other-address-private --loss 5%",
                      "A server to test against."},
                     {"PORTOLAN_TURN_PASSWORD=secret ice-test serve --turn --user alice",
                      "A TURN server on the loopback addresses."},
                     {"PORTOLAN_TURN_PASSWORD=secret ice-test serve --turn --user alice --tls "
                      "--tls-ca-out ca.pem --bug rfc8656/8.2/delete",
                      "The same over all transports, and wrong in one way."}},
        .common = {.report = false, .seed = true},
    };
    for (auto* specs : {bug_option_specs, turn_option_specs, tls_option_specs})
        std::ranges::move(specs(), std::back_inserter(spec.options));
    return spec;
}

Result<ServeRequest> read_serve_request(const cli::Arguments& arguments) {
    if (arguments.has("tcp") && arguments.has("no-tcp")) {
        return usage_error("conflict", "--tcp and --no-tcp cannot be given together");
    }
    ServeRequest out;
    auto addresses = parse_addresses(arguments.texts("address"));
    if (!addresses) return std::move(addresses).error();
    auto loss = parse_loss(arguments.text("loss"));
    if (!loss) return std::move(loss).error();
    auto faults = parse_faults(arguments.texts("fault"));
    if (!faults) return std::move(faults).error();
    out.server.addresses = std::move(*addresses);
    out.server.port = static_cast<std::uint16_t>(arguments.count("port").value_or(0));
    out.server.alt_port = static_cast<std::uint16_t>(arguments.count("alt-port").value_or(0));
    out.server.tcp = !arguments.has("no-tcp");
    out.server.reply_delay = arguments.duration("reply-delay").value_or(std::chrono::seconds(0));
    out.server.loss_pct = *loss;
    out.server.faults = *faults;
    out.seed = arguments.seed() ? *arguments.seed() : transport::random_seed();
    if (arguments.has("ready-file")) out.ready_file = arguments.text("ready-file");
    out.duration = arguments.duration("duration");
    auto turn = read_turn_options(arguments);
    if (!turn) return std::move(turn).error();
    out.turn = std::move(*turn);
    auto tls = read_tls_options(arguments);
    if (!tls) return std::move(tls).error();
    out.tls = std::move(*tls);
    auto bugs = parse_bugs(arguments.texts("bug"));
    if (!bugs) return std::move(bugs).error();
    if (bugs->any() && !out.turn) return usage_error("conflict", "--bug needs --turn");
    if (auto shown = check_bugs_show(arguments); !shown) return shown.error();
    out.show_credentials = arguments.has("show-credentials");
    if (out.show_credentials && out.turn && out.turn->users.empty()) {
        return usage_error("conflict", "--show-credentials needs --user");
    }
    if (out.turn) {
        share_options(out.server, *out.turn);
        out.turn->mutants = *bugs;
    }
    return out;
}

std::string ice_servers_json(const std::vector<std::string>& stun_uris,
                             const std::vector<std::string>& turn_uris,
                             const server::TurnUser* user) {
    nlohmann::ordered_json json;
    json["iceServers"] = nlohmann::ordered_json::array({{{"urls", stun_uris}}});
    if (turn_uris.empty()) return json.dump();
    nlohmann::ordered_json turn = {{"urls", turn_uris}};
    if (user == nullptr) {
        json["turn"] = std::move(turn);
    } else {
        turn["username"] = user->name;
        turn["credential"] = user->password.reveal();
        json["iceServers"].push_back(std::move(turn));
    }
    return json.dump();
}

Result<cli::ExitCode> serve(cli::Context& context) {
    if (context.arguments.has("list-faults")) {
        if (auto written = context.write(fault_list()); !written) return written.error();
        return cli::ExitCode::Ok;
    }
    if (context.arguments.has("list-bugs")) {
        if (auto written = context.write(bug_list()); !written) return written.error();
        return cli::ExitCode::Ok;
    }
    auto request = read_serve_request(context.arguments);
    if (!request) return std::move(request).error();
    // To learn it before somebody sees the line on stdout.
    if (request->ready_file) {
        if (auto checked = cli::check_output(request->ready_file); !checked) return checked.error();
    }
    if (request->tls) {
        if (auto made = set_identity(*request->tls, *request->turn); !made) return made.error();
    }
    const auto main_context = glib::new_context();
    const transport::GlibClock clock;
    auto running = start(main_context.get(), clock, *request);
    if (!running) return std::move(running).error();
    StoppableLoop loop(main_context.get(), request->duration);
    describe(context, *request, *running);
    if (auto announced = announce(context, *request, *running); !announced) {
        return announced.error();
    }
    loop.run();
    return cli::ExitCode::Ok;
}

}  // namespace portolan::ice_test
