// One transfer as libcurl sees it: an easy handle with its options, and what came back so far.
//
// The callbacks hold the limits: header octets, body octets as they are decoded (so that a bomb ends early),
// and the guard on the address of each socket. They never throw into libcurl: what can't be stored ends the
// transfer.
#pragma once

#include <curl/curl.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/net/event.hpp"
#include "gateway/net/http/transfers.hpp"

namespace decorum::net {

class RunningTransfer {
public:
    RunningTransfer(Transfer transfer, const HttpOptions& options, const AddressGuard& guard, Event finished,
                    Milliseconds limit);
    RunningTransfer(const RunningTransfer&) = delete;
    RunningTransfer& operator=(const RunningTransfer&) = delete;

    [[nodiscard]] CURL* easy() const noexcept { return easy_.get(); }
    [[nodiscard]] const std::string& host() const noexcept { return transfer_.server.where.host; }
    [[nodiscard]] const Event& finished() const noexcept { return finished_; }

    // The first of these two counts.
    void finish(CURLcode code);
    void fail(Error error);

    // Once finished.
    [[nodiscard]] Result<HttpResponse> take_result();

private:
    using Easy = std::unique_ptr<CURL, decltype([](CURL* easy) { curl_easy_cleanup(easy); })>;
    using List = std::unique_ptr<curl_slist, decltype([](curl_slist* list) { curl_slist_free_all(list); })>;

    template <class T>
    void set(CURLoption option, T value);
    void set_request();
    void set_route(const HttpOptions& options);
    void set_callbacks();
    void append(List& list, const std::string& text);

    [[nodiscard]] bool may_connect(const IpAddress& address) const;
    [[nodiscard]] curl_socket_t open_socket(const curl_sockaddr& address);
    [[nodiscard]] bool take_header_line(std::string_view line);
    [[nodiscard]] bool take_body(std::string_view octets);
    [[nodiscard]] Error error_of(CURLcode code) const;

    Transfer transfer_;
    const AddressGuard& guard_;
    Event finished_;
    List field_lines_;
    List resolve_;
    List connect_to_;
    std::array<char, CURL_ERROR_SIZE> error_text_{};

    HttpResponse response_;
    std::size_t header_octets_ = 0;
    bool section_begins_ = true;    // the next header line is a status line
    bool header_complete_ = false;  // of the final answer; what follows are trailers
    bool address_refused_ = false;
    std::optional<Error> fault_;

    Easy easy_;  // goes first: it holds pointers to the rest
};

}  // namespace decorum::net
