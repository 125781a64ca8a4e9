// Read buffers that sessions borrow: an idle session holds none but a small one for its next command.
//
// The scratch buffer is the thread's own and is good until the next suspension; a lease lasts across
// suspensions and goes back to the thread's pool.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace decorum::session {

inline constexpr std::size_t scratch_octets = 16 * 1024;
inline constexpr std::size_t lease_octets = 64 * 1024;

// A command or a reply. Reading into so little costs a session less than waiting without a buffer costs the
// machine: a wait is a system call of its own (epoll_ctl) each time.
inline constexpr std::size_t small_read_octets = 256;

// Valid until the next co_await.
[[nodiscard]] inline std::span<char> scratch() {
    thread_local std::array<char, scratch_octets> buffer;
    return buffer;
}

class BufferPool {
public:
    using Buffer = std::unique_ptr<char[]>;

    class Lease {
    public:
        Lease(BufferPool& pool, Buffer buffer) : pool_(&pool), buffer_(std::move(buffer)) {}
        Lease(Lease&& other) noexcept : pool_(other.pool_), buffer_(std::move(other.buffer_)) {}
        Lease& operator=(Lease&&) = delete;
        ~Lease() {
            if (buffer_) pool_->give_back(std::move(buffer_));
        }
        [[nodiscard]] std::span<char> octets() const { return {buffer_.get(), lease_octets}; }

    private:
        BufferPool* pool_;
        Buffer buffer_;
    };

    [[nodiscard]] Lease borrow() {
        if (free_.empty()) return {*this, std::make_unique_for_overwrite<char[]>(lease_octets)};
        Buffer buffer = std::move(free_.back());
        free_.pop_back();
        return {*this, std::move(buffer)};
    }

private:
    static constexpr std::size_t max_free = 64;
    void give_back(Buffer buffer) {
        if (free_.size() < max_free) free_.push_back(std::move(buffer));
    }
    std::vector<Buffer> free_;
};

}  // namespace decorum::session
