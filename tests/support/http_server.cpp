// One thread a connection, blocking calls; a pause is a poll() that ends when the client goes away or the
// server stops.
#include "tests/support/http_server.hpp"

#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "gateway/base/ascii.hpp"
#include "gateway/net/io_threads.hpp"
#include "tests/support/require.hpp"

namespace decorum::test {
namespace {
constexpr std::size_t read_octets = 16384;
constexpr Milliseconds forever{-1};

// Waits until the time has passed or the peer has gone; false in the latter case.
bool pause(int socket, Milliseconds time) {
    pollfd entry{socket, POLLRDHUP, 0};
    return poll(&entry, 1, static_cast<int>(time.count())) == 0;
}

// A connection, with TLS or without.
class Wire {
public:
    Wire(int socket, SSL_CTX* context) : socket_(socket) {
        if (!context) return;
        tls_.reset(SSL_new(context));
        require(tls_ && SSL_set_fd(tls_.get(), socket) == 1, "SSL_new");
        usable_ = SSL_accept(tls_.get()) == 1;
    }

    [[nodiscard]] int socket() const noexcept { return socket_; }

    bool read_more(std::string& into) {
        if (!usable_) return false;
        std::array<char, read_octets> buffer;
        const auto octets = tls_ ? SSL_read(tls_.get(), buffer.data(), static_cast<int>(buffer.size()))
                                 : static_cast<int>(recv(socket_, buffer.data(), buffer.size(), 0));
        if (octets <= 0) return usable_ = false;
        into.append(buffer.data(), static_cast<std::size_t>(octets));
        return true;
    }

    bool write(std::string_view octets) {
        if (!usable_ || octets.empty()) return usable_;
        usable_ = tls_ ? SSL_write(tls_.get(), octets.data(), static_cast<int>(octets.size())) > 0
                       : send_all(socket_, octets);
        return usable_;
    }

    void end() {
        if (tls_ && usable_) SSL_shutdown(tls_.get());
    }

private:
    int socket_;
    std::unique_ptr<SSL, decltype([](SSL* tls) { SSL_free(tls); })> tls_;
    bool usable_ = true;
};

std::string_view take_until(std::string_view& text, std::string_view end) {
    const std::size_t at = text.find(end);
    const std::string_view out = text.substr(0, at);
    text.remove_prefix(std::min(at, text.size() - end.size()) + end.size());
    return out;
}

HttpServer::Request parse_header(std::string_view text) {
    HttpServer::Request out;
    std::string_view line = take_until(text, "\r\n");
    out.method = take_until(line, " ");
    std::string_view target = take_until(line, " ");
    const std::size_t mark = std::min(target.find('?'), target.size());
    out.path = target.substr(0, mark);
    out.query = target.substr(std::min(mark + 1, target.size()));
    while (text.contains("\r\n")) {
        line = take_until(text, "\r\n");
        const std::size_t colon = std::min(line.find(':'), line.size());
        out.fields.push_back({std::string(line.substr(0, colon)),
                              std::string(ascii::trim(line.substr(std::min(colon + 1, line.size()))))});
    }
    return out;
}

// Empty when the client has nothing more to ask.
std::optional<HttpServer::Request> read_request(Wire& wire, std::string& buffer) {
    constexpr std::string_view end_of_header = "\r\n\r\n";
    while (!buffer.contains(end_of_header))
        if (!wire.read_more(buffer)) return std::nullopt;
    const std::size_t header_octets = buffer.find(end_of_header) + end_of_header.size();
    HttpServer::Request out = parse_header(std::string_view(buffer).substr(0, header_octets - 2));
    const std::string declared = out.field("content-length");
    std::size_t body_octets = 0;
    std::from_chars(declared.data(), declared.data() + declared.size(), body_octets);
    while (buffer.size() < header_octets + body_octets)
        if (!wire.read_more(buffer)) return std::nullopt;
    out.body = buffer.substr(header_octets, body_octets);
    buffer.erase(0, header_octets + body_octets);
    return out;
}

std::string header_of(const HttpServer::Response& response, std::size_t body_octets) {
    std::string out = "HTTP/1.1 " + std::to_string(response.status) + " Said by a test\r\n";
    for (const auto& [name, value] : response.fields) out += name + ": " + value + "\r\n";
    if (response.gzip) out += "Content-Encoding: gzip\r\n";
    if (response.chunked)
        out += "Transfer-Encoding: chunked\r\n";
    else if (response.status != 304)
        out += "Content-Length: " + std::to_string(response.declared_octets.value_or(body_octets)) + "\r\n";
    return out + "\r\n";
}

std::string as_chunk(std::string_view piece) {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), piece.size(), 16).ptr;
    return std::string(digits.data(), end).append("\r\n").append(piece).append("\r\n");
}

