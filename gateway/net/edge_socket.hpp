// A stream socket that can wait for news without a system call.
//
// The reactor watches descriptors edge-triggered. Asio's own operations can't make use of that: async_receive
// tries a recv() before each wait, which finds nothing in a dialogue of commands and replies (half of all
// recv() calls on the SMTP path), and async_wait registers the descriptor anew (epoll_ctl) each time.
// async_wait_news does neither: it completes once the reactor has seen an edge since the last such wait
// completed. The price: an edge tells of everything that is there, so who has not read on until recv() found
// nothing may wait in vain.
//
// This file uses Asio's namespace detail, as of Boost 1.81 (as frames.cpp does): an operation for the
// reactor's queue that is performed by doing nothing and says `done_and_exhausted`. That status makes the
// reactor wait for the next edge instead of performing the next operation at once; an edge that comes while
// nobody waits resets it, so none is lost.
#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/detail/fenced_block.hpp>
#include <boost/asio/detail/handler_alloc_helpers.hpp>
#include <boost/asio/detail/reactor.hpp>
#include <boost/asio/detail/reactor_op.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <memory>
#include <type_traits>
#include <utility>

#include "gateway/net/task.hpp"

namespace decorum::net {

template <class Handler>
class NewsOperation final : public boost::asio::detail::reactor_op {
public:
    BOOST_ASIO_DEFINE_HANDLER_PTR(NewsOperation);

    explicit NewsOperation(Handler& handler)
        : reactor_op(boost::system::error_code(), &NewsOperation::perform, &NewsOperation::complete),
          handler_(std::move(handler)) {}

private:
    static status perform(reactor_op*) { return done_and_exhausted; }

    // `owner` is null where the io_context goes away: then the handler is only destroyed.
    static void complete(void* owner, boost::asio::detail::scheduler_operation* base,
                         const boost::system::error_code&, std::size_t) {
        auto* const operation = static_cast<NewsOperation*>(base);
        ptr memory = {std::addressof(operation->handler_), operation, operation};
        // The handler may start the next operation, which then takes this one's memory.
        Handler handler(std::move(operation->handler_));
        const boost::system::error_code error = operation->ec_;
        memory.h = std::addressof(handler);
        memory.reset();
        if (!owner) return;
        const boost::asio::detail::fenced_block fence(boost::asio::detail::fenced_block::half);
        std::move(handler)(error);
    }

    Handler handler_;
};

class EdgeSocket final
    : public boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Executor> {
public:
    explicit EdgeSocket(const Executor& executor)
        : basic_stream_socket(executor),
          reactor_(boost::asio::use_service<boost::asio::detail::reactor>(executor.context())) {}

    // Awaits octets, the peer's end or an error, or just completes (the first time it does);
    // operation_aborted after cancel() or close(). One at a time. The socket must be non-blocking.
    template <class Token>
    auto async_wait_news(Token&& token) {
        return boost::asio::async_initiate<Token, void(boost::system::error_code)>(
            [this]<class Handler>(Handler&& handler) {
                using Operation = NewsOperation<std::decay_t<Handler>>;
                typename Operation::ptr memory = {std::addressof(handler), Operation::ptr::allocate(handler),
                                                  nullptr};
                memory.p = new (memory.v) Operation(handler);
                auto& implementation = impl_.get_implementation();
                reactor_.start_op(boost::asio::detail::reactor::read_op, implementation.socket_,
                                  implementation.reactor_data_, memory.p, false, true);
                memory.v = memory.p = nullptr;
            },
            token);
    }

private:
    boost::asio::detail::reactor& reactor_;
};

}  // namespace decorum::net
