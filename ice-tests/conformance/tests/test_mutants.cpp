#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "ice-tests/conformance/tests/suite.hpp"
#include "ice-tests/mutants/mutant.hpp"

// Every check against an embedded server that is wrong in the one way that the check is for, and
// against the same server without that.
namespace portolan::conformance::test {
namespace {

// So many servers at once: each has sockets of its own.
constexpr std::size_t kBatchCount = 64;
// As long as ice-test waits: on a server that falls silent a check may wait twice for all copies.
const RunOptions kOptions{.check_limit = std::chrono::minutes(2)};

class MutantTest : public SuiteTest {
  protected:
    Target& target_for(const Check& check, mutants::MutantSet mutants) {
        const Transport transport = transport_for(check);
        const bool is_v6 = check.id == "rfc8656/7.2/ipv4-by-default";
        TurnServerOptions options = options_for(deployment_for(check));
        options.mutants = mutants;
        const bool takes_tokens = (check.needs & kThirdPartyKey) != 0;
        if (takes_tokens) options.third_party = third_party();
        if (check.id == "security/even-port-leak") {
            // Fewer even ports than the check asks for.
            options.relay_port_min = 61000;
            options.relay_port_max = 61399;
        }
        const bool is_long = check.check_class == CheckClass::Long;
        if (is_long) shorten(options);
        if (check.id.starts_with("rfc8656/6/")) {
            options.lifetimes.default_allocation = short_lifetimes().allocation;
        }
        const bool needs_identity = turn::is_secure(transport) || check.id == "tls/on-plain-port";
        const TurnServer& server =
            start(std::move(options), {is_v6 ? kLoopback6 : kLoopback4}, needs_identity);
        Target& out = target(server, transport, is_v6 ? AddressFamily::IPv6 : AddressFamily::IPv4);
        out.claims_rfc8489 = true;
        out.has_public_peers = check.id == "security/peer/nobody";
        if (takes_tokens) out.third_party = third_party_key();
        if (is_long) out.lifetimes = short_lifetimes();
        return out;
    }

    // Side by side: what waits for silence waits at once.
    std::map<std::string_view, Judgement> judge_each(bool with_mutant) {
        std::map<std::string_view, Judgement> out;
        const auto table = check_table();
        for (std::size_t first = 0; first < table.size(); first += kBatchCount) {
            std::vector<turn::Task<std::vector<CheckResult>>> tasks;
            for (const Check* check :
                 table.subspan(first, std::min(kBatchCount, table.size() - first))) {
                mutants::MutantSet set;
                const auto mutant = mutants::find_mutant(check->id);
                if (mutant && with_mutant) set.add(*mutant);
                tasks.push_back(run_checks(where, target_for(*check, set), {check}, kOptions));
            }
            for (const auto& results : run(turn::all(where, std::move(tasks))))
                out[results.front().check->id] = results.front().judgement;
            servers.clear();
        }
        return out;
    }
};

TEST(MutantTable, every_check_has_a_mutant_and_every_mutant_a_check) {
    std::set<std::string_view> checks;
    for (const Check* check : check_table()) {
        checks.insert(check->id);
        EXPECT_TRUE(mutants::find_mutant(check->id)) << check->id << " has no mutant";
    }
    for (const auto& row : mutants::mutant_table())
        EXPECT_TRUE(checks.contains(row.check_id)) << row.check_id << " has no check";
}

TEST_F(MutantTest, every_check_passes_on_a_sound_server) {
    for (const auto& [id, judgement] : judge_each(false)) {
        EXPECT_EQ(judgement.status, Status::Meets)
            << id << ": " << to_string(judgement.status) << ": " << judgement.came;
    }
}

TEST_F(MutantTest, every_check_fails_on_its_mutant) {
    const auto judgements = judge_each(true);
    EXPECT_EQ(judgements.size(), check_table().size());
    for (const auto& [id, judgement] : judgements) {
        EXPECT_EQ(judgement.status, Status::Violates)
            << id << ": " << to_string(judgement.status) << ": " << judgement.came;
    }
}

}  // namespace
}  // namespace portolan::conformance::test
