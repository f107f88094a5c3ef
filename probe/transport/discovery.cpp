#include "probe/transport/discovery.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

#include "reports/model/ascii.hpp"

namespace portolan::transport {
namespace {

using Kind = DnsQuestion::Kind;

// NAPTR records that lead to further ones: nobody needs more, and a loop ends here.
constexpr std::size_t kMaxNaptrDepth = 5;
// In all, whatever the records say.
constexpr std::size_t kMaxQuestionCount = 64;

constexpr std::string_view kApplicationService = "RELAY";  // RFC 5928 s6.1

bool is_secure(Carrier carrier) {
    return carrier == Carrier::Tls || carrier == Carrier::Dtls;
}

std::uint16_t default_port(Carrier carrier) {
    return is_secure(carrier) ? kStunsPort : kStunPort;
}

// RFC 5928 s6.2 to s6.4, RFC 7350 s6.1.
std::string protocol_tag(Carrier carrier) {
    return "turn." + std::string(to_string(carrier));
}

std::string srv_name(ServerScheme scheme, Carrier carrier, const std::string& host) {
    const bool is_udp = carrier == Carrier::Udp || carrier == Carrier::Dtls;
    return '_' + std::string(to_string(scheme)) + (is_udp ? "._udp." : "._tcp.") + host;
}

// RFC 3958 s6.5: service and protocols, "RELAY:turn.tcp:turn.tls".
bool offers(const NaptrRecord& record, std::string_view protocol) {
    std::string_view rest = record.service;
    bool is_first = true;
    bool is_ours = false;
    bool has_protocol = false;
    while (true) {
        const std::size_t colon = rest.find(':');
        const std::string_view word = rest.substr(0, colon);
        if (is_first) is_ours = report::equal_in_any_case(word, kApplicationService);
        if (!is_first) has_protocol = has_protocol || report::equal_in_any_case(word, protocol);
        is_first = false;
        if (colon == std::string_view::npos) return is_ours && has_protocol;
        rest.remove_prefix(colon + 1);
    }
}

// RFC 2782: by priority, within one at random by weight, those of weight 0 first in the list.
std::vector<SrvRecord> in_order(std::vector<SrvRecord> records, std::uint64_t seed) {
    Random random(seed);
    std::ranges::stable_sort(records, {}, [](const SrvRecord& record) {
        return std::tuple(record.priority, record.weight != 0);
    });
    for (auto at = records.begin(); at != records.end(); ++at) {
        const auto end = std::find_if(at, records.end(), [&](const SrvRecord& record) {
            return record.priority != at->priority;
        });
        const auto sum = std::accumulate(
            at, end, std::uint64_t{0},
            [](std::uint64_t so_far, const SrvRecord& record) { return so_far + record.weight; });
        std::uint64_t left = random() % (sum + 1);
        auto chosen = at;
        for (; chosen + 1 != end && chosen->weight < left; ++chosen)
            left -= chosen->weight;
        std::rotate(at, chosen, chosen + 1);
    }
    return records;
}

std::vector<NaptrRecord> in_order(std::vector<NaptrRecord> records) {
    std::ranges::stable_sort(records, {}, [](const NaptrRecord& record) {
        return std::tuple(record.order, record.preference);
    });
    return records;
}

// One walk along the answers, as far as they reach.
class Walk {
  public:
    Walk(const ServerUri& uri, const DnsAnswers& answers, std::uint64_t seed)
        : uri_(uri), answers_(answers), seed_(seed) {}

    void start(std::span<const Carrier> preference) {
        const Carrier own = carrier_of(uri_);
        if (const auto ip = uri_.numeric()) {
            return add(own, {*ip, uri_.port}, {}, false);
        }
        if (uri_.port_given) return follow_addresses(uri_.host, own, uri_.port, {});
        ahead({Kind::Addresses, uri_.host});
        // RFC 6761 s6.3: DNS knows nothing of it.
        if (uri_.host == "localhost") return follow_addresses(uri_.host, own, uri_.port, {});
        if (uri_.transport_given || !uri_.is_turn()) return follow_service(own, true);
        std::vector<Carrier> carriers;
        for (const Carrier carrier : preference) {
            // RFC 5928 s3: secure leaves UDP and TCP out; the other way TLS stays in.
            if (uri_.is_secure() && !is_secure(carrier)) continue;
            carriers.push_back(carrier);
            if (has_service(carrier)) ahead({Kind::Srv, srv_name(uri_.scheme, carrier, uri_.host)});
        }
        start_with_naptr(carriers, own);
    }

    Discovery take() {
        for (const DnsQuestion& question : out_.needed)
            out_.ahead.erase(question);
        if (out_.needed.empty() && out_.locations.empty()) out_.error = why_nothing();
        return std::move(out_);
    }

