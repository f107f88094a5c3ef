#include "nat-sim/scenario/peer.hpp"

#include <utility>

#include "nat-sim/scenario/servers.hpp"

namespace portolan::scenario {

namespace {

std::string describe(const agent::Candidate& candidate) {
    return std::string(to_string(candidate.type)) + " " +
           std::string(to_string(candidate.transport)) + " " + candidate.address.to_string();
}

}  // namespace

Peer::Peer(Lab& lab, const Scenario& scenario, std::size_t index, Note note)
    : lab_(lab),
      scenario_(scenario),
      index_(index),
      note_(std::move(note)),
      program_(lab.world(), lab.party(index), index == 0 ? "agent-a" : "agent-b") {}

Peer::~Peer() {
    program_.run([&] {
        media_.reset();
        negotiation_.reset();
    });
}

Duration Peer::now() const {
    return std::chrono::duration_cast<Duration>(lab_.world().now());
}

void Peer::note(std::string what, std::string detail) {
    note_({now(), scenario_.parties[index_].name, std::move(what), std::move(detail)});
}

void Peer::note_connection() {
    if (!result_.connected_at) {
        result_.connected_at = now();
        // Who had given up before the call began, and is found after all, has not.
        result_.failure.reset();
        result_.failed_at.reset();
    }
    if (!result_.lapses.empty() && !result_.lapses.back().back_at) {
        result_.lapses.back().back_at = now();
    }
}

agent::AgentOptions Peer::options() const {
    const Party& party = scenario_.parties[index_];
    agent::AgentOptions out;
    out.controlling = party.role == Role::Controlling;
    // Its interfaces say which families it has; a relay may be of the other one.
    out.stun_server =
        TransportAddress{way_to_server(scenario_, party, stun_addresses(AddressFamily::IPv4)[0],
                                       stun_addresses(AddressFamily::IPv6)[0]),
                         kStunPort};
    out.turn_servers = Servers::turn_refs(scenario_, index_);
    out.relay_only = party.relay_only;
    out.ice_tcp = party.ice_tcp;
    out.trickle = party.trickle;
    out.consent_freshness = scenario_.media.duration.count() > 0;
    return out;
}

agent::Agent::Handlers Peer::handlers() {
    agent::Agent::Handlers out;
    out.on_candidate = [this](const agent::Candidate& candidate) {
        result_.candidates.push_back(candidate);
        note("candidate", describe(candidate));
    };
    out.on_gathering_done = [this] {
        if (!result_.gathered_after) result_.gathered_after = now() - gathering_since_;
        note("gathering-done", std::to_string(result_.candidates.size()) + " candidates");
    };
    out.on_remote_candidate = [this](const agent::Candidate& candidate) {
        if (candidate.type == agent::CandidateType::PeerReflexive) {
            note("peer-reflexive", describe(candidate));
        }
    };
    out.on_state = [this](agent::State state) {
        if (result_.state == state) return;
        result_.state = state;
        note("state", std::string(to_string(state)));
        if (is_connected()) note_connection();
        if (is_ready() && !result_.ready_at) result_.ready_at = now();
    };
    out.on_selected_pair = [this](const agent::CandidatePair& pair) {
        result_.pair = pair;
        if (has_media_) result_.media_pairs.push_back(pair);
        if (!result_.selected_at) result_.selected_at = now();
        result_.selections.emplace_back(now(), pair);
        note("selected-pair", describe(pair.local) + " to " + describe(pair.remote));
    };
    out.on_failure = [this](const agent::Failure& failure) {
        result_.failure = failure;
        result_.failed_at = now();
        if (result_.connected_at) result_.lapses.push_back({now(), failure, std::nullopt});
        note("failure", std::string(to_string(failure.cause)));
    };
    out.on_receive = [this](transport::Bytes bytes) {
        if (media_) media_->on_packet(bytes);
    };
    return out;
}

Result<void> Peer::start(agent::Negotiation::Send send) {
    return program_.run([&]() -> Result<void> {
        const auto role =
            index_ == 0 ? agent::Negotiation::Role::Offerer : agent::Negotiation::Role::Answerer;
        agent::Negotiation::Handlers with;
        with.agent = handlers();
        with.on_error = [this](const Error& error) { note("signalling-error", error.message); };
        const auto told = [this, send = std::move(send)](const agent::SignallingMessage& message) {
            note("sends", std::string(to_string(message.kind)));
            send(message);
        };
        auto made =
            agent::Negotiation::create(program_.context(), role, options(), std::move(with), told);
        if (!made) return std::move(made).error();
        negotiation_ = std::move(*made);
        if (index_ != 0) return {};
        gathering_since_ = now();
        return negotiation_->start();
    });
}

void Peer::receive(const agent::SignallingMessage& message) {
    if (is_closed_ || !negotiation_) return;
    program_.run([&] {
        if (message.kind == agent::SignallingMessage::Kind::Offer) {
            gathering_since_ = now();
            result_.offer_received_at = now();
        }
        if (message.kind == agent::SignallingMessage::Kind::Answer) {
            result_.answer_received_at = now();
        }
        note("receives", std::string(to_string(message.kind)));
        negotiation_->receive(message);
    });
}

Result<void> Peer::start_media() {
    return program_.run([&]() -> Result<void> {
        media::MediaOptions with;
        with.audio = scenario_.media.audio;
        if (scenario_.media.video) with.video = media::video_profile();
        auto made = media::MediaSession::create(
            program_.context(), program_.clock(), transport::Random(program_.random()()), with,
            [this](media::Bytes bytes) { return negotiation_->agent().send(bytes).has_value(); });
        if (!made) return std::move(made).error();
        media_ = std::move(*made);
        has_media_ = true;
        result_.media_started_at = now();
        if (result_.pair) result_.media_pairs = {*result_.pair};
        media_->start();
        return {};
    });
}

void Peer::stop_media() {
    program_.run([&] { media_->stop(); });
}

void Peer::close() {
    program_.run([&] {
        if (!negotiation_) {
            is_closed_ = true;
            return;
        }
        negotiation_->agent().close([this] { is_closed_ = true; });
    });
}

PartyResult Peer::result(const Peer& other) const {
    PartyResult out = result_;
    if (!media_) return out;
    out.media = media_->statistics(other.media_.get());
    // Their clock is the program's, which did not begin with the call.
    const auto offset = program_.clock().now() - now();
    out.media_clock_offset = offset;
    const auto judge = [&](const char* name, const auto& stream) {
        if (!stream) return;
        ++out.stream_count;
        const media::SinkStatistics& received = stream->received;
        if (!received.first_packet_at) {
            out.silences.push_back({name, std::nullopt});
            return;
        }
        const Duration at = *received.first_packet_at - offset;
        if (!out.first_media_at || at < *out.first_media_at) out.first_media_at = at;
        if (received.silent_since) out.silences.push_back({name, *received.silent_since - offset});
    };
    judge("audio", out.media->audio_received);
    judge("video", out.media->video_received);
    return out;
}

}  // namespace portolan::scenario
