// An annotator and all that it needs, in memory: a test says who is known and what the settings are, hands in
// a header section and gets the annotated message back.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/pipeline/annotator.hpp"
#include "tests/support/people.hpp"

namespace decorum::pipeline::test {

inline constexpr std::string_view now_text = "2026-11-23T06:00:00Z";

class Desk {
public:
    Desk();
    ~Desk();
    Desk(const Desk&) = delete;
    Desk& operator=(const Desk&) = delete;

    config::Settings settings;  // until the first annotate()
    message::OwnNames own_names;
    bool own_names_known = true;
    std::function<bool(std::string_view)> opted_out;
    std::shared_ptr<decorum::test::People> people;
    std::vector<std::shared_ptr<profile::Connector>> others;  // asked besides, until the first annotate()
    AnnotationPolicy policy{.position = config::Position::delivery,
                            .deadline = Milliseconds{2000},
                            .line_end = "\r\n",
                            .waiting = nullptr,
                            .max_waiting = 0};
    Envelope envelope;

    // Jane Martin, HR Director at ACME, jane@example.net, by our own directory.
    void know_jane();
    // What the trusted server wrote for a From of example.net.
    static constexpr std::string_view authenticated =
        "Authentication-Results: mx.example.org; dmarc=pass header.from=example.net\r\n";
    // The rest of a header section of hers.
    static constexpr std::string_view rest = "From: Jane <jane@example.net>\r\nSubject: hello\r\n\r\n";
    static std::string authenticated_mail() { return std::string(authenticated).append(rest); }

    struct Outcome {
        Annotation annotation;
        std::string message;  // with the splices applied
        std::string source;   // the body of the Source field, unfolded
        std::string person;   // the body of the field named as the prefix
        bool sealed = false;  // validly
    };
    [[nodiscard]] Outcome annotate(std::string_view octets);
    // True: it ended in its first turn of the event loop, without waiting for anything.
    [[nodiscard]] bool answers_at_once(std::string_view octets);
    [[nodiscard]] Annotator& annotator();
    [[nodiscard]] boost::asio::io_context& context() { return *context_; }

private:
    [[nodiscard]] Outcome outcome_of(std::string_view octets, Annotation annotation);

    std::unique_ptr<boost::asio::io_context> context_;
    std::unique_ptr<lookup::ProfileService> profiles_;
    std::unique_ptr<Annotator::Shared> shared_;
    std::unique_ptr<Annotator> annotator_;
};

}  // namespace decorum::pipeline::test
