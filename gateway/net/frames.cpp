// Uses Asio's namespace detail, as of Boost 1.81 (as edge_socket.hpp does): an allocation of one octet takes
// any frame that is kept, and without a thread a freed one is not kept. Outside of a thread of Asio's nothing
// is kept, and nothing happens.
#include "gateway/net/frames.hpp"

#include <boost/asio/detail/thread_context.hpp>
#include <boost/asio/detail/thread_info_base.hpp>

namespace decorum::net {

void drop_spare_frames() {
    using Frames = boost::asio::detail::thread_info_base;
    using Tag = Frames::awaitable_frame_tag;
    for (int i = Tag::begin_mem_index; i < Tag::end_mem_index; ++i) {
        Frames* const thread = boost::asio::detail::thread_context::top_of_thread_call_stack();
        Frames::deallocate(Tag(), nullptr, Frames::allocate(Tag(), thread, 1), 1);
    }
}

}  // namespace decorum::net