// False when the connection is of no more use.
bool send_response(Wire& wire, const HttpServer::Response& response) {
    if (response.never) return pause(wire.socket(), forever);
    if (response.delay > Milliseconds(0) && !pause(wire.socket(), response.delay)) return false;
    if (response.raw) {
        wire.write(*response.raw);
        return false;
    }
    const std::string body = response.gzip ? gzip(response.body) : response.body;
    if (!wire.write(header_of(response, body.size()))) return false;
    std::string_view rest = std::string_view(body).substr(0, response.cut_after_octets.value_or(body.size()));
    const std::size_t piece_octets =
        response.piece_octets > 0 ? response.piece_octets : std::max<std::size_t>(rest.size(), 1);
    while (!rest.empty()) {
        const std::string_view piece = rest.substr(0, piece_octets);
        if (!wire.write(response.chunked ? as_chunk(piece) : std::string(piece))) return false;
        rest.remove_prefix(piece.size());
        if (response.piece_pause > Milliseconds(0) && !pause(wire.socket(), response.piece_pause))
            return false;
    }
    if (response.cut_after_octets) return false;
    if (response.chunked && !wire.write("0\r\n\r\n")) return false;
    // Then the client can't tell where the next answer would begin.
    return !response.declared_octets || *response.declared_octets == body.size();
}

}  // namespace

struct HttpServer::Tls {
    std::unique_ptr<SSL_CTX, decltype([](SSL_CTX* context) { SSL_CTX_free(context); })> context;
};

std::string HttpServer::Request::field(std::string_view name) const {
    for (const Field& entry : fields)
        if (ascii::equals_nocase(entry.name, name)) return entry.value;
    return {};
}

HttpServer::HttpServer(std::optional<CertificateFiles> files) {
    net::ignore_sigpipe();
    if (files) {
        tls_ = std::make_unique<Tls>();
        tls_->context.reset(SSL_CTX_new(TLS_server_method()));
        SSL_CTX* const context = tls_->context.get();
        require(
            context && SSL_CTX_use_certificate_chain_file(context, files->certificate_file.c_str()) == 1 &&
                SSL_CTX_use_PrivateKey_file(context, files->private_key_file.c_str(), SSL_FILETYPE_PEM) == 1,
            "certificate");
    }
    server_ = std::make_unique<TcpServer>([this](int socket) { serve(socket); });
}

HttpServer::~HttpServer() = default;

void HttpServer::on(const std::string& path, Handler handler) {
    const std::lock_guard lock(mutex_);
    handlers_[path] = std::move(handler);
}

void HttpServer::on(const std::string& path, Response response) {
    on(path, [response = std::move(response)](const Request&) { return response; });
}

void HttpServer::otherwise(Handler handler) {
    const std::lock_guard lock(mutex_);
    otherwise_ = std::move(handler);
}

std::string HttpServer::url(const std::string& path, const std::string& host) const {
    return (tls_ ? "https://" : "http://") + host + ":" + std::to_string(port()) + path;
}

std::vector<HttpServer::Request> HttpServer::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

HttpServer::Response HttpServer::redirect(std::string location, int status) {
    return {.status = status, .fields = {{"Location", std::move(location)}}};
}

HttpServer::Response HttpServer::json(std::string body) {
    return {.fields = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

HttpServer::Response HttpServer::answer(const Request& request) {
    Handler handler;
    {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
        const auto at = handlers_.find(request.path);
        handler = at != handlers_.end() ? at->second : otherwise_;
    }
    return handler ? handler(request) : Response{.status = 404, .body = "nothing here"};
}

void HttpServer::serve(int socket) {
    Wire wire(socket, tls_ ? tls_->context.get() : nullptr);
    std::string buffer;
    bool clean = true;
    while (auto request = read_request(wire, buffer)) {
        const Response response = answer(*request);
        if (send_response(wire, response)) continue;
        clean = !response.cut_after_octets;
        break;
    }
    if (clean) wire.end();
}

std::string gzip(std::string_view octets) {
    constexpr int gzip_window_bits = 15 + 16;
    constexpr int memory_level = 8;
    z_stream stream{};
    require(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, gzip_window_bits, memory_level,
                         Z_DEFAULT_STRATEGY) == Z_OK,
            "deflateInit2");
    std::string out(deflateBound(&stream, octets.size()), '\0');
    std::string input(octets);
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    require(deflate(&stream, Z_FINISH) == Z_STREAM_END, "deflate");
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

}  // namespace decorum::test
