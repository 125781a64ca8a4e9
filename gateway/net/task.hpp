// The coroutine vocabulary of everything above the sockets: a Task is a lazy coroutine that runs on the
// io_context of the thread that owns the session. It is awaited or detached on its own thread only.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace decorum::net {

using Executor = boost::asio::io_context::executor_type;

template <class T = void>
using Task = boost::asio::awaitable<T, Executor>;

}  // namespace decorum::net
