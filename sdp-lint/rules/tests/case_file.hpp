#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/result.hpp"

namespace portolan::lint {

/// A place in a case: line from 0, columns [begin, end) from 0, in bytes of the finished text.
struct Mark {
    std::string code;
    std::uint32_t description = 0;
    std::uint32_t line = 0;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;

    friend bool operator==(const Mark&, const Mark&) = default;
    friend auto operator<=>(const Mark&, const Mark&) = default;
};

/// One "==" part of a case file, with its edits carried out.
struct Case {
    std::string code;
    bool fires = false;
    std::string title;
    std::uint32_t file_line = 0;
    std::string profile = "webrtc";
    std::string as = "";  ///< "offer", "answer" or nothing
    std::string target = "";
    bool is_fragment = false;
    bool is_candidate = false;       ///< of an RTCIceCandidate
    bool is_lost_candidate = false;  ///< of one without mid and index
    bool is_munging = false;
    bool is_pair = false;  ///< pair, or sequence when there are more than two texts
    std::vector<std::string> texts;
    std::vector<Mark> marks;
};

/// A case file; its format:
///
///   IC003 ufrag-too-short
///
///   == fires [profile=sip] [target=firefox] [as=answer] [fragment] [candidate] [lost] [pair]
///   [munging]: what is shown
///   @base audio            a file of bases/; without it every line of the blob is written out
///   -a=ice-ufrag:F7gI      takes away that line of the base: the first ("-@2 ..." the second)
///   +a=ice-ufrag:F7        comes in its place; after a context line, behind that; else at the end
///    a=mid:0               context: names a line of the base for the marks or lines that follow
///   #            ^^ IC003  a finding: the carets' columns of the line above
///   #^0 IC003              a finding: the line above as a whole
///   #@5 IC003              a finding: the empty place before column 5 (from 1)
///   #@1-3 IC003            a finding: columns 1 to 3
///
/// "@@ NAME" begins a description of a pair, sequence ("offer", "answer", "offer2" ...) or munging
/// ("created", "munged"). After "@raw" no line ends are added, and \r \n \t \\ \xNN stand for
/// bytes; columns are those of the bytes as written here.
Result<std::vector<Case>> parse_case_file(std::string_view text, const std::string& base_folder);

}  // namespace portolan::lint
