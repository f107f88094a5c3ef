#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>

#include "sdp-lint/rules/reporter.hpp"

namespace portolan::lint {

using sdp::Attr;
using sdp::Description;
using sdp::Section;

/// An offer and the answer to it.
struct Pair {
    const Description& offer;
    const Description& answer;
};

/// What one session's two sides set, in order: offer, answer, offer, answer ... At least three.
/// Who offers may change; Session in sequence.hpp tells.
struct Sequence {
    std::span<const Description* const> descriptions;
};

/// What createOffer or createAnswer gave, and what was handed to setLocalDescription.
struct Munging {
    const Description& created;
    const Description& munged;
};

// Checks are pure, and take time in proportion to the text (times a logarithm): never a loop over
// all lines within a loop over all lines. Look things up in Section and Description; to find
// doubles, sort or use find_doubles() of doubles.hpp.
using BlobCheck = void (*)(const Description&, Reporter&);
using PairCheck = void (*)(const Pair&, Reporter&);
using SequenceCheck = void (*)(const Sequence&, Reporter&);
using MungingCheck = void (*)(const Munging&, Reporter&);

/// A function and the codes that it may report: one, or a family found in one loop. Each code
/// belongs to exactly one rule.
struct Rule {
    static constexpr std::size_t kMaxCodes = 12;

    constexpr Rule(Code code, BlobCheck check) : Rule({code}, check) {}
    constexpr Rule(Code code, PairCheck check) : Rule({code}, check) {}
    constexpr Rule(Code code, SequenceCheck check) : Rule({code}, check) {}
    constexpr Rule(Code code, MungingCheck check) : Rule({code}, check) {}
    constexpr Rule(std::initializer_list<Code> family, BlobCheck check) : blob(check) {
        take(family);
    }
    constexpr Rule(std::initializer_list<Code> family, PairCheck check) : pair(check) {
        take(family);
    }
    constexpr Rule(std::initializer_list<Code> family, SequenceCheck check) : sequence(check) {
        take(family);
    }
    constexpr Rule(std::initializer_list<Code> family, MungingCheck check) : munging(check) {
        take(family);
    }

    /// For what an answer shows by itself, though in a pair nobody may have said that it is one.
    constexpr Rule(std::initializer_list<Code> family, BlobCheck alone, PairCheck in_pair)
        : blob(alone), pair(in_pair) {
        take(family);
    }

    constexpr std::span<const Code> codes() const { return {codes_.data(), code_count_}; }

    BlobCheck blob = nullptr;
    PairCheck pair = nullptr;
    SequenceCheck sequence = nullptr;
    MungingCheck munging = nullptr;

  private:
    constexpr void take(std::initializer_list<Code> family) {
        for (const Code code : family)
            codes_.at(code_count_++) = code;
    }
    std::array<Code, kMaxCodes> codes_{};
    std::uint8_t code_count_ = 0;
};

}  // namespace portolan::lint
