// Hands pictures to the worker, a few at a time. What the worker calls back into is owned by it and by the
// gallery together, so that an answer may come after the gallery went.
#include "connectors/gallery.hpp"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>

#include "gateway/base/digest.hpp"
#include "gateway/base/log.hpp"
#include "gateway/profile/face.hpp"

namespace decorum::connectors {
namespace {

constexpr std::size_t max_at_work = 4;
constexpr std::size_t max_untold = 200;

}  // namespace

struct Gallery::Wall {
    struct Picture {
        Key key;
        std::string octets;
        std::string where;
    };

    // With the lock held.
    [[nodiscard]] bool is_settled() const { return at_work == 0 && (waiting.empty() || is_paused); }

    void done(Picture picture, Result<std::string> face) {
        const std::lock_guard lock(mutex);
        --at_work;
        const bool no_room =
            !face && (face.error().code == errc::unavailable || face.error().code == errc::cancelled);
        if (no_room && !closed) {
            waiting.push_front(std::move(picture));
            is_paused = true;
        } else if (face && profile::is_face(*face)) {
            if (const auto found = faces.find(picture.key); found != faces.end()) {
                found->second = std::move(*face);
                ++untold;
            }
        } else if (!no_room) {
            log::warning("photo_not_shown",
                         {{"file", picture.where}, {"reason", face ? "no face" : face.error().text()}});
        }
        // Each telling makes a whole new version of the people: not one a face.
        if (untold > 0 && (at_work == 0 || untold >= max_untold) && more) {
            untold = 0;
            more();
        }
        settled.notify_all();
    }

    worker::Worker* const worker;
    const std::size_t max_picture_octets;
    std::mutex mutex;
    std::condition_variable settled;
    std::function<void()> more;
    std::map<Key, std::string> faces;
    std::deque<Picture> waiting;
    std::size_t at_work = 0;
    std::size_t untold = 0;  // faces that came
    bool is_paused = false;  // the worker has no room
    bool closed = false;
};

Gallery::Gallery(worker::Worker* worker, std::size_t max_picture_octets, std::function<void()> more)
    : wall_(std::make_shared<Wall>(worker, max_picture_octets)) {
    wall_->more = std::move(more);
}

void Gallery::close() {
    const std::lock_guard lock(wall_->mutex);
    wall_->closed = true;
    wall_->more = nullptr;
    wall_->waiting.clear();
}

void Gallery::resume() {
    {
        const std::lock_guard lock(wall_->mutex);
        wall_->is_paused = false;
    }
    hand_out(wall_);
}

Gallery::Key Gallery::add(std::string picture, std::string_view where) {
    Key key{view_of(sha256({picture}))};
    std::unique_lock lock(wall_->mutex);
    const auto [entry, is_new] = wall_->faces.try_emplace(key);
    if (!is_new) return key;
    if (profile::is_face(picture)) {
        entry->second = std::move(picture);
    } else if (wall_->worker == nullptr) {
        log::warning("photo_not_shown",
                     {{"file", where}, {"reason", "not a PNG of 48x48 pixels and at most 725 octets"}});
    } else if (picture.size() > wall_->max_picture_octets) {
        log::warning("photo_not_shown", {{"file", where}, {"reason", "larger than worker.max_picture"}});
    } else {
        wall_->waiting.push_back({key, std::move(picture), std::string(where)});
        lock.unlock();
        hand_out(wall_);
    }
    return key;
}

// Without the lock while the worker runs: it may answer at once.
void Gallery::hand_out(const std::shared_ptr<Wall>& wall) {
    for (;;) {
        std::unique_lock lock(wall->mutex);
        if (wall->is_paused || wall->waiting.empty() || wall->at_work >= max_at_work) return;
        Wall::Picture picture = std::move(wall->waiting.front());
        wall->waiting.pop_front();
        ++wall->at_work;
        lock.unlock();
        std::string octets = picture.octets;
        wall->worker->run(worker::Job::face, std::move(octets),
                          [wall, picture = std::move(picture)](Result<std::string> face) mutable {
                              wall->done(std::move(picture), std::move(face));
                              hand_out(wall);
                          });
    }
}

std::string Gallery::face(const Key& key) const {
    const std::lock_guard lock(wall_->mutex);
    const auto found = wall_->faces.find(key);
    return found == wall_->faces.end() ? std::string{} : found->second;
}

void Gallery::keep_only(const std::set<Key>& used) {
    const std::lock_guard lock(wall_->mutex);
    std::erase_if(wall_->faces, [&](const auto& entry) { return !used.contains(entry.first); });
    std::erase_if(wall_->waiting, [&](const Wall::Picture& picture) { return !used.contains(picture.key); });
}

void Gallery::wait(Milliseconds limit) const {
    std::unique_lock lock(wall_->mutex);
    wall_->settled.wait_for(lock, limit, [&] { return wall_->is_settled(); });
}

}  // namespace decorum::connectors
