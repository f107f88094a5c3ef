#pragma once

#include <map>
#include <string>
#include <vector>

#include "probe/transport/discovery.hpp"

namespace portolan::transport {

/// DNS as tests write it down.
struct Zone {
    std::map<std::string, std::vector<NaptrRecord>> naptr;
    std::map<std::string, std::vector<SrvRecord>> srv;
    std::map<std::string, std::vector<IpAddress>> addresses;
    std::map<std::string, Error> failing;  ///< SRV and NAPTR questions that get no answer

    void answer(const DnsQuestion& question, DnsAnswers& answers) const {
        const auto failure = failing.find(question.name);
        if (failure != failing.end() && question.kind != DnsQuestion::Kind::Addresses) {
            return answers.fail(question, failure->second);
        }
        switch (question.kind) {
            case DnsQuestion::Kind::Naptr:
                answers.naptr.emplace(question.name, find(naptr, question.name));
                break;
            case DnsQuestion::Kind::Srv:
                answers.srv.emplace(question.name, find(srv, question.name));
                break;
            case DnsQuestion::Kind::Addresses:
                if (auto found = find(addresses, question.name); !found.empty()) {
                    answers.addresses.emplace(question.name, std::move(found));
                } else {
                    answers.fail(question, {.culprit = Culprit::Environment,
                                            .code = "resolve.not-found",
                                            .message = "cannot resolve \"" + question.name + '"'});
                }
        }
    }

  private:
    template <typename T>
    static std::vector<T> find(const std::map<std::string, std::vector<T>>& where,
                               const std::string& name) {
        const auto found = where.find(name);
        return found == where.end() ? std::vector<T>{} : found->second;
    }
};

/// RFC 5928 s4, figures 1 to 3, with the additions of RFC 7350 appendix A.
inline Zone rfc_zone() {
    const IpAddress a = IpAddress::v4({192, 0, 2, 1});
    Zone out;
    out.naptr = {
        {"example.net",
         {{100, 10, "", "RELAY:turn.udp:turn.dtls", "", "datagram.example.net"},
          {200, 10, "", "RELAY:turn.tcp:turn.tls", "", "stream.example.net"}}},
        {"datagram.example.net",
         {{100, 10, "S", "RELAY:turn.udp", "", "_turn._udp.example.net"},
          {200, 10, "S", "RELAY:turn.dtls", "", "_turns._udp.example.net"}}},
        {"stream.example.net",
         {{100, 10, "S", "RELAY:turn.tcp", "", "_turn._tcp.example.net"},
          {200, 10, "A", "RELAY:turn.tls", "", "a.example.net"}}},
        {"example.com", {{100, 10, "", "RELAY:turn.udp:turn.tcp:turn.tls", "", "example.net"}}},
    };
    out.srv = {{"_turn._udp.example.net", {{0, 0, 3478, "a.example.net"}}},
               {"_turn._tcp.example.net", {{0, 0, 5000, "a.example.net"}}},
               {"_turns._udp.example.net", {{0, 0, 5349, "a.example.net"}}},
               {"_turn._udp.example.com", {{0, 0, 3478, "a.example.net"}}},
               {"_turn._tcp.example.com", {{0, 0, 5000, "a.example.net"}}},
               {"_turns._tcp.example.com", {{0, 0, 5349, "a.example.net"}}}};
    out.addresses = {{"a.example.net", {a}}};
    return out;
}

}  // namespace portolan::transport