  private:
    // The service of the scheme runs over it: "turn" is UDP and TCP, "turns" DTLS and TLS.
    [[nodiscard]] bool has_service(Carrier carrier) const {
        return is_secure(carrier) == uri_.is_secure();
    }

    void ahead(const DnsQuestion& question) {
        if (!answers_.has(question)) out_.ahead.insert(question);
    }

    // The answer, or null: then it is needed, or there is no more asking.
    template <typename T>
    const Result<T>* look_up(const std::map<std::string, Result<T>>& known,
                             const DnsQuestion& question) {
        if (const auto found = known.find(question.name); found != known.end()) {
            return &found->second;
        }
        const std::size_t count = answers_.addresses.size() + answers_.srv.size() +
                                  answers_.naptr.size() + out_.needed.size();
        if (count < kMaxQuestionCount) {
            out_.needed.insert(question);
        } else {
            fault("The records of " + uri_.host + " lead to more than " +
                  std::to_string(kMaxQuestionCount) + " questions: the rest was not asked.");
        }
        return nullptr;
    }

    void remark(Remark::Kind kind, std::string text) {
        Remark made{kind, std::move(text)};
        if (std::ranges::find(out_.remarks, made) == out_.remarks.end()) {
            out_.remarks.push_back(std::move(made));
        }
    }
    void fault(std::string text) { remark(Remark::Kind::Fault, std::move(text)); }
    void unanswered(const Error& error) {
        remark(Remark::Kind::Unanswered, "There was " + error.message + '.');
    }

    void add(Carrier carrier, const TransportAddress& address, const std::string& found_by,
             bool has_records) {
        const bool is_known = std::ranges::any_of(out_.locations, [&](const Location& known) {
            return known.carrier == carrier && known.address == address;
        });
        if (!is_known) out_.locations.push_back({carrier, address, found_by, has_records});
    }

    void follow_addresses(const std::string& name, Carrier carrier, std::uint16_t port,
                          const std::string& way) {
        const auto* answer = look_up(answers_.addresses, {Kind::Addresses, name});
        if (answer == nullptr) return;
        if (!*answer) {
            if (name == uri_.host) host_error_ = answer->error();
            const bool is_certain = answer->error().code == "resolve.not-found";
            remark(way.empty()  ? Remark::Kind::Note
                   : is_certain ? Remark::Kind::Fault
                                : Remark::Kind::Unanswered,
                   "After " + (way.empty() ? uri_.to_string() : way) + ": " +
                       answer->error().message + '.');
            return;
        }
        std::string found_by = way;
        if (!way.empty()) found_by += ", ";
        found_by += "addresses of " + name;
        for (const IpAddress& ip : **answer)
            add(carrier, {ip, port}, found_by, !way.empty());
    }

    // False when there are no such records, or none could be had.
    bool follow_srv(const std::string& name, Carrier carrier, const std::string& way) {
        const auto* answer = look_up(answers_.srv, {Kind::Srv, name});
        if (answer == nullptr) return true;
        if (!*answer) {
            unanswered(answer->error());
            return false;
        }
        if ((*answer)->empty()) return false;
        const std::string here = way + (way.empty() ? "" : ", ") + "SRV " + name;
        for (const SrvRecord& record : in_order(**answer, seed_)) {
            // RFC 2782: the service is decidedly not available at this domain.
            if (record.target.empty()) {
                remark(Remark::Kind::Note, "SRV " + name + " says that there is no such service.");
            } else if (record.port == 0) {
                fault("SRV " + name + " names port 0, which nothing can listen on.");
            } else {
                follow_addresses(record.target, carrier, record.port, here);
            }
        }
        return true;
    }

    // SRV, or else the default port.
    void follow_service(Carrier carrier, bool is_default) {
        const std::string name = srv_name(uri_.scheme, carrier, uri_.host);
        if (follow_srv(name, carrier, {}) || !is_default) return;
        follow_addresses(uri_.host, carrier, default_port(carrier), {});
    }

    // RFC 3958 s2.2.5: one protocol at a time, in the order of the first set of records.
    void start_with_naptr(std::span<const Carrier> carriers, Carrier own) {
        const auto* answer = look_up(answers_.naptr, {Kind::Naptr, uri_.host});
        if (answer == nullptr) return;
        std::vector<NaptrRecord> records;
        if (*answer) {
            records = in_order(**answer);
        } else {
            // RFC 5928 s3: a first query that fails is as good as one without records.
            unanswered(answer->error());
        }
        const auto rank = [&](Carrier carrier) {
            constexpr auto kNever = std::numeric_limits<std::uint32_t>::max();
            for (const NaptrRecord& record : records) {
                if (!offers(record, protocol_tag(carrier))) continue;
                return std::pair<std::uint32_t, std::uint32_t>(record.order, record.preference);
            }
            return std::pair<std::uint32_t, std::uint32_t>(kNever, kNever);
        };
        std::vector<Carrier> offered;
        for (const Carrier carrier : carriers) {
            if (rank(carrier).first <= std::numeric_limits<std::uint16_t>::max()) {
                offered.push_back(carrier);
            }
        }
        if (offered.empty()) {
            for (const Carrier carrier : carriers) {
                if (has_service(carrier)) follow_service(carrier, carrier == own);
            }
            return;
        }
        std::ranges::stable_sort(offered, {}, rank);
        for (const Carrier carrier : offered)
            follow_naptr(uri_.host, records, carrier, {}, 1);
    }

