// hiredis parses; the objects it makes are ours. A list's elements are made with the list, so that where each
// goes is known before it is there; what that may cost is counted before (Budget), as the peer names a
// list's length before it sends any of it.
#include "gateway/store/redis/reply.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "gateway/base/ascii.hpp"

namespace decorum::store::redis {

struct ReplyReader::Budget {
    std::size_t max_elements = 0;
    std::size_t elements = 0;
    bool exceeded = false;
};

namespace {

// Where the object of a task goes: a place of the list around it, or, of the outermost, one of its own.
Reply* place_of(const redisReadTask* task) {
    if (task->parent == nullptr) return new Reply;
    return &static_cast<Reply*>(task->parent->obj)->list[static_cast<std::size_t>(task->idx)];
}

void* make_text(const redisReadTask* task, char* octets, std::size_t size) {
    Reply* reply = place_of(task);
    reply->kind = task->type == REDIS_REPLY_ERROR ? Reply::Kind::error : Reply::Kind::text;
    reply->text.assign(octets, size);
    return reply;
}

void* make_number(const redisReadTask* task, long long number) {
    Reply* reply = place_of(task);
    reply->kind = Reply::Kind::number;
    reply->number = number;
    return reply;
}

void* make_nil(const redisReadTask* task) {
    return place_of(task);
}

// Only the outermost: the others are its parts.
void free_reply(void* reply) {
    delete static_cast<Reply*>(reply);
}

}  // namespace

std::string_view Reply::error_word() const {
    if (!is_error()) return {};
    const std::string_view whole = text;
    const std::string_view first = whole.substr(0, whole.find(' '));
    // Redis 6: "ERR Error running script (call to f_6b1b…): @user_script:1: @user_script: 1: -OOM command
    // not…"
    constexpr std::string_view wrapper = "ERR Error running script";
    constexpr std::string_view place = "@user_script:";
    const std::size_t at = whole.rfind(place);
    if (!whole.starts_with(wrapper) || at == std::string_view::npos) return first;
    std::string_view inner = whole.substr(at + place.size());
    inner.remove_prefix(std::min(inner.find_first_not_of(" 0123456789:"), inner.size()));
    if (inner.starts_with('-')) inner.remove_prefix(1);
    const std::string_view word = inner.substr(0, inner.find(' '));
    return !word.empty() && std::ranges::all_of(word, ascii::is_upper) ? word : first;
}

std::optional<std::int64_t> Reply::as_number() const {
    if (kind == Kind::number) return number;
    if (kind != Kind::text) return std::nullopt;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

ReplyReader::ReplyReader(ReplyLimits limits)
    : limits_(limits), budget_(std::make_unique<Budget>(Budget{.max_elements = limits.elements})) {
    static redisReplyObjectFunctions functions{
        .createString = make_text,
        .createArray = [](const redisReadTask* task, int elements) -> void* {
            auto& budget = *static_cast<Budget*>(task->privdata);
            const auto count = static_cast<std::size_t>(elements);
            if (count > budget.max_elements - budget.elements) {
                budget.exceeded = true;
                return nullptr;
            }
            budget.elements += count;
            Reply* reply = place_of(task);
            reply->kind = Reply::Kind::list;
            reply->list.resize(count);
            return reply;
        },
        .createInteger = make_number,
        .createNil = make_nil,
        .freeObject = free_reply};
    reader_ = redisReaderCreateWithFunctions(&functions);
    if (reader_ == nullptr) throw std::bad_alloc();
    reader_->privdata = budget_.get();
}

ReplyReader::~ReplyReader() {
    redisReaderFree(reader_);
}

Error ReplyReader::fault() const {
    if (budget_->exceeded || fed_ > limits_.octets) return {errc::limit, "a reply beyond all measure"};
    return {errc::syntax, "not the protocol of Redis"};
}

Result<> ReplyReader::feed(std::string_view octets) {
    fed_ += octets.size();
    failed_ = failed_ || fed_ > limits_.octets ||
              redisReaderFeed(reader_, octets.data(), octets.size()) != REDIS_OK;
    if (failed_) return std::unexpected(fault());
    return {};
}

Result<std::optional<Reply>> ReplyReader::next() {
    if (failed_) return std::unexpected(fault());
    void* object = nullptr;
    if (redisReaderGetReply(reader_, &object) != REDIS_OK) {
        failed_ = true;
        return std::unexpected(fault());
    }
    if (object == nullptr) return std::optional<Reply>{};
    const std::unique_ptr<Reply> reply(static_cast<Reply*>(object));
    budget_->elements = 0;
    fed_ = reader_->len - reader_->pos;
    return std::optional(std::move(*reply));
}

void append_command(std::string& out, const std::vector<std::string>& arguments) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const std::string& argument : arguments) {
        texts.push_back(argument.data());
        sizes.push_back(argument.size());
    }
    char* formatted = nullptr;
    const int size =
        redisFormatCommandArgv(&formatted, static_cast<int>(arguments.size()), texts.data(), sizes.data());
    if (size < 0 || formatted == nullptr) throw std::bad_alloc();
    out.append(formatted, static_cast<std::size_t>(size));
    redisFreeCommand(formatted);
}

}  // namespace decorum::store::redis
