#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "probe/discovery/server_check_reading.hpp"

/// What the files share that judge a server.
namespace portolan::discovery {

class ServerJudge {
  public:
    explicit ServerJudge(const Ledger& ledger);

    ServerCheckOutcome run();

  private:
    using Kind = VerdictKind;

    // infer_server_check.cpp: the order of the report
    AuditCheck& set(std::string_view id, Kind verdict, std::string reason, std::string sentence,
                    std::vector<ProbeId> evidence = {});
    AuditCheck& pass(std::string_view id, std::string sentence,
                     std::vector<ProbeId> evidence = {}) {
        return set(id, Kind::Pass, {}, std::move(sentence), std::move(evidence));
    }
    [[nodiscard]] bool passed(std::string_view id) const {
        return outcome_.check(id).verdict == Kind::Pass;
    }
    /// What is missing a reply: fail only where nothing else explains it.
    void set_silence(std::string_view id, const StepReading& reading, AuditStep step,
                     const std::string& question);
    void judge_answers();
    void judge_tcp();
    void judge_usability();

    // infer_server_replies.cpp: whether the replies are any
    void judge_replies();
    void judge_well_formed();
    void judge_agreement();
    void judge_flaws();
    void judge_possible();

    // infer_server_addresses.cpp: what the replies say
    void judge_addresses();
    void judge_mapped(std::string_view id, bool plain);
    void judge_origin();
    void judge_other_address();
    void judge_alternates();
    void judge_consistency();
    void judge_alternate_server();

    // infer_server_requests.cpp: what the server does with attributes
    void judge_requests();
    void judge_change(std::string_view id, AuditStep step);
    void judge_change_none();
    void judge_change_refused();
    void judge_response_port();
    void judge_response_port_padding();
    void judge_padding();
    void judge_unknown_attribute();
    void judge_fingerprint();
    void judge_classic();

    [[nodiscard]] StepReading read(AuditStep step) const { return read_step(ledger_, step, now_); }
    [[nodiscard]] const Probe& probe(ProbeId id) const {
        return ledger_.probes[static_cast<std::size_t>(id)];
    }
    /// Steps that were asked, with their controls.
    [[nodiscard]] std::vector<ProbeId> ids_of(const std::vector<AuditStep>& steps) const;

    const Ledger& ledger_;
    Time now_{};
    NamedAlternate audit_;
    ServerCheckOutcome outcome_;
};

/// What must not be believed in a datagram that carries a transaction id of ours.
struct Disbelief {
    std::string reason;
    std::string what;  ///< "a response with a wrong FINGERPRINT"
};
Disbelief disbelief_of(const Arrival& arrival);

/// Datagrams from the server's addresses that belong to no request.
struct ServerStrays {
    std::size_t malformed_count = 0;
    std::string malformed;  ///< what the first of them was
    std::size_t wrong_id_count = 0;
};
ServerStrays strays_of(const Ledger& ledger, const NamedAlternate& named);

/// One stray datagram may be anybody's; a server that gets its answers wrong sends one for each
/// copy.
inline constexpr std::size_t kProvingStrays = 3;

/// "error 420"
std::string error_text(const Arrival& reply);

/// "OTHER-ADDRESS is 192.0.2.1:3478"-style listing: "a, b".
std::string join(const std::vector<std::string>& parts);

/// Unless it is there.
void add_once(std::vector<std::string>& list, const std::string& what);

}  // namespace portolan::discovery