    void follow_naptr(const std::string& name, const std::vector<NaptrRecord>& records,
                      Carrier carrier, const std::string& way, std::size_t depth) {
        const std::string here = way + (way.empty() ? "" : ", ") + "NAPTR " + name;
        bool is_offered = false;
        for (const NaptrRecord& record : records) {
            if (!offers(record, protocol_tag(carrier))) continue;
            is_offered = true;
            follow_replacement(record, carrier, name, here, depth);
        }
        // RFC 3958 s2.2.4: somebody believes that the service exists here.
        if (!is_offered) {
            fault("After " + (way.empty() ? here : way) + ": " + name +
                  " has no NAPTR record for RELAY:" + protocol_tag(carrier) + '.');
        }
    }

    void follow_replacement(const NaptrRecord& record, Carrier carrier, const std::string& name,
                            const std::string& here, std::size_t depth) {
        if (!record.regexp.empty() || record.replacement.empty()) {
            return fault("NAPTR " + name +
                         " has a regular expression or no replacement, which RFC 3958 s6.6 does "
                         "not allow.");
        }
        if (report::equal_in_any_case(record.flags, "S")) {
            if (!follow_srv(record.replacement, carrier, here)) {
                fault("After " + here + ": there is no SRV " + record.replacement + '.');
            }
        } else if (report::equal_in_any_case(record.flags, "A")) {
            follow_addresses(record.replacement, carrier, default_port(carrier), here);
        } else if (!record.flags.empty()) {
            fault("NAPTR " + name + " has a flag other than S and A.");
        } else if (depth >= kMaxNaptrDepth) {
            fault("NAPTR records lead on and on, from " + uri_.host + " to " + name +
                  ": it was given up.");
        } else {
            const auto* next = look_up(answers_.naptr, {Kind::Naptr, record.replacement});
            if (next == nullptr) return;
            if (!*next) return unanswered(next->error());
            follow_naptr(record.replacement, in_order(**next), carrier, here, depth + 1);
        }
    }

    [[nodiscard]] Error why_nothing() const {
        // Nothing but the name's own addresses was to be had: the resolver has said it.
        if (host_error_ && out_.remarks.size() == 1) return *host_error_;
        std::string reasons;
        for (const Remark& remark : out_.remarks)
            reasons += ' ' + remark.text;
        if (host_error_) {
            Error error = *host_error_;
            error.message = "DNS leads from " + uri_.to_string() + " to no server." + reasons;
            return error;
        }
        return {.culprit = Culprit::Environment,
                .code = "discovery.nothing",
                .message = "DNS leads from " + uri_.to_string() + " to no server." + reasons};
    }

    const ServerUri& uri_;
    const DnsAnswers& answers_;
    std::uint64_t seed_;
    Discovery out_;
    std::optional<Error> host_error_;
};

}  // namespace

std::string_view to_string(Carrier carrier) {
    switch (carrier) {
        case Carrier::Udp:
            return "udp";
        case Carrier::Tcp:
            return "tcp";
        case Carrier::Tls:
            return "tls";
        case Carrier::Dtls:
            return "dtls";
    }
    return "udp";
}

Carrier carrier_of(const ServerUri& uri) {
    const bool is_udp = uri.transport == ServerTransport::Udp;
    if (uri.is_secure()) return is_udp ? Carrier::Dtls : Carrier::Tls;
    return is_udp ? Carrier::Udp : Carrier::Tcp;
}

bool DnsAnswers::has(const DnsQuestion& question) const {
    switch (question.kind) {
        case Kind::Addresses:
            return addresses.contains(question.name);
        case Kind::Srv:
            return srv.contains(question.name);
        case Kind::Naptr:
            return naptr.contains(question.name);
    }
    return false;
}

void DnsAnswers::fail(const DnsQuestion& question, const Error& error) {
    switch (question.kind) {
        case Kind::Addresses:
            addresses.emplace(question.name, error);
            break;
        case Kind::Srv:
            srv.emplace(question.name, error);
            break;
        case Kind::Naptr:
            naptr.emplace(question.name, error);
            break;
    }
}

Discovery discover(const ServerUri& uri, const DnsAnswers& answers,
                   std::span<const Carrier> preference, std::uint64_t seed) {
    Walk walk(uri, answers, seed);
    walk.start(preference);
    return walk.take();
}

}  // namespace portolan::transport
