#include "sdp-lint/cli/lint_command.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "reports/cli/catalogue.hpp"
#include "reports/cli/files.hpp"
#include "reports/cli/output.hpp"
#include "sdp-lint/cli/baseline.hpp"
#include "sdp-lint/cli/config.hpp"
#include "sdp-lint/cli/rewrite.hpp"
#include "sdp-lint/cli/spec.hpp"
#include "sdp-lint/cli/text_output.hpp"
#include "sdp-lint/cli/why.hpp"

namespace portolan::sdp_lint {

namespace {

using cli::Arguments;
using cli::ExitCode;

/// Command line and configuration file together.
struct Settings {
    lint::LintOptions lint;
    std::vector<lint::Target> targets;
    cli::FailOn fail_on;
    std::optional<std::string> baseline;
};

Result<Config> config_for(const Arguments& arguments) {
    if (arguments.has("no-config")) return Config{};
    if (arguments.has("config")) return read_config(arguments.text("config"));
    const auto& paths = arguments.positionals();
    const bool is_stdin = paths.empty() || paths.front() == kStandardInput;
    return find_config(is_stdin ? "."
                                : std::filesystem::path(paths.front()).parent_path().string());
}

Result<Settings> settings_of(const Arguments& arguments) {
    auto config = config_for(arguments);
    if (!config) return std::move(config).error();
    Settings settings;
    settings.lint.profile = *lint::parse_profile(arguments.text("profile"));
    if (!arguments.has("profile") && config->profile) settings.lint.profile = *config->profile;
    settings.lint.select =
        arguments.has("select") ? split_words(arguments.texts("select")) : config->select;
    settings.lint.ignore = split_words(arguments.texts("ignore"));
    // The command line wins: what it selects by that name, or more exactly, the file cannot ignore.
    std::copy_if(config->ignore.begin(), config->ignore.end(),
                 std::back_inserter(settings.lint.ignore), [&](const std::string& ignored) {
                     return !arguments.has("select") ||
                            std::none_of(settings.lint.select.begin(), settings.lint.select.end(),
                                         [&](const std::string& selected) {
                                             return selected.starts_with(ignored);
                                         });
                 });
    settings.lint.severities = config->severities;
    settings.targets = config->targets;
    if (arguments.has("target")) {
        settings.targets.clear();
        for (const std::string& word : split_words(arguments.texts("target"))) {
            auto target = lint::parse_target(word);
            if (!target) return std::move(target).error();
            settings.targets.push_back(std::move(*target));
        }
    }
    for (const lint::Target& target : settings.targets)
        settings.lint.targets.push_back(target.browser);
    // Whose message it is, is not said: the quirks of each may be behind it.
    if (arguments.has("why") && settings.targets.empty())
        settings.lint.targets = {lint::Browser::Chrome, lint::Browser::Firefox};
    settings.fail_on = arguments.fail_on();
    if (!arguments.has("fail-on") && config->fail_on) {
        auto fail_on = cli::FailOn::parse(*config->fail_on);
        if (!fail_on) {
            return Error{Culprit::Usage, "config",
                         config->path + ": \"fail_on\": " + fail_on.error().message};
        }
        settings.fail_on = *fail_on;
    }
    settings.baseline = config->baseline;
    if (arguments.has("baseline")) settings.baseline = arguments.text("baseline");
    return settings;
}

InputOptions input_options(const Arguments& arguments) {
    InputOptions options;
    options.paths = arguments.positionals();
    options.raw = arguments.has("raw");
    options.separate = arguments.has("separate");
    options.munging = arguments.has("munging");
    if (arguments.text("as") == "offer") options.as = sdp::DescriptionKind::Offer;
    if (arguments.text("as") == "answer") options.as = sdp::DescriptionKind::Answer;
    return options;
}

/// What is written must not take the place of what is read.
Result<void> spare_inputs(const Arguments& arguments) {
    for (const char* const option : {"output", "write-baseline"}) {
        if (!arguments.has(option)) continue;
        const std::string path = arguments.text(option);
        if (!cli::is_one_of(path, arguments.positionals())) continue;
        return Error{Culprit::Usage,
                     "output",
                     std::string("--") + option + " \"" + path + "\" would replace the input",
                     {},
                     "name another file; --fix mends a file in its place"};
    }
    return {};
}

Result<void> check_combinations(const Arguments& arguments) {
    const std::vector<std::string> exclusive = {"fix",        "diff", "anonymize",
                                                "statistics", "why",  "write-baseline"};
    std::vector<std::string> given;
    for (const std::string& name : exclusive) {
        if (arguments.has(name)) given.push_back("--" + name);
    }
    if (given.size() > 1) {
        return Error{Culprit::Usage, "conflict",
                     given[0] + " and " + given[1] + " exclude each other"};
    }
    if (arguments.has("statistics") && arguments.format() != render::Format::Text &&
        arguments.format() != render::Format::Json) {
        return Error{Culprit::Usage, "conflict", "--statistics is given as text or json"};
    }
    if (arguments.has("munging") && arguments.has("separate")) {
        return Error{Culprit::Usage, "conflict", "--munging and --separate exclude each other"};
    }
    if (arguments.has("as") && arguments.positionals().size() > 1 && !arguments.has("separate") &&
        !arguments.has("munging")) {
        return Error{Culprit::Usage, "conflict",
                     "--as says what a description by itself is, and several files are a session; "
                     "--separate takes them one by one"};
    }
    if (arguments.has("unsafe-fixes") && !arguments.has("fix") && !arguments.has("diff")) {
        return Error{Culprit::Usage, "conflict", "--unsafe-fixes goes with --fix or --diff"};
    }
    if (arguments.has("config") && arguments.has("no-config")) {
        return Error{Culprit::Usage, "conflict", "--config and --no-config exclude each other"};
    }
    return {};
}

std::vector<SessionResult> lint_all(const Inputs& inputs, const lint::Linter& linter) {
    std::vector<SessionResult> results;
    for (const Session& session : inputs.sessions) {
        SessionResult result;
        result.session = &session;
        std::vector<const sdp::Description*> all;
        for (const Source* source : session.sources)
            all.push_back(source->description.get());
        if (session.is_munging) {
            result.findings = linter.lint_munging(*all[0], *all[1]);
        } else {
            result.findings = all.size() == 1 ? linter.lint(*all[0]) : linter.lint_session(all);
        }
        results.push_back(std::move(result));
    }
    return results;
}

/// Takes away what the baseline knows.
void leave_out_known(std::vector<SessionResult>& results, Baseline& baseline) {
    for (SessionResult& result : results) {
        std::erase_if(result.findings, [&](lint::Finding& finding) {
            const Source& source = *result.session->sources[finding.place.description];
            if (!baseline.take(fingerprint_of(finding, *source.description))) return false;
            result.known.push_back(std::move(finding));
            return true;
        });
        result.known_count = result.known.size();
    }
}

class Run {
  public:
    Run(cli::Context& context, Settings settings, lint::Linter linter)
        : context_(context),
          arguments_(context.arguments),
          settings_(std::move(settings)),
          linter_(std::move(linter)) {}

