#include "nat-sim/virtual/program.hpp"

#include "nat-sim/virtual/kernel.hpp"

namespace portolan::sim {
namespace {

class ProcessClock final : public transport::Clock {
  public:
    explicit ProcessClock(const Process& process) : process_(process) {}
    [[nodiscard]] transport::Time now() const override {
        return std::chrono::duration_cast<transport::Time>(process_.monotonic());
    }

  private:
    const Process& process_;
};

}  // namespace

struct Program::State {
    State(World& world, Host& host, const std::string& name)
        : process(std::make_shared<Process>(world, host, name)),
          clock(*process),
          random(world.seed_for("random/" + name)) {}

    std::shared_ptr<Process> process;
    ProcessClock clock;
    transport::Random random;
};

Program::Program(World& world, Host& host, std::string name)
    : world_(world),
      host_(host),
      name_(std::move(name)),
      state_(std::make_shared<State>(world, host, name_)) {}

Program::~Program() {
    state_->process->end();
}

GMainContext* Program::context() const {
    return state_->process->context();
}

const transport::Clock& Program::clock() const {
    return state_->clock;
}

transport::Random& Program::random() {
    return state_->random;
}

std::uint64_t Program::iteration_count() const {
    return state_->process->iteration_count();
}

std::uint64_t Program::impossible_wait_count() const {
    return state_->process->impossible_wait_count();
}

void Program::start_at(SimTime at, std::function<void()> function) {
    const std::weak_ptr<State> state = state_;
    world_.schedule(at, [this, state, function = std::move(function)] {
        if (!state.expired()) run(function);
    });
}

Program::Scope::Scope(Program& program)
    : program_(program), previous_(Process::set_current(program.state_->process.get())) {
    g_main_context_push_thread_default(program.context());
}

Program::Scope::~Scope() {
    g_main_context_pop_thread_default(program_.context());
    Process::set_current(static_cast<Process*>(previous_));
    program_.state_->process->wake();
}

}  // namespace portolan::sim
