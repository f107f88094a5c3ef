#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ice-tests/turn/task.hpp"

namespace portolan::conformance {

/// How strongly the requirement binds. Information: no document demands it, and it is worth
/// knowing.
enum class Level { Must, Should, Information };

/// What a check costs. Fast: well under a second, a few messages. Wait: seconds. Long: minutes,
/// because a lifetime has to end. Intrusive: loads the server, or looks like an attack.
enum class CheckClass { Fast, Wait, Long, Intrusive };

/// Security checks have a severity of their own; the others are as severe as they bind.
enum class Axis { Conformance, Security };
enum class Danger { None, Low, Medium, High };

// Bits of Check::transports.
inline constexpr unsigned kUdp = 1;
inline constexpr unsigned kTcp = 2;
inline constexpr unsigned kTls = 4;
inline constexpr unsigned kDtls = 8;
inline constexpr unsigned kDatagrams = kUdp | kDtls;
inline constexpr unsigned kStreams = kTcp | kTls;
inline constexpr unsigned kSecure = kTls | kDtls;
inline constexpr unsigned kAnyTransport = 15;

// Bits of Check::needs.
inline constexpr unsigned kCredentials = 1;   ///< a user
inline constexpr unsigned kSecondUser = 2;    ///< another one
inline constexpr unsigned kSharedSecret = 4;  ///< of time-limited credentials
inline constexpr unsigned kAlone = 8;         ///< nothing of the same user may run beside it
inline constexpr unsigned kFreshTuple = 16;   ///< a 5-tuple that never had an allocation
inline constexpr unsigned kPassword = 32;     ///< of the user, who has no access token instead
/// What the server shares with its authorization server (RFC 7635)
inline constexpr unsigned kThirdPartyKey = 64;

enum class Status {
    Meets,
    Violates,
    NotApplicable,  ///< the requirement says nothing about such a server
    Undecided,      ///< what was seen does not decide
};

struct Judgement {
    Status status = Status::Undecided;
    std::string came;  ///< what was seen: one sentence
    /// It rests on an answer that did not come: worth nothing when the server has gone.
    bool by_silence = false;
    /// Of data, which nobody but the check itself sends again.
    bool by_lost_data = false;
    /// It rests on an answer that says that there is no room (486, 508): worth nothing where others
    /// get that answer too.
    bool by_no_room = false;
    /// What a violation is about, where that is the same in each run: the peers that are permitted.
    std::vector<std::string> about = {};
};

Judgement meets(std::string came);
Judgement violates(std::string came);
Judgement not_applicable(std::string why);
Judgement undecided(std::string why);

/// What to do about a failure, for servers whose SOFTWARE begins like this; "" for all.
struct Remedy {
    std::string_view software;
    std::string_view advice;
};

class Probe;

/// One requirement as an executable check: it talks to the server on sockets of its own and judges
/// what comes back.
struct Check {
    /// Permanent, "rfc8656/7.2/lifetime-short": the RFC, its section, and what it is about in
    /// words, so that no later check moves it. Security checks start with "security/", those of TLS
    /// with "tls/".
    std::string_view id;
    std::string_view title;  ///< a few words
    Level level = Level::Must;
    CheckClass check_class = CheckClass::Fast;
    Axis axis = Axis::Conformance;
    Danger danger = Danger::None;
    unsigned transports = kAnyTransport;
    unsigned needs = 0;
    std::string_view document = {};     ///< "RFC 8656"; from the id when empty
    std::string_view section = {};      ///< "7.2"; from the id when empty
    std::string_view requirement = {};  ///< in our words, one sentence or two
    std::string_view sends = {};        ///< what is sent
    std::string_view conformant = {};   ///< what a conformant server does
    std::string_view weakness = {};     ///< "CWE-918", "CVE-2020-26262"
    std::span<const Remedy> remedies = {};
    turn::Task<Judgement> (*run)(Probe& probe) = nullptr;
};

/// All of them: by RFC and section, then TLS, then security.
std::span<const Check* const> check_table();

std::string_view to_string(Level level);             // "must", "should", "information"
std::string_view to_string(CheckClass check_class);  // "fast", "wait", "long", "intrusive"
std::string_view to_string(Status status);
std::string document_of(const Check& check);  // "RFC 8656"
std::string section_of(const Check& check);   // "7.2"

}  // namespace portolan::conformance
