#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// How the names of hosts, files and interfaces look in text. All are linear in it.
namespace portolan::redact {

/// Letters, digits, and what stands between them in names.
bool is_in_name(char c);
/// What neither paths nor URIs have within.
bool ends_run(char c);
bool has_letter(std::string_view text);

/// ".json" of a file; empty where there is none.
std::string_view extension_of(std::string_view path);
/// It ends in what the files of these tools end in: such a word is a name wherever it stands.
bool is_own_extension(std::string_view extension);
bool is_own_file(std::string_view run);

/// It begins with the scheme of a STUN or TURN server, or of a page.
bool is_uri(std::string_view text);
/// From the root, the home or the working folder.
bool is_path(std::string_view run);
/// Without the end of a sentence, and without the line and column behind a file's name.
std::string_view bare(std::string_view run);

/// "turn.corp.de, *.corp.de, 192.0.2.7 and others)": its names, without the wildcards. They have no
/// blanks, so that words of a sentence that goes on behind them are none.
std::vector<std::string_view> certified_names(std::string_view list);

/// A URI's host in a run; nothing for addresses in brackets.
std::optional<std::string_view> host_in(std::string_view run);

/// act(run, offset) for each stretch of text between what ends runs.
template <typename Do>
void for_each_run(std::string_view text, const Do& act) {
    std::size_t at = 0;
    while (at < text.size()) {
        std::size_t end = at;
        while (end < text.size() && !ends_run(text[end]))
            ++end;
        if (end > at) act(text.substr(at, end - at), at);
        at = end + 1;
    }
}

}  // namespace portolan::redact
