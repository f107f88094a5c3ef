#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "ice-tests/conformance/tests/suite.hpp"
#include "ice-tests/mutants/fails_too.hpp"
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

    /// All that is fast or waits, on that server: what fails, but for the check of the bug itself.
    std::map<std::string_view, std::set<std::string>> judge_beside(
        const std::vector<mutants::Mutant>& bugs, Deployment deployment, Transport transport) {
        std::map<std::string_view, std::set<std::string>> out;
        std::vector<turn::Task<std::vector<CheckResult>>> tasks;
        for (const mutants::Mutant bug : bugs) {
            TurnServerOptions options = options_for(deployment);
            options.mutants.add(bug);
            Target& at = target(start(std::move(options)), transport);
            // What ice-test does first: whether it is an open relay is learnt there.
            (void)run(preflight(where, at));
            auto checks = all_for(at, deployment);
            std::erase_if(checks, [](const Check* check) {
                return check->check_class == CheckClass::Intrusive;
            });
            tasks.push_back(run_checks(where, at, checks, kOptions));
        }
        const auto all = run(turn::all(where, std::move(tasks)));
        for (std::size_t i = 0; i < bugs.size(); ++i) {
            std::set<std::string>& failing = out[to_string(bugs[i])];
            std::set<std::string> listed;
            std::istringstream ids{std::string(mutants::fails_too(bugs[i]))};
            for (std::string id; ids >> id;)
                listed.insert(id);
            for (const CheckResult& result : all[i]) {
                const std::string id(result.check->id);
                if (id == to_string(bugs[i])) continue;
                const bool fails = result.judgement.status == Status::Violates;
                if (fails) failing.insert(id);
                EXPECT_EQ(fails, listed.contains(id))
                    << id << " with the bug " << to_string(bugs[i]) << ": "
                    << result.judgement.came;
            }
        }
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

TEST_F(MutantTest, what_fails_beside_a_bug_of_the_deployment_is_listed) {
    std::vector<mutants::Mutant> bugs;
    for (const auto& row : mutants::mutant_table()) {
        // On a server that has fallen silent the others are left open, one wait after the other.
        if (row.mutant == mutants::Mutant::SecurityRandomDatagrams) continue;
        if (row.check_id.starts_with("security/")) bugs.push_back(row.mutant);
    }
    const auto failing = judge_beside(bugs, Deployment::Closed, Transport::Udp);
    EXPECT_TRUE(failing.at("security/rest/wrong").contains("security/rest/refresh"));
}

TEST_F(MutantTest, what_fails_on_an_open_relay_or_one_elsewhere_is_listed) {
    const auto failing =
        judge_beside({mutants::Mutant::SecurityOpenRelay, mutants::Mutant::SecurityRelayAddress},
                     Deployment::Plain, Transport::Tcp);
    EXPECT_TRUE(failing.at("security/open-relay").contains("rfc6062/5.2/connect"));
    EXPECT_TRUE(failing.at("security/relay-address").contains("rfc8656/11.3/data-indication"));
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
