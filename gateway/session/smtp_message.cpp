#include "gateway/session/smtp_message.hpp"

#include <algorithm>
#include <array>

#include "gateway/base/log.hpp"

namespace decorum::session {
namespace {

constexpr std::size_t coalesce_octets =
    16 * 1024;  // smaller content is gathered, larger is sent as it stands
// A small message goes on in one piece: the upstream can't answer before its end anyway. But a client that
// trickles must not make the upstream believe that we are gone.
constexpr std::chrono::seconds max_gathering{5};
constexpr std::size_t first_line_octets = 1024;  // a field's name is far shorter

smtp::Discipline discipline_of(config::Malformed malformed) {
    switch (malformed) {
        case config::Malformed::refuse: return smtp::Discipline::refuse;
        case config::Malformed::normalize: return smtp::Discipline::normalize;
        case config::Malformed::pass: break;
    }
    return smtp::Discipline::pass;
}

// What the block ends with (a padding field, an empty line) must stand right before the message.
bool needs_block_last(std::string_view octets) {
    const message::FirstLine first = message::first_line_of(octets);
    return first == message::FirstLine::white_space || first == message::FirstLine::other;
}

bool has_8bit(std::string_view octets) {
    unsigned char all = 0;
    for (char c : octets) all |= static_cast<unsigned char>(c);
    return all >= 0x80;
}

}  // namespace

SmtpMessage::SmtpMessage(Route route)
    : route_(std::move(route)),
      settings_(route_.thread.settings),
      decoder_(discipline_of(route_.listening.settings.malformed), settings_.limits.data_line),
      deadline_(SteadyClock::now() + settings_.timeouts.data_total) {}

void SmtpMessage::hit(Limit limit) const {
    route_.listening.tally_of(route_.thread.number).limits[limit].add();
}

void SmtpMessage::refuse(int code, std::string_view enhanced_code, std::string_view text) {
    refuse(smtp::make_reply(code, enhanced_code, text));
}

void SmtpMessage::refuse(smtp::Reply reply) {
    if (!refusal_) refusal_ = std::move(reply);
    held_.clear();
    held_.shrink_to_fit();
    out_.clear();
}

net::Task<Result<>> SmtpMessage::run(smtp::LineSplitter& lines) {
    if (const std::string_view early = lines.buffered(); !early.empty()) {
        const bool ended = co_await feed(early);
        lines.consume(early.size() - (ended ? decoder_.remaining().size() : 0));
        if (ended) co_return Result<>{};
    }
    const auto lease = route_.thread.buffers.borrow();
    const std::span<char> buffer = lease.octets();
    for (;;) {
        const auto left = std::chrono::duration_cast<Milliseconds>(deadline_ - SteadyClock::now());
        if (left <= Milliseconds::zero()) {
            hit(Limit::data_total_time);
            co_return fail(errc::timed_out, "the message takes too long");
        }
        const auto octets =
            co_await route_.client.read_some(buffer, std::min(left, settings_.timeouts.data_block));
        if (!octets) {
            if (octets.error().code == errc::timed_out)
                hit(left < settings_.timeouts.data_block ? Limit::data_total_time : Limit::data_block_time);
            co_return std::unexpected(octets.error());
        }
        if (co_await feed({buffer.data(), *octets})) {
            lines.feed(decoder_.remaining());
            co_return Result<>{};
        }
    }
}

net::Task<bool> SmtpMessage::feed(std::string_view octets) {
    decoder_.feed(octets);
    for (;;) {
        const auto event = decoder_.next();
        if (const auto* content = std::get_if<smtp::Content>(&event)) {
            check(content->octets);
            if (!refusal_) co_await accept(content->octets);
        } else if (const auto* fault = std::get_if<smtp::DataFault>(&event)) {
            // RFC 5321 §2.3.8 forbids what some servers take for a line end: who guesses gets smuggled.
            if (fault->kind == smtp::DataFault::Kind::line_too_long) {
                hit(Limit::data_line);
                refuse(550, "5.5.2", "Line too long");
            } else {
                refuse(550, "5.5.2", "Message has a bare CR, a bare LF or a NUL");
            }
        } else if (std::holds_alternative<smtp::EndOfData>(event)) {
            if (route_.upstream != nullptr) {
                if (!refusal_ && stage_ == Stage::header) co_await pass_header();
                if (!refusal_ && filter_) filter_->finish(out_);
            }
            if (!refusal_ && !record_intent()) refuse_unrecorded();
            if (!refusal_ && route_.record->waits_for_disk() && !co_await route_.record->reach_disk())
                refuse_unrecorded();
            if (!refusal_ && route_.own != nullptr) co_await take_own();
            if (route_.upstream == nullptr) co_return true;
            if (!refusal_) hear_upstream();
            if (refusal_) co_return true;
            end_last_line();
            out_.append(".\r\n");
            if (!send_at_once()) co_await send({});
            co_return true;
        } else {
            if (!refusal_ && !out_.empty() && SteadyClock::now() - last_sent_ > max_gathering)
                co_await send({});
            co_return false;
        }
    }
}

// The last moment at which nothing has been handed over.
bool SmtpMessage::record_intent() {
    const bool annotated =
        route_.listening.settings.policy == config::Policy::inbound && route_.upstream != nullptr;
    return route_.record->intend(annotated ? &annotation_ : nullptr, decoder_.octets_seen());
}

void SmtpMessage::refuse_unrecorded() {
    refuse(451, "4.3.0", "Mail can't be recorded now, try again later");
}

// Before the upstream has the message whole: what is not ours alone comes to its other recipients, and over
// SMTP, where one reply speaks for all, it is theirs that counts. Ours was at most an answer to a notice.
net::Task<> SmtpMessage::take_own() {
    if (co_await route_.own->take()) co_return;
    const bool one_reply = route_.listening.settings.protocol == config::Protocol::smtp;
    if (!one_reply) co_return;
    if (route_.upstream == nullptr) {
        refuse(route_.own->reply());
    } else {
        log::error("own_mail", {{"listener", route_.listening.settings.name},
                                {"error", "it can't be taken now, and goes to its other recipients alone"}});
    }
}

void SmtpMessage::check(std::string_view content) {
    const std::uint64_t limit = settings_.limits.message_size;
    if (limit != 0 && decoder_.octets_seen() > limit) {
        if (!refusal_) hit(Limit::message_size);
        refuse(552, "5.3.4", "Message is too large");
    }
    // A re-encoding would break signatures, RFC 6152 §3.
    if (route_.upstream != nullptr && !route_.upstream->capabilities().has("8BITMIME") && has_8bit(content))
        refuse(554, "5.6.3", "The mail server behind takes no 8-bit content");
}

net::Task<> SmtpMessage::accept(std::string_view content) {
    if (route_.own != nullptr) route_.own->feed(content);
    if (route_.upstream == nullptr) co_return;
    switch (stage_) {
        case Stage::header: {
            // However it came in: what is too long by an octet is too long.
            const std::size_t before = held_.size();
            held_.append(content);
            const std::size_t end = header_end_.feed(content);
            const bool complete =
                end != message::HeaderEndFinder::npos && before + end <= settings_.limits.header;
            const bool first_line_known =
                held_.size() >= first_line_octets || held_.find('\n') != std::string::npos;
            if (complete ||
                (first_line_known && message::first_line_of(held_) == message::FirstLine::other)) {
                co_await pass_header();
            } else if (held_.size() > settings_.limits.header) {
                co_await pass_long_header();
            }
            break;
        }
        case Stage::long_header:
            filter_->feed(content, out_);
            if (filter_->ended()) {
                stage_ = Stage::body;
                filter_.reset();
            }
            break;
        case Stage::body:
            if (content.size() >= coalesce_octets) co_return co_await send(content);
            out_.append(content);
            break;
    }
    if (out_.size() >= coalesce_octets) co_await send({});
}

bool SmtpMessage::is_loop(const message::HeaderSection& header) {
    if (header.count("Received") <= settings_.limits.received_fields) return false;
    hit(Limit::received_fields);
    refuse(554, "5.4.6", "Too many hops");
    return true;
}

// Decided before anything of the message has gone to the upstream.
bool SmtpMessage::is_held_back(const message::HeaderSection& header) {
    if (route_.listening.settings.policy != config::Policy::outbound || route_.thread.outbound == nullptr)
        return false;
    decision_ = route_.thread.outbound->decide(header, route_.envelope, route_.submission);
    if (decision_.refusal) refuse(550, "5.7.1", *decision_.refusal);
    return decision_.refusal.has_value();
}

// What the upstream says against it is told at the end of the message: the client has its 354 already.
net::Task<bool> SmtpMessage::say_data() {
    if (route_.data_said || route_.upstream == nullptr) co_return true;
    const auto begin = SteadyClock::now();
    Result<smtp::Reply> reply = fail(errc::reset);
    if (co_await route_.upstream->send("DATA\r\n")) reply = co_await route_.upstream->receive();
    upstream_time_ += SteadyClock::now() - begin;
    if (reply && reply->code == 354) {
        route_.data_said = true;
        co_return true;
    }
    if (reply && (reply->transient() || reply->permanent())) {
        refuse(std::move(*reply));
    } else {
        route_.data_said = true;  // perhaps: the connection is of no use any more
        refuse(451, "4.4.2", "The mail server behind has gone, try again later");
    }
    co_return false;
}

net::Task<> SmtpMessage::pass_header() {
    stage_ = Stage::body;
    // A message that does not begin with a field has no header section: all of it is body.
    message::HeaderSection header;
    if (message::first_line_of(held_) != message::FirstLine::other) header = message::scan_header(held_);
    route_.record->read(header);
    if (is_loop(header) || is_held_back(header) || !co_await say_data()) co_return;
    std::vector<message::Splice> splices;
    switch (route_.listening.settings.policy) {
        case config::Policy::inbound: {
            const config::Listener& listener = route_.listening.settings;
            annotation_ =
                co_await route_.thread.annotator.annotate(held_, header, route_.envelope,
                                                          {.position = listener.position,
                                                           .deadline = listener.deadline,
                                                           .line_end = "\r\n",
                                                           .waiting = &route_.listening.waiting,
                                                           .max_waiting = listener.max_connections / 2});
            splices = std::move(annotation_.splices);
            break;
        }
        case config::Policy::outbound: splices = route_.thread.annotator.strip(header); break;
        case config::Policy::pass: break;
    }
    if (!route_.received_field.empty()) {
        // Ours goes on top of what came, and below the block, unless the block is shut off from what came.
        const bool block_first = !splices.empty() && splices.front().end == 0 && !needs_block_last(held_);
        if (block_first)
            splices.front().text.append(route_.received_field);
        else
            out_.append(route_.received_field);
    }
    message::apply(held_, splices, out_);
    held_.clear();
    held_.shrink_to_fit();
}

net::Task<> SmtpMessage::pass_long_header() {
    hit(Limit::header);
    stage_ = Stage::long_header;
    const message::HeaderSection header = message::scan_header(held_);
    route_.record->read(header);
    if (is_loop(header) || is_held_back(header) || !co_await say_data()) co_return;
    const bool received_first = needs_block_last(held_);
    if (received_first) out_.append(route_.received_field);
    if (route_.listening.settings.policy == config::Policy::inbound) {
        annotation_.status = message::Status::unavailable;
        out_.append(route_.thread.annotator.neutral_block(held_, header, "\r\n"));
    }
    if (!received_first) out_.append(route_.received_field);
    if (route_.listening.settings.policy == config::Policy::pass) {
        stage_ = Stage::body;
        out_.append(held_);
    } else {
        filter_.emplace(route_.thread.annotator.forged_names());
        filter_->feed(held_, out_);
    }
    held_.clear();
    held_.shrink_to_fit();
}

// The last line may have been a forged field, which is gone with its CRLF.
void SmtpMessage::end_last_line() {
    note_end(out_);
    if (last_octets_ != crlf) out_.append(crlf.data(), crlf.size());
}

void SmtpMessage::note_end(std::string_view sent) {
    if (sent.size() >= last_octets_.size())
        last_octets_ = {sent[sent.size() - 2], sent.back()};
    else if (sent.size() == 1)
        last_octets_ = {last_octets_.back(), sent.front()};
}

// What is ready, as far as the upstream takes it without a wait; true: all of it.
bool SmtpMessage::send_at_once() {
    out_.erase(0, route_.upstream->try_send(out_));
    return out_.empty();
}

// Sends what is ready, then `tail`. Once the upstream is lost the client's octets go nowhere, and its own
// word on the way out, if it said one, is the verdict.
net::Task<> SmtpMessage::send(std::string_view tail) {
    const std::array<std::string_view, 2> pieces{out_, tail};
    const auto sent = co_await route_.upstream->send(pieces, settings_.timeouts.data_block);
    for (const std::string_view piece : pieces) note_end(piece);
    out_.clear();
    last_sent_ = SteadyClock::now();
    if (sent) co_return;
    hear_upstream();
    if (!refusal_) refuse(451, "4.4.2", "The mail server behind has gone, try again later");
}

// Before the final dot nothing that the upstream says can be an acceptance. A refusal stands as it is;
// whatever else it said, the message is not handed over, because the reply to the dot could not be told from
// it.
void SmtpMessage::hear_upstream() {
    const auto said = route_.upstream->unasked();
    if (!said) return;
    if (*said && ((*said)->transient() || (*said)->permanent())) {
        refuse(**said);
    } else {
        refuse(451, "4.4.2", "The mail server behind has gone, try again later");
    }
}

}  // namespace decorum::session
