// decorum annotate and decorum verify: the pipeline on a file.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>

#include "gateway/app/commands.hpp"
#include "gateway/app/engine.hpp"
#include "gateway/app/keys.hpp"
#include "gateway/app/load.hpp"
#include "gateway/app/standard_streams.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/pipeline/annotator.hpp"

namespace decorum::app {
namespace {

// A file from a Maildir has LF; the block goes with what is there.
std::string_view line_end_of(std::string_view octets) {
    const std::size_t end = octets.find('\n');
    const bool bare = end != std::string_view::npos && (end == 0 || octets[end - 1] != '\r');
    return bare ? "\n" : "\r\n";
}

// The null reverse path survives delivery as Return-Path: <> (RFC 5321 §4.4).
std::optional<std::string> reverse_path_of(const message::HeaderSection& header) {
    const message::Field* field = header.first("Return-Path");
    if (field == nullptr) return std::nullopt;
    std::string_view path = ascii::trim(field->body);
    if (path.starts_with('<') && path.ends_with('>')) path = path.substr(1, path.size() - 2);
    return std::string(path);
}

// That of lmtp listeners: nobody waits for the next command here either, and who asks wants the answer.
constexpr Milliseconds least_deadline{2000};

struct Annotated {
    std::string output;
    std::optional<message::ForgedFilter> filter;  // where the header section goes on
};

net::Task<> annotate_into(pipeline::Annotator& annotator, std::string_view octets, Milliseconds deadline,
                          Annotated& out) {
    const message::HeaderSection header = message::scan_header(octets);
    const pipeline::Envelope envelope{.reverse_path = reverse_path_of(header),
                                      .recipients = {},
                                      .received = wall_clock_now(),
                                      .keep_sealed = false};
    const auto annotation = co_await annotator.annotate(octets, header, envelope,
                                                        {.position = config::Position::delivery,
                                                         .deadline = deadline,
                                                         .line_end = line_end_of(octets),
                                                         .waiting = nullptr,
                                                         .max_waiting = 0});
    message::apply(octets, annotation.splices, out.output);
}

Result<> copy_rest(Annotated& annotated) {
    for (;;) {
        auto piece = read_input();
        if (!piece) return std::unexpected(piece.error());
        if (piece->empty()) break;
        annotated.output.clear();
        if (annotated.filter)
            annotated.filter->feed(*piece, annotated.output);
        else
            annotated.output = std::move(*piece);
        if (auto written = write_output(annotated.output); !written) return written;
    }
    annotated.output.clear();
    if (annotated.filter) annotated.filter->finish(annotated.output);
    return write_output(annotated.output);
}

}  // namespace

int annotate(const std::optional<std::filesystem::path>& config) {
    const auto settings = load_settings(config, ConfigNeed::optional);
    if (!settings) return exit_failure;
    boost::asio::io_context context(1);  // a late lookup wakes up what waits on it: it outlives the engine
    auto engine = Engine::make(*settings, StateNeed::wished);
    if (!engine) return failed(engine.error());
    pipeline::Annotator annotator((*engine)->annotation());

    bool header_ended = false;
    const auto octets = read_header(settings->limits.header, header_ended);
    if (!octets) return failed(octets.error());
    Annotated annotated;
    if (header_ended || message::first_line_of(*octets) == message::FirstLine::other) {
        std::exception_ptr bug;
        boost::asio::co_spawn(context.get_executor(),
                              annotate_into(annotator, *octets,
                                            std::max(settings->annotate.deadline, least_deadline), annotated),
                              [&bug](std::exception_ptr thrown) { bug = std::move(thrown); });
        context.run();
        if (bug) std::rethrow_exception(bug);  // before anything was written
    } else {
        const auto header = message::scan_header(*octets);
        annotated.output = annotator.neutral_block(*octets, header, line_end_of(*octets));
        annotated.filter.emplace(annotator.forged_names());
        annotated.filter->feed(*octets, annotated.output);
    }
    if (auto written = write_output(annotated.output); !written) return failed(written.error());
    if (auto copied = copy_rest(annotated); !copied) return failed(copied.error());
    return exit_done;
}

// What a reader would take for ours, or for another author, beside a valid block; empty: nothing.
std::string_view beside_block(const message::HeaderSection& header, const config::Settings& settings,
                              const message::SealedBlock& block) {
    // X-Message-Flag stands outside the block also where we set it, and so does padding over IMAP.
    const message::ForgedNames names{settings.annotate.prefix, settings.annotate.face, false};
    const std::string padding = settings.annotate.prefix + "-Pad";
    auto is_beside = [&](const auto& field) {
        return (field.begin < block.begin || field.begin >= block.end) && names.matches(field.name) &&
               !ascii::equals_nocase(field.name, padding);
    };
    if (std::ranges::any_of(header.fields, is_beside) || std::ranges::any_of(header.hidden, is_beside))
        return "beside the sealed block stands a field that bears one of our names";
    if (header.count("From") == 1 && header.only("From") == nullptr)
        return "beside the author stands another one, hidden from some readers";
    return {};
}

int verify(const std::optional<std::filesystem::path>& config) {
    const auto settings = load_settings(config, ConfigNeed::optional);
    if (!settings) return exit_failure;
    const auto key = seal_key(*settings, IfAbsent::fail);
    if (!key && key.error().code == errc::not_found)
        return failed(
            Error{errc::not_found, key.error().detail + ": without the key no seal can be checked"});
    if (!key) return failed(key.error());
    constexpr std::size_t max_header_octets = 64 * 1024 * 1024;
    bool header_ended = false;
    const auto octets = read_header(max_header_octets, header_ended);
    if (!octets) return failed(octets.error());
    const message::HeaderSection header = message::scan_header(*octets);
    const auto check = message::check_seal(*octets, header, *key, settings->annotate.prefix);
    switch (check.verdict) {
        case message::SealVerdict::valid:
            if (const std::string_view beside = beside_block(header, *settings, *check.block);
                !beside.empty()) {
                fmt::print("broken: {}\n", beside);
                break;
            }
            fmt::print("valid: status={} key={}\n", message::name_of(check.block->status),
                       check.block->key_id);
            return exit_done;
        case message::SealVerdict::absent: fmt::print("absent: {}\n", check.reason); break;
        case message::SealVerdict::broken: fmt::print("broken: {}\n", check.reason); break;
        case message::SealVerdict::unknown_key: fmt::print("unknown key: {}\n", check.reason); break;
    }
    return exit_no;
}

}  // namespace decorum::app
