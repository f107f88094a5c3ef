// What sdp-lint costs on one description: parsing, and parsing with all rules of the default
// profile. ci/bench/sdplint_speed.sh runs it beside other parsers.
//
//   build/release/bin/bench_sdp FILE [ROUNDS] [SECONDS_A_ROUND]
//
// Prints one JSON object: operations per second, the best round of each.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "sdp-lint/rules/linter.hpp"

namespace {

using Clock = std::chrono::steady_clock;

// The best of several rounds: what is slower was disturbed.
template <typename Work>
double per_second(int rounds, double round_seconds, Work work) {
    double best = 0;
    for (int round = 0; round < rounds; ++round) {
        const auto begin = Clock::now();
        const std::chrono::duration<double> limit(round_seconds);
        std::size_t done = 0;
        std::chrono::duration<double> took{};
        do {
            for (int i = 0; i < 100; ++i)
                work();
            done += 100;
            took = Clock::now() - begin;
        } while (took < limit);
        best = std::max(best, static_cast<double>(done) / took.count());
    }
    return best;
}

}  // namespace

int main(int argc, char** argv) {
    std::ifstream in(argc > 1 ? argv[1] : "", std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (text.empty()) {
        std::fputs("usage: bench_sdp FILE [ROUNDS] [SECONDS_A_ROUND]\n", stderr);
        return 2;
    }
    const int rounds = argc > 2 ? std::atoi(argv[2]) : 7;
    const double round_seconds = argc > 3 ? std::atof(argv[3]) : 0.5;

    // Summed up and printed, so that no work can be left out.
    std::size_t seen = 0;
    const double parse = per_second(rounds, round_seconds, [&] {
        const portolan::sdp::Description description(text);
        seen += description.sections().size();
    });
    const portolan::lint::Linter linter;
    const double lint = per_second(rounds, round_seconds, [&] {
        const portolan::sdp::Description description(text);
        seen += linter.lint(description).size();
    });
    std::printf("{\"parse\": %.0f, \"lint\": %.0f, \"seen\": %zu}\n", parse, lint, seen);
    return 0;
}