    Result<ExitCode> run() {
        // A question about a message needs no input, and must not wait for one at a terminal.
        if (arguments_.has("why") && arguments_.positionals().empty()) {
            return written(explain_message(arguments_.text("why"), nullptr, {}, has_color()));
        }
        auto inputs = read_inputs(input_options(arguments_));
        if (!inputs) return std::move(inputs).error();
        inputs_ = std::move(*inputs);
        if (arguments_.has("anonymize")) {
            if (const std::string kept = not_understood(*inputs_); !kept.empty()) {
                context_.warn(
                    "not understood, and kept but for addresses and what looks like a "
                    "secret: " +
                    kept + "; read them before you show them");
            }
            if (const std::string lines = left_out(*inputs_); !lines.empty()) {
                context_.warn(
                    "descriptions within other text are not read, and nothing is left of "
                    "line " +
                    lines + "; give the JSON or the description alone");
            }
            return written(anonymized(*inputs_));
        }
        if (arguments_.has("diff")) return show_diff();
        if (arguments_.has("fix")) {
            auto fixed = fix();
            if (!fixed || *fixed)
                return fixed ? Result<ExitCode>(**fixed) : std::move(fixed).error();
        }
        results_ = lint_all(*inputs_, linter_);
        if (arguments_.has("write-baseline")) return write_baseline();
        if (settings_.baseline) {
            auto baseline = Baseline::read(*settings_.baseline);
            if (!baseline) return std::move(baseline).error();
            leave_out_known(results_, *baseline);
        }
        if (arguments_.has("why")) {
            return written(
                explain_message(arguments_.text("why"), inputs_.get(), results_, has_color()));
        }
        if (arguments_.has("statistics")) {
            return judged(arguments_.format() == render::Format::Json ? statistics_json(results_)
                                                                      : statistics_text(results_));
        }
        return publish();
    }

  private:
    bool has_color() const { return context_.color_mode == cli::ColorMode::Color; }

    Result<ExitCode> written(const Result<std::string>& text) {
        if (!text) return text.error();
        if (auto done = context_.write(*text); !done) return done.error();
        return ExitCode::Ok;
    }

    lint::FixLevel level() const {
        return arguments_.has("unsafe-fixes") ? lint::FixLevel::SafeAndUnsafe
                                              : lint::FixLevel::Safe;
    }

    Result<ExitCode> show_diff() {
        std::string out;
        for (const auto& [file, text] : rewrite(*inputs_, linter_, level()).files)
            out += lint::unified_diff(file->bytes, text, file->name);
        if (auto done = context_.write(out); !done) return done.error();
        // As diff(1): 1 when there is something to change.
        return out.empty() ? ExitCode::Ok : ExitCode::Findings;
    }

