// Splices are checked here for every test: ascending, disjoint, within the octets.
#include "tests/unit/pipeline/desk.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

#include "config/loader.hpp"
#include "gateway/message/splice.hpp"
#include "gateway/store/store.hpp"
#include "tests/support/run_task.hpp"

namespace decorum::pipeline::test {
namespace {
net::Task<> note_end(net::Task<Annotation> task, bool& done) {
    (void)co_await std::move(task);
    done = true;
}
}  // namespace

Desk::Desk()
    : settings(config::defaults()),
      people(std::make_shared<decorum::test::People>()),
      context_(std::make_unique<boost::asio::io_context>(1)) {
    settings.annotate.authserv_ids = {"mx.example.org"};
    envelope.reverse_path = "jane@example.net";
    envelope.recipients = {"paul@example.org"};
    envelope.received = *from_rfc3339(now_text);
}

// Open questions are answered while there is somebody to answer to.
Desk::~Desk() {
    people->answer_all();
    context_.reset();
}

void Desk::know_jane() {
    people->add("jane@example.net",
                {.name = "Jane Martin", .headline = "HR Director", .organisation = "ACME"});
}

Annotator& Desk::annotator() {
    if (annotator_) return *annotator_;
    std::vector<std::shared_ptr<profile::Connector>> sources{people};
    sources.insert(sources.end(), others.begin(), others.end());
    profiles_ = std::make_unique<lookup::ProfileService>(
        lookup::ProfileService::Options{.cache = settings.cache,
                                        .lookup = settings.lookup,
                                        .max_versions = settings.retention.versions,
                                        .own_domains = settings.outbound.domains,
                                        .opted_out = opted_out,
                                        .now = [] { return *from_rfc3339(now_text); }},
        std::move(sources), store::make_memory_store(), Secret("a secret for the cache"));
    auto names = std::make_shared<message::OwnNames>(own_names);
    shared_ = std::make_unique<Annotator::Shared>(
        Annotator::Shared{.settings = settings,
                          .profiles = *profiles_,
                          .seal_key = {"test", Secret("a secret for the seal")},
                          .own_names = [this, names] { return own_names_known ? names : nullptr; },
                          .now = [] { return *from_rfc3339(now_text); }});
    annotator_ = std::make_unique<Annotator>(*shared_);
    return *annotator_;
}

Desk::Outcome Desk::outcome_of(std::string_view octets, Annotation annotation) {
    Outcome out;
    std::size_t at = 0;
    for (const auto& splice : annotation.splices) {
        EXPECT_GE(splice.begin, at);
        EXPECT_GE(splice.end, splice.begin);
        EXPECT_LE(splice.end, octets.size());
        at = splice.end;
    }
    message::apply(octets, annotation.splices, out.message);
    out.annotation = std::move(annotation);
    const auto header = message::scan_header(out.message);
    const std::string& prefix = settings.annotate.prefix;
    if (const auto* field = header.first(prefix + "-Source")) out.source = message::unfold(field->body);
    if (const auto* field = header.first(prefix)) out.person = message::unfold(field->body);
    out.sealed = message::check_seal(out.message, header, shared_->seal_key, prefix).verdict ==
                 message::SealVerdict::valid;
    return out;
}

Desk::Outcome Desk::annotate(std::string_view octets) {
    Annotator& with = annotator();
    const auto header = message::scan_header(octets);
    return outcome_of(octets,
                      decorum::test::run_task(*context_, with.annotate(octets, header, envelope, policy)));
}

bool Desk::answers_at_once(std::string_view octets) {
    Annotator& with = annotator();
    const auto header = message::scan_header(octets);
    bool done = false;
    boost::asio::co_spawn(*context_, note_end(with.annotate(octets, header, envelope, policy), done),
                          [](const std::exception_ptr&) {});
    context_->restart();
    context_->run_one();  // begins the task; whatever it waits for would take another turn
    const bool at_once = done;
    context_->run();
    return at_once;
}

}  // namespace decorum::pipeline::test
