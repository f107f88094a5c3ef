#include "probe/transport/server_locator.hpp"

#include <utility>

#include "probe/transport/glib_ptr.hpp"

namespace portolan::transport {

using Kind = DnsQuestion::Kind;

struct ServerLocator::Search::State {
    ServerUri uri;
    Callback callback;
    Resolver* resolver = nullptr;
    RecordSource* records = nullptr;
    std::uint64_t seed = 0;
    Duration timeout{};
    DnsAnswers answers;
    std::set<DnsQuestion> asked;
    std::vector<std::unique_ptr<Resolver::Lookup>> address_lookups;
    std::vector<std::unique_ptr<RecordSource::Lookup>> record_lookups;
    glib::SourcePtr begin;
    glib::SourcePtr timer;

    [[nodiscard]] Discovery step() const { return discover(uri, answers, kAllCarriers, seed); }

    void advance() {
        Discovery next = step();
        if (next.needed.empty()) return finish(std::move(next));
        for (const auto* questions : {&next.needed, &next.ahead}) {
            for (const DnsQuestion& question : *questions)
                if (asked.insert(question).second) ask(question);
        }
    }

    void ask(const DnsQuestion& question) {
        if (question.kind == Kind::Addresses) {
            address_lookups.push_back(
                resolver->resolve(question.name, [this, name = question.name](auto answer) {
                    answers.addresses.emplace(name, std::move(answer));
                    advance();
                }));
            return;
        }
        const auto type = question.kind == Kind::Srv ? RecordType::Srv : RecordType::Naptr;
        record_lookups.push_back(
            records->ask(type, question.name, [this, question](Result<Records> answer) {
                if (!answer) {
                    answers.fail(question, answer.error());
                } else if (question.kind == Kind::Srv) {
                    answers.srv.emplace(question.name, std::move(answer->srv));
                } else {
                    answers.naptr.emplace(question.name, std::move(answer->naptr));
                }
                advance();
            }));
    }

    void expire() {
        const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
        Discovery next = step();
        while (!next.needed.empty()) {
            for (const DnsQuestion& question : next.needed) {
                answers.fail(question, {.culprit = Culprit::Environment,
                                        .code = "dns.timeout",
                                        .message = "no answer about " + question.name +
                                                   ": the search took longer than " +
                                                   std::to_string(ms) + " ms"});
            }
            next = step();
        }
        finish(std::move(next));
    }

    // The caller may drop the search in its callback: nothing of it is touched afterwards.
    void finish(Discovery discovery) {
        const auto taken = std::exchange(callback, nullptr);
        if (taken) taken(std::move(discovery));
    }
};

ServerLocator::Search::Search(std::unique_ptr<State> state) : state_(std::move(state)) {}
ServerLocator::Search::~Search() = default;

std::unique_ptr<ServerLocator::Search> ServerLocator::locate(const ServerUri& uri,
                                                             Callback callback) {
    auto state = std::make_unique<Search::State>();
    state->uri = uri;
    state->callback = std::move(callback);
    state->resolver = resolver_;
    state->records = records_;
    state->seed = seed_;
    state->timeout = timeout_;
    Search::State* search = state.get();
    state->begin = glib::call_soon(context_, [search] { search->advance(); });
    state->timer = glib::call_after(context_, timeout_, [search] { search->expire(); });
    return std::unique_ptr<Search>(new Search(std::move(state)));
}

}  // namespace portolan::transport
