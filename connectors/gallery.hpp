// Pictures of people on their way to faces: any PNG, JPEG or WebP, reduced by the worker, each once.
//
// Nobody waits for a face: until one is there, it is empty, and `more` is called when it came. A picture that
// can't become a face is told once in the log, as photo_not_shown.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "gateway/base/clock.hpp"
#include "gateway/worker/worker.hpp"

namespace decorum::connectors {

class Gallery {
public:
    using Key = std::string;  // SHA-256 of the picture's octets; empty: no picture

    // Without a worker only pictures that are faces already are taken. `more` is called on any thread, with a
    // lock held: it may only tell somebody else.
    Gallery(worker::Worker* worker, std::size_t max_picture_octets, std::function<void()> more);
    ~Gallery() { close(); }
    Gallery(const Gallery&) = delete;
    Gallery& operator=(const Gallery&) = delete;

    void close();  // `more` is not called afterwards, and nothing more goes to the worker

    // `where`: for the log.
    [[nodiscard]] Key add(std::string picture, std::string_view where);

    // Empty: none, none yet, or none ever.
    [[nodiscard]] std::string face(const Key& key) const;

    // Forgets what is not among these.
    void keep_only(const std::set<Key>& used);

    // Tries again what the worker had no room for.
    void resume();

    // Until none is on its way, or the worker has no room; no longer than this.
    void wait(Milliseconds limit) const;

private:
    struct Wall;
    static void hand_out(const std::shared_ptr<Wall>& wall);

    std::shared_ptr<Wall> wall_;
};

}  // namespace decorum::connectors
