// What it takes it has taken before it says so: whoever misses the reply can still count the mail.
#include "tests/support/session/mail_server.hpp"

#include "gateway/base/ascii.hpp"

namespace decorum::test {
namespace {

std::string path_in(const std::string& line) {
    const auto begin = line.find('<');
    const auto end = line.find('>');
    return begin == std::string::npos || end == std::string::npos ? ""
                                                                  : line.substr(begin + 1, end - begin - 1);
}
}  // namespace

std::string MailServer::greeting_of(std::string_view verb) const {
    if (verb == "HELO" || options_.extensions.empty()) return "250 back.example.org\r\n";
    std::string reply = "250-back.example.org\r\n";
    for (std::size_t i = 0; i < options_.extensions.size(); ++i)
        reply.append(i + 1 == options_.extensions.size() ? "250 " : "250-")
            .append(options_.extensions[i])
            .append("\r\n");
    return reply;
}

net::Task<bool> MailServer::answer(Wire& wire, std::string reply) {
    if (++replies_ >= options_.silent_from && options_.silent_from != 0) {
        if (!options_.reads_on) co_return false;
        while (co_await wire.line(patience)) continue;
        co_return false;
    }
    co_return (co_await wire.send(std::move(reply), patience)).has_value();
}

net::Task<bool> MailServer::take_content(Wire& wire, Mail& mail) {
    for (;;) {
        const auto line = co_await wire.line(patience);
        if (!line) co_return false;
        if (*line == ".\r\n") co_return true;
        mail.content.append(*line, line->starts_with('.') ? 1 : 0);
    }
}

net::Task<> MailServer::serve(MemoryStream& stream) {
    Wire wire(stream);
    Mail mail;
    bool going = co_await answer(wire, "220 back.example.org\r\n");
    while (going) {
        const auto line = co_await wire.line(patience);
        if (!line) co_return;
        const std::string verb = line->substr(0, line->find_first_of(" \r"));
        if (verb == "EHLO" || verb == "LHLO" || verb == "HELO") {
            going = co_await answer(wire, greeting_of(verb));
        } else if (verb == "MAIL") {
            mail = {.reverse_path = path_in(*line), .recipients = {}, .content = {}, .confirmed = 0};
            going = co_await answer(wire, "250 2.1.0 Ok\r\n");
        } else if (verb == "RCPT") {
            mail.recipients.push_back(path_in(*line));
            going = co_await answer(wire, options_.to_rcpt + "\r\n");
        } else if (verb == "DATA") {
            if (!co_await answer(wire, "354 Go on\r\n") || !co_await take_content(wire, mail)) co_return;
            const std::size_t taken = accepted_.size();
            accepted_.push_back(mail);
            const std::size_t verdicts = options_.lmtp ? mail.recipients.size() : 1;
            for (std::size_t i = 0; i < verdicts && going; ++i) {
                going = co_await answer(wire, "250 2.0.0 Taken\r\n");
                if (going) ++accepted_[taken].confirmed;
            }
        } else if (verb == "AUTH") {
            going = co_await answer(wire, "235 2.7.0 Welcome\r\n");
        } else if (verb == "STARTTLS") {
            going = co_await answer(wire, "220 2.0.0 Go ahead\r\n");
        } else if (verb == "QUIT") {
            (void)co_await answer(wire, "221 2.0.0 Bye\r\n");
            stream.close();
            co_return;
        } else {
            going = co_await answer(wire, "250 2.0.0 Ok\r\n");  // RSET, NOOP, XCLIENT, XFORWARD
        }
    }
}

}  // namespace decorum::test
