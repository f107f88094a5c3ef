// The whole statistical matrix, as a program: `discovery_matrix --runs 10000`. Prints a table and
// exits with 1 when a single verdict was wrong.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "probe/discovery/tests/matrix.hpp"

namespace {

using namespace portolan::discovery::sim;

struct Options {
    int runs = 10'000;
    std::uint64_t seed_base = 1;
    std::vector<double> losses;
};

bool parse(int argc, char** argv, Options& options) {
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 >= argc) return false;
        const char* value = argv[i + 1];
        char* end = nullptr;
        if (std::strcmp(argv[i], "--runs") == 0) {
            options.runs = static_cast<int>(std::strtol(value, &end, 10));
        } else if (std::strcmp(argv[i], "--seed-base") == 0) {
            options.seed_base = std::strtoull(value, &end, 10);
        } else if (std::strcmp(argv[i], "--loss") == 0) {
            options.losses.push_back(std::strtod(value, &end) / 100.0);
        } else {
            return false;
        }
        if (end == value || *end != '\0') return false;
    }
    if (options.losses.empty()) options.losses = {0.0, 0.05, 0.20};
    return options.runs > 0;
}

double percent(int count, int of) {
    return 100.0 * count / of;
}

int count(const std::array<int, kGradeCount>& grades, Grade grade) {
    return grades[static_cast<std::size_t>(grade)];
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    if (!parse(argc, argv, options)) {
        std::fprintf(stderr,
                     "usage: discovery_matrix [--runs N] [--seed-base N] [--loss PERCENT]...\n");
        return 2;
    }
    std::printf("%d runs a cell, seeds from %llu\n", options.runs,
                static_cast<unsigned long long>(options.seed_base));
    std::printf("%-14s %5s | %7s %6s %7s %7s | %7s %6s %7s %7s | %6s %8s %8s %7s\n", "", "loss",
                "mapping", "", "incon-", "unsup-", "filter-", "", "incon-", "unsup-", "other",
                "mean", "longest", "packets");
    std::printf("%-14s %5s | %7s %6s %7s %7s | %7s %6s %7s %7s | %6s %8s %8s %7s\n", "cell", "%",
                "right %", "wrong", "cl. %", "port. %", "right %", "wrong", "cl. %", "port. %",
                "wrong", "ms", "ms", "a run");
    int wrong = 0;
    long total_runs = 0;
    const auto begin = std::chrono::steady_clock::now();
    for (const double loss : options.losses) {
        Tally sum;
        for (const MappingRule mapping : kMappings) {
            for (const FilteringRule filtering : kFilterings) {
                const Tally tally =
                    run_cell({mapping, filtering, loss}, options.seed_base, options.runs);
                const auto undecided = [&](const std::array<int, kGradeCount>& grades) {
                    return count(grades, Grade::Inconclusive) + count(grades, Grade::NotTested) +
                           count(grades, Grade::Weaker);
                };
                const std::string name =
                    std::string(to_string(mapping)) + "/" + std::string(to_string(filtering));
                std::printf(
                    "%-14s %5.1f | %7.2f %6d %7.2f %7.2f | %7.2f %6d %7.2f %7.2f | %6d %8.1f %8.1f "
                    "%7.1f\n",
                    name.c_str(), loss * 100,
                    percent(count(tally.mapping, Grade::Right), tally.runs),
                    count(tally.mapping, Grade::Wrong),
                    percent(undecided(tally.mapping), tally.runs),
                    percent(count(tally.mapping, Grade::Unsupported), tally.runs),
                    percent(count(tally.filtering, Grade::Right), tally.runs),
                    count(tally.filtering, Grade::Wrong),
                    percent(undecided(tally.filtering), tally.runs),
                    percent(count(tally.filtering, Grade::Unsupported), tally.runs),
                    tally.other_wrong,
                    static_cast<double>(tally.total_elapsed.count()) / 1000.0 / tally.runs,
                    static_cast<double>(tally.longest.count()) / 1000.0,
                    static_cast<double>(tally.packets) / tally.runs);
                for (const std::string& complaint : tally.complaints) {
                    std::printf("    %s\n", complaint.c_str());
                }
                std::fflush(stdout);
                wrong += tally.wrong();
                total_runs += tally.runs;
                sum.runs += tally.runs;
                for (int i = 0; i < kGradeCount; ++i) {
                    sum.mapping[static_cast<std::size_t>(i)] +=
                        tally.mapping[static_cast<std::size_t>(i)];
                    sum.filtering[static_cast<std::size_t>(i)] +=
                        tally.filtering[static_cast<std::size_t>(i)];
                }
            }
        }
        std::printf("loss %.1f %%: no exact answer for mapping %.3f %%, for filtering %.3f %%\n",
                    loss * 100, 100.0 * sum.undecided_mapping(), 100.0 * sum.undecided_filtering());
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf("%ld runs, %d wrong, %.1f s, %.1f us a run\n", total_runs, wrong, took.count(),
                took.count() * 1e6 / static_cast<double>(total_runs));
    return wrong == 0 ? 0 : 1;
}
