// What people and strangers write to the gateway's own address: the text of a message, its first word, and
// the token of its recipient.
//
// Properties: the text is valid UTF-8 without CR; the word does not depend on how the text ends; a token that
// is believed is the one that signing its content gives, whatever its case, so nothing but sign() makes one.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/base/ascii.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/message/compose.hpp"
#include "gateway/message/readable_text.hpp"
#include "gateway/notice/reply_token.hpp"
#include "gateway/notice/reply_word.hpp"

namespace {

using namespace decorum;

void check(bool holds) {
    if (!holds) std::abort();
}

void read_message(std::string_view octets) {
    const auto text = message::readable_text(octets);
    if (!text) return;
    check(is_valid_utf8(*text) && text->find('\r') == std::string::npos);
    const auto word = notice::word_of(*text, "");
    check(word == notice::word_of(*text + "\n", ""));
    check(word == notice::Word::none || notice::word_of("", notice::name_of(word)) == word);
    const std::string shown = message::visible_text(*text, 1000);
    check(message::visible_text(shown, 2000) == shown);
    check(message::escape_html(shown).find_first_of("<>\"'") == std::string::npos);
}

void read_token(std::string_view text) {
    static const Secret key("a key of the fuzzer");
    const Instant now{};
    if (const auto token = notice::verify(text, key, now))
        check(notice::sign(*token, key) == ascii::lower(text));
    // And what signing gives is believed.
    const notice::ReplyToken token{.purpose = notice::Purpose::notice,
                                   .expires = now + std::chrono::hours{text.size()},
                                   .mark = notice::mark_of_fingerprint(text),
                                   .person = notice::mark_of_person(text)};
    const auto back = notice::verify(notice::sign(token, key), key, now);
    check(back.has_value() && *back == token);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view octets(reinterpret_cast<const char*>(data), size);
    if (octets.empty()) return 0;
    if (octets[0] == '1')
        read_token(octets.substr(1));
    else
        read_message(octets.substr(1));
    return 0;
}