    /// The exit code when there is nothing more to do.
    Result<std::optional<ExitCode>> fix() {
        const Rewritten done = rewrite(*inputs_, linter_, level());
        const bool is_stdin = inputs_->files.size() == 1 && inputs_->files.front()->path.empty();
        if (is_stdin) {
            const std::string& text =
                done.files.empty() ? inputs_->files.front()->bytes : done.files.front().second;
            context_.warn("fixed " + std::to_string(done.fixed.size()) + " of " +
                          counted_findings());
            if (auto out = context_.write(text); !out) return out.error();
            return std::optional(ExitCode::Ok);
        }
        for (const auto& [file, text] : done.files) {
            if (!file->path.empty() && !std::filesystem::is_regular_file(file->path)) {
                return Error{
                    Culprit::Usage,
                    "input.file",
                    "--fix cannot write back to " + file->path + ", which is no regular file",
                    {},
                    "give - to read standard input and write the fixed text"};
            }
        }
        for (const auto& [file, text] : done.files) {
            if (file->path.empty()) {
                return Error{Culprit::Usage, "input.file",
                             "--fix cannot write standard input back beside other files"};
            }
            if (auto out = cli::write_output(text, file->path); !out) return out.error();
        }
        if (!arguments_.quiet()) {
            context_.warn("fixed " + std::to_string(done.fixed.size()) + " in " +
                          std::to_string(done.files.size()) +
                          (done.files.size() == 1 ? " file" : " files"));
        }
        // What is left is judged in the files as they are now.
        auto again = read_inputs(input_options(arguments_));
        if (!again) return std::move(again).error();
        inputs_ = std::move(*again);
        return std::optional<ExitCode>();
    }

    std::string counted_findings() const {
        std::size_t count = 0;
        for (const SessionResult& result : lint_all(*inputs_, linter_))
            count += result.findings.size();
        return std::to_string(count) + (count == 1 ? " finding" : " findings");
    }

    Result<ExitCode> write_baseline() {
        Baseline baseline;
        std::size_t count = 0;
        for (const SessionResult& result : results_) {
            for (const lint::Finding& finding : result.findings) {
                const Source& source = *result.session->sources[finding.place.description];
                baseline.add(fingerprint_of(finding, *source.description));
                ++count;
            }
        }
        const std::string path = arguments_.text("write-baseline");
        if (auto done = cli::write_output(baseline.to_json(), path); !done) return done.error();
        return written("wrote " + std::to_string(count) + (count == 1 ? " finding" : " findings") +
                       " to " + path + "\n");
    }

    report::Report report() {
        report::Report report = make_report(*inputs_, results_, settings_.targets);
        report.tool = {context_.tool.name, context_.tool.version};
        report.started_at = started_at_;
        report.duration = std::chrono::duration_cast<std::chrono::microseconds>(
            std::chrono::steady_clock::now() - started_);
        report.parameters = arguments_.parameters();
        return report;
    }

    /// The text as the result; the exit code is what a report would have.
    Result<ExitCode> judged(const std::string& text) {
        if (auto done = context_.write(text); !done) return done.error();
        return cli::exit_code_for(report(), settings_.fail_on);
    }

    Result<ExitCode> publish() {
        for (const lint::Target& target : settings_.targets) {
            if (const std::string caveat = lint::caveat_of(target); !caveat.empty())
                context_.warn(caveat);
        }
        if (arguments_.format() == render::Format::Text) {
            TextOptions options;
            options.color = has_color();
            options.quiet = arguments_.quiet();
            options.verbose = arguments_.verbose();
            options.targets = settings_.targets;
            return judged(text_output(*inputs_, results_, options));
        }
        report::Report whole = report();
        const ExitCode code = cli::exit_code_for(whole, settings_.fail_on);
        if (settings_.baseline && arguments_.format() == render::Format::Sarif)
            whole = with_known(std::move(whole), *inputs_, results_, settings_.targets);
        auto published = context_.publish(std::move(whole));
        if (!published) return published;
        return code;
    }

    cli::Context& context_;
    const Arguments& arguments_;
    Settings settings_;
    lint::Linter linter_;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    report::Timestamp started_at_ =
        std::chrono::time_point_cast<report::Timestamp::duration>(std::chrono::system_clock::now());
    std::unique_ptr<Inputs> inputs_;
    std::vector<SessionResult> results_;
};

}  // namespace

Result<ExitCode> run(cli::Context& context) {
    const Arguments& arguments = context.arguments;
    if (arguments.has("rules")) {
        const auto done =
            context.write(cli::list_catalogue(context.tool.catalogue(), arguments.format()));
        if (!done) return done.error();
        return ExitCode::Ok;
    }
    if (auto checked = check_combinations(arguments); !checked) return checked.error();
    if (auto spared = spare_inputs(arguments); !spared) return spared.error();
    auto settings = settings_of(arguments);
    if (!settings) return std::move(settings).error();
    auto linter = lint::Linter::create(settings->lint);
    if (!linter) return std::move(linter).error();
    return Run(context, std::move(*settings), std::move(*linter)).run();
}

}  // namespace portolan::sdp_lint
