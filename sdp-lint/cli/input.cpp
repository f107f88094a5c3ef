#include "sdp-lint/cli/input.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <system_error>

namespace portolan::sdp_lint {

namespace {

using sdp::DescriptionKind;

Error unreadable(const std::string& path, int problem) {
    return {Culprit::Usage, "input.file",
            path + " cannot be read: " + std::generic_category().message(problem)};
}

/// In a session a description of unknown kind is what its place says.
void settle_kinds(std::vector<Source*>& sources) {
    DescriptionKind next = DescriptionKind::Offer;
    for (Source* source : sources) {
        DescriptionKind& kind = source->unwrapped.kind;
        if (kind == DescriptionKind::Unknown) kind = next;
        next = kind == DescriptionKind::Offer ? DescriptionKind::Answer : DescriptionKind::Offer;
    }
}

constexpr std::size_t kUtf16Step = 256;

/// Code units that this byte adds: all of a sequence count at its first byte.
std::uint32_t utf16_units(unsigned char byte) {
    if (byte >= 0xF0) return 2;
    return byte < 0x80 || byte >= 0xC0 ? 1 : 0;
}

void count_utf16(InputFile& file) {
    const bool is_ascii = std::all_of(file.bytes.begin(), file.bytes.end(),
                                      [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (is_ascii) return;
    std::uint32_t units = 0;
    for (std::size_t i = 0; i < file.bytes.size(); ++i) {
        if (i % kUtf16Step == 0) file.utf16_before.push_back(units);
        units += utf16_units(static_cast<unsigned char>(file.bytes[i]));
    }
}

/// Code units before that byte of the file.
std::uint64_t utf16_before(const InputFile& file, std::size_t offset) {
    if (file.utf16_before.empty()) return offset;
    const std::size_t step = std::min(offset / kUtf16Step, file.utf16_before.size() - 1);
    std::uint64_t units = file.utf16_before[step];
    for (std::size_t i = step * kUtf16Step; i < offset; ++i)
        units += utf16_units(static_cast<unsigned char>(file.bytes[i]));
    return units;
}

Result<void> take_file(Inputs& inputs, InputFile& file, bool raw) {
    sdp::UnwrappedInput unwrapped;
    if (raw) {
        unwrapped.descriptions.emplace_back();
        unwrapped.descriptions.back().text = file.bytes;
    } else {
        auto found = sdp::unwrap(file.bytes);
        if (!found) {
            Error error = std::move(found).error();
            error.message = file.name + ": " + error.message;
            return error;
        }
        unwrapped = std::move(*found);
    }
    file.form = unwrapped.form;
    count_utf16(file);
    file.line_starts.push_back(0);
    for (std::size_t at = file.bytes.find('\n'); at != std::string::npos;
         at = file.bytes.find('\n', at + 1))
        file.line_starts.push_back(static_cast<std::uint32_t>(at + 1));
    for (sdp::Unwrapped& description : unwrapped.descriptions) {
        auto source = std::make_unique<Source>();
        source->file = &file;
        source->unwrapped = std::move(description);
        inputs.sources.push_back(std::move(source));
    }
    return {};
}

/// Each connection of a dump is a session; so are several files, and several descriptions of one.
void make_sessions(Inputs& inputs, const InputOptions& options) {
    std::map<std::pair<const InputFile*, std::uint32_t>, std::size_t> of_connection;
    std::vector<std::vector<Source*>> groups;
    for (const auto& source : inputs.sources) {
        const bool is_dump = source->file->form == sdp::InputForm::WebrtcInternals;
        const bool by_itself =
            source->unwrapped.form == sdp::DescriptionForm::Fragment || options.separate;
        if (by_itself && !is_dump) {
            groups.push_back({source.get()});
            continue;
        }
        const InputFile* file = is_dump ? source->file : nullptr;
        const auto key = std::make_pair(file, is_dump ? source->unwrapped.connection : 0U);
        const auto [entry, added] = of_connection.try_emplace(key, groups.size());
        if (added) groups.emplace_back();
        groups[entry->second].push_back(source.get());
    }
    for (std::vector<Source*>& group : groups) {
        if (options.munging || group.size() == 1) {
            for (Source* source : group) {
                if (source->unwrapped.kind == DescriptionKind::Unknown)
                    source->unwrapped.kind = options.as;
            }
        } else {
            settle_kinds(group);
        }
        Session session;
        session.is_munging = options.munging;
        session.sources.assign(group.begin(), group.end());
        inputs.sessions.push_back(std::move(session));
    }
}

}  // namespace

std::string Source::name() const {
    return unwrapped.label.empty() ? file->name : file->name + " (" + unwrapped.label + ")";
}

sdp::ByteRange Source::in_file(sdp::ByteRange range) const {
    if (!is_wrapped()) return range;
    return {unwrapped.origin[range.begin], unwrapped.origin[range.end]};
}

report::Location Source::location_of(sdp::ByteRange range) const {
    const sdp::ByteRange there = in_file(range);
    report::Location location;
    location.source = file->name;
    location.byte_offset = there.begin;
    location.length_bytes = there.size();
    if (!is_wrapped()) {
        const sdp::Position at = description->document().position_of(range.begin);
        location.line = at.line;
        location.column_bytes = at.column;
        return location;
    }
    const auto& starts = file->line_starts;
    const auto after = std::upper_bound(starts.begin(), starts.end(), there.begin);
    location.line = static_cast<std::uint64_t>(after - starts.begin());
    location.column_bytes = there.begin - *std::prev(after) + 1;
    return location;
}

Utf16Columns Source::utf16_columns_of(sdp::ByteRange range) const {
    const sdp::ByteRange there = in_file(range);
    const std::uint64_t line_begin = there.begin - (location_of(range).column_bytes - 1);
    // Regions of one line: what goes on in the next ends with this one.
    const std::size_t line_end = std::min(file->bytes.find('\n', there.begin), file->bytes.size());
    const std::uint64_t before = utf16_before(*file, line_begin);
    return {utf16_before(*file, there.begin) - before + 1,
            utf16_before(*file, std::min<std::size_t>(there.end, line_end)) - before + 1};
}

std::string Source::as_in_file(std::string_view text) const {
    return is_wrapped() ? sdp::escape_json(text, unwrapped.escape_depth) : std::string(text);
}

Result<std::string> read_bytes(const std::string& path) {
    const bool is_stdin = path == kStandardInput;
    const std::string name = is_stdin ? "standard input" : path;
    const int descriptor = is_stdin ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return unreadable(name, errno);
    std::string bytes;
    std::array<char, 65536> chunk{};
    int problem = 0;
    while (true) {
        const ssize_t count = ::read(descriptor, chunk.data(), chunk.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) problem = errno;
        if (count <= 0) break;
        bytes.append(chunk.data(), static_cast<std::size_t>(count));
        // One byte more than is allowed is enough to know; sdp::unwrap says so.
        if (bytes.size() > sdp::kMaxInputBytes) break;
    }
    if (!is_stdin) ::close(descriptor);
    if (problem != 0) return unreadable(name, problem);
    return bytes;
}

Result<std::unique_ptr<Inputs>> make_inputs(std::vector<NamedBytes> files,
                                            const InputOptions& options) {
    auto inputs = std::make_unique<Inputs>();
    for (NamedBytes& given : files) {
        auto file = std::make_unique<InputFile>();
        const bool is_stdin = given.path == kStandardInput;
        file->name = is_stdin ? "stdin" : given.path;
        file->path = is_stdin ? "" : given.path;
        file->bytes = std::move(given.bytes);
        inputs->files.push_back(std::move(file));
        if (auto taken = take_file(*inputs, *inputs->files.back(), options.raw); !taken)
            return taken.error();
    }
    if (options.munging && inputs->sources.size() != 2) {
        return Error{
            Culprit::Usage, "input.munging",
            "--munging takes two descriptions, the created and the munged one; there are " +
                std::to_string(inputs->sources.size())};
    }
    make_sessions(*inputs, options);
    for (const auto& source : inputs->sources) {
        source->description = std::make_unique<sdp::Description>(
            source->unwrapped.text, source->unwrapped.kind, source->unwrapped.form);
    }
    return inputs;
}

Result<std::unique_ptr<Inputs>> read_inputs(const InputOptions& options) {
    std::vector<std::string> paths = options.paths;
    if (paths.empty()) paths.emplace_back(kStandardInput);
    if (std::count(paths.begin(), paths.end(), kStandardInput) > 1) {
        return Error{Culprit::Usage, "input.file", "standard input can be read only once"};
    }
    std::vector<NamedBytes> files;
    for (const std::string& path : paths) {
        auto bytes = read_bytes(path);
        if (!bytes) return std::move(bytes).error();
        files.push_back({path, std::move(*bytes)});
    }
    return make_inputs(std::move(files), options);
}

}  // namespace portolan::sdp_lint
